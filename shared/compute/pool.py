"""A pool of child processes for everything that computes or opens files of strangers.

An own supervisor rather than a process pool of a library, because each child has its own
socket: one that is killed in the middle of an answer cannot take the others along, a
timeout is a timer of the event loop instead of a polling thread, ``start`` knows when
every child is warm, and a recycled child serves until its successor is ready.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog

from shared.compute.limits import Limits
from shared.compute.messages import Task
from shared.compute.scratch import sweep
from shared.compute.steps import Steps
from shared.compute.worker import Worker
from shared.errors import AttemptFailed, Code, DocstageError, Transient

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0


class ComputePool:
    """Runs functions in ``workers`` child processes, one call each at a time.

    ``warm`` is called once in each child before it gets work. ``limits`` bind each child.
    ``environment`` is added to the children's otherwise reduced environment. ``patience``
    is how many seconds a child may take to start and warm up. ``steps`` hears what calls that
    it wants to trace spend their time on.

    Functions are named, not sent: they must be importable from a module, and so must the
    classes of their arguments and results. Results are plain data, data classes, models.
    """

    def __init__(  # noqa: PLR0913 - by name, and each with a default
        self,
        workers: int = 2,
        *,
        warm: Callable[[], object] | None = None,
        limits: Limits | None = None,
        environment: Mapping[str, str] | None = None,
        patience: float = 120.0,
        steps: Steps | None = None,
    ) -> None:
        self._size = workers
        self._warm = warm
        self._limits = limits or Limits()
        self._environment = dict(environment or {})
        self._patience = patience
        self._steps = steps
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._waiters: deque[asyncio.Future[Worker]] = deque()
        self._chores: set[asyncio.Task[None]] = set()
        self._endings: set[asyncio.Task[None]] = set()
        self._open = False

    async def start(self) -> None:
        """Start the children and return when all of them are warm.

        Raises:
            DocstageError: a child cannot start or warm up, with the reason.
        """
        self._open = True
        await asyncio.to_thread(sweep)
        starts = [asyncio.create_task(self._spawn()) for _ in range(self._size)]
        try:
            for worker in await asyncio.gather(*starts):
                self._offer(worker)
        except BaseException:
            await asyncio.gather(*starts, return_exceptions=True)
            await self.close()
            raise

    async def run(self, function: Callable[..., T], *args: Any, timeout: float) -> T:  # noqa: ANN401, ASYNC109 (counts from when a child takes the call)
        """The result of ``function(*args)``, computed in a child.

        Waits for a free child as long as it takes; ``timeout`` counts in seconds from when
        one takes the call. Cancelling ends the child that is at work on it.

        Raises:
            DocstageError: as raised by the function.
            AttemptFailed: ``TIMED_OUT``, ``CRASHED``, ``OUT_OF_MEMORY``, or
                ``UNEXPECTED_ERROR`` for any other exception, of which only the type is told.
            Transient: the pool is closed (``UNAVAILABLE``).
        """
        worker = await self._take()
        try:
            async with asyncio.timeout(timeout):
                await worker.ask(Task(function, args, traced=self._is_traced()))
                result: T = (await worker.answer(self._steps)).value
                return result
        except TimeoutError:
            raise _timed_out(timeout) from None
        finally:
            self._give_back(worker)

    async def each(
        self,
        function: Callable[..., Iterable[T]],
        *args: Any,  # noqa: ANN401 (whatever the function takes)
        timeout: float,  # noqa: ASYNC109 (counts from item to item)
    ) -> AsyncGenerator[T, None]:
        """The items of ``function(*args)``, computed in a child, each as soon as it is there.

        What a generator returns, unless that is ``None``, counts as its last item: that one
        comes with the end, in one message, and when the child is free for others. Like ``run``,
        but that ``timeout`` counts for each item. Close it (``aclosing``) where it may not be
        followed to its end: that ends the child.

        Raises:
            DocstageError: as ``run``; the items before were delivered.
        """
        worker = await self._take()
        try:
            async with asyncio.timeout(timeout):
                await worker.ask(Task(function, args, each=True, traced=self._is_traced()))
            while True:
                async with asyncio.timeout(timeout):
                    reply = await worker.answer(self._steps)
                if not reply.more:
                    break
                yield reply.value
        except TimeoutError:
            raise _timed_out(timeout) from None
        finally:
            self._give_back(worker)
        if reply.value is not None:
            yield reply.value

    @property
    def healthy(self) -> bool:
        """Whether at least one child is alive and warm."""
        return self._open and any(worker.alive for worker in self._workers)

    @property
    def pids(self) -> frozenset[int]:
        """The process ids of the children."""
        return frozenset(worker.pid for worker in self._workers)

    async def close(self) -> None:
        """End all children at once; calls under way or waiting fail."""
        self._open = False
        while self._waiters:
            _refuse(self._waiters.popleft())
        chores = list(self._chores)
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        workers = list(self._workers)
        self._workers.clear()
        self._idle.clear()
        await asyncio.gather(*(worker.stop() for worker in workers), *self._endings)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _is_traced(self) -> bool:
        return self._steps is not None and self._steps.wanted()

    async def _take(self) -> Worker:
        if not self._open:
            raise _closed()
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            self._replace(worker)  # it died in its sleep: nobody's attempt is spent
        waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._offer(waiter.result())
            raise

    def _offer(self, worker: Worker) -> None:
        """Hand ``worker`` to who has waited longest, else let it rest."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(worker)
                return
        self._idle.append(worker)

    def _give_back(self, worker: Worker) -> None:
        if worker not in self._workers:  # closed, or replaced while it was at work
            self._end(worker)
        elif not worker.usable:
            self._replace(worker)
        else:
            if worker.tired and not worker.relieved:
                worker.relieved = True
                self._begin(self._relieve(worker))
            self._offer(worker)

    def _replace(self, worker: Worker) -> None:
        self._workers.discard(worker)
        self._end(worker)
        if self._open:
            self._begin(self._add())

    async def _relieve(self, worker: Worker) -> None:
        """Put a fresh child in the place of ``worker``, which serves until then."""
        await self._add()
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
            await worker.stop()

    async def _add(self) -> None:
        """Add a child, trying until it works: without it the pool would stay too small."""
        pause = _FIRST_PAUSE
        while self._open:
            try:
                self._offer(await self._spawn())
            except (DocstageError, OSError) as error:
                _log.warning("compute.child_failed", error=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return

    async def _spawn(self) -> Worker:
        worker = await Worker.spawn(self._limits, self._environment)
        try:
            async with asyncio.timeout(self._patience):
                await worker.call(self._warm or os.getpid, ())
        except TimeoutError:
            await worker.stop()
            raise AttemptFailed(Code.TIMED_OUT, "A worker process did not start.") from None
        except BaseException:
            await worker.stop()
            raise
        self._workers.add(worker)
        return worker

    def _end(self, worker: Worker) -> None:
        worker.kill()  # now: closing the pool may come before the task has its turn
        ending = asyncio.create_task(worker.stop())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        chore = asyncio.create_task(work)
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)


def _refuse(waiter: "asyncio.Future[Worker]") -> None:
    if not waiter.done():
        waiter.set_exception(_closed())


def _timed_out(seconds: float) -> AttemptFailed:
    return AttemptFailed(Code.TIMED_OUT, f"The work took longer than {seconds:g} seconds.")


def _closed() -> Transient:
    return Transient(Code.UNAVAILABLE, "The pool of worker processes is closed.")
