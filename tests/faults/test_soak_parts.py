"""What the soak is made of: files of every kind, and the line through a process's memory."""

import itertools
import os
from random import Random

import pytest

from services.ingest.sniff import CONTAINERS, SUPPORTED, media_type
from tests.faults import memory
from tests.faults.memory import MEBIBYTE, Growth, Reading
from tests.faults.soak_files import KINDS, mixed


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
