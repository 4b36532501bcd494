"""What is read is what was stored, or an error says that it is not; and no call waits for ever."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

from shared.blobs.connect import connect_blobs
from shared.blobs.port import Blobs
from shared.errors import AttemptFailed, Code, Transient
from tests.faults.proxy import Proxy
from tests.faults.toxics import Bandwidth, Flip, LimitData, Swallow, Way
from tests.servers.s3 import S3Server

PDF = "application/pdf"
KEY = "acme/d1/original"
DATA = os.urandom(64 * 1024)
SHA = hashlib.sha256(DATA).hexdigest()
IN_THE_BODY = 20_000


async def test_a_file_is_compared_with_the_digest_it_came_in_with(blobs: Blobs) -> None:
    await blobs.put(KEY, DATA, PDF)
    async with blobs.as_file(KEY, SHA) as path:
        assert path.read_bytes() == DATA
    async with blobs.as_file(KEY, "") as path:  # nobody knows
        assert path.read_bytes() == DATA
    with pytest.raises(AttemptFailed) as caught:
        async with blobs.as_file(KEY, "0" * 64):
            pass
    assert caught.value.code is Code.BLOB_CORRUPT


class Behind:
    """A blob store behind a proxy."""

    def __init__(self, blobs: Blobs, proxy: Proxy) -> None:
        self.blobs = blobs
        self.proxy = proxy


@pytest.fixture
async def behind(s3_servers: Callable[[str], S3Server]) -> AsyncIterator[Behind]:
    url = s3_servers("nanio").url(bucket=f"test-{os.urandom(6).hex()}")
    with Proxy(url) as proxy:
        blobs = connect_blobs(f"{proxy.url}?{urlencode({'timeout': '0.5'})}")
        await blobs.open()
        await blobs.put(KEY, DATA, PDF)
        proxy.cut()  # what comes after is on connections of its own
        yield Behind(blobs, proxy)
        proxy.heal()
        await blobs.close()


@pytest.mark.services
async def test_a_byte_turned_on_the_way_is_read_again(behind: Behind) -> None:
    behind.proxy.toxics = [Flip(IN_THE_BODY)]
    assert await behind.blobs.get(KEY) == DATA
    behind.proxy.cut()
    async with behind.blobs.as_file(KEY, SHA) as path:
        assert path.read_bytes() == DATA


@pytest.mark.services
async def test_bytes_turned_each_time_are_an_error_of_their_own(behind: Behind) -> None:
    behind.proxy.toxics = [Flip(IN_THE_BODY), Flip(IN_THE_BODY + 66_000)]
    for read in (behind.blobs.get(KEY), _file(behind.blobs)):
        behind.proxy.cut()
        with pytest.raises(AttemptFailed) as caught:
            await read
        assert caught.value.code is Code.BLOB_CORRUPT


@pytest.mark.services
@pytest.mark.parametrize(
    "toxic",
    [LimitData(IN_THE_BODY), Bandwidth(1000, Way.TO_CLIENT), Swallow(Way.TO_CLIENT)],
    ids=["truncated", "slow", "hung"],
)
async def test_a_store_that_does_not_deliver_is_down(
    behind: Behind, toxic: LimitData | Bandwidth | Swallow, tmp_path: Path
) -> None:
    behind.proxy.toxics = [toxic]
    async with asyncio.timeout(20):  # without a deadline: a minute for the slow one, or for ever
        reads = [behind.blobs.get(KEY), _file(behind.blobs)] * 12
        for error in await asyncio.gather(*reads, return_exceptions=True):
            assert isinstance(error, Transient), error
    behind.proxy.heal()
    behind.proxy.cut()
    assert await behind.blobs.get(KEY) == DATA, "the threads are free again"


@pytest.mark.services
async def test_a_store_that_takes_nothing_is_down(behind: Behind, tmp_path: Path) -> None:
    behind.proxy.toxics = [Bandwidth(1000, Way.TO_SERVER)]
    source = tmp_path / "spooled"
    source.write_bytes(os.urandom(12 * 1024 * 1024))
    async with asyncio.timeout(20):
        with pytest.raises(Transient):
            await behind.blobs.put_file("acme/d1/large", source, PDF)
    assert source.exists()


@pytest.mark.parametrize("timeout", ["0", "-1", "inf", "soon"])
def test_a_timeout_is_a_number_of_seconds(timeout: str) -> None:
    with pytest.raises(ValueError, match=r"timeout|float"):
        connect_blobs(f"s3+http://k:s@127.0.0.1:1/b?timeout={timeout}")


async def _file(blobs: Blobs) -> bytes:
    async with blobs.as_file(KEY, SHA) as path:
        return path.read_bytes()
