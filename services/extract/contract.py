"""What goes into an extraction and what comes out: plain values that pickle."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.extract.printed import AnyPage
from shared.models.embedded import Embedded
from shared.models.extraction import ExtractionMode, Fields, ReviewReason, TypeGuess
from shared.models.schema import Schema


@dataclass(frozen=True, slots=True)
class ExtractRequest:
    """One document as read.

    ``schemas`` are the types to choose from, the built-in ones included;
    ``requested_type`` names the one to use when the caller knows it. ``ordered`` are the fields
    to find instead of those of the type, whatever that is.
    ``review_threshold`` is a confidence 0..1 below which a required field asks for review;
    ``mode`` basic asks for values only, without reasons for a review.
    """

    pages: Sequence[AnyPage]
    embedded: Embedded = field(default_factory=Embedded)
    requested_type: str | None = None
    ordered: Schema | None = None
    schemas: list[Schema] = field(default_factory=list)
    review_threshold: float = 0.8
    mode: ExtractionMode = ExtractionMode.ADVANCED


@dataclass(frozen=True, slots=True)
class ExtractResult:
    """What was found. ``type`` is ``None`` when the document is of no known type.

    ``engine`` names the engine and its version, such as ``layout/1``.
    """

    type: TypeGuess | None
    fields: Fields
    reasons: list[ReviewReason]
    warnings: list[str]
    engine: str
