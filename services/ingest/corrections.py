"""A reviewer's values, checked against the schema and laid over the machine's fields."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from shared.errors import Code, Permanent
from shared.models.extraction import Field, Fields, FieldSource, Row
from shared.models.schema import FieldSpec, FieldType

MAX_TEXT = 10_000
MAX_ROWS = 1_000
MAX_DIGITS = 30
"""Of a number, before or behind the point: a short exponent could ask for gigabytes."""


def corrected(
    fields: Fields, specs: Mapping[str, FieldSpec], values: Mapping[str, object]
) -> Fields:
    """All fields as the reviewer leaves them: those not among ``values`` are confirmed.

    A value of ``None`` says that the document has none. Raises
    ``Permanent(INCOHERENT_DATA)``, which names the field, for one without a spec, and for
    a value of another type.
    """
    result: Fields = {name: _confirmed(it) for name, it in fields.items()}
    for name, value in values.items():
        spec = specs.get(name)
        if spec is None:
            raise Permanent(Code.INCOHERENT_DATA, f"There is no field {name[:100]!r}.")
        if value is None:
            result.pop(name, None)
        elif spec.type is FieldType.ROWS:
            result[name] = _rows(spec, value)
        else:
            result[name] = _field(spec, value, fields.get(name), spec.name)
    return result


def _confirmed(field: Field | list[Row]) -> Field | list[Row]:
    if isinstance(field, Field):
        return field.copy_with(confidence=1.0)
    return [{name: it.copy_with(confidence=1.0) for name, it in row.items()} for row in field]


def _field(spec: FieldSpec, value: object, before: Field | list[Row] | None, place: str) -> Field:
    typed = typed_value(spec, value, place)
    if isinstance(before, Field) and before.value == typed:
        return before.copy_with(confidence=1.0)
    return Field(
        value=typed, raw=str(value), confidence=1.0, grounded=False, source=FieldSource.PERSON
    )


def _rows(spec: FieldSpec, value: object) -> list[Row]:
    columns = {it.name: it for it in spec.fields}
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise _wrong(spec.name, f"a list of at most {MAX_ROWS} rows")
    rows: list[Row] = []
    for number, row in enumerate(value):
        place = f"{spec.name}[{number}]"
        if not isinstance(row, dict) or not row.keys() <= columns.keys():
            raise _wrong(place, f"a row with the columns {', '.join(columns)}")
        given = {name: it for name, it in row.items() if it is not None}
        rows.append(
            {name: _field(columns[name], it, None, f"{place}.{name}") for name, it in given.items()}
        )
    return rows


def typed_value(spec: FieldSpec, value: object, place: str) -> object:
    """A person's value as the field's type says; raises ``Permanent(INCOHERENT_DATA)``."""
    expected, read = _READERS.get(spec.type, ("text", _text))
    try:
        return read(value)
    except (ValueError, TypeError, InvalidOperation):
        raise _wrong(place, expected) from None


def _wrong(place: str, expected: str) -> Permanent:
    return Permanent(Code.INCOHERENT_DATA, f"{place} must be {expected}.")


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    text = str(value)
    if len(text) > MAX_TEXT:
        raise ValueError
    return text


def _decimal(value: object) -> str:
    number = Decimal(_text(value))
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        raise ValueError
    return f"{number:f}"


def _date(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return date.fromisoformat(value).isoformat()


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError
    return int(value)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _code(length: int) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value).upper()
        if len(text) != length or not text.isascii() or not text.isalpha():
            raise ValueError
        return text

    return read


_READERS: Mapping[FieldType, tuple[str, Callable[[object], object]]] = {
    FieldType.AMOUNT: ("a decimal number", _decimal),
    FieldType.NUMBER: ("a decimal number", _decimal),
    FieldType.INTEGER: ("a whole number", _integer),
    FieldType.DATE: ("a date such as 2026-01-31", _date),
    FieldType.BOOLEAN: ("true or false", _boolean),
    FieldType.CURRENCY: ("a currency code of three letters", _code(3)),
    FieldType.COUNTRY: ("a country code of two letters", _code(2)),
}
