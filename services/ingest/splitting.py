"""Splitting a file by hand: a person says which of its pages are which document."""

from collections.abc import Sequence

from services.ingest.changes import change
from services.ingest.unpacking.cutting import CUT_TYPES
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.container import Piece
from shared.models.document import Document, DocumentState
from shared.stages.bundling import split_by_hand
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS
from shared.store.port import Store

MAX_PIECES = 500


async def split_document(
    store: Store,
    outbox: Outbox,
    principal: Principal,
    document_id: str,
    pieces: Sequence[Sequence[int]],
) -> Document:
    """Have documents made of a finished document's pages, counted from 0, each in one of them.

    Pages in none of them are in no document then. The document becomes their container, and what
    was found on it as a whole is told no more. Raises ``Permanent``: ``NOT_FOUND``, ``CONFLICT``
    for one that is not finished or of a kind that is not split, ``INCOHERENT_DATA`` for pages.
    """
    now = await store.now()

    def step(document: Document) -> Document:
        _check_document(document)
        _check_pages(pieces, document.pages or 0)
        return split_by_hand(document, [Piece(pages=list(it)) for it in pieces], now)

    stored = await change(store.of(principal.tenant, DOCUMENTS), document_id, step)
    outbox.nudge(DOCUMENTS, stored)
    return stored


def _check_document(document: Document) -> None:
    if not document.is_final or document.state is DocumentState.EXPIRED or not document.pages:
        raise Permanent(Code.CONFLICT, f"The document is {document.state.value}.")
    if document.container is not None:
        raise Permanent(Code.CONFLICT, "The document was split or unpacked already.")
    if document.media_type not in CUT_TYPES:
        raise Permanent(Code.CONFLICT, "Only PDF and TIFF files can be split.")


def _check_pages(pieces: Sequence[Sequence[int]], count: int) -> None:
    numbers = [number for piece in pieces for number in piece]
    if not 1 <= len(pieces) <= MAX_PIECES or not all(pieces):
        detail = f"From 1 to {MAX_PIECES} documents can be made, each of a page or more."
        raise Permanent(Code.INCOHERENT_DATA, detail)
    if len(set(numbers)) < len(numbers):
        raise Permanent(Code.INCOHERENT_DATA, "A page can be in one document only.")
    if not all(0 <= it < count for it in numbers):
        raise Permanent(Code.INCOHERENT_DATA, f"The document has the pages 0 to {count - 1}.")
