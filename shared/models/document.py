"""The document: the bytes accepted, plus metadata and state."""

from enum import StrEnum
from typing import Any
from zlib import crc32

from pydantic import Field

from shared.models.base import StoredModel
from shared.models.container import Container
from shared.models.extraction import ExtractionMode, ReviewReason, ReviewVerdict, TypeGuess
from shared.models.outbox import Aggregate
from shared.models.policies import Policies
from shared.models.read_by import TextLayers
from shared.models.source_email import SourceEmail
from shared.models.time import Timestamp, utc_now
from shared.models.tombstone import Tombstone
from shared.models.work import Problem, Work, WorkState

JSON_TYPE = "application/json"

INDEX_VERSION = 1
"""To be raised, with the store's ``DERIVATION``, when tokens are made in another way: then all
documents are indexed anew by themselves."""


class DocumentState(StrEnum):
    """Where a document stands. All but the first three are final."""

    RECEIVED = "received"
    READING = "reading"
    EXTRACTING = "extracting"
    READY = "ready"
    NEEDS_REVIEW = "needs_review"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


OPEN_DOCUMENT_STATES = frozenset(
    {DocumentState.RECEIVED, DocumentState.READING, DocumentState.EXTRACTING}
)


_TURNED_DOWN = frozenset({DocumentState.REJECTED, DocumentState.CANCELLED, DocumentState.EXPIRED})


class Desk(StrEnum):
    """Where a document lies for people: each lies in one place.

    ``to_review`` has all finished ones that nobody has looked over, whether that is needed or not.
    """

    COMING = "coming"
    TO_REVIEW = "to_review"
    CONFIRMED = "confirmed"
    ARCHIVED = "archived"
    REJECTED = "rejected"


class EventName(StrEnum):
    """What can happen to a document."""

    RECEIVED = "document.received"
    READ = "document.read"
    CLASSIFIED = "document.classified"
    EXTRACTED = "document.extracted"
    NEEDS_REVIEW = "document.needs_review"
    CORRECTED = "document.corrected"
    REVIEWED = "document.reviewed"
    READY = "document.ready"
    FAILED = "document.failed"
    REJECTED = "document.rejected"
    CANCELLED = "document.cancelled"
    EXPIRED = "document.expired"


class Event(StoredModel):
    """Something that happened to a document; ``sequence`` counts from 1 per document."""

    id: str
    name: EventName
    sequence: int
    at: Timestamp


class PagePart(StoredModel):
    """Pages ``first`` up to, not including, ``last``, read as one job of the ocr stage."""

    index: int
    first: int
    last: int | None = None
    pages_done: int = 0
    failed_pages: list[int] = Field(default_factory=list)
    work: Work = Field(default_factory=Work)


class Review(StoredModel):
    """Whether a person should look, and whether one has, with what verdict."""

    needed: bool = False
    reasons: list[ReviewReason] = Field(default_factory=list)
    done: bool = False
    verdict: ReviewVerdict | None = None
    note: str = ""
    by: str | None = None
    at: Timestamp | None = None


class CallbackMethod(StrEnum):
    """How a callback is called."""

    GET = "GET"
    POST = "POST"


class Callback(StoredModel):
    """An address that the sender of a document wants called as it moves on.

    ``headers`` are the sender's own, and go along with ``POST`` only.
    """

    url: str
    method: CallbackMethod = CallbackMethod.GET
    headers: dict[str, str] = Field(default_factory=dict)


class Source(StoredModel):
    """Where a document's file is fetched from, and the work of fetching it."""

    url: str
    work: Work = Field(default_factory=Work)


class Stamp(StoredModel):
    """Who did something and when; ``by`` is the id of a person, or of a key that has none."""

    by: str | None = None
    at: Timestamp


