"""What every blob store does: see shared/blobs/port.py."""

import asyncio
import gc
import hashlib
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.blobs.port import BlobInfo, Blobs
from shared.errors import Code, Permanent

PDF = "application/pdf"
MB = 1024 * 1024


async def read(blobs: Blobs, key: str, start: int = 0) -> bytes:
    return b"".join([chunk async for chunk in blobs.stream(key, start)])


@pytest.mark.parametrize("size", [0, 1, 20_000, 5 * MB])
async def test_what_was_put_comes_back(blobs: Blobs, size: int) -> None:
    data = os.urandom(size)
    await blobs.put("acme/d1/original", data, PDF)
    assert await blobs.get("acme/d1/original") == data
    assert await read(blobs, "acme/d1/original") == data
    assert await blobs.info("acme/d1/original") == BlobInfo("acme/d1/original", size)
    async with blobs.as_file("acme/d1/original") as path:
        assert path.read_bytes() == data


async def test_a_file_of_30_mb_is_taken_over_whole(blobs: Blobs, tmp_path: Path) -> None:
    block = os.urandom(MB)
    source = tmp_path / "spooled"
    digest = hashlib.sha256()
    with source.open("wb") as file:
        for number in range(30):
            part = bytes([number]) + block[1:]
            digest.update(part)
            file.write(part)
    await blobs.put_file("acme/d1/original", source, PDF)
    assert not source.exists()
    found = hashlib.sha256()
    sizes = []
    async for chunk in blobs.stream("acme/d1/original"):
        found.update(chunk)
        sizes.append(len(chunk))
    assert found.digest() == digest.digest()
    assert sum(sizes) == 30 * MB
    assert max(sizes) <= MB, "a stream never holds much of the file"


async def test_a_later_put_replaces_the_file(blobs: Blobs, tmp_path: Path) -> None:
    await blobs.put("acme/d1/pages/1.json", b"first, and longer", PDF)
    await blobs.put("acme/d1/pages/1.json", b"second", PDF)
    assert await blobs.get("acme/d1/pages/1.json") == b"second"
    source = tmp_path / "third"
    source.write_bytes(b"third")
    await blobs.put_file("acme/d1/pages/1.json", source, PDF)
    assert await blobs.get("acme/d1/pages/1.json") == b"third"
    assert await blobs.list("acme/d1/") == [BlobInfo("acme/d1/pages/1.json", 5)]


@pytest.mark.parametrize("key", ["acme/d1/none", "none/none/none", "acme/d1"])
async def test_a_missing_file_is_a_permanent_error(blobs: Blobs, key: str) -> None:
    await blobs.put("acme/d1/original", b"x", PDF)
    with pytest.raises(Permanent) as from_get:
        await blobs.get(key)
    with pytest.raises(Permanent) as from_stream:
        await read(blobs, key)
    with pytest.raises(Permanent) as from_file:
        async with blobs.as_file(key):
            pass
    codes = {caught.value.code for caught in (from_get, from_stream, from_file)}
    assert codes == {Code.BLOB_MISSING}
    assert await blobs.info(key) is None


async def test_a_file_that_is_not_there_is_no_work_for_the_collector(blobs: Blobs) -> None:
    with suppress(Permanent):
        await blobs.get("acme/d1/none")
    gc.disable()
    gc.freeze()  # what other tests left is none of this one's
    try:
        for _ in range(30):
            with suppress(Permanent):
                await blobs.get("acme/d1/none")
        assert gc.collect() < 60
    finally:
        gc.unfreeze()
        gc.enable()


async def test_a_stream_begins_where_it_is_told(blobs: Blobs) -> None:
    data = os.urandom(700_000)
    await blobs.put("acme/d1/original", data, PDF)
    for start in (0, 1, 262_144, 300_001, 699_999):
        assert await read(blobs, "acme/d1/original", start) == data[start:]
    assert await read(blobs, "acme/d1/original", 700_000) == b""
    assert await read(blobs, "acme/d1/original", 900_000) == b""
    with pytest.raises(ValueError, match="starts"):
        await read(blobs, "acme/d1/original", -1)


async def test_a_stream_that_is_left_early_harms_nothing(blobs: Blobs) -> None:
    data = os.urandom(3 * MB)
    await blobs.put("acme/d1/original", data, PDF)
    for _ in range(20):
        stream = blobs.stream("acme/d1/original")
        async for _chunk in stream:
            break
        await stream.aclose()  # type: ignore[attr-defined]
    assert await blobs.get("acme/d1/original") == data


async def test_a_list_is_in_the_order_of_keys_and_of_one_prefix(blobs: Blobs) -> None:
    keys = [f"acme/a/1/{name}" for name in ("b.json", "a.json", "pages/2", "pages/10", "a")]
    others = ["acme/a/10/x", "acme/a/1x", "other/a/1/x"]
    for key in keys + others:
        await blobs.put(key, key.encode(), PDF)
    assert await blobs.list("acme/a/1/") == [BlobInfo(key, len(key)) for key in sorted(keys)]
    assert await blobs.list("acme/none/") == []


async def test_a_list_of_more_than_a_page_is_whole(blobs: Blobs) -> None:
    keys = [f"acme/d1/pages/{number:05}" for number in range(1_100)]
    for begin in range(0, len(keys), 20):
        await asyncio.gather(*(blobs.put(key, b"", PDF) for key in keys[begin : begin + 20]))
    assert [info.key for info in await blobs.list("acme/d1/")] == keys
    assert await blobs.delete_all("acme/d1/") == len(keys)
    assert await blobs.list("acme/") == []


