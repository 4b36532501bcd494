"""Amounts and numbers, found by a grammar that refuses dates, times, codes and phones."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from services.extract.candidates.candidate import Candidate
from services.extract.candidates.numerals import DecimalSign, as_digits, parse
from services.extract.lexicon.currencies import currencies, currency_of
from services.extract.sheet import Segment, Sheet, Token
from shared.models.schema import FieldType

_NUMBER = re.compile(
    r"""(?<![\w.,/:@\-+])(?P<sign>[-–+(]\s?)?
    (?P<before>[^\W\d_]{1,4}\.?|[€£¥₹$₽₺₩฿]|[A-Z]{1,3}\$)?\s?(?P<sign2>[-–]\s?)?
    (?P<number>\d{1,3}(?:[.,'’]\d{2,3})*[.,'’]\d{3}(?:[.,]\d{1,4})?(?!\d)
      |\d{1,3}(?:\s\d{3})+,\d{2}(?!\d)
      |\d+(?:[.,]\d{1,4})?
      |[.,]\d{2})
    (?P<after>\s?(?:[€£¥₹%$]|[^\W\d_]{1,4}\b)|,-|\.-)?
    (?P<tail>-(?!\d)|\))?
    (?![\w/:]|[.,\-]\d|\s\d[A-Z]{2}\b)""",
    re.VERBOSE,
)
_BROKEN = re.compile(r"(?<=\d)\s?([.,])\s?(?=\d{2}(?!\d))")
_ZLOTY = re.compile(r"(?<!\w)(?:[zZ][/|!lI1]|2/)(?=-?\d{1,3}(?:[.,]\d{3})*[.,]\d{2}(?!\d))")
"""The sign of the zloty before a sum, as it is misread."""
_OF_UNITED_STATES = frozenset({"USD", "US$", "US", "USA"})
_EDGES = "():."
_LETTERS_AFTER = 2
_MOST_OF_UNIT = 4
_CENTS = 2
_LONGEST = 14
_LEAST_MISREAD = 50
_FEWEST_MISREAD = 3
_MOST_MISREAD = 0.8


def find_amounts(sheet: Sheet, sign: DecimalSign) -> list[Candidate]:
    """Every number that may be an amount, a price or a quantity, percentages marked so."""
    return [
        candidate
        for segment in sheet.segments
        for candidate in _in(segment, sign, is_ocr=sheet.is_ocr)
    ]


def without_misread_sign(amounts: list[Candidate]) -> list[Candidate]:
    """Amounts whose dollar sign was read as the digit 5, put right.

    Only where nearly all sums of a document begin with a 5, which no honest document has.
    """
    sums = {c.number for c in amounts if "decimals:2" in c.traits and c.number >= _LEAST_MISREAD}
    misread = [each for each in sums if str(each).startswith("5")]
    if len(sums) < _FEWEST_MISREAD or len(misread) < _MOST_MISREAD * len(sums):
        return amounts
    return [_without_five(each) for each in amounts]


def _without_five(amount: Candidate) -> Candidate:
    digits = str(amount.number)
    if "decimals:2" not in amount.traits or not digits.startswith("5") or len(digits) < 5:
        return amount
    number = Decimal(digits[1:])
    traits = amount.traits | {"currency:USD"}
    value = f"{number:.2f}"
    return replace(
        amount, number=number, value=value, quality=0.8, traits=traits, has_currency=True
    )


def find_currency(sheet: Sheet, amounts: list[Candidate]) -> Counter[str]:
    """Votes for the document's currency: signs at amounts, codes alone, phrases."""
    votes: Counter[str] = Counter()
    for candidate in amounts:
        votes.update(trait[-3:] for trait in candidate.traits if trait.startswith("currency:"))
    for token in sheet.tokens:
        code = currency_of(token.text)
        if code is not None and (code == token.text.strip(":;()[],.") or not token.text.isalpha()):
            votes[code] += 1
    votes.update(_signs_alone(sheet))
    text = sheet.plain_text
    phrases = currencies().phrases
    votes.update({code: 2 for phrase, code in phrases.items() if phrase in text})
    return _of_other_dollars(sheet, votes)


def _of_other_dollars(sheet: Sheet, votes: Counter[str]) -> Counter[str]:
    """``votes`` for US dollars given to the currency that its sign means on this document.

    To one that is named by its code, else that of the country whose tax numbers it has.
    """
    known = currencies()
    words = {word for segment in sheet.segments for word in segment.words}
    is_american = any(token.text.strip(":;()[],.") in _OF_UNITED_STATES for token in sheet.tokens)
    if "USD" not in votes or is_american:
        return votes
    named = [code for code in votes if code in known.bare_dollars.values()]
    meant = named or [
        known.bare_dollars[known.countries[it]] for it in words & set(known.countries)
    ]
    if len(set(meant)) == 1:
        votes[meant[0]] += votes.pop("USD")
    return votes


def _signs_alone(sheet: Sheet) -> Counter[str]:
    """Signs made of letters, such as ``RM``, that stand before a number of their row."""
    votes: Counter[str] = Counter()
    for row in sheet.rows:
        for at, token in enumerate(row.tokens):
            code = _sign_of_letters(token.text)
            if code is not None:
                after = row.tokens[at + 1].text if at + 1 < len(row.tokens) else ""
                is_capital = token.text.strip(_EDGES)[:1].isupper()
                votes[code] += is_capital and after[:1].isdigit()
    return +votes


@lru_cache(maxsize=20_000)
def _sign_of_letters(word: str) -> str | None:
    """The ISO code that ``word`` stands for without being it."""
    text = word.strip(_EDGES)
    code = currency_of(text)
    return None if text == code or not text.isalpha() else code


def _in(segment: Segment, sign: DecimalSign, *, is_ocr: bool) -> Iterator[Candidate]:
    text = segment.text
    if not segment.digits:
        return
    if is_ocr:
        text = _joined(_ZLOTY.sub("zł", as_digits(segment)))
    for match in _NUMBER.finditer(text):
        candidate = _candidate(segment, match, sign)
        if candidate is not None:
            yield candidate


def _joined(text: str) -> str:
    """``12 .50`` as ``12.50`` with the blanks moved in front, so that positions hold."""

    def close(match: re.Match[str]) -> str:
        return match[1]

    parts, last = [], 0
    for match in _BROKEN.finditer(text):
        if len(match[0]) > 1:
            start = match.start()
            while start > last and text[start - 1].isdigit():
                start -= 1
            blanks = " " * (len(match[0]) - 1)
            parts.append(text[last:start] + blanks + text[start : match.start()] + close(match))
            last = match.end()
    return "".join(parts) + text[last:]


def _candidate(segment: Segment, match: re.Match[str], sign: DecimalSign) -> Candidate | None:
    value = parse(match["number"], sign)
    if value is None or len(match["number"]) > _LONGEST:
        return None
    before, decimals = (match["before"] or "").strip(), _decimals(value)
    after = _unit(match["after"] or "", decimals)
    if after is None:
        return None
    code = currency_of(before) or currency_of(after)
    is_sum = decimals == _CENTS or code is not None
    if before and currency_of(before) is None and not (is_sum and _is_word(match)):
        return None
    negative = _is_negative(match)
    traits = {f"decimals:{decimals}"}
    traits |= {f"currency:{code}"} if code else set()
    traits |= {"percent"} if after == "%" else set()
    traits |= {"negative"} if negative else set()
    start = match.start("before") if before and code else match.start("number")
    end = match.end("after") if after else match.end("number")
    tokens = segment.span(match.start("number"), match.end("number"))
    number = -value if negative else value
    return Candidate(
        kind=FieldType.AMOUNT,
        value=f"{number:.2f}",
        raw=segment.text[start:end].strip() if len(tokens) == 1 else _raw(tokens),
        tokens=tokens,
        segment=segment,
        number=number,
        quality=1.0 if decimals == 2 else 0.5,
        traits=frozenset(traits),
        has_currency=code is not None,
    )


def _unit(after: str, decimals: int) -> str | None:
    """What follows the number and belongs to it; ``None`` where it makes it no amount.

    ``12.50 each`` is an amount with a word behind it, ``12.50SR`` one with a tax code and
    ``12.50pcs`` one with its unit; ``250g`` is none.
    """
    bare = after.strip()
    if not bare.isalpha() or currency_of(bare) is not None:
        return bare
    if after.startswith(" "):
        return ""
    most = _MOST_OF_UNIT if bare.islower() else _LETTERS_AFTER
    return bare if len(bare) <= most and decimals == _CENTS else None


def _is_word(match: re.Match[str]) -> bool:
    """Whether what stands before is a label, as in ``Net 12.50``, and no part of a code."""
    return match.string[match.end("before")].isspace()


def _is_negative(match: re.Match[str]) -> bool:
    """A minus before or behind, or brackets around."""
    sign = (match["sign"] or "").strip()
    if sign == "(":
        return match["tail"] == ")"
    return sign in {"-", "–"} or bool(match["sign2"]) or match["tail"] == "-"


def _raw(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens)


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0
