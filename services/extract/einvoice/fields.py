"""Turns what an e-invoice states into fields of a schema, grounded on the page."""

from services.extract.einvoice.compare import KINDS
from services.extract.einvoice.invoice import StatedInvoice
from services.extract.grounding import locate
from services.extract.mapping import concept_of
from services.extract.reading import Reading
from services.extract.sheet import Token, boxes_of
from shared.models.extraction import Field, Fields, FieldSource
from shared.models.schema import FieldSpec, FieldType, Schema

_STATED = 0.995
_LINES = "line_items"
_STATABLE = frozenset(KINDS) | {_LINES}
_ALIASES = {"total": "total_amount", "company": "supplier_name", "date": "invoice_date"}
_LINE_KINDS = {
    "description": FieldType.TEXT,
    "quantity": FieldType.NUMBER,
    "unit_price": FieldType.NUMBER,
    "line_total": FieldType.AMOUNT,
}


def stated_fields(reading: Reading, schema: Schema, invoice: StatedInvoice) -> Fields:
    """The fields of ``schema`` that ``invoice`` states."""
    fields: Fields = {}
    for spec in schema.fields:
        concept = _concept(spec)
        if spec.type == FieldType.ROWS:
            if concept == _LINES and invoice.lines:  # smaller profiles state none
                fields[spec.name] = [_row(reading, spec, line) for line in invoice.lines]
        elif concept in invoice.fields:
            value = invoice.fields[concept]
            fields[spec.name] = _field(value, locate(reading, KINDS[concept], value))
    return fields


def names_of(schema: Schema, concept: str) -> list[str]:
    """What the fields of ``schema`` are called that the XML's value of ``concept`` goes into."""
    return [spec.name for spec in schema.fields if _concept(spec) == concept]


def _concept(spec: FieldSpec) -> str:
    concept = concept_of(spec, _STATABLE) or spec.name
    return _ALIASES.get(concept, concept)


def _row(reading: Reading, spec: FieldSpec, line: dict[str, str]) -> dict[str, Field]:
    names = {column.concept or column.name: column.name for column in spec.fields}
    row = {}
    for concept, value in line.items():
        if concept in names:
            tokens = locate(reading, _LINE_KINDS[concept], value)
            row[names[concept]] = _field(value, tokens if concept == "description" else [])
    return row


def _field(value: str, tokens: list[Token]) -> Field:
    return Field(
        value=value,
        raw=" ".join(token.text for token in tokens) or value,
        confidence=_STATED,
        boxes=boxes_of(tokens),
        grounded=bool(tokens),
        source=FieldSource.XML,
    )
