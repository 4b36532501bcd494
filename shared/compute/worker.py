"""The parent's end of one child process."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from typing import Any

from shared.compute.limits import Limits
from shared.compute.messages import (
    LENGTH,
    MAXIMUM_REPLY,
    Failure,
    Reply,
    Setup,
    Task,
    frame,
    read_reply,
)
from shared.compute.scratch import ScratchFolder
from shared.compute.steps import Steps
from shared.errors import (
    AttemptFailed,
    Code,
    DocstageError,
    Permanent,
    Quota,
    Transient,
)
from shared.errors.place import place_of

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)
# A child reads files of strangers: it is given no secret that our own environment holds.
_INHERITED = frozenset(
    {
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
        "XDG_CACHE_HOME", "TESSDATA_PREFIX", "VIRTUAL_ENV", "DOCSTAGE_MODEL_CACHE",
    }
)  # fmt: skip
_RAISED: dict[str, type[DocstageError]] = {
    error.__name__: error for error in (Permanent, Transient, Quota, AttemptFailed, DocstageError)
}
_STREAM_LIMIT = 4 * 1024 * 1024
_DYING = 2.0  # seconds from the end of its socket to the end of a child


class Worker:
    """One child process and the socket to it. Not shared: one call at a time.

    ``usable``: the last call left it in a known state. ``tired``: it asked for a successor;
    ``relieved``: that one is on its way.
    """

    def __init__(
        self,
        process: Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        folder: ScratchFolder,
    ) -> None:
        self._process = process
        self._folder = folder
        self._reader = reader
        self._writer = writer
        self._allowed: dict[tuple[str, str], type] = {}
        self.tired = False
        self.relieved = False
        self.usable = True

    @property
    def alive(self) -> bool:
        """Whether the child, as far as is known, still runs."""
        return self._process.returncode is None and not self._reader.at_eof()

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    @classmethod
    async def spawn(cls, limits: Limits, environment: Mapping[str, str]) -> "Worker":
        """Start a child. The calling thread must live as long as the child may.

        Raises:
            OSError: the system cannot start a process.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003 (signature of socket)
        folder = ScratchFolder.new()
        own = {**child_environment(environment), "TMPDIR": folder.path}
        process: Process | None = None
        try:
            process = await asyncio.create_subprocess_exec(
                # Warnings would go to our log as they are, and quote what is in the file.
                sys.executable, "-W", "ignore", "-m", "shared.compute.child", str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
                start_new_session=True, env=own,
            )  # fmt: skip
            reader, writer = await asyncio.open_connection(sock=ours, limit=_STREAM_LIMIT)
        except BaseException:
            ours.close()
            if process is not None:
                _kill_group(process)
            folder.remove()
            raise
        finally:
            theirs.close()
        writer.write(frame(Setup(os.getpid(), tuple(sys.path), limits)))
        return cls(process, reader, writer, folder)

    async def call(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:  # noqa: ANN401
        """The result of ``function(*args)``, computed in the child.

        Raises:
            DocstageError: raised by the function itself, with its code and detail.
            AttemptFailed: the child died (``CRASHED``), ran out of memory
                (``OUT_OF_MEMORY``) or raised anything else (``UNEXPECTED_ERROR``).
        """
        await self.ask(Task(function, args))
        return (await self.answer()).value

    async def ask(self, task: Task) -> None:
        """Send ``task``; what comes of it is then had by ``answer``.

        Raises:
            AttemptFailed: the child died (``CRASHED``).
        """
        message = frame(task)
        self.usable = False
        try:
            self._writer.write(message)
            await self._writer.drain()
        except OSError:
            raise AttemptFailed(Code.CRASHED, await self._last_words()) from None

    async def answer(self, steps: Steps | None = None) -> Reply:
        """The next reply to what was asked; the last one is that without ``more``.

        ``steps`` hears of the steps that the child tells of.

        Raises:
            DocstageError: as ``call``.
        """
        try:
            reply = await self._receive()
        except (OSError, asyncio.IncompleteReadError):
            raise AttemptFailed(Code.CRASHED, await self._last_words()) from None
        if reply.steps and steps is not None:
            steps.taken(reply.steps)
        if reply.failure is None:
            self.tired, self.usable = reply.tired, not reply.more
            return reply
        self.tired = reply.tired
        # After a failed allocation nobody knows what state native libraries are in.
        self.usable = reply.failure.code != Code.OUT_OF_MEMORY
        raise error_of(reply.failure)

    def kill(self) -> None:
        """End the child at once, with all that it has started; ``stop`` waits until it is gone."""
        self.usable = False
        self._writer.close()
        _kill_group(self._process)

    async def stop(self) -> None:
        """End the child, and wait until it and its folder are gone."""
        self.kill()
        await self._process.wait()
        await asyncio.to_thread(self._folder.remove)

    async def _receive(self) -> Reply:
        (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
        if length > MAXIMUM_REPLY:
            raise AttemptFailed(Code.OUT_OF_MEMORY, "The result is larger than allowed.")
        body = await self._reader.readexactly(length)
        try:
            return read_reply(body, self._allowed)
        except Exception as error:
            detail = f"The result cannot be taken over: {place_of(error)}."
            raise AttemptFailed(Code.UNEXPECTED_ERROR, detail) from error

    async def _last_words(self) -> str:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DYING):
                await self._process.wait()
        await self.stop()
        code = self._process.returncode or 0
        return (
            f"The worker process was ended by {signal.Signals(-code).name}."
            if code < 0
            else f"The worker process ended with status {code}."
        )


def _kill_group(process: Process) -> None:
    """Kill a child and what it has started: it leads a group, there as long as a member is.

    Not ``Process.kill``: that polls, and so takes the exit status from asyncio's watcher.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: one thread each, no secrets, and ``extra``."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith("PYTHON")
    }
    return {
        **inherited,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        **_ONE_THREAD,
        **extra,
    }


def error_of(failure: Failure) -> DocstageError:
    """The exception that ``failure`` describes."""
    raised = _RAISED.get(failure.raised, DocstageError)
    return raised(failure.code, failure.detail, retry_after=failure.retry_after)
