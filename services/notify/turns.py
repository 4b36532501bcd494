"""Taking turns at an endpoint: however slow one is, it holds few of the slots of its process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST = 4
"""Tries at an endpoint at a time, in a process."""

ROOM = 4
"""Further ones that may wait a moment for their turn, with their delivery in hand."""

PATIENCE = 1.0
"""Seconds of that moment."""

LONGEST = 60.0
_WEIGHT = 0.2


class BusyError(Exception):
    """There is no turn now; ask again after so many ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"busy for {seconds:.1f} s")
        self.seconds = seconds


class _Line:
    """Those at one endpoint: how many, how long a turn takes, until when others were put off."""

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(MOST)
        self.inside = 0
        self.seconds = 0.1
        self.put_off_until = 0.0


class Turns:
    """Gives turns, by endpoint; what nobody is at any more is forgotten."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, endpoint: str) -> AsyncIterator[None]:
        """Have a turn; raises ``BusyError`` when too many wait already, or it takes too long.

        Who is sent away is told a time at which the endpoint should have got so far, so that
        many come back one after the other.
        """
        loop = asyncio.get_running_loop()
        line = self._lines.setdefault(endpoint, _Line())
        if line.inside >= MOST + ROOM:
            raise BusyError(_put_off(line, loop.time()))
        line.inside += 1
        try:
            await self._enter(line)
            started = loop.time()
            try:
                yield
            finally:
                line.turns.release()
                line.seconds += _WEIGHT * (loop.time() - started - line.seconds)
        finally:
            line.inside -= 1
            if not line.inside and line.put_off_until < loop.time():
                self._lines.pop(endpoint, None)

    async def _enter(self, line: _Line) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await line.turns.acquire()
        except TimeoutError:
            raise BusyError(_put_off(line, asyncio.get_running_loop().time())) from None


def _put_off(line: _Line, now: float) -> float:
    next_turn = max(now + PATIENCE, line.put_off_until + line.seconds / MOST)
    line.put_off_until = min(next_turn, now + LONGEST)
    return line.put_off_until - now
