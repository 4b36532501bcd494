"""A child process has no network, nor has what it starts; it leaves nothing behind."""

import asyncio
import ctypes
import errno
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.compute.limits import Limits
from shared.compute.pool import ComputePool
from shared.compute.scratch import sweep
from shared.errors import AttemptFailed, Code

CONNECT = """
import socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5).sendall(b"out")
except OSError as error:
    print(error.errno)
else:
    print("connected")
"""


def ways_out(port: int) -> dict[str, str]:
    """What becomes of each way to reach ``port``, or anything else, from here."""
    tries = {
        "tcp": lambda: socket.create_connection(("127.0.0.1", port), 5),
        "tcp6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "raw": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
        "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "vsock": lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM),
        "name": lambda: socket.getaddrinfo("localhost.example", 80),
    }
    ended = {}
    for name, attempt in tries.items():
        try:
            attempt()
        except OSError as error:
            ended[name] = errno.errorcode.get(error.errno or 0, "failed")
        else:
            ended[name] = "open"
    return ended


def from_grandchild(port: int) -> str:
    """What a program that the child starts gets."""
    command = [sys.executable, "-I", "-S", "-c", CONNECT, str(port)]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode().strip()  # noqa: S603


def refused_calls() -> dict[str, int]:
    """The error numbers of calls that lead into other processes, or around the filter."""
    libc = ctypes.CDLL(None, use_errno=True)
    numbers = {"ptrace": 101, "unshare": 272, "io_uring_setup": 425, "process_vm_readv": 310}
    found = {}
    for name, number in numbers.items():
        ctypes.set_errno(0)
        libc.syscall(ctypes.c_long(number), ctypes.c_long(16), ctypes.c_long(os.getppid()))
        found[name] = ctypes.get_errno()
    return found


def local_socket(path: str) -> bytes:
    """A message to oneself over a local socket, as LibreOffice has its parts talk."""
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as calling:
        listening.bind(path)
        listening.listen()
        calling.connect(path)
        calling.sendall(b"here")
        answer, _ = listening.accept()
        with answer:
            return answer.recv(9)


def limits_here() -> dict[str, int]:
    """The soft limits that hold."""
    kinds = ("AS", "FSIZE", "NOFILE", "NPROC", "CORE", "CPU")
    return {it: resource.getrlimit(getattr(resource, f"RLIMIT_{it}"))[0] for it in kinds}


def scratch() -> str:
    """The folder for temporary files, with one in it."""
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(b"left behind")
    return tempfile.gettempdir()


def start_and_hang(seconds: str) -> None:
    """Start a program that outlives us, and hang."""
    subprocess.Popen(["sleep", seconds])  # noqa: S603, S607
    time.sleep(300)


def compute_on() -> None:
    """Compute without end."""
    while True:
        pass


@pytest_asyncio.fixture(loop_scope="function")
async def pool() -> AsyncIterator[ComputePool]:
    async with ComputePool(1) as pool:
        yield pool


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Somebody who would answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)  # noqa: FBT003 (signature of socket)
        yield listening


async def test_neither_child_nor_grandchild_reaches_the_network(
    pool: ComputePool, server: socket.socket
) -> None:
    port = server.getsockname()[1]
    ended = await pool.run(ways_out, port, timeout=30)
    assert "open" not in ended.values()
    assert ended["tcp"] == ended["udp"] == ended["tcp6"] == ended["raw"] == "EACCES"
    assert await pool.run(from_grandchild, port, timeout=30) == str(errno.EACCES)
    with pytest.raises(BlockingIOError):
        server.accept()
    assert "tcp" in ways_out(port)
    assert ways_out(port)["tcp"] == "open", "this process may, so it is the sandbox that refuses"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
async def test_there_is_no_way_into_other_processes_or_around_the_filter(
    pool: ComputePool,
) -> None:
    found = await pool.run(refused_calls, timeout=30)
    assert found.pop("io_uring_setup") == errno.ENOSYS
    assert set(found.values()) == {errno.EPERM}


async def test_local_sockets_work(pool: ComputePool, tmp_path: Path) -> None:
    assert await pool.run(local_socket, str(tmp_path / "s"), timeout=30) == b"here"


async def test_limits_hold_and_cpu_is_counted_from_each_task_on() -> None:
    limits = Limits(memory=3 * 1024**3, file=1000, open_files=99, processes=2000, cpu=50)
    async with ComputePool(1, limits=limits) as pool:
        found = await pool.run(limits_here, timeout=30)
    cpu = found.pop("CPU")
    assert found == {
        "AS": 3 * 1024**3, "FSIZE": 1000, "NOFILE": 99, "NPROC": 2000, "CORE": 0,
    }  # fmt: skip
    assert 50 <= cpu <= 53


async def test_who_computes_without_end_is_ended() -> None:
    async with ComputePool(1, limits=Limits(cpu=1)) as pool:
        with pytest.raises(AttemptFailed) as caught:
            await pool.run(compute_on, timeout=60)
        assert (caught.value.code, "SIGXCPU" in caught.value.detail) == (Code.CRASHED, True)
        assert await pool.run(os.getpid, timeout=30)


async def test_a_child_has_a_folder_of_its_own_that_goes_with_it() -> None:
    async with ComputePool(2) as pool:
        folder = await pool.run(scratch, timeout=30)
        assert os.listdir(folder)  # noqa: PTH208 (there is no event loop to spare here)
        assert f"/docstage-child-{os.getpid()}-" in folder
    assert not os.path.exists(folder)  # noqa: ASYNC240, PTH110


async def test_what_a_child_has_started_ends_with_it(pool: ComputePool) -> None:
    seconds = f"300.{os.getpid()}"  # nobody else's program
    with pytest.raises(AttemptFailed) as caught:
        await pool.run(start_and_hang, seconds, timeout=2)
    assert caught.value.code is Code.TIMED_OUT
    await pool.close()
    # Killed is not yet gone: nobody of ours is its parent, to wait for it.
    async with asyncio.timeout(10):
        while _sleepers(seconds):
            await asyncio.sleep(0.02)


def _sleepers(seconds: str) -> list[str]:
    """Programs of that name that nobody looks after any more."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == f"sleep\0{seconds}\0".encode():
                found.append(path.parent.name)
        except OSError:
            continue
    return found


def test_folders_of_the_dead_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, young = tmp_path / "docstage-child-4194999-a", tmp_path / "docstage-child-4194999-b"
    alive, other = tmp_path / f"docstage-child-{os.getpid()}-c", tmp_path / "docstage-else"
    for path in (dead, young, alive, other):
        path.mkdir()
        if path != young:
            os.utime(path, (1, 1))
    sweep()
    assert sorted(tmp_path.iterdir()) == sorted([young, alive, other])


@pytest.mark.parametrize("seconds", [0, 0.003, 0.01, 0.1])
async def test_a_start_that_is_called_off_leaves_nothing(
    seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pool = ComputePool(2)
    starting = asyncio.create_task(pool.start())
    await asyncio.sleep(seconds)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await pool.close()
    assert os.listdir(tmp_path) == []  # noqa: PTH208 (there is no event loop to spare here)
