"""The fast rows of the fault matrix, in every run of the tests; ``make faults`` runs all rows."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.dev.servers import Servers
from tests.faults.guards.registry import SERVICES, guards
from tests.faults.matrix import Row, rows
from tests.faults.running import run_row
from tests.faults.table import line
from tests.faults.world import World
from tests.servers.process import Unavailable
from tests.servers.requirement import missing

ROWS = rows()
_SEED = 8


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    try:
        with Servers(folder / "servers") as servers:
            world = World(folder, "rabbitmq", servers)
            try:
                yield world
            finally:
                asyncio.run(world.close())
    except Unavailable as reason:
        missing(reason)


@pytest.mark.faults
@pytest.mark.services
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("row", [it for it in ROWS if it.is_fast], ids=lambda row: row.id)
async def test_row(world: World, row: Row, tmp_path: Path) -> None:
    result = await run_row(world, row, tmp_path, _SEED, guarded=True)
    assert result.is_as_it_should_be, line(result)


def test_every_row_has_a_guard_and_says_what_breaks_without_it() -> None:
    known = guards()
    assert len({row.id for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.guard in known, row.id
        assert set(known[row.guard].services) <= set(SERVICES), row.id
        assert row.breaks <= {*(f"V{number}" for number in range(1, 9)), "row"}, row.id
        assert row.breaks, row.id
