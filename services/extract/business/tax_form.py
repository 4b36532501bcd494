"""Numbers of American taxpayers, and days as Americans write them."""

import re
from itertools import pairwise

from services.extract.business.asked import Asked, found_at
from services.extract.candidates.dates import DayOrder, find_dates
from services.extract.finders import Found
from services.extract.finders.labelled import find_labelled
from services.extract.labels import Hit
from services.extract.mapping import own_labels
from services.extract.sheet import Segment, Token

_SURE = 0.9
_DIGITS = 9
_AMERICAN = 0.9  # certainty that the month is first
_NEAR_ROWS = 3
_WRITTEN = re.compile(r"[\d\s\-\u2013\u2014]+")


def find_ssn(asked: Asked) -> Found | None:
    """A social security number, as 123-45-6789, also one digit to a box."""
    return _number(asked, (3, 5))


def find_ein(asked: Asked) -> Found | None:
    """An employer identification number, as 12-3456789, also one digit to a box."""
    return _number(asked, (2,))


def find_signing(asked: Asked) -> Found | None:
    """The day of signing; where day and month could be swapped, the month is first."""
    found = find_labelled(
        asked.reading, asked.spec.type, own_labels(asked.spec), asked.spec.name,
        asked.labels.whole,
    )  # fmt: skip
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
