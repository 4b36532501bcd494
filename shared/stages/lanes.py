"""Two lanes sharing a stage's slots: a share for each, so neither starves the other."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.models.work import Lane

NORMAL_PER_LOW = 4
"""When both lanes wait, one low job runs for so many normal ones."""


class Lanes:
    """``slots`` places, handed out in order within a lane and by share between them."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: dict[Lane, deque[asyncio.Future[None]]] = {lane: deque() for lane in Lane}
        self._normal_in_a_row = 0

    @asynccontextmanager
    async def slot(self, lane: Lane) -> AsyncIterator[None]:
        """Hold a place while the context lasts."""
        await self._enter(lane)
        try:
            yield
        finally:
            self._free += 1
            self._let_in()

    async def _enter(self, lane: Lane) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(place)
        self._let_in()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._free += 1
                self._let_in()
            raise

    def _let_in(self) -> None:
        while self._free > 0 and (lane := self._next_lane()) is not None:
            place = self._waiting[lane].popleft()
            if not place.done():
                self._free -= 1
                place.set_result(None)

    def _next_lane(self) -> Lane | None:
        normal, low = self._waiting[Lane.NORMAL], self._waiting[Lane.LOW]
        if normal and low:
            if self._normal_in_a_row >= NORMAL_PER_LOW:
                self._normal_in_a_row = 0
                return Lane.LOW
            self._normal_in_a_row += 1
            return Lane.NORMAL
        return Lane.NORMAL if normal else Lane.LOW if low else None
