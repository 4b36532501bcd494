"""Files fetched from URLs that others choose, without a gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.errors import DocstageError
from shared.http.client import SafeClient
from shared.http.downloads import Download, DownloadLimits, Downloads
from tests.api.origin import (
    NETWORK,
    Names,
)

LIMIT = 300_000
LIMITS = DownloadLimits(max_bytes=LIMIT, total_seconds=20, idle_seconds=10)


@asynccontextmanager
async def downloads(
    allow: str = NETWORK,
    names: Names | None = None,
    deny: str = "",
    limits: DownloadLimits = LIMITS,
) -> AsyncIterator[Downloads]:
    client = SafeClient(allow, names, deny)
    await client.open()
    try:
        yield Downloads(client, limits)
    finally:
        await client.close()


async def read(download: Download) -> bytes:
    return b"".join([chunk async for chunk in download.chunks()])


async def fetch(url: str, allow: str = NETWORK, limits: DownloadLimits = LIMITS) -> bytes:
    async with downloads(allow, limits=limits) as them, them.open(url) as download:
        return await read(download)


async def failure(
    url: str,
    allow: str = NETWORK,
    names: Names | None = None,
    limits: DownloadLimits = LIMITS,
) -> DocstageError:
    with pytest.raises(DocstageError) as caught:
        async with downloads(allow, names, limits=limits) as them, them.open(url) as download:
            await read(download)
    return caught.value


def assert_tells_nothing(error: DocstageError) -> None:
    for inner in ("127", "::1", "10.", "169", "refused", "Errno", "localhost", "resolve"):
        assert inner not in error.detail
