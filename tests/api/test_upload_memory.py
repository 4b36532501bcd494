"""An upload lies on disk, never in memory."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from shared.config import Settings
from tests.api.harness import DOCUMENTS_PATH, Caller, running

MIB = 1024 * 1024
CHUNK = b"\x00" * (256 * 1024)
HEAD = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF-1.7\n'


async def body(size: int) -> AsyncIterator[bytes]:
    yield HEAD
    for _ in range(size // len(CHUNK)):
        yield CHUNK
    yield b"\r\n--x--\r\n"


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def peak_growth(*uploads: "asyncio.Future[None]") -> int:
    """How much memory the process took at most while these ran."""
    before, peak = resident(), 0
    done = asyncio.gather(*uploads)
    while not done.done():
        peak = max(peak, resident())
        await asyncio.sleep(0.005)
    await done
    return peak - before


async def send(caller: Caller, size: int) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    timeout = aiohttp.ClientTimeout(total=240)
    async with caller.client.post(
        DOCUMENTS_PATH, data=body(size), headers=headers, timeout=timeout
    ) as answer:
        assert answer.status == 202, await answer.text()
        (document,) = (await answer.json())["documents"]
        assert document["size"] == size + len(b"%PDF-1.7\n")


async def test_large_uploads_do_not_grow_the_process(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, max_file_bytes=101 * MIB)
    async with running(settings) as gateway:
        alice, bob = await gateway.caller("alice"), await gateway.caller("bob")
        await send(alice, MIB)
        gc.collect()
        one = await peak_growth(asyncio.ensure_future(send(alice, 100 * MIB)))
        assert one < 30 * MIB, f"one upload of 100 MiB took {one / MIB:.0f} MiB"
        many = await peak_growth(*(asyncio.ensure_future(send(bob, 25 * MIB)) for _ in range(8)))
        assert many < 60 * MIB, f"eight uploads of 25 MiB took {many / MIB:.0f} MiB"
