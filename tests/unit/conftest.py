"""A stage runtime for every test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stage_bench import Bench, opened_runtime


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(await opened_runtime(tmp_path))
    yield bench
    await bench.stop(0.1)
    await bench.runtime.broker.close()
    await bench.runtime.store.close()
