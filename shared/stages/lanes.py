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
        self._waiting: dict[Lane, deque[asyncio.Future[bool]]] = {lane: deque() for lane in Lane}
        self._normal_in_a_row = 0
        self._closed = False

    @asynccontextmanager
    async def slot(self, lane: Lane) -> AsyncIterator[bool]:
        """Hold a place while the context lasts; ``False`` for who gets none, as it is closed."""
        if not await self._enter(lane):
            yield False
            return
        try:
            yield True
        finally:
            self._free += 1
            self._let_in()

    def close(self) -> None:
        """Turn away, at once, who waits for a place, and who comes yet."""
        self._closed = True
        for waiting in self._waiting.values():
            while waiting:
                place = waiting.popleft()
                if not place.done():
                    place.set_result(False)

    async def _enter(self, lane: Lane) -> bool:
        if self._closed:
            return False
        place: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(place)
        self._let_in()
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result():
                self._free += 1
                self._let_in()
            raise

    def _let_in(self) -> None:
        while self._free > 0 and (lane := self._next_lane()) is not None:
            place = self._waiting[lane].popleft()
            if not place.done():
                self._free -= 1
                place.set_result(True)

    def _next_lane(self) -> Lane | None:
        normal, low = self._waiting[Lane.NORMAL], self._waiting[Lane.LOW]
        if normal and low:
            if self._normal_in_a_row >= NORMAL_PER_LOW:
                self._normal_in_a_row = 0
                return Lane.LOW
            self._normal_in_a_row += 1
            return Lane.NORMAL
        return Lane.NORMAL if normal else Lane.LOW if low else None
