"""What a model's text means: the same grammars as on the page, so the same normal forms."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from services.extract.candidates.amounts import find_amounts
from services.extract.candidates.candidate import Candidate
from services.extract.candidates.contacts import find_emails, find_phones, find_urls
from services.extract.candidates.dates import find_dates
from services.extract.candidates.identifiers import find_ibans, find_vat_ids
from services.extract.candidates.numerals import DecimalSign
from services.extract.contract import StatedValue
from services.extract.laying import lay_out
from services.extract.lexicon.currencies import currencies, currency_of
from services.extract.printed import PrintedPage, PrintedWord
from services.extract.reading import Reading
from services.extract.sheet import Sheet
from shared.models.schema import FieldType

NUMERIC = frozenset({FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER})
_HEIGHT, _WIDTH = 10.0, 6.0
_LONGEST = 200  # characters of a value that a grammar looks at
_NOTHING = frozenset({"", "-", "n/a", "na", "none", "null", "unknown", "not found", "not stated"})
_TIME = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


def meanings(reading: Reading, kind: FieldType, stated: StatedValue) -> list[str | bool | int]:
    """What ``stated`` may mean as ``kind``, in normal form, the likeliest first.

    Empty where it is no such value. Amounts, numbers and dates are read with the document's
    decimal sign and order of day and month.
    """
    if kind is FieldType.BOOLEAN:
        return [stated] if isinstance(stated, bool) else _BOOLEANS.get(stated.strip().lower(), [])
    text = " ".join(str(stated).split())
    if isinstance(stated, bool) or text.lower() in _NOTHING:
        return []
    if kind in NUMERIC:
        return list(_numbers(reading, kind, text[:_LONGEST]))
    reader = _READERS.get(kind)
    if reader is None:
        return [text]
    return list(dict.fromkeys(reader(reading, text[:_LONGEST])))


_BOOLEANS: dict[str, list[str | bool | int]] = {
    "true": [True], "yes": [True], "false": [False], "no": [False],
}  # fmt: skip


def decimal_of(value: object) -> Decimal | None:
    """A normal form as a number; ``None`` where it is none."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _numbers(reading: Reading, kind: FieldType, text: str) -> list[str | int]:
    signs: tuple[DecimalSign, ...] = (reading.sign, "," if reading.sign == "." else ".")
    found: list[Decimal] = []
    for sign in signs:  # a model may have written its own sign, whatever the page has
        numbers = find_amounts(_sheet_of(text), sign)
        found += [numbers[0].number] if len(numbers) == 1 else []
    return list(
        dict.fromkeys(form for number in found if (form := _form(kind, number)) is not None)
    )


def _form(kind: FieldType, number: Decimal) -> str | int | None:
    if kind is FieldType.AMOUNT:
        return f"{number:.2f}"
    if kind is FieldType.NUMBER:
        return f"{number.normalize():f}"
    return int(number) if number == number.to_integral_value() else None


def _date(reading: Reading, text: str) -> list[str]:
    return _values(find_dates(_sheet_of(text), reading.order))


def _currency(_: Reading, text: str) -> list[str]:
    code = currency_of(text) or (text.upper() if text.upper() in currencies().codes else None)
    return [code] if code else []


def _iban(_: Reading, text: str) -> list[str]:
    return _values(find_ibans(_sheet_of(text.upper()))) or [_joined(text)]


def _vat_id(_: Reading, text: str) -> list[str]:
    return [*_values(find_vat_ids(_sheet_of(text.upper()))), text]


def _email(_: Reading, text: str) -> list[str]:
    return _values(find_emails(_sheet_of(text)))


def _phone(reading: Reading, text: str) -> list[str]:
    return [*_values(find_phones(_sheet_of(text), reading.currency, reading.country)), text]


def _url(_: Reading, text: str) -> list[str]:
    return _values(find_urls(_sheet_of(text))) or [text]


def _country(_: Reading, text: str) -> list[str]:
    return [text.upper()] if _COUNTRY.fullmatch(text) else []


def _time(_: Reading, text: str) -> list[str]:
    return [text] if _TIME.search(text) else []


_READERS: dict[FieldType, Callable[[Reading, str], list[str]]] = {
    FieldType.DATE: _date,
    FieldType.CURRENCY: _currency,
    FieldType.IBAN: _iban,
    FieldType.VAT_ID: _vat_id,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
    FieldType.URL: _url,
    FieldType.COUNTRY: _country,
    FieldType.TIME: _time,
}


def _values(found: list[Candidate]) -> list[str]:
    return [each.value for each in found[:1]]


def _joined(text: str) -> str:
    return re.sub(r"[\s.\-]", "", text).upper()


def _sheet_of(text: str) -> Sheet:
    """A sheet with nothing but ``text`` on one row."""
    words, at = [], 0.0
    for word in text.split():
        right = at + _WIDTH * len(word)
        words.append(PrintedWord(word, at, 0.0, right, _HEIGHT))
        at = right + 0.3 * _HEIGHT
    return lay_out([PrintedPage(0, at + _WIDTH, 2 * _HEIGHT, words=words)])
