"""Numbers that name things: bank accounts, VAT ids, and identifiers of any other kind."""

import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cache
from importlib import resources

from stdnum import iban as iban_check

from services.extract.candidates.candidate import Candidate
from services.extract.lexicon import lexicon
from services.extract.lexicon.currencies import currency_of
from services.extract.sheet import Row, Segment, Sheet, Token
from services.extract.wording import compact, count_digits
from shared.models.schema import FieldType

_IBAN = re.compile(
    r"(?<![A-Za-z0-9])([A-Z]{2}\s?\d{2}(?:[\s\-.]?[A-Z0-9]{1,4}){3,9})(?![A-Za-z0-9])"
)
_IBAN_MISREAD = re.compile(
    r"(?<![A-Za-z0-9])([A-Z]{2}\s?[\dOISBZ]{2}(?:[\s\-.,]?[A-Za-z0-9]{1,4}){3,9})(?![A-Za-z0-9])"
)
_AS_DIGITS = str.maketrans("OoQDIlSsBZz", "00001155822")
_IBAN_SHORTEST = 15
_IBAN_DIGITS = 10
# The forms of VAT ids as the European Commission lists them (VIES, question 11), and CH.
_VAT = re.compile(
    r"(?<![A-Za-z0-9])(AT\s?U\d{8}|BE\s?[01]?\d{9}|BG\s?\d{9,10}|CY\s?\d{8}[A-Z]|CZ\s?\d{8,10}"
    r"|DE\s?\d{3}\s?\d{3}\s?\d{3}|DK\s?\d{8}|EE\s?\d{9}|EL\s?\d{9}|ES\s?[A-Z0-9]\d{7}[A-Z0-9]"
    r"|FI\s?\d{8}|FR\s?[A-Z0-9]{2}\s?\d{3}\s?\d{3}\s?\d{3}|GB\s?\d{3}\s?\d{4}\s?\d{2}(?:\s?\d{3})?"
    r"|HR\s?\d{11}|HU\s?\d{8}|IE\s?\d[A-Z0-9]\d{5}[A-Z]{1,2}|IT\s?\d{11}|LT\s?\d{9,12}|LU\s?\d{8}"
    r"|LV\s?\d{11}|MT\s?\d{8}|NL\s?[\d.]{9,12}\s?B\s?\d{2}|PL\s?\d{3}-?\d{3}-?\d{2}-?\d{2}|PT\s?\d{9}"
    r"|RO\s?\d{2,10}|SE\s?\d{12}|SI\s?\d{8}|SK\s?\d{10}|CHE[\s\-]?\d{3}\.?\d{3}\.?\d{3})"
    r"(?![A-Za-z0-9])"
)
# Portuguese numbers are a code for the kind of paper, a blank, a series, and a number
# (InvoiceNo and InvoiceType of SAF-T (PT), Portaria 302/2016).
_SERIES = frozenset({"FT", "FS", "FR", "ND", "NC", "VD", "TV", "TD", "RP", "RE", "RC", "RG"})
_IN_SERIES = re.compile(r"[A-Z0-9.\-]+/\d+")
_PAIR = 2  # words
_LETTERS = re.compile(r"[A-Z]{1,3}")
_NUMBERED = re.compile(r"\d{3,}(?:[/\-]\d+)*")
_EDGES = "#:;,.()[]{}'\"*=°"
_SHORTEST, _LONGEST = 1, 40
_DATE_LIKE = re.compile(r"(?:\d{4}|[0-3]?\d)[./\-]\d{1,2}[./\-]\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?")
_MONEY_LIKE = re.compile(r"[-+]?[€$£]?\d{1,3}(?:[.,]\d{3})*[.,]\d{2}[€$£]?|\d+(?:[.,]\d+)?%")


@cache
def _iban_lengths() -> dict[str, int]:
    data = resources.files("services.extract.lexicon").joinpath("iban_lengths.json").read_bytes()
    lengths: dict[str, int] = json.loads(data)
    return lengths


def find_ibans(sheet: Sheet) -> list[Candidate]:
    """Every account number in IBAN form; ``quality`` is lower where the check digits fail.

    Samples and misread letters fail the check and are wanted all the same.
    """
    found = []
    form = _IBAN_MISREAD if sheet.is_ocr else _IBAN
    for row in sheet.rows:
        if not sheet.is_ocr and row.digits < _IBAN_DIGITS:
            continue
        for match in _at_each_word(form, row.text):
            text = _cut(match[1])
            plain = re.sub(r"[\s\-.]", "", text)
            if sheet.is_ocr:
                plain = _mended_iban(plain)
            if len(plain) < _IBAN_SHORTEST or count_digits(plain) < _IBAN_DIGITS:
                continue
            tokens = _row_tokens(row, match.start(1), match.start(1) + len(text))
            expected = _iban_lengths().get(plain[:2])
            if expected is None or not tokens:
                continue
            valid = iban_check.is_valid(plain)
            if "IBAN" in plain and not valid:
                continue
            quality = 1.0 if valid else 0.8 if len(plain) == expected else 0.5
            found.append(
                Candidate(
                    FieldType.IBAN, plain, text, tokens, sheet.places[tokens[0].index], quality
                )
            )
    return found


