"""Searchable files: made when asked for, once, and never left behind for nobody."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pymupdf
import pytest
from artifact_room import Room, appears, opened_room, stored

from services.ingest.removal import remove_document
from services.ocr.artifacts import Artifacts
from services.ocr.searchable_files import PAGES_AT_A_TIME
from shared.blobs import keys
from shared.broker.topology import PREVIEWS_QUEUE, SEARCHABLE_QUEUE
from shared.errors import Transient
from shared.models.document import Document, PagePart
from shared.models.messages import PreviewMessage, SearchableMessage
from shared.models.page import Line, Page, Word
from shared.models.read_by import ReadBy
from tests.samples.pages import text_pdf


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with opened_room(tmp_path) as room:
        yield room


@pytest.fixture
async def artifacts(room: Room) -> AsyncIterator[Artifacts]:
    artifacts = room.artifacts()
    await artifacts.start()
    yield artifacts
    await artifacts.stop()


def page(number: int) -> Page:
    """A word of its own on each page, as if it had been recognised."""
    box = {"x0": 300.0, "y0": 400.0, "x1": 360.0, "y1": 412.0}
    text = f"stamp{number}"
    return Page(
        number=number,
        width=595,
        height=842,
        read_by=ReadBy.OCR,
        words=[Word(text=text, confidence=0.9, **box)],
        lines=[Line(text=text, words=[0], **box)],
    )


async def read_document(room: Room, content: bytes, pages: int, **changes: object) -> Document:
    """A document all of whose pages have been read."""
    part = PagePart(index=0, first=0, last=pages, pages_done=pages)
    facts = {"pages": pages, "parts": [part], **changes}
    document = await room.document(content, **facts)
    for number in range(pages):
        name = keys.page_key(document.organization, document.id, 1, number)
        await room.blobs.put(name, page(number).model_dump_json().encode(), "application/json")
    return document


def asked(document: Document) -> SearchableMessage:
    return SearchableMessage(organization=document.organization, document=document.id, revision=1)


def key(document: Document) -> str:
    return keys.searchable_key(document.organization, document.id, 1)


async def test_all_pages_of_a_long_document_get_their_text(
    room: Room, artifacts: Artifacts
) -> None:
    """Several calls of the child make one file."""
    pages = 2 * PAGES_AT_A_TIME + 3
    document = await read_document(room, text_pdf(pages=pages), pages)
    await room.send(SEARCHABLE_QUEUE, asked(document))
    made = await appears(room.blobs, key(document))
    with pymupdf.open(stream=made) as pdf:
        assert len(pdf) == pages
        for number, shown in enumerate(pdf):
            (hit,) = shown.search_for(f"stamp{number}")
            assert tuple(hit) == pytest.approx((300, 400, 360, 412), abs=2)
            assert len(shown.get_text().split()) > 1, "its own text is there as well"


async def test_who_wants_a_preview_does_not_wait_for_the_whole_file(
    room: Room, artifacts: Artifacts
) -> None:
    pages = 10 * PAGES_AT_A_TIME
    document = await read_document(room, text_pdf(pages=pages), pages)
    await room.send(SEARCHABLE_QUEUE, asked(document))
    preview = PreviewMessage(
        organization=document.organization, document=document.id, revision=1, first=0, last=1
    )
    await room.send(PREVIEWS_QUEUE, preview)
    await appears(room.blobs, keys.preview_key(document.organization, document.id, 1, 0))
    assert await room.blobs.info(key(document)) is None
    await appears(room.blobs, key(document))


async def test_what_is_made_or_marked_is_left_alone(room: Room, artifacts: Artifacts) -> None:
    document = await read_document(room, text_pdf(), 1)
    for before in (b"made before", b""):
        await room.blobs.put(key(document), before, "application/pdf")
        await artifacts.searchable.make(asked(document))
        assert await room.blobs.get(key(document)) == before


@pytest.mark.parametrize("content", [b"%PDF-1.7\ngarbage", b""])
async def test_a_file_that_cannot_be_opened_is_marked(
    room: Room, artifacts: Artifacts, content: bytes
) -> None:
    document = await read_document(room, content, 1)
    await artifacts.searchable.make(asked(document))
    assert await room.blobs.get(key(document)) == b""


async def test_a_file_that_exhausts_its_child_is_marked(room: Room) -> None:
    starved = room.artifacts(memory=200 * 1024 * 1024)
    await starved.start()
    try:
        document = await read_document(room, text_pdf(), 1)
        await starved.searchable.make(asked(document))
        assert await room.blobs.get(key(document)) == b""
    finally:
        await starved.stop()


async def test_our_own_trouble_marks_nothing(room: Room) -> None:
    document = await read_document(room, text_pdf(), 1)
    with pytest.raises(Transient):
        await room.artifacts().searchable.make(asked(document))  # its pool was never started
    assert await room.blobs.info(key(document)) is None


async def test_a_document_that_is_still_read_is_not_begun(room: Room, artifacts: Artifacts) -> None:
    part = PagePart(index=0, first=0, last=2, pages_done=1)
    document = await read_document(room, text_pdf(pages=2), 2, parts=[part])
    await artifacts.searchable.make(asked(document))
    assert await room.blobs.info(key(document)) is None


async def test_a_document_deleted_meanwhile_leaves_nothing(
    room: Room, artifacts: Artifacts
) -> None:
    pages = 4 * PAGES_AT_A_TIME
    document = await read_document(room, text_pdf(pages=pages), pages)
    making = asyncio.create_task(artifacts.searchable.make(asked(document)))
    await asyncio.sleep(0.05)
    await remove_document(room.runtime.store, room.blobs, document)
    await asyncio.wait({making})
    prefix = keys.document_prefix(document.organization, document.id)
    assert await room.blobs.list(prefix) == []


async def test_what_a_crash_left_of_a_deleted_document_is_removed(
    room: Room, artifacts: Artifacts
) -> None:
    document = await stored(room.blobs, text_pdf())  # no record: it was deleted
    await room.blobs.put(key(document), b"put just before the crash", "application/pdf")
    await artifacts.searchable.make(asked(document))
    assert await room.blobs.info(key(document)) is None


async def test_a_superseded_revision_is_not_made(room: Room, artifacts: Artifacts) -> None:
    document = await read_document(room, text_pdf(), 1, revision=2)
    await artifacts.searchable.make(asked(document))
    assert await room.blobs.info(key(document)) is None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are, for this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def files_in(folder: Path) -> list[str]:
    return [it.name for it in folder.rglob("*")]


async def test_who_stops_in_between_leaves_it_to_the_next(room: Room, folder: Path) -> None:
    pages = 8 * PAGES_AT_A_TIME
    document = await read_document(room, text_pdf(pages=pages), pages)
    first = room.artifacts()
    await first.start()
    await room.send(SEARCHABLE_QUEUE, asked(document))
    async with asyncio.timeout(60):
        while "made.pdf" not in files_in(folder):
            await asyncio.sleep(0.01)
    await first.stop()
    assert await room.blobs.info(key(document)) is None
    assert files_in(folder) == []
    assert await room.runtime.broker.depth(SEARCHABLE_QUEUE) == 1
    second = room.artifacts()
    await second.start()
    assert (await appears(room.blobs, key(document))).startswith(b"%PDF")
    await second.stop()


async def test_no_temporary_file_stays(room: Room, artifacts: Artifacts, folder: Path) -> None:
    for content in (text_pdf(), b"garbage"):
        document = await read_document(room, content, 1)
        await artifacts.searchable.make(asked(document))
        assert await room.blobs.info(key(document)) is not None
    assert files_in(folder) == []
