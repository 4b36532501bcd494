"""The fields found on one document for one schema."""

from enum import StrEnum
from typing import Any

from pydantic import Field as ModelField

from shared.models.base import StoredModel
from shared.models.container import Piece
from shared.models.outbox import Aggregate
from shared.models.page import Box
from shared.models.reviewing import ReviewWork
from shared.models.schema import Schema
from shared.models.time import Timestamp
from shared.models.work import Work, WorkState


class FieldSource(StrEnum):
    """Where a value comes from; ``derived``: worked out from others, no words of its own."""

    LAYOUT = "layout"
    XML = "xml"
    FORM = "form"
    BARCODE = "barcode"
    MRZ = "mrz"
    LLM = "llm"
    PERSON = "person"
    DERIVED = "derived"


class Field(StoredModel):
    """One value found.

    ``value`` is typed as the schema says (see ``FieldType``), ``raw`` is as printed,
    ``confidence`` the chance 0..1 that ``value`` is right, ``boxes`` where it stands.
    ``grounded`` is false when no words on a page bear the value out, ``confirmed`` is true when a
    person has said of just this value that it is right.
    """

    value: Any
    raw: str = ""
    confidence: float = 0.0
    boxes: list[Box] = ModelField(default_factory=list)
    grounded: bool = True
    source: FieldSource = FieldSource.LAYOUT
    confirmed: bool = False


Row = dict[str, Field]
Fields = dict[str, Field | list[Row]]


XML_PAGE_MISMATCH = "xml_page_mismatch"
"""The code of the reason that an e-invoice states another value than its page."""

SUSPICIOUS = "suspicious_text"
"""The code of the reason that a document, or text that a value stands in, addresses machines."""

_TOLD = frozenset({XML_PAGE_MISMATCH, SUSPICIOUS})


class ReviewReason(StoredModel):
    """Why a person should look: a code such as ``low_confidence`` and what it is about."""

    code: str
    field: str | None = None
    detail: str = ""


class TypeGuess(StoredModel):
    """A document type with the calibrated chance 0..1 that it is the right one."""

    name: str
    confidence: float


class ExtractionMode(StrEnum):
    """How much is done, and by whom.

    ``basic``: values only. ``advanced``: all engines that are configured, with confidences and
    reasons for a review. ``llm`` and ``vlm``: the same, and a model goes before the others, one
    that reads the words or one that sees the pages.
    """

    BASIC = "basic"
    ADVANCED = "advanced"
    LLM = "llm"
    VLM = "vlm"


class ReviewVerdict(StrEnum):
    """``accept``: the fields are right as they are left. ``reject``: the document is no use."""

    ACCEPT = "accept"
    REJECT = "reject"


class Reviewed(StoredModel):
    """What a person made of an extraction: all fields as they should be, and the type.

    ``by`` is the id of the person, or of the key where it belongs to none; ``note`` is what
    the person has to say. The document is ``told`` then, or at once.
    """

    verdict: ReviewVerdict = ReviewVerdict.ACCEPT
    note: str = ""
    fields: Fields
    type: str | None = None
    by: str
    at: Timestamp
    told: Timestamp | None = None


class ExtractionOrder(StoredModel):
    """What somebody wants found on a document, whatever its type.

    Of the fields of ``fields_schema`` one named ``a.b`` is part of ``a``; ``required`` names
    the whole ones that must be there. ``review_threshold`` is a confidence 0..1 below which such
    a field asks for a person. ``channel`` is the dialect that asked, ``terms`` what for, in its
    own words. ``hint`` is what the sender tells models beside the fields. What a ``trial`` finds
    is only looked at: its document stays as it is, and failing leaves no letter.
    """

    fields_schema: Schema
    required: list[str] = ModelField(default_factory=list)
    review_threshold: float
    channel: str
    hint: str = ""
    terms: dict[str, Any] = ModelField(default_factory=dict)
    trial: bool = False


class Extraction(Aggregate):
    """The aggregate of the extract stage: its work, then its fields.

    ``edited`` is how a person has left the fields who has not said yet that all is right, and
    ``corrected`` when one last said so of single values. ``review_work`` is what is known of a
    review under way. ``carried`` are values that a person has said to be right when an earlier
    revision of the document was looked over: they go before what is found now.

    ``pages`` is how many pages the document has, ``document_name`` its name. ``fields`` stay the
    machine's for ever; a review is kept beside them, and the reviews that it replaced in
    ``earlier_reviews``. One with an ``order`` was asked for beside what the document's type has.
    ``region``, ``hint`` and ``examples`` are those of the document, as in ``Document``.
    ``among`` names the types that the document can be of, where it cannot be of all.
    ``indexed_as`` is the document's headline under which searches know what was found.
    One that ``may_split`` looks first whether the file holds several documents; ``pieces`` are
    those, and then there is nothing else.
    """

    document: str
    document_name: str = ""
    revision: int
    pages: int = 0
    mode: ExtractionMode = ExtractionMode.ADVANCED
    requested_type: str | None = None
    region: str | None = None
    hint: str = ""
    examples: list[str] = ModelField(default_factory=list)
    among: list[str] = ModelField(default_factory=list)
    order: ExtractionOrder | None = None
    may_split: bool = False
    pieces: list[Piece] = ModelField(default_factory=list)
    work: Work = ModelField(default_factory=Work)
    type: TypeGuess | None = None
    engine: str = ""
    fields: Fields = ModelField(default_factory=dict)
    reasons: list[ReviewReason] = ModelField(default_factory=list)
    warnings: list[str] = ModelField(default_factory=list)
    indexed_as: str | None = None
    carried: Fields = ModelField(default_factory=dict)
    edited: Fields | None = None
    corrected: Timestamp | None = None
    review_work: ReviewWork = ModelField(default_factory=ReviewWork)
    reviewed: Reviewed | None = None
    earlier_reviews: list[Reviewed] = ModelField(default_factory=list)

    @property
    def current_fields(self) -> Fields:
        """The fields that count: the reviewed ones where there are some, else the edited ones."""
        if self.reviewed is not None:
            return self.reviewed.fields
        return self.fields if self.edited is None else self.edited

    @property
    def doubtful(self) -> list[str]:
        """The fields of its order that a person should look at.

        Those that it requires and that the machine is not sure enough of, whatever the XML of an
        e-invoice states otherwise than the page says, and what text that addresses machines says;
        none at a threshold of 0.
        """
        is_done = self.work.state is WorkState.DONE
        if self.order is None or self.mode is ExtractionMode.BASIC or not is_done:
            return []
        limit = self.order.review_threshold
        unsure = [name for name in self.order.required if confidence_of(self.fields, name) < limit]
        told = {it.field for it in self.reasons if it.code in _TOLD and limit > 0}
        wholes = dict.fromkeys(it.name.partition(".")[0] for it in self.order.fields_schema.fields)
        unlike = [it for it in wholes if any(_is_of(name, it) for name in told)]
        return list(dict.fromkeys([*unsure, *unlike]))


def confidence_of(fields: Fields, name: str) -> float:
    """How sure a field is, with all its parts, rows and cells: as the least sure of them.

    0 for one without a value.
    """
    parts = [it for own, it in fields.items() if _is_of(own, name)]
    return min((sure for part in parts for sure in _confidences(part)), default=0.0)


def _is_of(own: str | None, name: str) -> bool:
    """Whether a field is the one called ``name``, or a part of it."""
    return own is not None and (own == name or own.startswith(f"{name}."))


def _confidences(value: Field | list[Row]) -> list[float]:
    if isinstance(value, Field):
        return [value.confidence]
    return [cell.confidence for row in value for cell in row.values()]
