"""The pace of a stage's line, told from when its last records were begun and ended."""

from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.pace import Moving, pace_of
from shared.store.standings import Stay

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def stays(*spans: tuple[float, float]) -> list[Stay]:
    return [Stay(at(began), at(ended)) for began, ended in spans]


def left(found: list[Stay], waiting: int, *, running: int = 0, first: float = 0) -> float | None:
    pace = pace_of(Moving(NOW, found, running, at(first)))
    return None if pace is None else pace.seconds(waiting)


def test_of_a_stage_that_was_done_with_nothing_nothing_is_known() -> None:
    assert left([], 15) is None
    assert left([], 15, running=2) is None


def test_idle_time_before_does_not_count_as_slow() -> None:
    """Fifteen arrive at once an hour after the last one, which took half a second."""
    once = stays((-3600, -3599.5))
    assert left(once, 15) == pytest.approx(7.5)
    assert left(once, 13, running=2, first=-0.1) == pytest.approx(14 * 0.5 / 2)
    hourly = stays(*((-3600 * n, -3600 * n + 0.5) for n in range(1, 9)))
    assert left(hourly, 15) == pytest.approx(7.5)


def test_so_many_are_at_work_as_were_at_a_time_before() -> None:
    by_two = stays((-90, -88), (-90, -88), (-88, -86), (-88, -86))
    assert left(by_two, 10) == pytest.approx(10)
    assert left(by_two, 10, running=4) == pytest.approx((10 + 2) * 2 / 4), "it was scaled up"


def test_once_the_line_moves_its_pace_is_what_got_through_meanwhile() -> None:
    slow_before = stays(*((-900 + n, -890 + n) for n in range(8)))
    moved = stays((-4, -3), (-3, -2), (-2, -1), (-1, 0))
    assert left([*slow_before, *moved], 10, first=-5) == pytest.approx(10)
    shared = stays((-40, -39), (-30, -29), (-20, -19), (-10, -9))
    assert left(shared, 2, first=-60) == pytest.approx(20), "others go between"


def test_the_time_in_which_the_stage_was_down_does_not_count() -> None:
    back = stays((-4, -3), (-3, -2), (-2, -1), (-1, 0))
    assert left(back, 10, running=1, first=-600) == pytest.approx(10.5 * 4 / 4.5)


def test_one_long_document_makes_no_slow_line() -> None:
    mixed = stays((-700, -100), *((-90 + n, -89 + n) for n in range(5)))
    assert left(mixed, 10) == pytest.approx(10, rel=0.1)


def test_those_at_work_say_by_now_that_one_takes_longer() -> None:
    before = stays((-3600, -3598))
    for begun, each in ((-1, 2), (-5, 5), (-600, 6)):
        pace = pace_of(Moving(NOW, before, 2, at(-1), at(begun)))
        assert pace is not None
        assert pace.seconds(13) == pytest.approx(14 * each / 2)


def test_where_nobody_works_on_it_the_line_stands_still() -> None:
    before = stays((-60, -59))
    assert left(before, 3, first=-30) is None
    assert left(before, 3, first=-5) is not None, "somebody may be about to begin"
    assert left(before, 3, first=-30, running=1) is not None


def test_one_takes_as_long_as_one_takes() -> None:
    by_four = stays(*[(-90, -88)] * 4)
    assert left(by_four, 1) == pytest.approx(2)


def test_a_stage_at_which_nobody_waits_has_the_pace_of_its_last_ones() -> None:
    pace = pace_of(Moving(NOW, stays((-3600, -3598), (-60, -58)), 0, None))
    assert pace is not None
    assert pace.rate == pytest.approx(0.5)
    instant = pace_of(Moving(NOW, stays((-1, -1)), 0, None))
    assert instant is not None
    assert instant.rate > 0
