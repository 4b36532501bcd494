"""The ocr stage: pages are checkpoints, and what one of them does costs that page."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import scripted_reader
from stage_bench import ACME, Bench

from services.ingest.kept_pages import keep_pages
from services.ocr.results import ReadOptions
from services.ocr.stage import OcrStage, PartLimits
from shared.blobs import keys
from shared.blobs.connect import connect_blobs
from shared.blobs.integrity import digest_of
from shared.blobs.port import Blobs
from shared.compute.pool import ComputePool
from shared.models.document import Document, DocumentState
from shared.models.ids import new_id
from shared.stages import rereading
from shared.stages.relay import Relay
from shared.stages.sweeper import Sweeper
from shared.store.collections import DOCUMENTS

PER_PART = 4
PAGE_SECONDS = 2.0


@dataclass
class Room:
    bench: Bench
    blobs: Blobs
    pool: ComputePool
    folder: Path

    async def accept(self, *deeds: str) -> Document:
        """A document whose pages do ``deeds`` to their reader."""
        blob = keys.original_key(ACME.organization, new_id())
        content = " ".join([str(self._log(blob)), *deeds]).encode()
        await self.blobs.put(blob, content, "application/pdf")
        return await self.bench.accept(blob=blob, sha256=digest_of(content))

    def begun(self, document: Document) -> list[int]:
        return scripted_reader.begun_pages(self._log(document.blob))

    async def finished(self, document: Document) -> Document:
        """Also where a runner was stopped, which may leave jobs to relay and sweeper."""
        relay = Relay(self.bench.runtime, self.bench.outbox)
        sweeper = Sweeper(self.bench.runtime, self.bench.outbox, timedelta(seconds=2))
        async with asyncio.timeout(60):
            while not (now := await self.bench.get(document)).is_final:
                await relay.step()
                await sweeper.step()
                await asyncio.sleep(0.05)
        return now

    def _log(self, blob: str) -> Path:
        return self.folder / (blob.replace("/", "-") + ".log")

    async def errors(self, document: Document) -> list[str | None]:
        """What is stored of each page."""
        found = []
        for number in range(document.pages or 0):
            key = keys.page_key(document.organization, document.id, document.revision, number)
            found.append(json.loads(await self.blobs.get(key))["error"])
        return found


@asynccontextmanager
async def opened_room(bench: Bench, folder: Path, workers: int = 2) -> AsyncIterator[Room]:
    blobs = connect_blobs(f"file://{folder}/blobs")
    await blobs.open()
    async with ComputePool(workers, warm=scripted_reader.imported) as pool:
        limits = PartLimits(PER_PART, PAGE_SECONDS)
        stage = OcrStage(blobs, pool, scripted_reader.each_page, ReadOptions(), limits)
        bench.read = stage
        await bench.start(slots=workers)
        yield Room(bench, blobs, pool, folder)
        await bench.stop()
    await blobs.close()


@pytest.fixture
async def room(bench: Bench, tmp_path: Path) -> AsyncIterator[Room]:
    async with opened_room(bench, tmp_path) as room:
        yield room


@pytest.mark.parametrize(
    ("deed", "code", "tries"),
    [("segfault", "CRASHED", 2), ("hang", "TIMED_OUT", 1), ("bomb", "OUT_OF_MEMORY", 2)],
)
async def test_a_page_costs_itself_and_nothing_else(
    room: Room, deed: str, code: str, tries: int
) -> None:
    deeds = ["good"] * 7
    deeds[5] = deed
    poison, *others = [await room.accept(*it) for it in (deeds, *[["good"] * 6] * 4)]
    for other in others:
        done = await room.finished(other)
        assert (done.state, done.pages_done, done.warnings) == (DocumentState.READY, 6, [])
    done = await room.finished(poison)
    assert (done.state, done.pages_done) == (DocumentState.READY, 7)
    assert done.warnings == [f"Page 6 could not be read: {code}."]
    assert await room.errors(done) == [None] * 5 + [code, None]
    assert sorted(room.begun(poison)) == sorted([*range(7), *[5] * (tries - 1)])


@pytest.mark.parametrize(("deed", "code"), [("segfault", "CRASHED"), ("hang", "TIMED_OUT")])
async def test_a_first_page_that_stops_its_reader_costs_itself_too(
    room: Room, deed: str, code: str
) -> None:
    """How many pages there are comes with the first one, and so did not come."""
    done = await room.finished(await room.accept(deed, "good", "good"))
    assert (done.state, done.pages, done.pages_done) == (DocumentState.READY, 3, 3)
    assert await room.errors(done) == [code, None, None]


async def test_pages_to_be_scanned_again_are_named_by_the_document(room: Room) -> None:
    first, second = await room.accept("good", "faint", "faint"), await room.accept("faint")
    why = "should be scanned again: the print is too faint."
    assert (await room.finished(first)).warnings == [f"Pages 2, 3 {why}"]
    assert (await room.finished(second)).warnings == [f"Page 1 {why}"]


async def test_a_reader_killed_for_no_fault_of_the_page_costs_no_page(room: Room) -> None:
    document = await room.accept(*["good"] * 2, "segfault-once", *["good"] * 3)
    done = await room.finished(document)
    assert (done.state, done.warnings, done.pages_done) == (DocumentState.READY, [], 6)
    assert sorted(room.begun(document)) == [0, 1, 2, 2, 3, 4, 5]


async def test_pages_that_were_turned_are_read_again_and_no_others(room: Room) -> None:
    """Ten pages of which six are read again, at most four a job, and one had failed before."""
    deeds = ["good"] * 10
    deeds[1] = "bad"
    done = await room.finished(await room.accept(*deeds))
    turned = (0, 3, 4, 5, 6, 7)
    assert await keep_pages(room.blobs, done, without=turned)
    now = await room.bench.runtime.store.now()

    def step(it: Document) -> Document:
        turns = {str(page): 90 for page in turned}
        return rereading.read_again(it.copy_with(page_turns=turns), turned, PER_PART, now)

    documents = room.bench.runtime.store.of(ACME, DOCUMENTS)
    begun = await documents.change(done.id, step)
    assert begun is not None
    room.bench.outbox.nudge(DOCUMENTS, begun)
    again = await room.finished(done)
    assert (again.state, again.revision, again.pages_done) == (DocumentState.READY, 2, 10)
    assert [(it.first, it.last) for it in again.parts] == [
        (0, 1), (1, 3), (3, 7), (7, 8), (8, 10),
    ]  # fmt: skip
    assert [it.failed_pages for it in again.parts] == [[], [1], [], [], []]
    assert sorted(room.begun(done)) == sorted([*range(10), *turned])
    rotations = []
    for number in range(10):
        key = keys.page_key(again.organization, again.id, 2, number)
        rotations.append(json.loads(await room.blobs.get(key))["rotation"])
    assert rotations == [90 if it in turned else 0 for it in range(10)]


async def test_a_document_of_one_poison_page_fails_with_a_code(room: Room) -> None:
    done = await room.finished(await room.accept("hang"))
    assert done.state is DocumentState.FAILED
    assert done.error is not None
    assert done.error.code == "NO_PAGE_READABLE"


async def test_pages_that_failed_are_named(room: Room) -> None:
    done = await room.finished(await room.accept("good", "bad", *["good"] * 7, "bad"))
    assert done.state is DocumentState.READY
    assert sorted(done.warnings) == [
        "Page 10 could not be read: PAGE_FAILED.",
        "Page 2 could not be read: PAGE_FAILED.",
    ]


async def test_quick_pages_come_in_few_parts_and_slow_ones_in_small_ones_at_the_end(
    room: Room,
) -> None:
    sizes = {}
    for deed in ("good", "slow"):
        done = await room.finished(await room.accept(*[deed] * 20))
        assert (done.pages, done.pages_done) == (20, 20)
        sizes[deed] = [part.last - part.first for part in done.parts if part.last]
    assert sizes["good"] == [4] * 5
    assert sum(sizes["slow"]) == 20
    assert sizes["slow"][0] <= PER_PART
    assert sizes["slow"][-3:] == [1, 1, 1], "so that all workers end at the same time"


async def test_progress_is_told_while_pages_are_read(room: Room) -> None:
    document = await room.accept(*["slow"] * 60)
    seen: set[int] = set()
    async with asyncio.timeout(30):
        while not (now := await room.bench.get(document)).is_final:
            seen.add(now.pages_done)
            await asyncio.sleep(0.02)
    assert len(seen) >= 6, seen
    assert now.pages_done == 60


async def test_a_part_tried_again_reads_only_what_is_missing(room: Room) -> None:
    """The process stops in the middle of it, as one that is killed does; another takes over."""
    document = await room.accept(*["slow"] * 8)
    await room.bench.until(document, lambda it: it.pages is not None)
    await room.bench.stop(0.0)
    before = room.begun(document)
    assert len(before) < 8
    await room.bench.start(slots=2)
    done = await room.finished(document)
    assert (done.pages_done, done.warnings) == (8, [])
    again = room.begun(document)[len(before) :]
    # Of what was begun, at most the page under way in each of two children was lost.
    assert len(set(before) & set(again)) <= 2
    assert {*before, *again} == set(range(8))
