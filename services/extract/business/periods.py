"""Periods: two days behind one label, each behind its own, or a month by name."""

import re
from calendar import monthrange
from dataclasses import replace
from datetime import date

from services.extract.business.asked import Asked, found_at
from services.extract.candidates.candidate import Candidate
from services.extract.finders import Found
from services.extract.labels import Hit
from services.extract.lexicon import lexicon
from services.extract.sheet import Segment, Token
from services.extract.wording import compact, plain

_START = "period_start"
_SURE = 0.92
_SURE_MONTH, _SURE_HEAD = 0.85, 0.7
_HEAD_ROWS = 15
_EDGE = 1.5  # line heights between the left edges of a label and what stands below
_NEAR = 2.4
_BETWEEN = frozenset(
    {"", "from", "to", "through", "thru", "until", "for", "von", "vom", "bis", "zum", "du", "au",
     "de", "del", "desde", "hasta", "a", "ate", "dal", "al", "van", "tot", "tm", "en", "met"}
)  # fmt: skip
_YEAR = re.compile(r"(19|20)\d\d")


def find_start(asked: Asked) -> Found | None:
    """The first day of the period."""
    return _find(asked, 0)


def find_end(asked: Asked) -> Found | None:
    """The last day of the period."""
    return _find(asked, 1)


def _find(asked: Asked, place: int) -> Found | None:
    spec = asked.sibling(_START) or asked.spec
    start = replace(asked, spec=spec)
    for hit in start.hits():
        tokens = _behind(asked, hit)
        days = _dates(asked, tokens)
        if len(days) == 2 and days[0].value <= days[1].value:
            return found_at(days[place].value, days[place].tokens, _SURE * days[place].quality)
    unlabelled = _unlabelled(asked, place)
    own = asked.labelled() if unlabelled is None else unlabelled
    if own is not None:
        return own
    for hit in start.hits():
        tokens = _behind(asked, hit)
        month = _month(tokens) if hit.opens else None
        if month is not None:
            return found_at(month[place].isoformat(), tokens, _SURE_MONTH)
    return _in_head(asked, place)


def _in_head(asked: Asked, place: int) -> Found | None:
    """The only month that the head of a page names without a day: ``Abrechnung für März 2024``."""
    found = {}
    for row in asked.reading.sheet.rows[:_HEAD_ROWS]:
        for segment in row.segments:
            tokens = list(segment.tokens)
            month = None if not segment.digits or _dates(asked, tokens) else _month(tokens)
            if month is not None:
                found[month] = tokens
    if len(found) != 1:
        return None
    month, tokens = found.popitem()
    return found_at(month[place].isoformat(), tokens, _SURE_HEAD)


def _unlabelled(asked: Asked, place: int) -> Found | None:
    """A line that is two days with a word between: ``March 1, 2024 through March 31, 2024``."""
    for segment in asked.reading.sheet.segments:
        days = _dates(asked, list(segment.tokens)) if segment.digits else []
        if len(days) != 2 or days[0].value > days[1].value:
            continue
        used = days[0].indexes | days[1].indexes
        between = [compact(it.text) for it in segment.tokens if it.index not in used]
        if all(word in _BETWEEN for word in between):
            return found_at(days[place].value, days[place].tokens, _SURE_MONTH)
    return None


def _behind(asked: Asked, hit: Hit) -> list[Token]:
    """The words after a label: on its row, else right below it."""
    sheet = asked.reading.sheet
    last = hit.tokens[-1].index
    row = sheet.rows[hit.segment.row]
    rest = [it for it in hit.segment.tokens if it.index > last]
    for segment in row.segments:
        if segment.x0 > hit.x1 and segment is not hit.segment:
            if asked.labels.opening & {segment.tokens[0].index} and not _dates(
                asked, list(segment.tokens)
            ):
                break
            rest += segment.tokens
    if any(char.isdigit() for it in rest for char in it.text):
        return rest
    below = _below(asked, hit)
    return rest if below is None else list(below.tokens)


def _below(asked: Asked, hit: Hit) -> Segment | None:
    sheet = asked.reading.sheet
    for row in sheet.rows[hit.segment.row + 1 : hit.segment.row + 3]:
        if row.page != hit.segment.page or row.y0 - hit.segment.y1 > _NEAR * sheet.line_height:
            return None
        for segment in row.segments:
            if abs(segment.x0 - hit.x0) < _EDGE * sheet.line_height:
                return segment
    return None


def _dates(asked: Asked, tokens: list[Token]) -> list[Candidate]:
    indexes = {token.index for token in tokens}
    return [it for it in asked.reading.dates if it.indexes <= indexes]


def _month(tokens: list[Token]) -> tuple[date, date] | None:
    """The month that is named with its year: ``March 2024``."""
    months = lexicon().months
    numbers = {months[word] for it in tokens if (word := plain(it.text.strip(".,"))) in months}
    years = {int(match[0]) for it in tokens if (match := _YEAR.fullmatch(it.text.strip(".,")))}
    if len(numbers) != 1 or len(years) != 1:
        return None
    number, year = numbers.pop(), years.pop()
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])
