"""Previews: drawn when asked for, once, and never left behind for nobody."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from stage_bench import opened_runtime

from services.ingest.dialects.native.removal import remove_document
from services.ocr import __main__ as ocr
from services.ocr.previews import Previews
from shared.blobs import keys
from shared.blobs.connect import connect_blobs
from shared.blobs.port import Blobs
from shared.broker.port import Message
from shared.broker.topology import PREVIEWS_QUEUE
from shared.compute import ComputePool, Limits
from shared.config import Settings
from shared.errors import Transient
from shared.models.document import Document
from shared.models.ids import new_id
from shared.models.messages import PreviewMessage
from shared.process import close_process, open_process
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant
from tests.samples.pages import text_pdf

ACME = Tenant("acme")


@dataclass
class Room:
    """A store with documents, their blobs, and whoever draws."""

    runtime: Runtime
    blobs: Blobs

    def previews(self, **limits: int) -> Previews:
        pool = ComputePool(1, limits=Limits(**limits))
        return Previews(self.runtime, self.blobs, pool)

    async def document(self, content: bytes, **changes: object) -> Document:
        made = await stored(self.blobs, content)
        document = made.copy_with(**changes)
        await self.runtime.store.of(ACME, DOCUMENTS).insert(document)
        return document

    async def send(self, asked: PreviewMessage) -> None:
        body = asked.model_dump_json().encode()
        await self.runtime.broker.send(PREVIEWS_QUEUE, Message(new_id(), body))


async def stored(blobs: Blobs, content: bytes) -> Document:
    document = Document(
        organization=ACME.organization,
        workspace="main",
        name="a.pdf",
        media_type="application/pdf",
        size=len(content),
        sha256="00",
    )
    document = document.copy_with(blob=keys.original_key(ACME.organization, document.id))
    await blobs.put(document.blob, content, document.media_type)
    return document


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


async def appears(blobs: Blobs, name: str) -> bytes:
    async with asyncio.timeout(60):
        while await blobs.info(name) is None:
            await asyncio.sleep(0.02)
    return await blobs.get(name)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    runtime = await opened_runtime(tmp_path)
    blobs = connect_blobs(f"file://{tmp_path}/blobs")
    await blobs.open()
    yield Room(runtime, blobs)
    await runtime.broker.close()
    await runtime.store.close()
    await blobs.close()


@pytest.fixture
async def previews(room: Room) -> AsyncIterator[Previews]:
    previews = room.previews()
    await previews.start()
    yield previews
    await previews.stop()


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
        assert (await appears(process.blobs, key(new, 1))).startswith(b"\xff\xd8")
        assert await process.blobs.info(key(new, 0)) is None
    finally:
        await service.stop(1.0)
        await close_process(process)


async def test_an_undrawable_page_is_marked_and_the_others_drawn(
    room: Room, previews: Previews
) -> None:
    document = await room.document(text_pdf(pages=1))
    await previews.draw(asked(document, last=3))
    assert (await room.blobs.get(key(document, 0))).startswith(b"\xff\xd8")
    assert [await room.blobs.get(key(document, number)) for number in (1, 2)] == [b"", b""]


async def test_a_file_that_exhausts_its_child_is_marked(room: Room) -> None:
    starved = room.previews(memory=200 * 1024 * 1024)
    await starved.start()
    try:
        document = await room.document(text_pdf())
        await starved.draw(asked(document, last=1))
        assert await room.blobs.get(key(document, 0)) == b""
    finally:
        await starved.stop()


async def test_what_is_drawn_or_marked_is_left_alone(room: Room, previews: Previews) -> None:
    document = await room.document(text_pdf(pages=3))
    await room.blobs.put(key(document, 0), b"", "image/jpeg")
    await room.blobs.put(key(document, 1), b"drawn before", "image/jpeg")
    await previews.draw(asked(document, last=3))
    assert await room.blobs.get(key(document, 0)) == b""
    assert await room.blobs.get(key(document, 1)) == b"drawn before"
    assert (await room.blobs.get(key(document, 2))).startswith(b"\xff\xd8")


async def test_our_own_trouble_marks_nothing(room: Room) -> None:
    document = await room.document(text_pdf())
    with pytest.raises(Transient):
        await room.previews().draw(asked(document, last=1))  # its pool was never started
    assert await room.blobs.info(key(document, 0)) is None


async def test_a_document_deleted_while_it_is_drawn_leaves_nothing(
    room: Room, previews: Previews
) -> None:
    document = await room.document(text_pdf(pages=40))
    drawing = asyncio.create_task(previews.draw(asked(document, last=40)))
    await appears(room.blobs, key(document, 1))
    await remove_document(room.runtime.store, room.blobs, document)
    await drawing
    prefix = keys.document_prefix(document.organization, document.id)
    assert await room.blobs.list(prefix) == []


async def test_what_a_crash_left_of_a_deleted_document_is_removed(
    room: Room, previews: Previews
) -> None:
    document = await stored(room.blobs, text_pdf())  # no record: it was deleted
    await room.blobs.put(key(document, 0), b"put just before the crash", "image/jpeg")
    await previews.draw(asked(document, last=1))
    assert await room.blobs.info(key(document, 0)) is None


async def test_a_superseded_revision_is_not_drawn(room: Room, previews: Previews) -> None:
    document = await room.document(text_pdf(), revision=2)
    await previews.draw(asked(document, last=1))
    assert await room.blobs.info(key(document, 0)) is None


async def test_an_unreadable_request_does_not_stop_the_others(
    room: Room, previews: Previews
) -> None:
    document = await room.document(text_pdf())
    await room.runtime.broker.send(PREVIEWS_QUEUE, Message(new_id(), b"{}"))
    gone = document.copy_with(id=new_id())
    await room.send(asked(gone, last=1))
    await room.send(asked(document, last=1))
    assert (await appears(room.blobs, key(document, 0))).startswith(b"\xff\xd8")


async def test_a_missing_file_drops_the_request(room: Room, previews: Previews) -> None:
    lost, document = await room.document(text_pdf()), await room.document(text_pdf())
    await room.blobs.delete(lost.blob)
    await room.send(asked(lost, last=1))
    await room.send(asked(document, last=1))
    await appears(room.blobs, key(document, 0))
    assert await room.blobs.info(key(lost, 0)) is None


async def test_who_stops_while_drawing_leaves_it_to_the_next(room: Room) -> None:
    document = await room.document(text_pdf(pages=40))
    first = room.previews()
    await first.start()
    await room.send(asked(document, last=40))
    await appears(room.blobs, key(document, 0))
    await first.stop()
    assert await room.blobs.info(key(document, 39)) is None
    assert await room.runtime.broker.depth(PREVIEWS_QUEUE) == 1
    second = room.previews()
    await second.start()
    assert (await appears(room.blobs, key(document, 39))).startswith(b"\xff\xd8")
    await second.stop()
    assert b"" not in [await room.blobs.get(key(document, number)) for number in range(40)]
