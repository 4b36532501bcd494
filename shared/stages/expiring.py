"""The end of a document's time, as pure functions: it is marked, counted, taken apart."""

from datetime import datetime

from shared.models.document import Document, DocumentState, EventName, Review
from shared.models.outbox import OutboxKind
from shared.models.tombstone import Tombstone
from shared.stages import lifecycle


def expire(document: Document, now: datetime) -> Document:
    """The document's time is over: its removal begins. Not over, it stays as it is."""
    is_over = document.expires is not None and document.expires <= now
    if not is_over or not document.is_final or document.state is DocumentState.EXPIRED:
        return document
    tombstone = Tombstone(
        begun=now, sha256=document.sha256, size=document.size, pages=document.pages or 0
    )
    ended = lifecycle.end(document, DocumentState.EXPIRED, now).copy_with(
        tombstone=tombstone, idempotency_key=None, content=None
    )
    # Its letters go with it, so none is to be written any more.
    ended = ended.copy_with(outbox=[it for it in ended.outbox if it.kind is OutboxKind.EVENT])
    return lifecycle.announce(ended, EventName.EXPIRED, now)


def counted(document: Document, files: int, extractions: int, deliveries: int) -> Document:
    """Note how much there is to remove, once: what a crash left is less."""
    tombstone = document.tombstone
    if tombstone is None or tombstone.files is not None:
        return document
    numbers = tombstone.copy_with(files=files, extractions=extractions, deliveries=deliveries)
    return document.copy_with(tombstone=numbers)


def erased(document: Document, now: datetime) -> Document:
    """Everything is gone; so is what the record said beside what the tombstone needs."""
    if document.tombstone is None or not document.is_to_erase:
        return document
    bare = document.copy_with(
        tombstone=document.tombstone.copy_with(finished=now), warnings=[], review=Review()
    )
    return bare if document.keeps_found else bared(bare)


def bared(document: Document) -> Document:
    """The record without what a tombstone does not need."""
    container = document.container
    if container is not None:  # its children have ends of their own
        container = container.copy_with(left_out=[])
    return document.copy_with(
        container=container,
        extraction=None,
        confidence=None,
        found="",
        indexed="",
        metadata={},
        terms={},
        hint="",
        examples=[],
        given=None,
        tags=[],
        source=None,
        source_email=None,
        error=None,
    )
