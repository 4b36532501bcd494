"""How often a key, and an organization, may call: token buckets, per process.

A bucket holds as many calls as may come at once, and fills at a constant rate. Each replica of
the gateway has buckets of its own: what several let through is their sum.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from shared.errors import Code, Quota
from shared.http.context import Principal

MOST_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_second`` calls in the long run, ``burst`` at once; 0 a second: no limit."""

    per_second: float = 0.0
    burst: float = 1.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """Buckets of one rate, by name."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, name: str) -> float:
        """Take a call out: 0, or the seconds until there is one to be had."""
        if self._rate.per_second <= 0:
            return 0.0
        now = self._clock()
        bucket = self._buckets.get(name)
        if bucket is None:
            self._make_room(now)
            bucket = self._buckets[name] = _Bucket(self._rate.burst, now)
        bucket.tokens = self._filled(bucket, now)
        bucket.at = now
        if bucket.tokens < 1.0:
            return (1.0 - bucket.tokens) / self._rate.per_second
        bucket.tokens -= 1.0
        return 0.0

    def put_back(self, name: str) -> None:
        """Undo a ``take`` whose call was refused by somebody else."""
        if name in self._buckets:
            self._buckets[name].tokens += 1.0

    def _filled(self, bucket: _Bucket, now: float) -> float:
        since = max(0.0, now - bucket.at)
        return min(self._rate.burst, bucket.tokens + since * self._rate.per_second)

    def _make_room(self, now: float) -> None:
        """Full buckets are as good as none."""
        if len(self._buckets) < MOST_BUCKETS:
            return
        kept = {
            name: bucket
            for name, bucket in self._buckets.items()
            if self._filled(bucket, now) < self._rate.burst
        }
        self._buckets = kept if len(kept) < MOST_BUCKETS else {}


class Rates:
    """What keys and organizations have left."""

    def __init__(
        self, per_key: Rate, per_organization: Rate, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keys = Buckets(per_key, clock)
        self._organizations = Buckets(per_organization, clock)

    def check(self, principal: Principal) -> None:
        """Count a call; raises ``Quota(RATE_LIMITED)`` with the seconds until the next one."""
        wait = self._keys.take(principal.key)
        if wait == 0.0:
            wait = self._organizations.take(principal.organization)
            if wait > 0.0:
                self._keys.put_back(principal.key)
        if wait > 0.0:
            raise Quota(Code.RATE_LIMITED, retry_after=wait)