class Document(Aggregate):
    """The aggregate of the ocr stage, and of the fetch and unpack stages before it.

    A document with a ``source`` has no file until that was fetched: ``media_type``, ``sha256``
    and ``blob`` are empty, ``size`` is 0, and there are no parts. One with a ``container`` is
    unpacked by the unpack stage into documents whose ``parent`` is its id, and has no parts of
    its own either. ``source_email`` is the message that it is or came with.
    ``revision`` counts the times the document is processed anew; ``sequence`` is that of
    the newest event and ``announced`` the one up to which notify has made deliveries.
    ``enqueued`` is when its extract job was last handed to the broker. One that is extracted
    ``on_request`` is ready when it is read, and has fields once somebody has asked for some.
    ``extraction`` is its present one, asked for at ``extracted``. ``blob`` is the key
    of the original file, ``size`` its bytes, ``sha256`` in hex. ``requested_class`` is the
    class a dialect's sender asked for, where that is not one of our types; ``mode`` is how the
    fields of its type are found. ``policies`` are those of its workspace as it came in, ``None``
    where there are none. ``duplicate_of`` is the id of its twin, a document of the same bytes, and
    ``content`` names workspace and bytes on the one that others are twins of. One that
    ``keeps_found`` loses its file when it expires, and what was found on it stays. Of one that
    ``leaves_nothing`` there is not even a tombstone, once all have been told that it expired.
    ``sender`` is who sent it, as in ``Stamp.by``. ``region`` (ISO 3166 alpha-2), ``language``
    (ISO 639-1), ``text_layers`` and ``hint`` (for models) are what the sender knows of it,
    ``examples`` the reviewed documents from which alone is learned for it, where there are some,
    and ``terms`` what it was sent with, in a dialect's own words. ``archived`` puts a finished one
    out of sight, and changes nothing else. ``page_turns`` is how far, in degrees clockwise, a
    person has turned pages to have them upright, by their numbers from 0; they are read that way
    from then on. ``carries`` is the extraction of an earlier revision: what a person has said of
    its values goes along to the next one. ``given`` is the key of data, as JSON, that somebody
    gave in place of what is found on it; a document may be that and nothing else. ``corrected`` is
    when a person last said of single values that they are right. ``confidence`` is that of the
    least sure of its fields' values. ``found`` names the state of these fields, and ``indexed``
    what searches know it by, see ``index_key``.
    """

    name: str
    media_type: str = ""
    size: int = 0
    sha256: str = ""
    blob: str = ""
    source: Source | None = None
    parent: str | None = None
    container: Container | None = None
    source_email: SourceEmail | None = None
    state: DocumentState = DocumentState.RECEIVED
    revision: int = 1
    page_turns: dict[str, int] = Field(default_factory=dict)
    reference: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    idempotency_key: str | None = None
    requested_type: str | None = None
    requested_class: str | None = None
    mode: ExtractionMode = ExtractionMode.ADVANCED
    tags: list[str] = Field(default_factory=list)
    callback: Callback | None = None
    sender: str | None = None
    region: str | None = None
    language: str | None = None
    text_layers: TextLayers = TextLayers.AUTO
    hint: str = ""
    examples: list[str] = Field(default_factory=list)
    terms: dict[str, Any] = Field(default_factory=dict)
    archived: Stamp | None = None
    given: str | None = None
    expires: Timestamp | None = None
    keeps_found: bool = False
    leaves_nothing: bool = False
    policies: Policies | None = None
    content: str | None = None
    duplicate_of: str | None = None
    tombstone: Tombstone | None = None
    parts: list[PagePart] = Field(default_factory=list)
    pages: int | None = None
    type: TypeGuess | None = None
    on_request: bool = False
    extraction: str | None = None
    carries: str | None = None
    extracted: Timestamp | None = None
    corrected: Timestamp | None = None
    confidence: float | None = None
    found: str = ""
    indexed: str = ""
    error: Problem | None = None
    warnings: list[str] = Field(default_factory=list)
    review: Review = Field(default_factory=Review)
    events: list[Event] = Field(default_factory=list)
    sequence: int = 0
    announced: int = 0
    enqueued: Timestamp = Field(default_factory=utc_now)

    @property
    def pages_done(self) -> int:
        """How many pages have been read so far."""
        return sum(part.pages_done for part in self.parts)

    @property
    def is_data(self) -> bool:
        """Whether its file is data, and nothing is to be read or found on it."""
        return self.given is not None and self.media_type == JSON_TYPE

    @property
    def is_read(self) -> bool:
        """Whether all its pages have been read, whatever came of each."""
        return self.pages is not None and self.pages_done >= self.pages

    @property
    def has_file(self) -> bool:
        """Whether its file is in the blob store: uploaded or fetched by now, and not expired."""
        if self.state is DocumentState.EXPIRED:
            return False
        return self.source is None or self.source.work.state is WorkState.DONE

    @property
    def headline(self) -> str:
        """What it is called, for searches: by its name, by its sender's reference and message."""
        message = self.source_email
        told = (message.subject, message.sender) if message is not None else ()
        return " ".join([self.name, self.reference or "", *told])

    @property
    def index_key(self) -> str:
        """All that it is found by, in short: another name, text or value makes another key."""
        name = f"{crc32(self.headline.encode()):08x}"
        return f"{INDEX_VERSION}:{self.revision}:{name}:{self.found}"

    @property
    def is_to_index(self) -> bool:
        """Whether searches do not know yet all that it is found by."""
        is_there = self.is_final and self.state is not DocumentState.EXPIRED
        return is_there and self.indexed != self.index_key

    @property
    def is_to_erase(self) -> bool:
        """Whether its time is over, and something of it may still be there."""
        return self.tombstone is not None and self.tombstone.finished is None

    @property
    def is_to_forget(self) -> bool:
        """Whether its time is over, all of it is gone, and the record is to go as well."""
        is_gone = self.state is DocumentState.EXPIRED and not self.is_to_erase
        return self.leaves_nothing and is_gone

    @property
    def is_linked(self) -> bool:
        """Whether it only names its twin, and was not looked at itself."""
        is_untouched = self.is_final and not self.parts and not self.container
        return self.duplicate_of is not None and is_untouched

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens unless somebody asks for it."""
        return self.state not in OPEN_DOCUMENT_STATES

    @property
    def desk(self) -> Desk:
        """Where it lies for the people who look documents over."""
        if self.archived is not None:
            return Desk.ARCHIVED
        if not self.is_final:
            return Desk.COMING
        if self.state in _TURNED_DOWN:
            return Desk.REJECTED
        return Desk.CONFIRMED if self.review.done else Desk.TO_REVIEW
