"""Renewing the lease of a job that takes long, and noticing when it is lost or called off."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import structlog

from shared.stages.held import LeaseLostError

_log = structlog.get_logger("docstage.stage")


class Heart:
    """Calls ``beat`` every so many ``seconds`` while a block runs, and ``look`` in between.

    When one of them raises ``LeaseLostError`` the block is cancelled, and raises that instead.
    ``look`` is called every ``look_seconds``: it only reads, so that work that nobody wants any
    more is stopped soon. Most jobs are over before the first look is due: for them it is only a
    timer. Durations are those of the event loop's monotonic clock.
    """

    def __init__(
        self,
        beat: Callable[[], Awaitable[None]],
        seconds: float,
        look: Callable[[], Awaitable[None]],
        look_seconds: float,
    ) -> None:
        self._beat = beat
        self._seconds = seconds
        self._look = look
        self._look_seconds = min(look_seconds, seconds)
        self._task: asyncio.Task[None] | None = None
        self._lost = False

    async def __aenter__(self) -> Self:
        owner = asyncio.current_task()
        if owner is None:
            raise RuntimeError("a heart beats for a task")
        self._owner, self._cancelling = owner, owner.cancelling()
        loop = asyncio.get_running_loop()
        self._next_beat = loop.time() + self._seconds
        self._timer = loop.call_later(self._look_seconds, self._start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        cancelled = error if isinstance(error, asyncio.CancelledError) else None
        if self._task is not None:
            self._task.cancel()
            try:
                await asyncio.wait({self._task})
            except asyncio.CancelledError as late:  # perhaps ours, that came as the block ended
                cancelled = late
        if self._lost and self._owner.uncancel() <= self._cancelling and cancelled is not None:
            raise LeaseLostError from None
        if cancelled is not None and cancelled is not error:
            raise cancelled

    def _start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            try:
                await self._beat_or_look()
            except LeaseLostError:
                self._lost = True
                self._owner.cancel()
                return
            except Exception:  # noqa: BLE001 - a heart that stands still loses the lease
                _log.exception("heartbeat_failed")
            await asyncio.sleep(self._look_seconds)

    async def _beat_or_look(self) -> None:
        now = asyncio.get_running_loop().time()
        if now + self._look_seconds > self._next_beat:  # the next turn would be too late
            await self._beat()
            self._next_beat = now + self._seconds
        else:
            await self._look()
