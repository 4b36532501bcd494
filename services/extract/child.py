"""What the extract stage's child process runs: bytes from the blob store in, fields out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from services.extract.contract import (
    ExtractRequest,
    ExtractResult,
    ModelAnswer,
    StoredDocument,
)
from services.extract.engine import extract
from services.extract.engines.model.json_schema import is_asked
from services.extract.engines.model.prompt import Wish, question
from services.extract.engines.model.rendering import Rendered, TextBudget, render
from services.extract.induction.inducing import induce
from services.extract.lessons import Learned, Lessons
from services.extract.printed import read_page
from services.extract.splitting.boundaries import pieces_of
from services.extract.subject import subject_of
from shared.compute.steps import StepName, step
from shared.models.container import Piece
from shared.models.embedded import Embedded
from shared.models.extraction import ExtractionMode
from shared.models.page import Line, Page, Word
from shared.models.schema import Schema
from shared.search.words import words_of


@dataclass(frozen=True, slots=True)
class Composed:
    """A question to a model: the body of the request, and the schema that it asks for."""

    body: bytes
    schema: Schema
    warnings: list[str]


def extract_stored(
    document: StoredDocument,
    review_threshold: float,
    mode: str,
    answers: Sequence[ModelAnswer] = (),
) -> ExtractResult:
    """Extract from pages and embedded data as stored in JSON, and from what models said."""
    with step(StepName.OPEN):
        request = _request(document)
    mode_of = ExtractionMode(mode)
    with step(StepName.EXTRACT):
        result = extract(
            replace(request, review_threshold=review_threshold, mode=mode_of, answers=answers)
        )
    pages = (" ".join(word.text for word in page.words) for page in request.pages)
    return replace(result, text=words_of("", result.fields, pages).text)


def compose_stored(document: StoredDocument, wish: Wish, budget: TextBudget) -> Composed | None:
    """The question to a model about a document; ``None`` where there is nothing to ask."""
    subject = subject_of(_request(document))
    sheet, schema = subject.reading.sheet, subject.schema
    if schema.engine is not None:
        return None
    if not any(map(is_asked, schema.fields)) or not (sheet.tokens or wish.pictures):
        return None
    rendered = render(sheet, budget)
    return Composed(question(wish, schema, rendered, document.hint), schema, _cuts(rendered))


def split_stored(document: StoredDocument) -> list[Piece]:
    """The documents in a file of several; none where it holds one."""
    with step(StepName.SPLIT):
        schemas = {it.name: it for it in map(_schema, document.schemas)}
        return pieces_of([read_page(page) for page in document.pages], schemas)


def induce_stored(document: StoredDocument) -> bytes:
    """The schema of what stands on a document, as JSON; empty where there is nothing."""
    schema = induce(_request(document))
    return schema.model_dump_json().encode() if schema else b""


def _cuts(rendered: Rendered) -> list[str]:
    """What the model was not shown, pages counted from 1."""
    return [
        f"page {', '.join(str(number + 1) for number in pages)} {what}"
        for pages, what in (
            (rendered.cut, "was shown to the model in part"),
            (rendered.missing, "was not shown to the model"),
        )
        if pages
    ]


def _request(document: StoredDocument) -> ExtractRequest:
    embedded = document.embedded
    return ExtractRequest(
        pages=[read_page(page) for page in document.pages],
        embedded=Embedded.model_validate_json(embedded) if embedded else Embedded(),
        requested_type=document.requested_type,
        ordered=_schema(document.ordered) if document.ordered else None,
        schemas=[_schema(schema) for schema in document.schemas],
        lessons={it.type: it for it in map(_lessons, document.lessons)},
        region=document.region,
        among=document.among,
    )


@lru_cache(maxsize=500)
def _schema(stored: bytes) -> Schema:
    """An organization's types are the same for all its documents."""
    return Schema.model_validate_json(stored)


@lru_cache(maxsize=50)
def _lessons(stored: bytes) -> Lessons:
    """A workspace's lessons are the same for all its documents."""
    return Learned.model_validate_json(stored).lessons


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
