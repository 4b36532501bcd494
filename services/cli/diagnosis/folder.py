"""The data folder: is it there, writable, roomy, on a fit file system, in use."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from services.cli.diagnosis.finding import Finding, Status, local
from shared.config import Settings

_GIGABYTE = 10**9
_LITTLE_BYTES = 5 * _GIGABYTE
_NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph"})


def data_folder(settings: Settings) -> Iterator[Finding]:
    """All findings."""
    folder = settings.data_dir.absolute()
    if not folder.exists():
        yield _missing(folder)
        yield _room(next(it for it in folder.parents if it.exists()), settings.max_file_bytes)
        return
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        what = f"{folder} cannot be written by this user (id {os.geteuid()})"
        yield local("data folder", Status.FAILURE, what, "chown it, or set DOCSTAGE_DATA_DIR.")
        return
    holder = _holder(folder / "lock")
    state = f"in use by process {holder}" if holder else "not in use"
    yield local("data folder", Status.OK, f"{folder}, writable, {state}")
    yield _room(folder, settings.max_file_bytes)
    kind = _file_system(folder)
    if kind in _NETWORK_FILE_SYSTEMS and not settings.store_url:
        advice = "SQLite needs a local disk: set DOCSTAGE_DATA_DIR to one."
        yield local("data folder", Status.FAILURE, f"it lies on a network ({kind})", advice)


def _missing(folder: Path) -> Finding:
    parent = next(it for it in folder.parents if it.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        return local("data folder", Status.OK, f"{folder} is made at the first start")
    what = f"{folder} does not exist, and this user cannot make it"
    return local("data folder", Status.FAILURE, what, f"Make it, or let {parent} be written to.")


def _room(folder: Path, largest: int) -> Finding:
    usage = shutil.disk_usage(folder)
    what = f"{usage.free / _GIGABYTE:.1f} GB free of {usage.total / _GIGABYTE:.1f}"
    advice = "Uploads are refused (507) when it is full: make room."
    if usage.free < 2 * largest:
        return local("disk", Status.FAILURE, what, advice)
    little = usage.free < min(_LITTLE_BYTES, usage.total // 10)
    return local("disk", Status.WARNING if little else Status.OK, what, advice if little else "")


def _holder(lock: Path) -> str:
    """The process that holds the folder, or nothing; a shared lock disturbs nobody."""
    try:
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().strip() or "unknown"
    except OSError:
        return ""
    return ""


def _file_system(folder: Path) -> str:
    """Its type, of the mount that is nearest; empty where the system does not say."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines.splitlines():
        _, place, name, *_ = line.split(" ")
        if folder.is_relative_to(place) and len(place) >= len(best):
            best, kind = place, name
    return kind
