"""RabbitMQ from Debian's (or Ubuntu's) packages, unpacked into a cache folder.

Nothing is installed, nobody is asked, and root is not needed: ``apt-get download`` fetches
and ``dpkg -x`` unpacks. Needs a Debian-like system and its package mirror once.
"""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers.process import Unavailable

_DONE = "complete"
_SECONDS = 300


def unpacked_rabbitmq() -> Path:
    """The folder with RabbitMQ and its Erlang, made at first use; ``Unavailable`` if it fails."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise Unavailable("no rabbitmq-server here, and no apt-get and dpkg to fetch one")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "docstage"
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / "rabbitmq"
    with (cache / "rabbitmq.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / _DONE).exists():
            shutil.rmtree(target, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=cache) as work:
                _download(Path(work))
                _unpack(Path(work), target)
    return target


def _download(work: Path) -> None:
    try:
        _fetch(work, [])
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
        _fetch(work, own)


def _fetch(work: Path, options: list[str]) -> None:
    depends = _run(
        ["apt-cache", *options, "depends", "--recurse", "--important", "rabbitmq-server"], work
    )
    erlang = set(re.findall(r"^erlang-[\w-]+$", depends, re.MULTILINE))
    if not erlang:
        raise Unavailable("the package lists know no rabbitmq-server")
    _run(["apt-get", *options, "download", "rabbitmq-server", *sorted(erlang)], work)


def _unpack(work: Path, target: Path) -> None:
    for package in work.glob("*.deb"):
        _run(["dpkg", "-x", str(package), str(target)], work)
    # The start script holds the place it was packaged for.
    erl = target / "usr/lib/erlang/bin/erl"
    root = target / "usr/lib/erlang"
    erl.write_text(re.sub(r"ROOTDIR=/\S*", lambda _: f'ROOTDIR="{root}"', erl.read_text()))
    (target / _DONE).touch()


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
