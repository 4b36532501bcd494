"""What is particular to blobs in a folder: devices, crashes, and names that clash."""

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.blobs.durable import prune, write_file
from shared.blobs.folder import FolderBlobs
from shared.errors import Code, Transient

PDF = "application/pdf"
OTHER_DEVICE = Path("/dev/shm")  # noqa: S108 - memory on Linux


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[FolderBlobs]:
    blobs = FolderBlobs(tmp_path / "blobs")
    await blobs.open()
    yield blobs
    await blobs.close()


@pytest.fixture
def from_afar(tmp_path: Path) -> Iterator[Path]:
    """A file on another device than the folder."""
    if not OTHER_DEVICE.is_dir() or OTHER_DEVICE.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is only one device here")
    with tempfile.NamedTemporaryFile(dir=OTHER_DEVICE, delete=False) as source:
        source.write(b"from afar" * 300_000)
    yield Path(source.name)
    Path(source.name).unlink(missing_ok=True)


async def test_a_file_on_another_device_is_copied_and_removed(
    folder: FolderBlobs, from_afar: Path, tmp_path: Path
) -> None:
    await folder.put_file("acme/d1/original", from_afar, PDF)
    assert from_afar not in OTHER_DEVICE.iterdir()  # noqa: ASYNC240 - one look
    assert await folder.get("acme/d1/original") == b"from afar" * 300_000
    assert list((tmp_path / "blobs" / "scratch").iterdir()) == []


async def test_a_file_on_the_same_device_is_moved_and_not_copied(
    folder: FolderBlobs, tmp_path: Path
) -> None:
    source = tmp_path / "spooled"
    source.write_bytes(b"x")
    number = source.stat().st_ino
    await folder.put_file("acme/d1/original", source, PDF)
    async with folder.as_file("acme/d1/original") as path:
        assert path.stat().st_ino == number


async def test_a_key_cannot_be_a_file_and_a_folder(folder: FolderBlobs) -> None:
    await folder.put("acme/d1/pages/1", b"x", PDF)
    with pytest.raises(ValueError, match="key"):
        await folder.put("acme/d1/pages", b"x", PDF)
    with pytest.raises(ValueError, match="key"):
        await folder.put("acme/d1/pages/1/words", b"x", PDF)
    assert await folder.get("acme/d1/pages/1") == b"x"


async def test_empty_folders_go_with_their_last_file(folder: FolderBlobs, tmp_path: Path) -> None:
    await folder.put("acme/d1/pages/1", b"x", PDF)
    await folder.put("acme/d2/original", b"x", PDF)
    await folder.delete("acme/d1/pages/1")
    assert [path.name for path in (tmp_path / "blobs/files/acme").iterdir()] == ["d2"]
    await folder.delete_all("acme/d2/")
    assert list((tmp_path / "blobs/files").iterdir()) == []


async def test_what_a_crash_left_half_written_is_cleared_a_day_later(tmp_path: Path) -> None:
    scratch = tmp_path / "blobs" / "scratch"
    scratch.mkdir(parents=True)
    (scratch / "old").write_bytes(b"half")
    (scratch / "new").write_bytes(b"half, and somebody is writing")
    long_ago = time.time() - 25 * 3600
    os.utime(scratch / "old", (long_ago, long_ago))
    blobs = FolderBlobs(tmp_path / "blobs")
    await blobs.open()
    assert [path.name for path in scratch.iterdir()] == ["new"]
    assert await blobs.list("new/") == []
    await blobs.close()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target, scratch = tmp_path / "files" / "a", tmp_path / "scratch"
    write_file(target, lambda file: file.write(b"old"), scratch)

    def fail(_: object) -> None:
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        write_file(target, fail, scratch)
    assert target.read_bytes() == b"old"
    assert not scratch.exists()


def test_folders_removed_while_files_come_lose_no_file(tmp_path: Path) -> None:
    root, ended = tmp_path / "files", threading.Event()
    folder = root / "a" / "b" / "c"
    root.mkdir()

    def remove_for_ever() -> None:
        while not ended.wait(0.001):
            prune(folder, root)

    remover = threading.Thread(target=remove_for_ever)
    remover.start()
    try:
        for number in range(300):
            target = folder / str(number)
            write_file(target, lambda file: file.write(b"x"), tmp_path / "scratch")
            assert target.read_bytes() == b"x"
            target.unlink()
    finally:
        ended.set()
        remover.join()


async def test_a_folder_that_is_gone_is_a_store_that_is_down(
    folder: FolderBlobs, tmp_path: Path
) -> None:
    (tmp_path / "blobs").rename(tmp_path / "unmounted")
    for call in (folder.ping(), folder.put("acme/d1/original", b"x", PDF)):
        with pytest.raises(Transient) as caught:
            await call
        assert caught.value.code is Code.DEPENDENCY_DOWN


async def test_two_processes_share_a_folder(folder: FolderBlobs, tmp_path: Path) -> None:
    other = FolderBlobs(tmp_path / "blobs")
    await other.open()
    await asyncio.gather(
        *(one.put(f"acme/d{n}/original", b"x", PDF) for n in range(20) for one in (folder, other))
    )
    assert len(await other.list("acme/")) == 20
    await other.close()


async def test_a_volume_that_is_not_mounted_has_lost_no_file(tmp_path: Path) -> None:
    folder = FolderBlobs(tmp_path / "blobs")
    await folder.open()
    await folder.put("acme/d1/original", b"x", "application/pdf")
    source = tmp_path / "spooled"
    source.write_bytes(b"y")
    (tmp_path / "blobs").rename(tmp_path / "elsewhere")
    calls = [
        folder.get("acme/d1/original"),
        folder.put("acme/d2/original", b"x", "application/pdf"),
        folder.put_file("acme/d2/original", source, "application/pdf"),
        anext(folder.stream("acme/d1/original")),
        folder.as_file("acme/d1/original").__aenter__(),
    ]
    for call in calls:
        with pytest.raises(Transient):
            await call
    assert source.exists()
    assert not (tmp_path / "blobs").exists(), "nothing is written beneath where it belongs"
    (tmp_path / "elsewhere").rename(tmp_path / "blobs")
    assert await folder.get("acme/d1/original") == b"x"
    await folder.close()
