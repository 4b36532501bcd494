"""How long to wait before the next try: exponential, with full jitter."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

    The delay before try ``n`` is uniform in (0, min(cap, base * 2^(n-1))] seconds.
    """

    base: float
    cap: float

    def delay(self, tries: int, at_least: float | None = None) -> timedelta:
        """The delay after ``tries`` tries; ``at_least`` seconds if the raiser said so."""
        ceiling = min(self.cap, self.base * 2.0 ** min(max(0, tries - 1), 30))
        seconds = random.uniform(0.05 * ceiling, ceiling)  # noqa: S311 - jitter, no secret
        return timedelta(seconds=max(seconds, at_least or 0.0))


FAILED_ATTEMPT = RetryPolicy(base=5.0, cap=300.0)
TRANSIENT_TROUBLE = RetryPolicy(base=2.0, cap=120.0)
