"""Token buckets and high-water marks, under a clock of the test's own."""

import pytest

from shared.errors import Code, Quota
from shared.http.context import Principal
from shared.http.load import LOW_WATER, MOST_SECONDS, Load, Sample
from shared.http.rates import MOST_BUCKETS, Buckets, Rate, Rates
from shared.models.tenancy import Scope
from shared.store.port import Tenant


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def caller(key: str, organization: str = "o") -> Principal:
    return Principal(key, Tenant(organization), frozenset(Scope))


def test_a_bucket_holds_a_burst_and_fills_again() -> None:
    clock = Clock()
    buckets = Buckets(Rate(per_second=2.0, burst=3), clock)
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert buckets.take("a") == pytest.approx(0.5)
    assert buckets.take("b") == 0.0, "others have their own"
    clock.now += 0.49
    assert buckets.take("a") > 0.0
    clock.now += 0.011
    assert buckets.take("a") == 0.0
    clock.now += 60
    assert [buckets.take("a") > 0 for _ in range(4)] == [False, False, False, True]


def test_the_time_it_names_is_the_time_it_takes() -> None:
    clock = Clock()
    rates = Rates(Rate(0.1, 1), Rate(), clock)
    rates.check(caller("k"))
    with pytest.raises(Quota) as refused:
        rates.check(caller("k"))
    assert refused.value.code is Code.RATE_LIMITED
    assert refused.value.retry_after == pytest.approx(10.0)
    clock.now += 10.0
    rates.check(caller("k"))


def test_an_organization_has_a_limit_over_all_its_keys() -> None:
    rates = Rates(Rate(1.0, 2), Rate(1.0, 3), Clock())
    for key in ("a", "b", "c"):
        rates.check(caller(key))
    with pytest.raises(Quota):
        rates.check(caller("d"))
    rates.check(caller("a", "other"))


def test_no_limit_is_none_and_buckets_are_not_kept_for_ever() -> None:
    clock = Clock()
    buckets = Buckets(Rate(), clock)
    assert all(buckets.take("a") == 0.0 for _ in range(10_000))
    buckets = Buckets(Rate(1.0, 5), clock)
    for number in range(MOST_BUCKETS):
        buckets.take(str(number))
    clock.now += 10
    buckets.take("one more")
    assert len(buckets._buckets) == 1


def seen(at: float, backlog: float, taken_in: int = 0, **levels: float) -> Sample:
    return Sample(at, {"backlog": backlog, **levels}, taken_in)


def test_it_begins_at_the_upper_mark_and_ends_at_the_lower_one() -> None:
    load = Load({"backlog": 100.0, "memory": 0.0})
    load.note(seen(0, 99, memory=1e12))
    load.check()
    load.note(seen(1, 100))
    with pytest.raises(Quota) as refused:
        load.check()
    assert refused.value.code is Code.OVERLOADED
    load.note(seen(2, 81))
    assert load.full == {"backlog"}, "not yet"
    load.note(seen(3, 100 * LOW_WATER - 1))
    load.check()
    load.note(seen(4, 99))
    load.check()


def test_any_level_is_enough() -> None:
    load = Load({"backlog": 100.0, "spool": 10.0, "disk": 1.0})
    load.note(seen(0, 1, spool=11.0, disk=0.2))
    with pytest.raises(Quota):
        load.check()
    load.note(seen(1, 1, spool=1.0, disk=1.3))
    assert load.full == {"disk"}


def test_the_time_to_come_back_follows_from_how_fast_it_drains() -> None:
    load = Load({"backlog": 1000.0})
    at, backlog, taken_in = 0.0, 1500.0, 0
    for _ in range(60):  # 20 a second come in, 30 are done
        at, backlog, taken_in = at + 1, backlog - 10, taken_in + 20
        load.note(seen(at, backlog, taken_in))
    assert load.drained == pytest.approx(30.0, rel=0.05)
    expected = (backlog - 800) / 30
    waits = [load.wait() for _ in range(200)]
    assert min(waits) >= expected * 0.99
    assert max(waits) <= expected * 1.3
    assert len({round(it, 3) for it in waits}) > 20, "not all come back at once"


def test_what_does_not_drain_has_a_longest_time() -> None:
    load = Load({"backlog": 10.0})
    load.note(seen(0, 50))
    load.note(seen(5, 50))
    assert MOST_SECONDS <= load.wait() <= 1.25 * MOST_SECONDS
