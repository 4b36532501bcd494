"""What a line of the list says of a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.models.document import Document, DocumentState
from shared.models.schema import Schema

SOURCES = {"upload": "Upload", "url": "Web address", "mail": "Mail"}
_REVIEWED = frozenset({DocumentState.READY, DocumentState.NEEDS_REVIEW})


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as the list shows it; ``note`` is what there is to say of its state.

    ``picture`` is where its first page is to be had, below its own address.
    """

    id: str
    name: str
    state: DocumentState
    is_open: bool
    type: str
    confidence: float | None
    pages: int | None
    source: str
    created: datetime
    note: str
    can_review: bool
    picture: str


def document_row(document: Document, types: Mapping[str, Schema]) -> DocumentRow:
    """The line of a document."""
    guess = document.type
    return DocumentRow(
        id=document.id,
        name=document.name,
        state=document.state,
        is_open=not document.is_final,
        type=type_title(guess.name, types) if guess else "",
        confidence=document.confidence,
        pages=document.pages,
        source=SOURCES[source_of(document)],
        created=document.created,
        note=_note(document),
        can_review=document.state in _REVIEWED and document.extraction is not None,
        picture=f"{document.revision}/pages/0.webp?size=small" if has_pages(document) else "",
    )


def has_pages(document: Document) -> bool:
    """Whether pages of it can be shown."""
    return bool(document.pages_done and document.has_file and document.pages)


def type_title(name: str, types: Mapping[str, Schema]) -> str:
    """What a type is called."""
    schema = types.get(name)
    return (schema.title if schema else "") or name.replace("_", " ").capitalize()


def source_of(document: Document) -> str:
    """How it came in."""
    if document.source is not None:
        return "url"
    return "upload" if document.source_email is None else "mail"


def _note(document: Document) -> str:
    if document.error is not None:
        return document.error.detail or document.error.code
    if document.state is DocumentState.NEEDS_REVIEW and document.review.reasons:
        count = len({it.field for it in document.review.reasons})
        return f"{count} to check"
    if document.container is not None:
        return f"{len(document.container.children)} documents inside"
    return ""
