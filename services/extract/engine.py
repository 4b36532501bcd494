"""The entry point of the extract stage's child process: one document in, its fields out."""

from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.einvoice import read_invoice
from services.extract.schemas import GENERIC, built_in
from shared.models.extraction import Field, Fields, FieldSource, TypeGuess
from shared.models.schema import FieldType, Schema

__all__ = ["ExtractRequest", "ExtractResult", "extract"]

_STATED = 0.995


def extract(request: ExtractRequest) -> ExtractResult:
    """The type and the fields of one document; never raises on what a document holds."""
    schemas = built_in() | {schema.name: schema for schema in request.schemas}
    invoice = read_invoice(request.embedded)
    name = request.requested_type or (invoice.type_name if invoice else None)
    schema = schemas.get(name or "", schemas[GENERIC])
    guess = TypeGuess(name=schema.name, confidence=_STATED) if name == schema.name else None
    fields: Fields = {}
    if invoice is not None:
        fields = _fields(schema, invoice.fields, invoice.lines)
    return ExtractResult(guess, fields, [], [], "layout/1")


def _fields(schema: Schema, values: dict[str, str], lines: list[dict[str, str]]) -> Fields:
    fields: Fields = {}
    for spec in schema.fields:
        concept = spec.concept or spec.name
        if spec.type == FieldType.ROWS:
            names = {column.concept or column.name: column.name for column in spec.fields}
            fields[spec.name] = [
                {names[key]: _field(value) for key, value in line.items() if key in names}
                for line in lines
            ]
        elif concept in values:
            fields[spec.name] = _field(values[concept])
    return fields


def _field(value: str) -> Field:
    return Field(value=value, raw=value, confidence=_STATED, source=FieldSource.XML)
