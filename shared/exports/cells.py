"""Cells of tables: a value and how it is meant.

What stands on a document was written by a stranger. A spreadsheet takes a cell of a CSV
file that begins with ``= + - @`` for a formula, which can read other cells and send them
away (https://owasp.org/www-community/attacks/CSV_Injection), so such text is given an
apostrophe. A number is no formula: ``-12.50`` stays what it is.
"""

import json
import re
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    """How a value is meant. Days and moments are ISO 8601, the latter in UTC."""

    TEXT = "text"
    NUMBER = "number"
    AMOUNT = "amount"
    DAY = "day"
    MOMENT = "moment"


class Cell(NamedTuple):
    """A value as text, and its kind."""

    kind: Kind
    text: str


_KINDS = {
    "amount": Kind.AMOUNT,
    "number": Kind.NUMBER,
    "integer": Kind.NUMBER,
    "date": Kind.DAY,
}
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_BLANK = r"\s\x00-\x20\u200b-\u200f\u2060\ufeff"
_FORMULA = re.compile(rf"[\t\r\n]|[{_BLANK}]*[=+\-@＝＋－＠]")  # noqa: RUF001 - wide ones count too


def cell(value: Any, field_type: str = "text") -> Cell | None:  # noqa: ANN401 - of any schema
    """The cell of a field's value, ``None`` for none. ``field_type`` is the schema's word."""
    if value is None or value == "":
        return None
    kind = _KINDS.get(field_type, Kind.TEXT)
    if isinstance(value, str):
        return Cell(kind, value)
    if isinstance(value, bool):
        return Cell(Kind.TEXT, json.dumps(value))
    if isinstance(value, int | float):
        return Cell(kind if kind is Kind.AMOUNT else Kind.NUMBER, json.dumps(value))
    return Cell(Kind.TEXT, json.dumps(value, ensure_ascii=False))


def is_number(text: str) -> bool:
    """Whether it is a plain decimal number and nothing else."""
    return _NUMBER.fullmatch(text) is not None


def may_be_formula(text: str) -> bool:
    """Whether a spreadsheet could take it for a formula."""
    return _FORMULA.match(text) is not None and not is_number(text)


def inert(text: str) -> str:
    """The text for a CSV file, with an apostrophe before what may be a formula."""
    return f"'{text}" if may_be_formula(text) else text
