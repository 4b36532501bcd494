"""What a child process that takes containers apart holds in memory, and what it survives."""

from contextlib import aclosing
from pathlib import Path

import pytest
from child_contents import loaded_in_vain

from benchmarks.processes import peak_mib
from services.ingest.sniff import CONTAINERS
from services.ingest.unpacking.budget import UnpackLimits
from services.ingest.unpacking.items import FileBegun, Item
from services.ingest.unpacking.unpack import unpack
from shared.compute.limits import MEBIBYTE, Limits
from shared.compute.pool import ComputePool
from shared.errors import AttemptFailed
from shared.models.container import CONTAINER_KINDS
from tests.samples.mails import PDF, attached, mail

MOST_MIB = 120


async def items_of(pool: ComputePool, path: Path, seconds: float = 60) -> list[Item]:
    items = pool.each(unpack, str(path), "message/rfc822", UnpackLimits(), timeout=seconds)
    async with aclosing(items):
        return [item async for item in items]


def test_what_is_sniffed_as_a_container_is_one() -> None:
    assert frozenset(CONTAINER_KINDS) == CONTAINERS


async def test_a_child_that_unpacks_stays_small_and_loads_nothing_dear(tmp_path: Path) -> None:
    path = tmp_path / "m.eml"
    path.write_bytes(mail(*(attached(f"{it}.pdf", PDF + bytes(1_000_000)) for it in range(8))))
    async with ComputePool(1) as pool:
        (pid,) = pool.pids
        found = await items_of(pool, path)
        assert sum(isinstance(it, FileBegun) for it in found) == 8
        assert await pool.run(loaded_in_vain, timeout=60) == []
        assert peak_mib(pid) <= MOST_MIB


async def test_one_that_needs_more_than_it_may_fails_and_others_do_not(tmp_path: Path) -> None:
    heavy, light = tmp_path / "heavy.eml", tmp_path / "light.eml"
    heavy.write_bytes(mail(attached("a.pdf", PDF + bytes(40 * MEBIBYTE))))
    light.write_bytes(mail(attached("a.pdf")))
    async with ComputePool(1, limits=Limits(memory=200 * MEBIBYTE)) as pool:
        with pytest.raises(AttemptFailed):
            await items_of(pool, heavy)
        assert sum(isinstance(it, FileBegun) for it in await items_of(pool, light)) == 1
