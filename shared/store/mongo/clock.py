"""The database's clock, kept beside the machine's."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.models.time import to_milliseconds, utc_now

REFRESH_SECONDS = 30.0


class ServerClock:
    """Tells the server's time by a reading at most ``REFRESH_SECONDS`` old.

    In between it goes on with the machine's monotonic clock, which nobody sets.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[datetime]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._monotonic = monotonic
        self._reading: tuple[datetime, float] | None = None
        self.skew = 0.0
        """Seconds that this machine's clock is ahead of the server's, as last read."""

    async def now(self) -> datetime:
        """The server's present moment, in UTC; raises what reading it raises."""
        if self._reading is None or self._monotonic() - self._reading[1] > REFRESH_SECONDS:
            sent = self._monotonic()
            moment = await self._read()
            self._reading = moment, (sent + self._monotonic()) / 2
            self.skew = (utc_now() - moment).total_seconds()
        moment, at = self._reading
        return to_milliseconds(moment + timedelta(seconds=self._monotonic() - at))
