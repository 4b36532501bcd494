"""What the soak is made of: files of every kind, and the line through a process's memory."""

import itertools
import json
import os
from pathlib import Path
from random import Random

import pytest

from services.ingest.sniff import CONTAINERS, SUPPORTED, media_type
from tests.faults import memory
from tests.faults.checker import Summary
from tests.faults.evidence import Violation
from tests.faults.memory import MEBIBYTE, Growth, Reading
from tests.faults.soak_files import KINDS, mixed
from tests.faults.soak_report import Outcome, Steady, counted, judged, show, write


def test_one_seed_gives_one_order_of_kinds_and_all_files_differ() -> None:
    first = list(itertools.islice(mixed(Random(3)), 60))
    again = [kind for kind, _ in itertools.islice(mixed(Random(3)), 60)]
    assert [kind for kind, _ in first] == again
    assert len({file.sha256 for _, file in first}) == 60
    assert len({kind for kind, _ in itertools.islice(mixed(Random(4)), 150)}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_taken_in(kind: str) -> None:
    make, _ = KINDS[kind]
    file = make("tag", Random(1))
    assert media_type(file.content[:4096]) in SUPPORTED | CONTAINERS


def line(slope: float, noise: float, minutes: int = 20, start: float = 100.0) -> Growth:
    """The growth of a process that needs ``start`` MiB, and so many more an hour."""
    random = Random(1)
    readings = [
        Reading(at, round((start + slope * at / 3600 + random.gauss(0, noise)) * MEBIBYTE), 0, 9)
        for at in range(0, 60 * minutes, 2)
    ]
    return memory.growth(readings, warm_up=120)


def test_a_leak_shows_and_noise_does_not() -> None:
    leak = line(slope=6, noise=0.5)
    assert leak.low < 6 < leak.high
    assert leak.low > 1
    still = line(slope=0, noise=0.5)
    assert still.low < 0 < still.high
    assert still.high < 2


def wandering(seed: int) -> Growth:
    """The growth of a process that takes and frees at random, and so goes nowhere."""
    random, own, readings = Random(seed), 0.0, []
    for at in range(0, 3600, 2):
        own = 0.99 * own + random.gauss(0, 0.05)
        readings.append(Reading(at, round((100 + own) * MEBIBYTE), 0, 9))
    return memory.growth(readings, warm_up=120)


def test_the_interval_is_true_of_memory_that_wanders() -> None:
    found = [wandering(seed) for seed in range(60)]
    assert sum(it.low <= 0 <= it.high for it in found) >= 52


def test_what_is_said_of_a_slope() -> None:
    assert judged(line(slope=6, noise=0.5)) == "grows"
    assert judged(line(slope=0, noise=0.1)) == "at rest"
    assert judged(line(slope=0.9, noise=3)) == "as promised, not certain"
    assert judged(line(slope=5, noise=3)) == "too short to tell"


def test_growth_before_the_warm_up_is_over_does_not_count() -> None:
    readings = [Reading(at, min(at, 100) * MEBIBYTE, 0, 9) for at in range(0, 600, 2)]
    assert memory.growth(readings, warm_up=120).slope == pytest.approx(0)
    with pytest.raises(ValueError, match="too few"):
        memory.growth(readings, warm_up=560)


def test_the_memory_of_this_process_is_read() -> None:
    before = memory.read(os.getpid(), 0)
    ballast = bytearray(os.urandom(64 * MEBIBYTE))
    after = memory.read(os.getpid(), 1)
    assert before is not None
    assert after is not None
    assert after.own - before.own > 60 * MEBIBYTE
    assert after.files > 2
    assert len(ballast) == 64 * MEBIBYTE
    assert memory.read(2**22 + 1, 2) is None


def outcome(*violations: Violation, slope: float = 0) -> Outcome:
    return Outcome(
        engine="embedded",
        records="sqlite",
        seed=1,
        seconds=60.0,
        kills={"up": 3},
        sent={"mail": 2},
        summary=Summary(2, 2, 2, 0, 0, 0, 0),
        violations=violations,
        states=counted(["ready", "ready", "failed"]),
        codes=counted(["CORRUPT"]),
        settling=1.0,
        growth={"up": line(slope, noise=0.1)},
        steady=Steady(seconds=1200, warm_up=300, accepted=375),
    )


def test_the_result_is_told_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(outcome())
    told = capsys.readouterr().out
    assert "lost 0, duplicated 0" in told
    assert "1500 documents an hour; memory from minute 5.0 to 20.0" in told
    write(tmp_path / "new" / "soak.json", outcome())
    kept = json.loads((tmp_path / "new" / "soak.json").read_text())
    assert kept["states"] == {"ready": 2, "failed": 1}
    assert kept["growth"]["up"]["slope"] == pytest.approx(0, abs=0.5)
    assert kept["is_good"]


def test_a_broken_promise_and_a_leak_are_no_good_result() -> None:
    assert not outcome(Violation("V1", "d1", "lost")).is_good
    assert not outcome(slope=6).is_good
