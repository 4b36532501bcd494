"""A gateway and two organizations for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.config import Settings
from tests.api.docdigitizer_client import Client, client_of
from tests.api.harness import Caller, Gateway, running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        max_file_bytes=1024 * 1024,
        max_files=20,
        wait_limit=10.0,
        extract_wait_limit=0.3,
    )


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[Gateway]:
    async with running(settings) as gateway:
        yield gateway


@pytest.fixture
async def alice(gateway: Gateway) -> Caller:
    return await gateway.caller("alice")


@pytest.fixture
async def bob(gateway: Gateway) -> Caller:
    return await gateway.caller("bob")


@pytest.fixture
async def ada(gateway: Gateway, alice: Caller) -> Client:
    """Alice, speaking DocDigitizer."""
    return client_of(gateway, alice)


@pytest.fixture
async def ben(gateway: Gateway, bob: Caller) -> Client:
    """Bob, speaking DocDigitizer."""
    return client_of(gateway, bob)
