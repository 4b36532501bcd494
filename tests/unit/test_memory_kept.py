"""What a process keeps of the documents it has dealt with: nothing, or a little that is bounded."""

import asyncio
import ctypes
import ctypes.util
import gc
import os
import subprocess
import sys
import weakref
from contextlib import suppress
from itertools import count
from pathlib import Path

from child_contents import hold_little_of_much, memory_held

from shared.allocator import give_back
from shared.blobs.threads import BlockingCalls
from shared.compute.pool import ComputePool
from shared.models.document import Document
from shared.models.ids import new_id
from shared.pdf import PdfFile
from shared.reclaiming import keep_giving_back
from shared.store.sqlite.connection import connect
from tests.faults.memory import MEBIBYTE
from tests.samples.scans import scan_file, scanned_pages

REPOSITORY = Path(__file__).parents[2]
THREADS = """
import asyncio, ctypes, os
from threading import Barrier, Thread
from shared.allocator import give_back
from shared.serve import run_until_stopped
from tests.faults import memory

def use(begun):
    blocks = [bytearray(16_000) for _ in range(600)]
    begun.wait()  # all at once, so that none could do with another's heap

async def main():
    del bytearray(30_000_000)[:]  # from now on glibc keeps as much, and does not ask for it apart
    begun = Barrier(6)
    before = memory.read(os.getpid(), 0).own
    threads = [Thread(target=use, args=(begun,)) for _ in range(6)]
    for it in threads: it.start()
    for it in threads: it.join()
    give_back()
    print(memory.read(os.getpid(), 1).own - before)

run_until_stopped(main())
"""
PROGRAM = """
import asyncio, os
from shared.config import Settings
from shared.process import open_process, run_services
from tests.faults import memory

class Wasteful:
    name, alive = "wasteful", True
    async def start(self):
        blocks = [bytearray(16_000) for _ in range(6_000)]
        self.kept = blocks[::100]
        del blocks
    async def stop(self, seconds):
        pass

def tell():
    print(memory.read(os.getpid(), 0).own, flush=True)
    asyncio.get_running_loop().call_later(0.2, tell)

async def main():
    process = await open_process(Settings(), workers=0)
    await run_services(process, [Wasteful()], ready=tell)

asyncio.run(main())
"""


def blocks_after(parsed: int, number: "count[int]") -> int:
    """How many objects live once so many records were read, each with ids of its own."""
    for _ in range(parsed):
        document = Document(
            organization="org", workspace="w", name=f"{next(number)}.pdf",
            media_type="application/pdf", size=1, sha256=new_id() * 2, blob=new_id(),
        )  # fmt: skip
        assert Document.model_validate_json(document.model_dump_json()) == document
    gc.collect()
    return sys.getallocatedblocks()


def test_no_strings_are_kept_of_records_that_were_read() -> None:
    number = count()
    before = blocks_after(100, number)
    assert blocks_after(2_000, number) - before < 1_000


def test_a_connection_keeps_four_mebibytes_of_pages(tmp_path: Path) -> None:
    library = ctypes.CDLL(ctypes.util.find_library("sqlite3"))
    library.sqlite3_memory_used.restype = ctypes.c_int64
    before = library.sqlite3_memory_used()
    connection = connect(tmp_path / "store.db")
    connection.execute("CREATE TABLE t (body TEXT)")
    for _ in range(100):
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 3_000,)] * 100)
    held = library.sqlite3_memory_used() - before
    connection.close()
    assert (tmp_path / "store.db").stat().st_size > 30 * MEBIBYTE
    assert MEBIBYTE < held < 6 * MEBIBYTE


def test_what_was_freed_between_what_lives_is_given_back() -> None:
    blocks = [bytearray(16_000) for _ in range(6_000)]
    kept = blocks[::100]
    del blocks
    before = memory_held()
    give_back()
    assert before - memory_held() > 60 * MEBIBYTE
    assert len(kept) == 60


async def test_a_process_that_has_started_gives_back_what_that_took(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, cwd=tmp_path, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "DOCSTAGE_DATA_DIR": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            most = least = int(await process.stdout.readline())
            while most - least < 60 * MEBIBYTE:
                least = int(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


async def test_errors_of_threads_are_no_work_for_the_collector() -> None:
    def fail() -> None:
        raise OSError("as often happens")

    calls = BlockingCalls(1, "failing")
    gc.disable()
    gc.freeze()  # what other tests left is none of this one's, and takes half a minute to look at
    try:
        for _ in range(50):
            with suppress(OSError):
                await calls.run(fail)
        assert gc.collect() < 50
    finally:
        gc.unfreeze()
        gc.enable()
        await calls.close()


def test_what_threads_have_freed_is_given_back_whichever_they_were() -> None:
    told = subprocess.run(  # noqa: S603 - the interpreter, and a program of ours
        [sys.executable, "-c", THREADS], check=True, capture_output=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert int(told.stdout) < 4 * MEBIBYTE


class Circle:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


async def test_circles_that_grew_old_wait_for_no_further_objects() -> None:
    circle, gone = Circle(), asyncio.Event()
    gc.collect()  # it is among the old now
    watch = weakref.ref(circle, lambda _: gone.set())
    del circle
    gc.disable()
    giving = asyncio.create_task(keep_giving_back())
    try:
        async with asyncio.timeout(60):
            await gone.wait()
    finally:
        gc.enable()
        giving.cancel()
    assert watch() is None


async def test_a_child_gives_back_what_a_task_has_left_free() -> None:
    async with ComputePool(1) as pool:
        before = await pool.run(memory_held, timeout=60)
        await pool.run(hold_little_of_much, timeout=60)
        assert await pool.run(memory_held, timeout=60) - before < 20 * MEBIBYTE


def test_nothing_of_a_scan_is_kept_when_its_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan_file(scanned_pages(1, lines=8)))

    def draw() -> None:
        with PdfFile.open(str(path), max_pages=1) as file:
            file.render(0, 150)

    draw()
    give_back()
    before = memory_held()
    for _ in range(8):
        draw()
    give_back()
    assert memory_held() - before < MEBIBYTE
