"""The circuit breaker of an endpoint: what opens it, who may try, what closes it."""

from datetime import datetime, timedelta

import pytest

from shared.models.endpoint import Endpoint
from shared.models.time import utc_now
from shared.stages import breaker

NOW = utc_now().replace(second=30)
SECOND = timedelta(seconds=1)


def closed() -> Endpoint:
    return Endpoint(organization="acme")


def tried(endpoint: Endpoint, bad: int, good: int = 0, now: datetime = NOW) -> Endpoint:
    for number in range(bad):
        endpoint = breaker.failed(endpoint, f"d{number}", good if number == 0 else 0, now)
    return endpoint


@pytest.mark.parametrize(
    ("bad", "good", "opens"), [(9, 0, False), (10, 0, True), (5, 5, True), (5, 6, False),
                               (9, 10, False), (9, 9, True), (10, 30_000, True)],
)  # fmt: skip
def test_a_share_of_failures_among_enough_tries_opens_it(
    bad: int, good: int, *, opens: bool
) -> None:
    endpoint = tried(closed(), bad, good)
    assert breaker.is_open(endpoint) is opens
    assert (breaker.waits_until(endpoint, NOW) is not None) is opens
    assert endpoint.failing_since == NOW


def test_failures_of_long_ago_do_not_count() -> None:
    endpoint = breaker.succeeded(tried(closed(), 9), "d", 0, NOW)
    assert endpoint.failing_since is None
    assert breaker.is_open(tried(endpoint, 1, now=NOW + breaker.WINDOW - 60 * SECOND))
    later = tried(endpoint, 9, now=NOW + breaker.WINDOW)
    assert not breaker.is_open(later)
    assert len(later.minutes) == 1


def test_one_at_a_time_probes_when_the_pause_is_over() -> None:
    endpoint = tried(closed(), 10)
    assert breaker.waits_until(endpoint, NOW) == NOW + breaker.PAUSE
    then = NOW + breaker.PAUSE
    assert breaker.waits_until(endpoint, then) is None
    probed = breaker.probe(endpoint, "one", then)
    assert breaker.waits_until(probed, then) == then + breaker.PROBE, "another waits"
    assert breaker.waits_until(probed, then + breaker.PROBE) is None, "the prober has died"


def test_pauses_grow_to_an_end_and_a_good_probe_closes_it() -> None:
    endpoint, now, pauses = tried(closed(), 10), NOW, []
    for _ in range(8):
        assert endpoint.open_until is not None
        pauses.append((endpoint.open_until - now).total_seconds())
        now = endpoint.open_until
        endpoint = breaker.failed(breaker.probe(endpoint, "p", now), "p", 0, now)
    assert pauses == [30, 60, 120, 240, 480, 600, 600, 600]
    assert endpoint.failing_since == NOW
    again = breaker.succeeded(breaker.probe(endpoint, "p", now), "p", 0, now)
    assert not breaker.is_open(again)
    assert (again.failing_since, again.opened, again.minutes) == (None, 0, [])
    assert breaker.is_open(tried(again, 10, now=now))


def test_who_began_before_it_opened_changes_nothing() -> None:
    endpoint = tried(closed(), 10)
    late = breaker.failed(endpoint, "d3", 0, NOW + SECOND)
    assert late.open_until == endpoint.open_until
    late = breaker.succeeded(endpoint, "d3", 0, NOW + SECOND)
    assert late.open_until == endpoint.open_until
