"""Servers from Debian's (or Ubuntu's) packages, unpacked into a cache folder.

Nothing is installed, nobody is asked, and root is not needed: ``apt-get download`` fetches
and ``dpkg -x`` unpacks. Needs a Debian-like system and its package mirror once.
"""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.servers.process import Unavailable

_DONE = "complete"
_SECONDS = 300
_LIBRARIES = re.compile(r"^(?:lib[\w.+-]+|dovecot-(?:core|imapd)|openssl)$", re.MULTILINE)
_OF_THE_SYSTEM = re.compile(
    r"libc6|libcdebconf|libdebian|libelogind|libfile-|libnewt|libnumber-|libpam-|libperl|libslang"
    r"|libtext-"
)
_OF_A_SCREEN = re.compile(r"libllvm|libgl1-mesa|libz3-")  # 200 MB; pages are drawn without
_BUILT_IN = b"\0/usr/lib/dovecot/modules\0"

Select = Callable[[Path, list[str]], list[str]]
"""The packages to fetch, by a folder to work in and options for apt's commands."""


def unpacked_rabbitmq() -> Path:
    """The folder with RabbitMQ and its Erlang, made at first use; ``Unavailable`` if it fails."""
    return _unpacked("rabbitmq", _user_cache(), _rabbitmq_packages, _place_erlang)


def unpacked_dovecot() -> Path:
    """The folder with Dovecot's IMAP server and its libraries, readable for every user.

    ``Unavailable`` if it cannot be had.
    """
    # As Dovecot does not serve mail as root, root runs it as nobody, who sees no home of root's.
    cache = Path("/var/cache/docstage") if os.geteuid() == 0 else _user_cache()
    return _unpacked("dovecot", cache, _dovecot_packages, _place_modules)


def unpacked_faketime() -> Path:
    """The folder with libfaketime, made at first use; ``Unavailable`` if it fails."""
    return _unpacked("faketime", _user_cache(), lambda *_: ["libfaketime"], lambda _: None)


def unpacked_prometheus() -> Path:
    """The folder with Prometheus' tools, made at first use; ``Unavailable`` if it fails."""
    return _unpacked("prometheus", _user_cache(), lambda *_: ["prometheus"], lambda _: None)


def unpacked_chromium() -> Path:
    """The folder with a Chromium without a screen, libraries and a font; ``Unavailable`` if not."""
    return _unpacked("chromium", _user_cache(), _chromium_packages, _place_fonts)


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "docstage"


def _unpacked(name: str, cache: Path, select: Select, place: Callable[[Path], None]) -> Path:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise Unavailable(f"no {name} here, and no apt-get and dpkg to fetch one")
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / name
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / _DONE).exists():
            shutil.rmtree(target, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=cache) as work:
                _download(Path(work), select)
                for package in Path(work).glob("*.deb"):
                    _run(["dpkg", "-x", str(package), str(target)], Path(work))
            place(target)
            (target / _DONE).touch()
    return target


def _download(work: Path, select: Select) -> None:
    try:
        _fetch(work, [], select)
    except Unavailable:
        # The system's lists may be missing or stale: use lists of our own, as any user may.
        state, archives = work / "lists", work / "archives"
        (state / "partial").mkdir(parents=True)
        (archives / "partial").mkdir(parents=True)
        own = [
            "-o", f"Dir::State::Lists={state}", "-o", f"Dir::Cache={archives}",
            "-o", "APT::Sandbox::User=",
        ]  # fmt: skip
        _run(["apt-get", *own, "update"], work)
        _fetch(work, own, select)


def _fetch(work: Path, options: list[str], select: Select) -> None:
    _run(["apt-get", *options, "download", *select(work, options)], work)


def _depends(work: Path, options: list[str], package: str) -> str:
    return _run(["apt-cache", *options, "depends", "--recurse", "--important", package], work)


def _rabbitmq_packages(work: Path, options: list[str]) -> list[str]:
    depends = _depends(work, options, "rabbitmq-server")
    erlang = set(re.findall(r"^erlang-[\w-]+$", depends, re.MULTILINE))
    if not erlang:
        raise Unavailable("the package lists know no rabbitmq-server")
    return ["rabbitmq-server", *sorted(erlang)]


def _place_erlang(target: Path) -> None:
    # The start script holds the place it was packaged for.
    erl = target / "usr/lib/erlang/bin/erl"
    root = target / "usr/lib/erlang"
    erl.write_text(re.sub(r"ROOTDIR=/\S*", lambda _: f'ROOTDIR="{root}"', erl.read_text()))


def _dovecot_packages(work: Path, options: list[str]) -> list[str]:
    found = set(_LIBRARIES.findall(_depends(work, options, "dovecot-imapd")))
    if "dovecot-imapd" not in found:
        raise Unavailable("the package lists know no dovecot-imapd")
    return sorted(it for it in found if not _OF_THE_SYSTEM.match(it))


def _place_modules(target: Path) -> None:
    """One library looks for modules where they were packaged for; now, in its folder's."""
    for library in (target / "usr/lib/dovecot").glob("libdovecot*.so.0.0.0"):
        content = library.read_bytes()
        shorter = b"\0modules".ljust(len(_BUILT_IN), b"\0")
        if _BUILT_IN in content:
            library.write_bytes(content.replace(_BUILT_IN, shorter))


def _chromium_packages(work: Path, options: list[str]) -> list[str]:
    found = set(_LIBRARIES.findall(_depends(work, options, "chromium-headless-shell")))
    if "libnss3" not in found:
        raise Unavailable("the package lists know no chromium-headless-shell")
    libraries = sorted(
        it for it in found if not _OF_THE_SYSTEM.match(it) and not _OF_A_SCREEN.match(it)
    )
    return ["chromium-headless-shell", "chromium-common", "fonts-dejavu-core", *libraries]


def _place_fonts(target: Path) -> None:
    """A page without any font has no letters; the system's own may be none."""
    (target / "fonts.conf").write_text(
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'urn:fontconfig:fonts.dtd'><fontconfig>"
        f"<dir>{target / 'usr/share/fonts'}</dir><dir>/usr/share/fonts</dir>"
        f"<cachedir>{target / 'fontcache'}</cachedir></fontconfig>"
    )


def _run(command: list[str], cwd: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own command lines
            command,
            cwd=cwd,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"{' '.join(command[:3])} failed: {error.stderr[-500:]}") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{command[0]} did not end in {_SECONDS} s") from error
    return done.stdout
