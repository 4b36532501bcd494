"""What a process keeps of the documents it has dealt with: nothing, or a little that is bounded."""

import asyncio
import ctypes
import ctypes.util
import gc
import os
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

from shared.allocator import give_back
from shared.blobs.threads import BlockingCalls
from shared.models.document import Document
from shared.models.ids import new_id
from shared.store.sqlite.connection import connect
from tests.faults import memory
from tests.faults.memory import MEBIBYTE

REPOSITORY = Path(__file__).parents[2]
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
    before = memory.read(os.getpid(), 0)
    give_back()
    after = memory.read(os.getpid(), 1)
    assert before is not None
    assert after is not None
    assert before.own - after.own > 60 * MEBIBYTE
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
