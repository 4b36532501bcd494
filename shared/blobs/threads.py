"""A bounded set of threads for calls that block."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")


class Threads:
    """Runs blocking calls off the event loop, at most ``size`` at a time.

    Threads of our own, since name look-ups share the loop's default ones.
    """

    def __init__(self, size: int, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=size, thread_name_prefix=name)

    async def run(
        self, call: Callable[_Args, _Result], *args: _Args.args, **kwargs: _Args.kwargs
    ) -> _Result:
        """Return what the call returns; a cancelled caller leaves it running to its end."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: call(*args, **kwargs))

    async def close(self) -> None:
        """Wait for the calls under way and end the threads."""
        await asyncio.to_thread(self._executor.shutdown)
