"""What the extract stage's child process runs: bytes from the blob store in, fields out."""

from functools import lru_cache

from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.engine import extract
from services.extract.printed import read_page
from shared.models.embedded import Embedded
from shared.models.extraction import ExtractionMode
from shared.models.page import Line, Page, Word
from shared.models.schema import Schema


def extract_stored(  # noqa: PLR0913, PLR0917 - the stage's whole knowledge, as it travels
    pages: list[bytes],
    embedded: bytes | None,
    requested_type: str | None,
    schemas: list[bytes],
    review_threshold: float,
    mode: str,
    ordered: bytes | None = None,
) -> ExtractResult:
    """Extract from pages and embedded data as stored in JSON."""
    return extract(
        ExtractRequest(
            pages=[read_page(page) for page in pages],
            embedded=Embedded.model_validate_json(embedded) if embedded else Embedded(),
            requested_type=requested_type,
            ordered=_schema(ordered) if ordered else None,
            schemas=[_schema(schema) for schema in schemas],
            review_threshold=review_threshold,
            mode=ExtractionMode(mode),
        )
    )


@lru_cache(maxsize=500)
def _schema(stored: bytes) -> Schema:
    """An organization's types are the same for all its documents."""
    return Schema.model_validate_json(stored)


def warm() -> None:
    """Load what extraction needs, so that the first document does not wait for it."""
    for requested in ("receipt", "invoice"):
        extract(ExtractRequest(pages=[_sample_page()], requested_type=requested))


def _sample_page() -> Page:
    texts = ("Invoice 17 of 14.03.2024", "Sample Shop Ltd", "1 High Street", "Total EUR 12.50")
    words: list[Word] = []
    lines: list[Line] = []
    for number, text in enumerate(texts):
        top, bottom, left = 20.0 * number, 20.0 * number + 10.0, 10.0
        first = len(words)
        for word in text.split():
            right = left + 6.0 * len(word)
            words.append(Word(text=word, x0=left, y0=top, x1=right, y1=bottom, line=number))
            left = right + 4.0
        indexes = list(range(first, len(words)))
        lines.append(Line(text=text, x0=10.0, y0=top, x1=left, y1=bottom, words=indexes))
    return Page(number=0, width=300.0, height=100.0, words=words, lines=lines)
