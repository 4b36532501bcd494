"""American tax forms: lines that are filled in, numbers of taxpayers, days with the month first."""

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile

from services.extract.business.asked import Asked, found_at
from services.extract.candidates.dates import DayOrder, find_dates
from services.extract.finders import Found
from services.extract.labels import Hit
from services.extract.sheet import Segment, Token

_SURE = 0.9
_DIGITS = 9
_AMERICAN = 0.9  # certainty that the month is first
_NEAR_ROWS = 3
_BARE = 0.7  # behind a label without a colon
_MOST_WORDS = 8
_LONG_LABEL = 8  # letters
_INDENT = 2.5  # line heights
_DOWN = 1.6  # the same
_NUMBER = re.compile(r"\d{1,2}[a-z]?\.?|[a-z]\.?")
_SEE = re.compile(r"\.?\s*see\b", re.IGNORECASE)
_NOTE = re.compile(r"\((?:optional|if any)\)\.?", re.IGNORECASE)
_WRITTEN = re.compile(r"[\d\s\-\u2013\u2014]+")


def find_ssn(asked: Asked) -> Found | None:
    """A social security number, as 123-45-6789, also one digit to a box."""
    return _number(asked, (3, 5))


def find_ein(asked: Asked) -> Found | None:
    """An employer identification number, as 12-3456789, also one digit to a box."""
    return _number(asked, (2,))


def find_line(asked: Asked) -> Found | None:
    """What is filled in at a label: behind it, beside it, or on the line below.

    Labels of forms have numbers before them, and sentences behind them that explain.
    """
    for hit in asked.hits():
        if not _heads(hit):
            continue
        for tokens, sure in _filled(asked, hit):
            text = " ".join(it.text for it in tokens).strip(" :,;_")
            if text and not asked.labels.whole & {tokens[0].index}:
                return found_at(text, tokens, sure)
    return None


def _heads(hit: Hit) -> bool:
    """Whether nothing but a number such as ``3a`` stands before the label."""
    before = [it for it in hit.segment.tokens if it.index < hit.tokens[0].index]
    return all(_NUMBER.fullmatch(it.text) for it in before)


def _filled(asked: Asked, hit: Hit) -> Iterator[tuple[list[Token], float]]:
    """What may be filled in at a label, the likeliest first."""
    sheet = asked.reading.sheet
    rest = [it for it in hit.segment.tokens if it.index > hit.tokens[-1].index]
    rest = rest[1:] if rest and rest[0].text in {":", "."} else rest
    own = _without_note(_before_label(asked, rest))
    is_prose = len(own) > _MOST_WORDS or hit.tokens[-1].text.endswith(".")
    is_prose = is_prose or _SEE.match(" ".join(it.text for it in own)) is not None
    if own and not is_prose and not own[0].text.startswith("("):
        yield own, _SURE if hit.tokens[-1].text.endswith(":") else _BARE
    row = sheet.rows[hit.segment.row]
    right = [it for it in row.segments if it.x0 > hit.segment.x1]
    if right and not asked.labels.opening & {it.index for it in right[0].tokens}:
        yield _without_note(list(right[0].tokens)), _SURE
    for below in sheet.rows[row.index + 1 : row.index + 2]:
        if below.page != row.page or below.y0 - row.y1 > _DOWN * sheet.line_height:
            break
        for segment in below.segments:
            near = abs(segment.x0 - hit.segment.x0) < _INDENT * sheet.line_height
            if near and not _is_headed(asked, segment):
                yield list(segment.tokens), _SURE


def _before_label(asked: Asked, tokens: list[Token]) -> list[Token]:
    """The words up to where another label begins; short ones such as ``LLC`` end names."""
    starts = {it.tokens[0].index for it in asked.labels.hits if it.length >= _LONG_LABEL}
    return list(takewhile(lambda it: it.index not in starts, tokens))


def _is_headed(asked: Asked, segment: Segment) -> bool:
    """Whether another label begins a line, with a number before it or without."""
    first = next((it for it in segment.tokens if not _NUMBER.fullmatch(it.text)), None)
    starts = {hit.tokens[0].index for hit in asked.labels.hits}
    return first is not None and first.index in starts


def _without_note(tokens: list[Token]) -> list[Token]:
    """Without ``(optional)`` and the like at the beginning or the end."""
    while tokens and _NOTE.fullmatch(tokens[0].text):
        tokens = tokens[1:]
    while tokens and _NOTE.fullmatch(tokens[-1].text):
        tokens = tokens[:-1]
    return tokens


def find_signing(asked: Asked) -> Found | None:
    """The day of signing; where day and month could be swapped, the month is first."""
    found = asked.labelled()
    if found is None or asked.reading.order.certainty > _AMERICAN:
        return found
    own = {token.index for token in found.tokens}
    order = DayOrder(day_first=False, certainty=_AMERICAN)
    dates = find_dates(asked.reading.sheet, order)
    again = next((it for it in dates if it.indexes == own), None)
    return found if again is None else found_at(again.value, found.tokens, found.confidence)


def _number(asked: Asked, cuts: tuple[int, ...]) -> Found | None:
    """Nine digits behind the label or below it."""
    sheet = asked.reading.sheet
    for hit in asked.hits():
        row = sheet.rows[hit.segment.row]
        rest = [it for it in row.tokens if it.index > hit.tokens[-1].index and it.x0 >= hit.x1 - 1]
        tokens = _digits(rest) or _below(asked, hit)
        if tokens:
            digits = "".join(char for it in tokens for char in it.text if char.isdigit())
            edges = [0, *cuts, _DIGITS]
            parts = [digits[a:b] for a, b in pairwise(edges)]
            return found_at("-".join(parts), tokens, _SURE)
    return None


def _below(asked: Asked, hit: Hit) -> list[Token]:
    sheet = asked.reading.sheet
    for row in sheet.rows[hit.segment.row + 1 : hit.segment.row + 1 + _NEAR_ROWS]:
        near = [it for it in row.segments if _is_near(it, hit, sheet.line_height)]
        tokens = _digits([token for segment in near for token in segment.tokens])
        if tokens:
            return tokens
    return []


def _is_near(segment: Segment, hit: Hit, line: float) -> bool:
    return segment.x1 > hit.x0 - 2 * line and segment.x0 < hit.x1 + 12 * line


def _digits(tokens: list[Token]) -> list[Token]:
    """The words from the first digit on, where they are nine digits and dashes only."""
    run: list[Token] = []
    for token in tokens:
        if _WRITTEN.fullmatch(token.text):
            run.append(token)
        elif any(char.isdigit() for it in run for char in it.text):
            break
        if sum(char.isdigit() for it in run for char in it.text) == _DIGITS:
            return [it for it in run if any(char.isdigit() for char in it.text)]
    return []
