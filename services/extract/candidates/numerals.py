"""Numbers as printed: which sign is the decimal one, and what a string of digits means.

The document votes: ``12,50`` speaks for the comma, ``1,234.56`` for the point; a string
that alone proves nothing, such as ``1.234``, follows the majority.
"""

import re
from decimal import Decimal
from typing import Literal

from services.extract.candidates.regions import decimal_sign_of
from services.extract.lexicon.currencies import currency_of
from services.extract.sheet import Segment, Sheet, Token
from services.extract.wording import count_digits

DecimalSign = Literal[".", ","]

_TWO_DECIMALS = re.compile(r"(?<![\d.,])\d+(?:[.,'’ ]\d{3})*([.,])\d{2}(?![\d.,]*\d)")
_BOTH_SIGNS = re.compile(r"\d[.,]\d{3}([.,])\d{1,4}(?!\d)")
_ONE_GROUP = re.compile(r"(?<![\d.,])[1-9]\d{0,2}([.,])\d{3}(?![\d.,]*\d)")
_LETTERS_AS_DIGITS = str.maketrans("OoQDIlSBZ", "000011582")
_LIKE_NUMBER = re.compile(r"[OoQDIlSBZ\d.,\-]+")
# ``RMO.50``; a sign of a currency that was misread: ``e29.30``
_BEHIND_SIGN = re.compile(r"([^\W\d_]{1,2})([OoQDIlSBZ\d]+[.,]\d\d)")
_DOUBTFUL = 0.5  # confidence
_BLANKS = re.compile(r"[\s'’]")
_SIGNS = re.compile("[.,]")
_GROUP = 3
_FEWEST_DIGITS = 3  # of a number that shows its decimal sign


def decimal_sign(sheet: Sheet, region: str | None = None) -> DecimalSign:
    """The decimal sign that most numbers of the sheet bear out; on a tie that of ``region``.

    ``region`` is the country that documents are said to come from, ISO 3166 alpha-2; without
    one it is the point.
    """
    votes = {".": 0, ",": 0}
    for segment in sheet.segments:
        if segment.digits < _FEWEST_DIGITS:
            continue
        for match in _TWO_DECIMALS.finditer(segment.text):
            votes[match[1]] += 1
        for match in _BOTH_SIGNS.finditer(segment.text):
            votes[match[1]] += 2
    if votes[","] == votes["."] == 0:
        votes.update(_grouped(sheet))
    if votes[","] == votes["."] and region is not None:
        return decimal_sign_of(region)
    return "," if votes[","] > votes["."] else "."


def _grouped(sheet: Sheet) -> dict[str, int]:
    """Votes of ``1.234`` on a line with a currency: money has no three decimals."""
    votes = {".": 0, ",": 0}
    for row in sheet.rows:
        if row.digits and any(currency_of(token.text) for token in row.tokens):
            for match in _ONE_GROUP.finditer(row.text):
                votes["," if match[1] == "." else "."] += 1
    return votes


def as_digits(segment: Segment) -> str:
    """The segment's text with letters misread for digits put right, of the same length."""
    return " ".join(_mended(token) for token in segment.tokens)


def parse(text: str, sign: DecimalSign) -> Decimal | None:
    """The value of ``text`` made of digits, points, commas, spaces and apostrophes."""
    digits = _BLANKS.sub("", text)
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return Decimal(digits) if digits else None
    mark, after = digits[last], len(digits) - last - 1
    count, other = digits.count(mark), digits.count("," if mark == "." else ".")
    whole, fraction = digits[:last], digits[last + 1 :]
    grouped = all(len(group) <= _GROUP for group in _SIGNS.split(whole))
    is_decimal = after != _GROUP or other > 0 or (mark == sign and count == 1)
    if count > 1 or (other > 1 and not grouped):
        # The same sign twice groups thousands, except where misreading made one of them.
        is_decimal = after != _GROUP
    whole = _SIGNS.sub("", whole)
    return Decimal(f"{whole or '0'}.{fraction or '0'}" if is_decimal else whole + fraction)


def _mended(token: Token) -> str:
    word = token.text
    if not count_digits(word) or not any(sign in word for sign in ".,"):
        return word
    if _LIKE_NUMBER.fullmatch(word):
        return word.translate(_LETTERS_AS_DIGITS)
    match = _BEHIND_SIGN.fullmatch(word) if token.confidence < _DOUBTFUL else None
    if match is None:
        return word
    number = match[2].translate(_LETTERS_AS_DIGITS)
    if currency_of(match[1]) is not None:
        return match[1] + number
    return " " * len(match[1]) + number if match[2][0].isdigit() else word
