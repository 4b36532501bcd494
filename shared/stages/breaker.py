"""The circuit breaker of an endpoint, as pure functions on its record.

The pattern is Nygard's ("Release It!", 2007): closed, open, half-open. As in the webhook gateway
Convoy, what opens it is a share of failures among enough tries in a window of time, or enough
failures in a row (so that a busy one that dies need not fail as often as it had not); then
nothing is sent for a pause, after which one try alone shows whether it may close. The record is
in the store, so that all processes know.
"""

from datetime import datetime, timedelta

from shared.models.endpoint import Endpoint, Minute

WINDOW = timedelta(minutes=5)
MIN_TRIES = 10
SHARE = 0.5
"""Of the tries in the window that failed."""

PAUSE = timedelta(seconds=30)
MAX_PAUSE = timedelta(minutes=10)
PROBE = timedelta(seconds=30)
"""For how long the one that may try keeps all others out; longer than any try."""

_MINUTE = timedelta(minutes=1)


def is_open(endpoint: Endpoint) -> bool:
    """Whether not everybody may try."""
    return endpoint.open_until is not None


def waits_until(endpoint: Endpoint, now: datetime) -> datetime | None:
    """Until when nobody may try; ``None`` if somebody may."""
    if endpoint.open_until is None:
        return None
    if endpoint.open_until > now:
        return endpoint.open_until
    is_probed = endpoint.probe_until is not None and endpoint.probe_until > now
    return endpoint.probe_until if is_probed else None


def probe(endpoint: Endpoint, who: str, now: datetime) -> Endpoint:
    """``who`` is to try, alone, whether an open one may close."""
    if not is_open(endpoint):
        return endpoint
    return endpoint.copy_with(prober=who, probe_until=now + PROBE)


def succeeded(endpoint: Endpoint, who: str, good: int, now: datetime) -> Endpoint:
    """``who`` was answered well, as ``good`` others were lately that are not counted yet.

    An open breaker closes by its prober only; who began before it opened proves nothing.
    """
    counted = _count(endpoint, now, good=good + 1).copy_with(failing_since=None, in_a_row=0)
    if not is_open(endpoint) or endpoint.prober != who:
        return counted
    closed = {"open_until": None, "opened": 0, "prober": None, "probe_until": None}
    return counted.copy_with(minutes=[], **closed)


def failed(endpoint: Endpoint, who: str, good: int, now: datetime) -> Endpoint:
    """``who`` was not; ``good`` as in ``succeeded``."""
    counted = _count(endpoint, now, good=good, bad=1)
    counted = counted.copy_with(
        failing_since=endpoint.failing_since or now, in_a_row=endpoint.in_a_row + 1
    )
    if is_open(endpoint):
        return _open(counted, now) if endpoint.prober == who else counted
    good, bad = (sum(getattr(it, name) for it in counted.minutes) for name in ("good", "bad"))
    mostly = good + bad >= MIN_TRIES and bad >= SHARE * (good + bad)
    return _open(counted, now) if mostly or counted.in_a_row >= MIN_TRIES else counted


def _open(endpoint: Endpoint, now: datetime) -> Endpoint:
    pause = min(MAX_PAUSE, PAUSE * 2 ** min(endpoint.opened, 10))
    return endpoint.copy_with(
        open_until=now + pause, opened=endpoint.opened + 1, prober=None, probe_until=None
    )


def _count(endpoint: Endpoint, now: datetime, *, good: int = 0, bad: int = 0) -> Endpoint:
    this = now.replace(second=0, microsecond=0)
    kept = [it for it in endpoint.minutes if it.at > this - WINDOW]
    if not kept or kept[-1].at < this:
        kept.append(Minute(at=this))
    last = kept[-1]
    kept[-1] = last.copy_with(good=last.good + good, bad=last.bad + bad)
    return endpoint.copy_with(minutes=kept)
