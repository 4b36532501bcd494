"""Threads that do what the event loop must not wait for.

Tasks that wait at the same time are handed over, and their results handed back, in one go:
under load that costs a small part of a thread pool's hop per task.
"""

import asyncio
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class Task(Generic[T]):
    """What a caller waits for, once; a thread sets ``result`` or ``error``.

    An error knows the frames that it came through, and those know the task: it lets go of the
    error, else all that they hold would stay until the collector finds the circle.
    """

    __slots__ = ("_done", "error", "result")

    result: T

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.error: BaseException | None = None
        self._done: asyncio.Future[T] | None = loop.create_future()

    def settle(self) -> None:
        """Let the caller go on; only for the event loop's own thread."""
        done, error, self.error = self._done, self.error, None
        if done is None or done.done():  # the caller was cancelled
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(self.result)

    async def wait(self) -> T:
        """The result, once it is there."""
        if self._done is None:
            raise RuntimeError("a task is waited for once")
        try:
            return await self._done
        finally:
            self._done = None


class Call(Task[Any], Generic[P]):
    """A task that is a function to call."""

    __slots__ = ("function",)

    def __init__(self, loop: asyncio.AbstractEventLoop, function: Callable[P, Any]) -> None:
        super().__init__(loop)
        self.function = function

    def make(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Set the result, or the error that the function raised."""
        try:
            self.result = self.function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - it is the caller's
            self.error = error


K = TypeVar("K", bound=Task[Any])


class Threads(Generic[K]):
    """``handlers`` each run on a thread of their own and get tasks, up to ``group`` at once.

    A handler must not raise: it sets ``error``.
    """

    def __init__(
        self, name: str, handlers: Sequence[Callable[[list[K]], None]], group: int
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._group = group
        self._waiting: SimpleQueue[K | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._run, args=(handler,), name=name, daemon=True)
            for handler in handlers
        ]
        for thread in self._threads:
            thread.start()

    def put(self, task: K) -> None:
        """Have a task handled; not after ``close``."""
        self._waiting.put(task)

    async def close(self) -> None:
        """Finish what waits, then end the threads."""
        self._waiting.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _run(self, handler: Callable[[list[K]], None]) -> None:
        while group := self._take():
            handler(group)
            self._loop.call_soon_threadsafe(_settle, group)

    def _take(self) -> list[K]:
        group: list[K] = []
        following = self._waiting.get()
        while following is not None:
            group.append(following)
            if len(group) == self._group:
                return group
            try:
                following = self._waiting.get_nowait()
            except Empty:
                return group
        self._waiting.put(None)  # the end is for every thread, and for this one's next turn
        return group


def _settle(group: Sequence[Task[Any]]) -> None:
    for task in group:
        task.settle()
