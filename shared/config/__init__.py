"""What an operator can set, and what holds of each stage's jobs."""

from shared.config.job_limits import (
    CONSUMER_TIMEOUT_SECONDS,
    GRACE_SECONDS,
    JOB_SECONDS,
    PREFETCH,
)
from shared.config.settings import Settings

__all__ = [
    "CONSUMER_TIMEOUT_SECONDS",
    "GRACE_SECONDS",
    "JOB_SECONDS",
    "PREFETCH",
    "Settings",
]
