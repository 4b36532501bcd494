"""Rows F: no room on disks, nobody who reads the log."""

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.faults.driver import File, invoices
from tests.faults.matrix import Row
from tests.faults.scene import Scene

_MEBIBYTE = 1024 * 1024
_ROOM = 16 * _MEBIBYTE
_NONE = 6144
"""Bytes: a small file in the spool, and hardly a record."""


@contextmanager
def _room(pid: int, size: int) -> Iterator[None]:
    """No file of a process may grow beyond so many bytes, as on a disk that is full."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def _large() -> File:
    file = invoices(1)[0]
    return File(file.name, file.content + b"\n%" + b"x" * (_ROOM + 4 * _MEBIBYTE))


async def spool_full(scene: Scene) -> None:
    """F1: an upload for which there is no room is put off, leaves nothing, harms no other."""
    world, file = scene.world, _large()
    with _room(world.pid("ingest"), _ROOM):
        refused = asyncio.create_task(scene.driver.upload_all([file, _large()], persist=False))
        others = await scene.upload(3)
        scene.require(None not in others, "others were not taken")
        scene.require(await refused == [None, None], "accepted without room")
        left = [it.name for folder in world.spools() for it in folder.glob("*.part")]
        scene.require(not left, "what had come of it is still in the spool")
    told = {it.status for it in scene.journal.uploads() if not it.is_acknowledged}
    scene.require(told <= {503, 507}, f"answered {told}")
    again = await scene.driver.upload(file)
    scene.require(again, "not taken when there was room again")


async def volume_full(scene: Scene) -> None:
    """F2: no room for records and files: nothing is accepted, and afterwards all goes on."""
    await scene.upload(3)
    with _room(scene.world.pid("ingest"), _NONE):
        told = await scene.driver.upload_all(invoices(3), persist=False)
        scene.require(told == [None] * 3, "accepted without room")
        await asyncio.sleep(2.0)
    await scene.upload(2)
    await scene.finished()


async def log_blocked(scene: Scene) -> None:
    """F3: the log goes into a pipe that is full, and nobody reads it."""
    world = scene.world
    path = world.log("ocr")
    written = path.with_suffix(".written")
    await asyncio.to_thread(world.kill, "ocr")
    await asyncio.to_thread(path.rename, written)
    os.mkfifo(path)
    pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        await world.start("ocr")
        _fill(pipe)
        broken = [File(f"{it}.pdf", b"%PDF-1.7\n" + os.urandom(200)) for it in range(3)]
        await scene.driver.upload_all(broken)
        await scene.upload(3)
        await scene.finished()
        documents = scene.evidence.documents
        scene.require(len(documents) == 6, "not all were accepted")
        scene.require(all(it.is_final for it in documents), "held up by the log")
        await asyncio.to_thread(world.kill, "ocr")
    finally:
        os.close(pipe)
        await asyncio.to_thread(path.unlink)
        await asyncio.to_thread(written.rename, path)
    await world.start("ocr")


def _fill(pipe: int) -> None:
    """Until not one byte more goes into it."""
    for size in (65536, 1):
        with suppress(BlockingIOError):
            while True:
                os.write(pipe, b"x" * size)


ROWS = (
    Row("F1", "no room in the spool for a large upload",
        spool_full, "room is looked after", frozenset({"row"})),
    Row("F2", "no room for files and records",
        volume_full, "answers after writes", frozenset({"V1", "row"}), engines=("embedded",)),
    Row("F3", "the log's pipe is full, and nobody reads it",
        log_blocked, "logs never wait", frozenset({"row", "V3"})),
)  # fmt: skip
