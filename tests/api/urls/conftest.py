"""An outside world for documents by URL: a server, a canary, a gateway that may reach them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.config import Settings
from tests.api.harness import Gateway
from tests.api.origin import NETWORK, Canary, Origin, running_canary, running_origin
from tests.api.urls.fetching import MAX_BYTES, fetching


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with running_origin() as origin:
        yield origin


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with running_canary() as canary:
        yield canary


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        max_file_bytes=MAX_BYTES,
        wait_limit=10.0,
        allow_private_targets=NETWORK,
    )


@pytest.fixture
async def fetch(gateway: Gateway) -> AsyncIterator[None]:
    async with fetching(gateway):
        yield