def _at_each_word(form: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches that may overlap: a VAT id just before an account must not swallow it."""
    at = 0
    while (match := form.search(text, at)) is not None:
        yield match
        at = match.start() + 2


def _mended_iban(plain: str) -> str:
    """The reading that passes the check, or the one with digits where digits must stand."""
    head = plain[:2] + plain[2:4].translate(_AS_DIGITS)
    readings = (plain, head + plain[4:], head + plain[4:].translate(_AS_DIGITS))
    return next((each for each in readings if iban_check.is_valid(each)), head + plain[4:])


def _cut(text: str) -> str:
    """``text`` cut to the length that its country prescribes, or to its last digit group."""
    expected = _iban_lengths().get(text[:2], 0)
    count = 0
    for at, char in enumerate(text):
        count += char.isalnum()
        if count == expected:
            return text[: at + 1]
    groups = text.split(" ")
    while len(groups) > 1 and not any(char.isdigit() for char in groups[-1]):
        groups.pop()
    return " ".join(groups)


def find_vat_ids(sheet: Sheet) -> list[Candidate]:
    """Every VAT id that bears its country's letters."""
    found = []
    for row in sheet.rows:
        if not row.digits:
            continue
        for match in _VAT.finditer(row.text):
            tokens = _row_tokens(row, match.start(1), match.end(1))
            if tokens:
                plain = re.sub(r"[\s.\-]", "", match[1])
                found.append(
                    Candidate(
                        FieldType.VAT_ID, plain, match[1], tokens, sheet.places[tokens[0].index]
                    )
                )
    return found


def find_identifiers(sheet: Sheet, named: AbstractSet[int] = frozenset()) -> list[Candidate]:
    """Every word with a digit that is no date, time, sum or percentage; some have two words.

    ``named`` are the indexes of tokens that look like dates, and that a label calls numbers.
    """
    return [it for segment in sheet.segments if segment.digits for it in _in(segment, named)]


def _in(segment: Segment, named: AbstractSet[int]) -> Iterator[Candidate]:
    longer = list(_longer(segment))
    taken = {index for candidate in longer for index in candidate.indexes}
    yield from sorted([*longer, *_words(segment, taken, named)], key=lambda each: each.x0)


def _longer(segment: Segment) -> Iterator[Candidate]:
    """Those with blanks: ``2026 / 17``, and Portuguese ones such as ``FT 2026A/17``."""
    tokens = segment.tokens
    is_single = [token.text for token in tokens].count("/") == 1  # else it is a tax number
    for at, token in enumerate(tokens[1:], start=1):
        before, after = tokens[at - 1], tokens[at + 1 : at + 2]
        is_slash = is_single and token.text == "/"
        if is_slash and after and before.text.isdigit() and after[0].text.isdigit():
            text = f"{before.text}/{after[0].text}"
            yield Candidate(
                FieldType.IDENTIFIER, text, text, [before, token, *after], segment, _quality(text)
            )
        elif len(tokens) == _PAIR and _is_series(before.text) and _NUMBERED.fullmatch(token.text):
            text = f"{before.text} {token.text}"
            yield Candidate(FieldType.IDENTIFIER, text, text, [before, token], segment, 1.0)
        elif before.text in _SERIES and _IN_SERIES.fullmatch(token.text.strip(_EDGES)):
            text = f"{before.text} {token.text.strip(_EDGES)}"
            yield Candidate(FieldType.IDENTIFIER, text, text, [before, token], segment, 1.0)


def _is_series(text: str) -> bool:
    """Whether letters may be a series of numbers, being neither a label nor a currency."""
    is_known = lexicon().labels.find(compact(text)) is not None or currency_of(text) is not None
    return _LETTERS.fullmatch(text) is not None and not is_known


def _words(segment: Segment, taken: set[int], named: AbstractSet[int]) -> Iterator[Candidate]:
    for token in segment.tokens:
        if token.index in taken:
            continue
        text = token.text.strip(_EDGES)
        if not _SHORTEST <= len(text) <= _LONGEST or not count_digits(text):
            continue
        is_date = token.index not in named and _DATE_LIKE.fullmatch(text)
        if is_date or _MONEY_LIKE.fullmatch(text) or "@" in text:
            continue
        yield Candidate(FieldType.IDENTIFIER, text, text, [token], segment, _quality(text))


def _quality(text: str) -> float:
    """Long ones with digits are likelier identifiers than ``2`` or ``A4``."""
    length = len(compact(text))
    return 1.0 if length >= 4 else 0.8 if length == 3 else 0.5


def _row_tokens(row: Row, start: int, end: int) -> list[Token]:
    tokens, at = [], 0
    for token in row.tokens:
        if at < end and at + len(token.text) > start:
            tokens.append(token)
        at += len(token.text) + 1
    return tokens
