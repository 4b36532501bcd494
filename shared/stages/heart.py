"""Renewing the lease of a job that takes long."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from shared.stages.held import LeaseLostError


class Heart:
    """Calls ``beat`` every so many ``seconds`` while a block runs.

    When ``beat`` raises ``LeaseLostError`` the block is cancelled, and raises that instead.
    Most jobs are over before the first beat is due: for them it is only a timer.
    """

    def __init__(self, beat: Callable[[], Awaitable[None]], seconds: float) -> None:
        self._beat = beat
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None
        self._lost = False

    async def __aenter__(self) -> Self:
        owner = asyncio.current_task()
        if owner is None:
            raise RuntimeError("a heart beats for a task")
        self._owner, self._cancelling = owner, owner.cancelling()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._lost:
            others = self._owner.uncancel() > self._cancelling
            if kind is asyncio.CancelledError and not others:
                raise LeaseLostError from None

    def _start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            try:
                await self._beat()
            except LeaseLostError:
                self._lost = True
                self._owner.cancel()
                return
            await asyncio.sleep(self._seconds)
