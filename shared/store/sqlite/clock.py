"""The machine's clock as a database's: it never goes back."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from shared.models.time import to_milliseconds, utc_now

STEP = timedelta(seconds=1)
"""What a clock may fall behind before it counts as set back; less, and it stands still a moment."""


class SteadyClock:
    """Tells the machine's time; where that is set back, it goes on as if it had not been.

    Else what is due at a time that was noted before would wait for that time to come again.
    The difference stays until the process is started anew.
    """

    def __init__(
        self,
        read: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._monotonic = monotonic
        self._told: tuple[datetime, float] = read(), monotonic()
        self._was_set_back = False
        self.skew = 0.0
        """Seconds that the machine's clock is ahead of ours; below 0 when it was set back."""

    def now(self) -> datetime:
        """The present moment, in UTC; never before one that was told."""
        read, at = self._read(), self._monotonic()
        told, told_at = self._told
        expected = told + timedelta(seconds=at - told_at)
        is_behind = read < expected - STEP
        if is_behind and not self._was_set_back:
            structlog.get_logger("docstage.store").warning("clock_set_back")
        self._was_set_back = is_behind
        moment = max(told, to_milliseconds(expected) if is_behind else read)
        self._told = moment, at
        self.skew = (read - moment).total_seconds()
        return moment
