"""What the native API says of documents, as models: the OpenAPI document is made of them."""

from typing import Any

from pydantic import Field as ModelField

from services.ingest.resources.container_models import ContainerView
from shared.models.base import Model
from shared.models.document import DocumentState, Review, Stamp
from shared.models.extraction import ExtractionMode, Fields, TypeGuess
from shared.models.page import Page
from shared.models.source_email import SourceEmail
from shared.models.time import Timestamp
from shared.models.tombstone import Tombstone
from shared.models.work import Problem


class DocumentView(Model):
    """A document with what was found on it so far."""

    id: str
    name: str
    state: DocumentState
    type: TypeGuess | None
    url: str | None = ModelField(description="where the file comes from, if it is fetched")
    media_type: str | None = ModelField(description="null until the file was fetched")
    size: int | None = ModelField(description="bytes; null until the file was fetched")
    sha256: str | None = ModelField(description="null until the file was fetched")
    pages: int | None
    pages_done: int
    created: Timestamp
    updated: Timestamp
    workspace: str
    reference: str | None
    metadata: dict[str, Any]
    expires: Timestamp | None
    region: str | None = ModelField(description="as its sender said")
    language: str | None = ModelField(description="as its sender said")
    archived: Stamp | None = ModelField(description="by whom it was put out of sight, and when")
    parent: str | None = ModelField(description="the container that it was in")
    container: ContainerView | None = ModelField(description="of a document that holds others")
    source_email: SourceEmail | None = ModelField(description="the message it is or came with")
    duplicate_of: str | None = ModelField(description="a document of the same bytes")
    tombstone: Tombstone | None = ModelField(description="of what was removed as it expired")
    confidence: float | None = ModelField(description="of the least sure value")
    fields: Fields
    error: Problem | None
    warnings: list[str]
    review: Review
    revision: int
    sequence: int = ModelField(description="counts the document's events")
    trace_id: str | None = ModelField(description="of the W3C trace that it came in under")
    links: dict[str, str]


class DocumentList(Model):
    """Documents, newest first."""

    documents: list[DocumentView]


class RejectedFile(Model):
    """A file that was not taken, and why."""

    name: str
    code: str
    detail: str
    duplicate_of: str | None = ModelField(description="the document that has these bytes already")


class UploadResult(Model):
    """One entry per file sent, in order within each list."""

    documents: list[DocumentView]
    rejected: list[RejectedFile]


class PageView(Model):
    """A page in a list, without its words."""

    number: int
    width: float
    height: float
    rotation: int
    read_by: str
    quality: float | None
    needs_rescan: bool
    words: int
    error: str | None
    links: dict[str, str]


class PageList(Model):
    """The pages read so far, in order."""

    pages: list[PageView]


class PageDetail(Page):
    """One page with its words, lines and tables."""

    links: dict[str, str]


class ReprocessRequest(Model):
    """How to process a document anew."""

    type: str | None = ModelField(
        default=None,
        description="extract the fields of this type; null: classify; absent: as before",
    )
    mode: ExtractionMode | None = ModelField(
        default=None, description="who finds the fields, as at the upload; absent: as before"
    )


class ErrorView(Model):
    """Any error."""

    status: int
    code: str
    detail: str
    request_id: str = ModelField(description="under which the server's log knows the call")
