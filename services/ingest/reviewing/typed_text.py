"""What a person has typed, or picked from the page, as the field's type writes it.

People write ``1.234,50 €`` and ``14. März 2024``; stored are ``1234.50`` and ``2024-03-14``.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from services.ingest.corrections import typed_value
from shared.models.extraction import Field, Fields
from shared.models.schema import FieldSpec, FieldType
from shared.wording import compact, plain

_NUMBERS = frozenset({FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER})
_MINUS = "\N{MINUS SIGN}"
_NOT_NUMBER = re.compile(rf"[^\d.,+\-{_MINUS}()]")
_SHOWN_SIGN = re.compile(r"([.,])\d{2}$")
_GROUP: Final = 3
_YEAR_DIGITS: Final = 4
_CENTURY: Final = 2000
_DATE_PARTS = re.compile(r"\d+|[^\W\d_]+")
_PARTS: Final = 3
_MONTHS: Mapping[str, int] = {
    prefix: number
    for number, prefixes in enumerate(
        (
            "jan gen ene janv",
            "feb fev fevr",
            "mar mrz maa marz mars",
            "apr avr abr",
            "may mai mag mei maj mayo",
            "jun juin giu",
            "jul juil lug",
            "aug aou ago",
            "sep set sept",
            "oct okt ott out",
            "nov",
            "dec dez dic des",
        ),
        start=1,
    )
    for prefix in prefixes.split()
}
_LONGEST_PREFIX: Final = 4
_YES, _NO = (
    frozenset({"true", "yes", "ja", "oui", "si", "sim", "x", "1"}),
    frozenset({"false", "no", "nein", "non", "nao", "0"}),
)
_SIGNS: Mapping[str, str] = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR"}
_MONTH_FIRST = frozenset({"US"})


def read_text(spec: FieldSpec, text: str, place: str, fields: Fields, region: str | None) -> object:
    """The value that a text means for a field of this type.

    ``fields`` are the document's others, whose numbers show which sign is the decimal one;
    ``region`` is where it comes from, ISO 3166 alpha-2. Raises ``Permanent(INCOHERENT_DATA)``.
    """
    text = " ".join(text.split())
    if spec.type in _NUMBERS:
        return typed_value(spec, _number(text, decimal_sign(fields)), place)
    if spec.type is FieldType.DATE:
        return typed_value(spec, _date(text, month_first=region in _MONTH_FIRST), place)
    if spec.type is FieldType.BOOLEAN:
        word = compact(text)
        return typed_value(spec, word in _YES if word in _YES | _NO else text, place)
    if spec.type is FieldType.CURRENCY:
        return typed_value(spec, _SIGNS.get(text, text), place)
    return typed_value(spec, text, place)


def is_number(text: str) -> bool:
    """Whether a text is a number and little beside it, such as a unit or a currency."""
    digits = sum(it.isdigit() for it in text)
    return digits > sum(it.isalpha() for it in text)


def decimal_sign(fields: Fields) -> str:
    """The decimal sign that most of the document's numbers are printed with."""
    votes = [match[1] for raw in _printed(fields) if (match := _SHOWN_SIGN.search(raw))]
    return "," if votes.count(",") > votes.count(".") else "."


def _printed(fields: Fields) -> Iterator[str]:
    for found in fields.values():
        cells = (
            [found] if isinstance(found, Field) else [it for row in found for it in row.values()]
        )
        yield from (it.raw.strip() for it in cells)


def _number(text: str, sign: str) -> str:
    bare = _NOT_NUMBER.sub("", text)
    minus = bare.startswith(("-", _MINUS, "(")) or bare.endswith(("-", _MINUS))
    digits = re.sub(r"[^\d.,]", "", bare)
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0 and not _groups(digits, last, sign):
        whole = re.sub("[.,]", "", digits[:last])
        digits = f"{whole or '0'}.{digits[last + 1 :] or '0'}"
    else:
        digits = re.sub("[.,]", "", digits)
    try:
        Decimal(digits)
    except InvalidOperation:
        return text
    return f"-{digits}" if minus else digits


def _groups(digits: str, last: int, sign: str) -> bool:
    """Whether the last point or comma only groups thousands."""
    mark, behind, before = digits[last], len(digits) - last - 1, digits[:last]
    if before.count(mark):
        return True
    if behind != _GROUP or re.search("[.,]", before) or not 0 < len(before) <= _GROUP:
        return False
    return mark != sign


def _date(text: str, *, month_first: bool) -> str:
    parts = _DATE_PARTS.findall(text)
    if len(parts) > _PARTS:  # a day of the week, "of", the time
        named = [it for it in parts if it.isdigit() or _month(it)]
        parts = named[:_PARTS]
    if len(parts) != _PARTS:
        return text
    name = next((it for it in parts if not it.isdigit()), None)
    numbers = [int(it) for it in parts if it.isdigit()]
    if name is not None:
        month = _month(name)
        if month == 0 or len(numbers) != _PARTS - 1:
            return text
        first, second = numbers
        day, year = (second, first) if len(parts[0]) == _YEAR_DIGITS else (first, second)
    elif len(parts[0]) == _YEAR_DIGITS:
        year, month, day = numbers
    else:
        day, month, year = numbers
        if month > 12 or (month_first and day <= 12):  # noqa: PLR2004 - months of a year
            day, month = month, day
    if year < 100:  # noqa: PLR2004 - printed with two digits
        year += _CENTURY
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text


def _month(name: str) -> int:
    word = plain(name)
    for length in range(_LONGEST_PREFIX, _GROUP - 1, -1):
        if word[:length] in _MONTHS:
            return _MONTHS[word[:length]]
    return 0
