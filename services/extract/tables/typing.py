"""What the words of a cell or a value are: their type, and their value as of a type."""

import re

from services.extract.candidates.candidate import Candidate
from services.extract.lexicon.currencies import currency_of
from services.extract.reading import Reading
from services.extract.sheet import Token
from services.extract.wording import compact
from shared.models.schema import FieldType

_NUMERIC = frozenset({FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER})
_TIME = re.compile(r"[0-2]?\d[:.h][0-5]\d(?:[:.][0-5]\d)?(?:\s?[AaPp]\.?[Mm]\.?)?")
_PHONE = re.compile(r"\+?[\d\s()/.\-]{7,20}")
_FEWEST_PHONE_DIGITS = 7
_DAY = re.compile(r"\b[0-3]?\d([./-])[01]?\d\1(?:\d{4}|\d\d)\b")
_DAY_OF_YEAR = re.compile(r"[0-3]?\d\.[01]?\d\.")
_UNITS = frozenset(
    {"kg", "kgs", "kgm", "lb", "lbs", "mt", "cbm", "m3", "cft", "pcs", "pkgs", "pkg", "ctns",
     "cartons", "pallets", "packages", "colis", "bultos", "colli", "stk"}
)  # fmt: skip
_MOST_INTEGER = 6
"""Digits of a number that counts something; longer ones name something."""


def type_of(reading: Reading, tokens: list[Token]) -> FieldType:
    """The type of the value that ``tokens`` make."""
    found = _exact(reading.dates, tokens)
    if found is not None:
        return FieldType.DATE
    for kind, candidates in (
        (FieldType.IBAN, reading.accounts),
        (FieldType.EMAIL, reading.emails),
        (FieldType.URL, reading.urls),
    ):
        if _exact(candidates, tokens) is not None:
            return kind
    text = " ".join(token.text for token in tokens)
    if ":" in text and _TIME.fullmatch(text):
        return FieldType.TIME
    # ``02.03.`` on statements of one year is no number.
    number = None if _DAY_OF_YEAR.fullmatch(text) else _number(reading, tokens)
    if number is not None:
        return kind_of_number(number)
    has_digit = any(char.isdigit() for char in text)
    if len(tokens) > 1 and _is_dialled(text):
        return FieldType.PHONE
    return FieldType.IDENTIFIER if has_digit and len(tokens) == 1 else FieldType.TEXT


def _is_dialled(text: str) -> bool:
    """Whether it is written as phone numbers are, and holds no day."""
    begins = text.startswith(("+", "0", "(")) and _PHONE.fullmatch(text) is not None
    return begins and sum(map(str.isdigit, text)) >= _FEWEST_PHONE_DIGITS and not _DAY.search(text)


def typed_value(reading: Reading, kind: FieldType, tokens: list[Token]) -> str | None:
    """The value of ``tokens`` as one of ``kind``; ``None`` where they are none."""
    if kind in _NUMERIC:
        bare = [token for token in tokens if compact(token.text) not in _UNITS] or tokens
        number = _number(reading, bare) or _only_number(reading, tokens)
        return None if number is None else f"{number.number:f}"
    if kind is FieldType.DATE:
        found = _exact(reading.dates, tokens)
        return None if found is None else found.value
    return " ".join(token.text for token in tokens).strip(" ,;|/")


def kind_of_number(number: Candidate) -> FieldType:
    """Whether a number counts, measures, is money or names something."""
    if "percent" in number.traits:
        return FieldType.NUMBER
    if "decimals:2" in number.traits or number.has_currency:
        return FieldType.AMOUNT
    if "decimals:0" not in number.traits:
        return FieldType.NUMBER
    digits = "".join(char for char in number.raw if char.isdigit())
    names_something = digits.startswith("0") and len(digits) > 1
    long = len(digits) > _MOST_INTEGER and digits == number.raw
    return FieldType.IDENTIFIER if names_something or long else FieldType.INTEGER


def _number(reading: Reading, tokens: list[Token]) -> Candidate | None:
    """The number that the words are, currencies and signs aside."""
    bare = [token for token in tokens if not is_sign(token.text)]
    found = _exact(reading.numbers, bare)
    # A word may have more to it than the number it begins with, such as 12-ABC-3.
    is_whole = found is not None and _count(found.raw) >= _count("".join(it.text for it in bare))
    return found if is_whole else None


def _only_number(reading: Reading, tokens: list[Token]) -> Candidate | None:
    """The number among words that have no digits, such as its unit."""
    own = {token.index for token in tokens}
    within = [found for found in reading.numbers if found.indexes <= own]
    if len(within) != 1:
        return None
    rest = [token for token in tokens if token.index not in within[0].indexes]
    return None if any(char.isdigit() for token in rest for char in token.text) else within[0]


def _count(text: str) -> int:
    return sum(char.isalnum() for char in text)


def is_sign(text: str) -> bool:
    """Whether it is a currency or no word at all."""
    return currency_of(text) is not None or not any(char.isalnum() for char in text)


def _exact(candidates: list[Candidate], tokens: list[Token]) -> Candidate | None:
    """The candidate that is all of the words, punctuation aside."""
    wanted = {token.index for token in tokens if any(char.isalnum() for char in token.text)}
    if not wanted:
        return None
    return next((each for each in candidates if each.indexes == wanted), None)
