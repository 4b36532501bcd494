"""What goes into an extraction and what comes out: plain values that pickle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.extract.lessons import Lessons
from services.extract.printed import AnyPage
from shared.models.embedded import Embedded
from shared.models.extraction import ExtractionMode, Fields, ReviewReason, TypeGuess
from shared.models.schema import Schema

StatedValue = str | bool
"""What a model says stands in a field: as printed."""
Stated = StatedValue | list[dict[str, StatedValue]]
"""The same of any field: of rows, cell by cell."""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model answered. ``engine`` is ``llm`` or ``vlm``, ``model`` the model's name.

    ``accuracy`` is the chance 0..1 that a value is right which words on the page bear out.
    """

    engine: str
    model: str
    values: dict[str, Stated]
    accuracy: float = 0.75


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """One document as it travels to a child process: JSON as stored, see ``ExtractRequest``.

    ``hint`` is what the sender tells models beside the fields.
    """

    pages: list[bytes]
    embedded: bytes | None = None
    requested_type: str | None = None
    schemas: list[bytes] = field(default_factory=list)
    ordered: bytes | None = None
    lessons: list[bytes] = field(default_factory=list)
    region: str | None = None
    hint: str = ""
    among: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """One document as read.

    ``schemas`` are the types to choose from, the built-in ones included;
    ``requested_type`` names the one to use when the caller knows it. ``ordered`` are the fields
    to find instead of those of the type, whatever that is.
    ``review_threshold`` is a confidence 0..1 below which a required field asks for review;
    ``mode`` basic asks for values only, without reasons for a review. ``answers`` are those of
    models that were asked; ``lessons`` by document type, what reviews have taught.
    ``region`` is the country that documents are said to come from, ISO 3166 alpha-2. ``among``
    names the types that it can be of, all where there are none; of a single one, it is that.
    """

    pages: Sequence[AnyPage]
    embedded: Embedded = field(default_factory=Embedded)
    requested_type: str | None = None
    ordered: Schema | None = None
    schemas: list[Schema] = field(default_factory=list)
    review_threshold: float = 0.8
    mode: ExtractionMode = ExtractionMode.ADVANCED
    answers: Sequence[ModelAnswer] = ()
    lessons: Mapping[str, Lessons] = field(default_factory=dict)
    region: str | None = None
    among: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ExtractResult:
    """What was found. ``type`` is ``None`` when the document is of no known type.

    ``engine`` names the engines and their versions, such as ``layout/1`` or
    ``layout/1+llm/qwen3``. ``text`` are the tokens of fields and pages, for searches.
    """

    type: TypeGuess | None
    fields: Fields
    reasons: list[ReviewReason]
    warnings: list[str]
    engine: str
    text: str = ""
