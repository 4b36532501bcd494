"""The capacity model against sums that can be done by hand."""

from dataclasses import replace

import pytest

from benchmarks.capacity_model import (
    EFFICIENCY,
    STEP,
    Kind,
    StagePlan,
    arrivals,
    documents_per_core_day,
    mean_seconds,
    simulate,
)

SCAN = Kind("scan", 1, {"ocr": 6.0})
PAGE = Kind("page", 3, {"ocr": 0.4})
PLAN = StagePlan("ocr", least=1, most=1)


def test_a_day_brings_all_documents_and_more_by_day() -> None:
    day = arrivals(1_000_000)
    assert sum(day) == pytest.approx(1_000_000)
    assert max(day) > 10 * min(day)


def test_the_mix_is_weighed_by_its_shares() -> None:
    assert mean_seconds([SCAN, PAGE], "ocr") == pytest.approx((6.0 + 3 * 0.4) / 4)
    assert mean_seconds([SCAN, PAGE], "notify") == 0
    assert documents_per_core_day(SCAN) == pytest.approx(86400 * EFFICIENCY / 6.0)


def test_what_one_pod_can_not_do_waits_and_is_done_later() -> None:
    could = EFFICIENCY * STEP / 6.0
    day = simulate([3 * could] + [0.0] * 5, [SCAN], [PLAN])["ocr"]
    assert day.waiting[:3] == pytest.approx([2 * could, could, 0])
    assert day.longest_wait == pytest.approx(2 * STEP / 60)


def test_more_pods_wait_less_and_nothing_runs_where_nothing_comes() -> None:
    coming = [0.0] * 10 + [40.0] * 40 + [0.0] * 400
    days = [
        simulate(coming, [SCAN], [replace(PLAN, least=0, most=most)])["ocr"] for most in (10, 100)
    ]
    assert days[1].longest_wait < days[0].longest_wait
    assert days[0].pods[:10] == [0] * 10
    assert days[1].pods[-1] == 0
    assert days[0].most_pods == 10