async def test_delete_takes_one_file_and_is_content_without(blobs: Blobs) -> None:
    await blobs.put("acme/d1/a", b"a", PDF)
    await blobs.put("acme/d1/b", b"b", PDF)
    await blobs.delete("acme/d1/a")
    await blobs.delete("acme/d1/a")
    await blobs.delete("acme/none/a")
    assert await blobs.info("acme/d1/a") is None
    assert await blobs.get("acme/d1/b") == b"b"


async def test_deleting_a_document_leaves_its_neighbours_and_its_twin(blobs: Blobs) -> None:
    kept = ["acme/a/10/original", "acme/a/1-2/original", "other/a/1/original"]
    for key in ["acme/a/1/original", "acme/a/1/pages/1", *kept]:
        await blobs.put(key, b"same bytes", PDF)
    assert await blobs.delete_all("acme/a/1/") == 2
    assert await blobs.delete_all("acme/a/1/") == 0
    assert await blobs.list("acme/a/1/") == []
    for key in kept:
        assert await blobs.get(key) == b"same bytes"


@pytest.mark.parametrize(
    "key",
    [
        "", "/", "/etc/passwd", "a//b", "a/", "a/./b", "a/../b", "..", ".", "../a", "a/..",
        "a\\b", "a/b\n", "a/\0", "a/é", "x" * 1025, "a/" + "x" * 256,
    ],
)  # fmt: skip
async def test_a_bad_key_is_refused_everywhere(blobs: Blobs, key: str, tmp_path: Path) -> None:
    source = tmp_path / "spooled"
    source.write_bytes(b"x")
    with pytest.raises(ValueError, match="key"):
        await blobs.put(key, b"x", PDF)
    with pytest.raises(ValueError, match="key"):
        await blobs.put_file(key, source, PDF)
    with pytest.raises(ValueError, match="key"):
        await blobs.get(key)
    with pytest.raises(ValueError, match="key"):
        await read(blobs, key)
    with pytest.raises(ValueError, match="key"):
        async with blobs.as_file(key):
            pass
    with pytest.raises(ValueError, match="key"):
        await blobs.info(key)
    with pytest.raises(ValueError, match="key"):
        await blobs.delete(key)
    assert source.exists()


@pytest.mark.parametrize("prefix", ["", "/", "acme", "acme/a/1", "../", "acme//", "/acme/"])
async def test_a_bad_prefix_is_refused(blobs: Blobs, prefix: str) -> None:
    await blobs.put("acme/a/1", b"x", PDF)
    with pytest.raises(ValueError, match="blob"):
        await blobs.list(prefix)
    with pytest.raises(ValueError, match="blob"):
        await blobs.delete_all(prefix)
    assert await blobs.get("acme/a/1") == b"x"


async def test_a_local_file_that_is_not_there_is_refused(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="local file"):
        await blobs.put_file("acme/d1/original", tmp_path / "none", PDF)
    assert await blobs.info("acme/d1/original") is None


async def test_twenty_puts_at_once(blobs: Blobs) -> None:
    files = {f"acme/d{number % 4}/{number}": os.urandom(50_000) for number in range(20)}
    await asyncio.gather(*(blobs.put(key, data, PDF) for key, data in files.items()))
    read_back = await asyncio.gather(*(blobs.get(key) for key in files))
    assert read_back == list(files.values())


async def test_racing_puts_of_one_key_leave_one_whole_file(blobs: Blobs) -> None:
    versions = [bytes([number]) * 100_000 for number in range(10)]
    await asyncio.gather(*(blobs.put("acme/d1/original", data, PDF) for data in versions))
    assert await blobs.get("acme/d1/original") in versions


async def test_putting_and_deleting_neighbours_at_once(blobs: Blobs) -> None:
    async def come_and_go(number: int) -> None:
        for _ in range(10):
            await blobs.put(f"acme/d1/{number}", b"x", PDF)
            await blobs.delete(f"acme/d1/{number}")
        await blobs.put(f"acme/d1/{number}", b"stays", PDF)

    await asyncio.gather(*(come_and_go(number) for number in range(8)))
    assert len(await blobs.list("acme/d1/")) == 8


async def test_an_open_store_answers(blobs: Blobs) -> None:
    await blobs.ping()


async def test_names_are_those_of_folders_each_once(blobs: Blobs) -> None:
    stored = ["acme/d1/original", "acme/d1/1/pages/0.json", "acme/d2/original", "other/d3/original"]
    for key in [*stored, "acme/file"]:
        await blobs.put(key, b"x", PDF)
    assert [name async for some in blobs.names("") for name in some] == ["acme", "other"]
    assert [name async for some in blobs.names("acme/") for name in some] == ["d1", "d2"]
    assert [name async for some in blobs.names("none/") for name in some] == []


async def test_when_a_file_was_stored_is_known(blobs: Blobs) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    await blobs.put("acme/d1/original", b"x", PDF)
    (listed,) = await blobs.list("acme/d1/")
    found = await blobs.info("acme/d1/original")
    for info in (listed, found):
        assert info is not None
        assert info.stored is not None
        assert before < info.stored < before + timedelta(seconds=60)
