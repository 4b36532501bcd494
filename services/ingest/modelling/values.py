"""A document's data as plain JSON: values only, as ``json_schema`` describes them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from services.ingest.modelling.keys import KeyOf, camel, keys_of
from shared.models.extraction import Field, Fields, Row
from shared.models.schema import LIST_ITEM, FieldSpec, FieldType, Schema

MAX_DIGITS = 300
"""Of a number's exponent: more is none that JSON's readers know."""


def plain_fields(schema: Schema, fields: Fields, key: KeyOf = camel) -> dict[str, Any]:
    """The values of a document of a type by their keys: every field is there, null or empty."""
    keys = keys_of(schema.fields, key)
    return {keys[it.name]: _plain(it, fields.get(it.name), key) for it in schema.fields}


def plain_value(spec: FieldSpec, value: object) -> object:
    """A single value as its type says; ``None`` where it is not of that type."""
    if value is None:
        return None
    try:
        return _READERS.get(spec.type, _text)(value)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        return None


def is_list(spec: FieldSpec) -> bool:
    """Whether a field is a list of single values."""
    return spec.type is FieldType.ROWS and [it.name for it in spec.fields] == [LIST_ITEM]


def _plain(spec: FieldSpec, found: Field | Sequence[Row] | None, key: KeyOf) -> object:
    if spec.type is not FieldType.ROWS:
        return plain_value(spec, found.value) if isinstance(found, Field) else None
    rows: Sequence[Row] = () if found is None or isinstance(found, Field) else found
    if is_list(spec):
        values = [plain_value(spec.fields[0], _value(row, LIST_ITEM)) for row in rows]
        return [it for it in values if it is not None]
    keys = keys_of(spec.fields, key)
    return [
        {keys[it.name]: plain_value(it, _value(row, it.name)) for it in spec.fields} for row in rows
    ]


def _value(row: Row, name: str) -> object:
    cell = row.get(name)
    return None if cell is None else cell.value


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise TypeError
    return str(value)


def _number(value: object) -> int | float:
    if isinstance(value, bool):
        raise TypeError
    number = Decimal(str(value))
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        raise ValueError
    whole = number.to_integral_value()
    return int(whole) if number == whole else float(number)


def _integer(value: object) -> int:
    number = _number(value)
    if not isinstance(number, int):
        raise TypeError
    return number


def _date(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return date.fromisoformat(value).isoformat()


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_READERS: Mapping[FieldType, Callable[[object], object]] = {
    FieldType.AMOUNT: _number,
    FieldType.NUMBER: _number,
    FieldType.INTEGER: _integer,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
}
