"""The child process: sets its limits, gives up the network, then answers call after call.

Started as ``python -m shared.compute.child FD`` with a socket to its parent at ``FD``. It
ignores SIGINT and SIGTERM, which reach the whole process group: the parent decides. It
ends when the parent closes the socket, and at once when the parent dies.
"""

import ctypes
import os
import pickle
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace

from shared.allocator import give_back
from shared.collector import SELDOM, collect_seldom, settle_collector
from shared.compute.limits import MEBIBYTE, Limits, allow_cpu, apply_limits, resident_bytes
from shared.compute.messages import LENGTH, Failure, Reply, Setup, Task, frame
from shared.compute.sandbox import confine
from shared.compute.steps import StepTaken, forget_steps, note_steps
from shared.errors import AttemptFailed, Code, DocstageError, Permanent, Quota, Transient
from shared.errors.place import place_of

_PR_SET_PDEATHSIG = 1
_RAISABLE = (Permanent, Transient, Quota, AttemptFailed)
_SLACK = 64 * MEBIBYTE
"""What a child may hold beyond what it held at rest before free memory is given back.

A page that is recognised takes some fifty; giving back after each cost a hundredth of the time.
"""
_MEMORY_WORDS = ("bad_alloc", "bad allocation", "insufficient memory", "failed to allocate")


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when ``parent`` ends (Linux; prctl(2))."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel was told
        os._exit(1)


def describe(error: BaseException) -> Failure:
    """``error`` as a failure that names no content of the document."""
    if isinstance(error, DocstageError):
        raised = next((c.__name__ for c in _RAISABLE if isinstance(error, c)), "DocstageError")
        return Failure(raised, error.code, error.detail, error.retry_after)
    if is_out_of_memory(error):
        return Failure("AttemptFailed", Code.OUT_OF_MEMORY, "")
    detail = f"The work ended with {place_of(error)}."
    return Failure("AttemptFailed", Code.UNEXPECTED_ERROR, detail)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that memory ran out; native libraries say it in words."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(word in words for word in _MEMORY_WORDS)


class Child:
    """Answers the parent's tasks over ``connection`` until it is closed."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._limits = Limits()
        self._at_rest = 0

    def serve(self) -> None:
        """Set up, then answer tasks until the parent closes the socket."""
        setup: Setup = pickle.loads(self._receive())  # noqa: S301 (the parent is trusted)
        die_with_parent(setup.parent)
        sys.path[:] = setup.path
        self._limits = setup.limits
        apply_limits(setup.limits)
        confine()
        collect_seldom()
        done = 0
        while body := self._receive():
            done += 1
            allow_cpu(self._limits.cpu)
            for answer in run(body):
                if not self._send(answer if answer.more else self._last(answer, done)):
                    break
            del answer
            self._rest()

    def _rest(self) -> None:
        """Give back what the last task has left free, if that may be much."""
        if resident_bytes() > self._at_rest + _SLACK:
            give_back()
            self._at_rest = resident_bytes()

    def _last(self, answer: Reply, done: int) -> Reply:
        """``answer``, the last of ``done`` tasks, which also tells how the child is."""
        if done == 1:
            settle_collector(SELDOM)
        limits = self._limits
        tired = done >= limits.tasks or resident_bytes() > limits.resident
        return replace(answer, tired=tired)

    def _receive(self) -> bytes:
        header = self._stream.read(LENGTH.size)
        if len(header) < LENGTH.size:
            return b""
        return self._stream.read(LENGTH.unpack(header)[0])

    def _send(self, reply: Reply) -> bool:
        """Whether ``reply`` could be sent; where not, that is told instead, and nothing more."""
        try:
            message = frame(reply)
        except Exception as error:  # noqa: BLE001 (anything may refuse to be pickled)
            failed = frame(Reply(failure=describe(error), tired=reply.tired))
            self._connection.sendall(failed)
            return False
        self._connection.sendall(message)
        return True


def run(body: bytes) -> Iterator[Reply]:
    """Make the call that ``body`` asks for: its items, if it has any, and how it ended."""
    noted: list[StepTaken] = []
    try:
        task: Task = pickle.loads(body)  # noqa: S301 (the parent is trusted)
        if task.traced:
            noted = note_steps()
        for reply in _made(task):
            yield replace(reply, steps=_taken(noted)) if noted else reply
    except Exception as error:  # noqa: BLE001 (told to the parent, which raises it)
        yield Reply(failure=describe(error), steps=_taken(noted))
    finally:
        forget_steps()


def _made(task: Task) -> Iterator[Reply]:
    result = task.function(*task.args)
    if not task.each:
        yield Reply(result)
        return
    items = iter(result)
    while True:
        try:
            item = next(items)
        except StopIteration as end:
            yield Reply(end.value)
            return
        yield Reply(item, more=True)


def _taken(noted: list[StepTaken]) -> tuple[StepTaken, ...]:
    steps = tuple(noted)
    noted.clear()
    return steps


def main() -> None:
    """Serve the parent at the other end of the socket whose descriptor is the argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Child(socket.socket(fileno=int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()
