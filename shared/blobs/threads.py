"""A bounded set of threads for calls that block."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from shared.threads import Call, Threads

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")

_GROUP = 2
"""Of calls that wait, so many are one thread's: a third is sooner done by another."""


class BlockingCalls:
    """Runs blocking calls off the event loop, at most ``size`` at a time.

    Threads of our own, since name look-ups share the loop's default ones; they begin with the
    first call.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._threads: Threads[Call[[]]] | None = None

    async def run(
        self, call: Callable[_Args, _Result], *args: _Args.args, **kwargs: _Args.kwargs
    ) -> _Result:
        """Return what the call returns; a cancelled caller leaves it running to its end."""
        loop = asyncio.get_running_loop()
        if self._threads is None:
            self._threads = Threads(self._name, [_run] * self._size, _GROUP)
        waiting = Call(loop, lambda: call(*args, **kwargs))
        self._threads.put(waiting)
        result: _Result = await waiting.wait()
        return result

    async def close(self) -> None:
        """Wait for the calls under way and end the threads."""
        if self._threads is not None:
            await self._threads.close()
            self._threads = None


def _run(group: list[Call[[]]]) -> None:
    for call in group:
        call.make()
