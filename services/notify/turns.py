"""Taking turns at an endpoint: however slow one is, it holds few of the slots of its process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST = 4
"""Tries at an endpoint at a time, in a process."""

ROOM = 8
"""Further ones that may wait a moment for their turn, with their delivery in hand."""

PATIENCE = 1.0
"""Seconds of that moment; nobody waits where a turn has taken longer already."""

LONGEST = 60.0
HASTE = 0.6
"""How early who was sent away comes back, so that an endpoint is never short of them."""

_WEIGHT = 0.2


class BusyError(Exception):
    """There is no turn now; ask again after so many ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"busy for {seconds:.1f} s")
        self.seconds = seconds


class _Line:
    """Those at one endpoint: who has a turn since when, how long one takes, who was put off."""

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(MOST)
        self.inside = 0
        self.since: list[float] = []
        self.seconds = 0.1
        self.put_off_until = 0.0

    def is_full(self, now: float) -> bool:
        """Whether nobody may wait for a turn."""
        is_slow = bool(self.since) and now - self.since[0] > PATIENCE
        return self.inside >= MOST + (0 if is_slow else ROOM)

    def put_off(self, now: float) -> float:
        """For how many seconds to send somebody away: all that were come one after the other.

        Where turns take long already it is the longer, so that who waits for one that hangs
        costs its process little.
        """
        hanging = now - self.since[0] if self.since else 0.0
        pace = HASTE * max(self.seconds, hanging) / MOST
        soonest = now + max(PATIENCE, HASTE * hanging)
        self.put_off_until = min(max(soonest, self.put_off_until + pace), now + LONGEST)
        return self.put_off_until - now


class Turns:
    """Gives turns, by endpoint; what nobody is at any more is forgotten."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, endpoint: str) -> AsyncIterator[None]:
        """Have a turn; raises ``BusyError`` when too many wait already, or it takes too long."""
        loop = asyncio.get_running_loop()
        line = self._lines.setdefault(endpoint, _Line())
        if line.is_full(loop.time()):
            raise BusyError(line.put_off(loop.time()))
        line.inside += 1
        try:
            await _enter(line)
            started = loop.time()
            line.since.append(started)
            try:
                yield
            finally:
                line.since.remove(started)
                line.turns.release()
                line.seconds += _WEIGHT * (loop.time() - started - line.seconds)
        finally:
            line.inside -= 1
            if not line.inside and line.put_off_until < loop.time():
                self._lines.pop(endpoint, None)


async def _enter(line: _Line) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await line.turns.acquire()
    except TimeoutError:
        raise BusyError(line.put_off(asyncio.get_running_loop().time())) from None
