"""Annotations: our fields under the keys of a document's class."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from services.ingest.dialects.docdigitizer.classes import (
    DOCUMENT_TYPE,
    FINANCIAL,
    UNKNOWN,
    class_of,
    key_of,
    own_fields,
)
from services.ingest.dialects.docdigitizer.models import Values
from shared.models.document import Document
from shared.models.extraction import Field, Fields, Row
from shared.models.schema import Schema

Value = tuple[Any, float]
NOTHING: Value = (None, 0.0)
NO_VALUES = Values(data={}, confidence={})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def annotations(document: Document, fields: Fields, schema: Schema | None) -> Values:
    """All fields of the class, those that were not found as ``null`` with confidence 0."""
    name = class_of(document) or UNKNOWN
    found = dict(_values(name, document, fields, schema))
    return Values(
        data={key_of(name, field): value for field, (value, _) in found.items()},
        confidence={key_of(name, field): sure for field, (_, sure) in found.items()},
    )


def _values(
    document_class: str, document: Document, fields: Fields, schema: Schema | None
) -> Iterator[tuple[str, Value]]:
    known = own_fields(document_class, schema)
    if document_class == FINANCIAL:
        guess = document.type
        yield DOCUMENT_TYPE, (guess.name, guess.confidence) if guess else NOTHING
    for name, spec in known.items():
        yield name, _value(fields.get(spec.name))
    if document_class != FINANCIAL:
        for name, field in fields.items():
            if name not in known:
                yield name, _value(field)


def _value(field: Field | list[Row] | None) -> Value:
    if field is None:
        return NOTHING
    if isinstance(field, Field):
        return field.value, field.confidence
    rows = [{name: cell.value for name, cell in row.items()} for row in field]
    sure = min((cell.confidence for row in field for cell in row.values()), default=0.0)
    return rows, sure


def as_csv(values: Values) -> str:
    """One line per annotation: its key, its value, its confidence (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("key", "value", "confidence"))
    for key, value in values.data.items():
        writer.writerow((key, _cell(value), values.confidence[key]))
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    # A spreadsheet would run text that looks like a formula; numbers are left alone.
    risky = value.startswith(_FORMULA) and not _is_number(value)
    return f"'{value}" if risky else value


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdecimal()
