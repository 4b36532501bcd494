"""What a model has answered, as tests make it up, and what is made of it."""

from extract_samples import Cell

from services.extract.contract import (
    ExtractRequest,
    ExtractResult,
    ModelAnswer,
    Stated,
    StatedValue,
)
from services.extract.engine import extract
from shared.models.extraction import Field, Row
from shared.models.page import Page

LINES: list[str | list[Cell]] = [
    "Nordwind Handel GmbH",
    [(40, "Invoice No:"), (160, "RG-2024-0815")],
    [(40, "Date"), (160, "05/03/2024")],
    [(40, "Description"), (300, "Qty"), (400, "Price"), (480, "Amount")],
    [(40, "Desk"), (300, "2"), (400, "19,00"), (480, "38,00")],
    [(40, "Lamp"), (300, "2"), (400, "5,00"), (480, "10,00")],
    [(400, "Net"), (480, "48,00")],
    [(400, "VAT 19%"), (480, "9,12")],
    [(400, "Total EUR"), (480, "57,12")],
]
DESK: dict[str, StatedValue] = {
    "description": "Desk", "quantity": "2", "unit_price": "19,00", "line_total": "38,00",
}  # fmt: skip
LAMP: dict[str, StatedValue] = {
    "description": "Lamp", "quantity": "2", "unit_price": "5,00", "line_total": "10,00",
}  # fmt: skip


def answered(
    pages: list[Page], values: dict[str, Stated], *, engine: str = "llm", **options: object
) -> ExtractResult:
    answers = [ModelAnswer(engine, "reader-1", values)]
    return extract(ExtractRequest(pages=pages, answers=answers, **options))  # type: ignore[arg-type]


def field(result: ExtractResult, name: str) -> Field:
    found = result.fields[name]
    assert isinstance(found, Field)
    return found


def reasons(result: ExtractResult, code: str) -> list[str | None]:
    return [reason.field for reason in result.reasons if reason.code == code]


def rows(result: ExtractResult) -> list[Row]:
    found = result.fields["line_items"]
    assert isinstance(found, list)
    return found
