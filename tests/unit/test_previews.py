"""Previews: drawn when asked for, once, and never left behind for nobody."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from artifact_room import ACME, Room, appears, opened_room, stored

from services.ingest.removal import remove_document
from services.ocr import __main__ as ocr
from services.ocr.artifacts import Artifacts
from shared.blobs import keys
from shared.broker.port import Message
from shared.broker.topology import PREVIEWS_QUEUE
from shared.config import Settings
from shared.errors import Transient
from shared.models.document import Document, DocumentState
from shared.models.ids import new_id
from shared.models.messages import PreviewMessage
from shared.process import close_process, open_process
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS
from tests.samples.pages import text_pdf


def asked(document: Document, last: int, first: int = 0) -> PreviewMessage:
    return PreviewMessage(
        organization=document.organization,
        document=document.id,
        revision=1,
        first=first,
        last=last,
    )


def key(document: Document, number: int) -> str:
    return keys.preview_key(document.organization, document.id, 1, number)


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


async def test_reading_draws_nothing_until_somebody_asks(tmp_path: Path) -> None:
    """The whole ocr service."""
    settings = Settings(_env_file=None, data_dir=tmp_path)
    process = await open_process(settings, workers=1)
    service = ocr.build(process)
    await service.start()
    try:
        new = await stored(process.blobs, text_pdf(pages=2))
        received = lifecycle.receive(new, await process.store.now())
        await process.store.of(ACME, DOCUMENTS).insert(received)
        process.outbox.nudge(DOCUMENTS, received)
        await appears(process.blobs, keys.page_key(ACME.organization, new.id, 1, 1))
        body = asked(new, first=1, last=2).model_dump_json().encode()
        await process.broker.send(PREVIEWS_QUEUE, Message(new_id(), body))
        assert (await appears(process.blobs, key(new, 1))).startswith(b"RIFF")
        assert await process.blobs.info(key(new, 0)) is None
    finally:
        await service.stop(1.0)
        await close_process(process)


async def test_an_undrawable_page_is_marked_and_the_others_drawn(
    room: Room, artifacts: Artifacts
) -> None:
    document = await room.document(text_pdf(pages=1))
    await artifacts.previews.draw(asked(document, last=3))
    assert (await room.blobs.get(key(document, 0))).startswith(b"RIFF")
    assert [await room.blobs.get(key(document, number)) for number in (1, 2)] == [b"", b""]


async def test_a_file_that_exhausts_its_child_is_marked(room: Room) -> None:
    starved = room.artifacts(memory=200 * 1024 * 1024)
    await starved.start()
    try:
        document = await room.document(text_pdf())
        await starved.previews.draw(asked(document, last=1))
        assert await room.blobs.get(key(document, 0)) == b""
    finally:
        await starved.stop()


async def test_what_is_drawn_or_marked_is_left_alone(room: Room, artifacts: Artifacts) -> None:
    document = await room.document(text_pdf(pages=3))
    await room.blobs.put(key(document, 0), b"", "image/webp")
    await room.blobs.put(key(document, 1), b"drawn before", "image/webp")
    await artifacts.previews.draw(asked(document, last=3))
    assert await room.blobs.get(key(document, 0)) == b""
    assert await room.blobs.get(key(document, 1)) == b"drawn before"
    assert (await room.blobs.get(key(document, 2))).startswith(b"RIFF")


async def test_our_own_trouble_marks_nothing(room: Room) -> None:
    document = await room.document(text_pdf())
    with pytest.raises(Transient):
        await room.artifacts().previews.draw(asked(document, last=1))  # its pool was never started
    assert await room.blobs.info(key(document, 0)) is None


async def test_a_document_deleted_while_it_is_drawn_leaves_nothing(
    room: Room, artifacts: Artifacts
) -> None:
    document = await room.document(text_pdf(pages=40))
    drawing = asyncio.create_task(artifacts.previews.draw(asked(document, last=40)))
    await appears(room.blobs, key(document, 1))
    await remove_document(room.runtime.store, room.blobs, document)
    await drawing
    prefix = keys.document_prefix(document.organization, document.id)
    assert await room.blobs.list(prefix) == []


async def test_a_document_that_expires_while_it_is_drawn_leaves_nothing(
    room: Room, artifacts: Artifacts
) -> None:
    document = await room.document(text_pdf(pages=40))
    drawing = asyncio.create_task(artifacts.previews.draw(asked(document, last=40)))
    await appears(room.blobs, key(document, 1))
    documents = room.runtime.store.of(ACME, DOCUMENTS)
    await documents.change(document.id, lambda it: it.copy_with(state=DocumentState.EXPIRED))
    await drawing
    assert await room.blobs.info(key(document, 1)) is None


async def test_what_a_crash_left_of_a_deleted_document_is_removed(
    room: Room, artifacts: Artifacts
) -> None:
    document = await stored(room.blobs, text_pdf())  # no record: it was deleted
    await room.blobs.put(key(document, 0), b"put just before the crash", "image/webp")
    await artifacts.previews.draw(asked(document, last=1))
    assert await room.blobs.info(key(document, 0)) is None


async def test_a_superseded_revision_is_not_drawn(room: Room, artifacts: Artifacts) -> None:
    document = await room.document(text_pdf(), revision=2)
    await artifacts.previews.draw(asked(document, last=1))
    assert await room.blobs.info(key(document, 0)) is None


async def test_an_unreadable_request_does_not_stop_the_others(
    room: Room, artifacts: Artifacts
) -> None:
    document = await room.document(text_pdf())
    await room.runtime.broker.send(PREVIEWS_QUEUE, Message(new_id(), b"{}"))
    gone = document.copy_with(id=new_id())
    await room.send(PREVIEWS_QUEUE, asked(gone, last=1))
    await room.send(PREVIEWS_QUEUE, asked(document, last=1))
    assert (await appears(room.blobs, key(document, 0))).startswith(b"RIFF")


async def test_a_missing_file_drops_the_request(room: Room, artifacts: Artifacts) -> None:
    lost, document = await room.document(text_pdf()), await room.document(text_pdf())
    await room.blobs.delete(lost.blob)
    await room.send(PREVIEWS_QUEUE, asked(lost, last=1))
    await room.send(PREVIEWS_QUEUE, asked(document, last=1))
    await appears(room.blobs, key(document, 0))
    assert await room.blobs.info(key(lost, 0)) is None


async def test_who_stops_while_drawing_leaves_it_to_the_next(room: Room) -> None:
    document = await room.document(text_pdf(pages=40))
    first = room.artifacts()
    await first.start()
    await room.send(PREVIEWS_QUEUE, asked(document, last=40))
    await appears(room.blobs, key(document, 0))
    await first.stop()
    assert await room.blobs.info(key(document, 39)) is None
    assert await room.runtime.broker.depth(PREVIEWS_QUEUE) == 1
    second = room.artifacts()
    await second.start()
    assert (await appears(room.blobs, key(document, 39))).startswith(b"RIFF")
    await second.stop()
    assert b"" not in [await room.blobs.get(key(document, number)) for number in range(40)]
