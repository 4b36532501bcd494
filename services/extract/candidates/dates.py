"""Dates as printed, found by a grammar; the document votes on the order of day and month.

General date parsers are traps here: they take prices and codes for dates and swap days and
months in silence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.extract.candidates.candidate import Candidate
from services.extract.candidates.numerals import as_digits
from services.extract.candidates.regions import american, is_month_first
from services.extract.lexicon import lexicon
from services.extract.sheet import Segment, Sheet
from services.extract.wording import plain
from shared.models.schema import FieldType

_SEPARATOR = r"\s?[-/.\\,'’|]\s?"
_NUMERIC = re.compile(
    rf"(?<![\d.,/\-])(?P<a>\d{{1,2}})(?P<s>{_SEPARATOR})(?P<b>\d{{1,2}})(?P<t>{_SEPARATOR})"
    r"(?P<y>(?:19|20)\d{2}|\d{2})(?![\d/]|[.,\-]\d(?!\d?[:.]))"
)
_NUMERIC_TIME = re.compile(
    r"(?<![\d.,/\-])(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})[-/.](?P<y>20\d{2})(?=\d{1,2}:\d\d)"
)
_YEAR_FIRST = re.compile(
    rf"(?<![\d.,/\-])(?P<y>(?:19|20)\d{{2}})(?:{_SEPARATOR})(?P<b>\d{{1,2}})(?:{_SEPARATOR})"
    r"(?P<a>\d{1,2})(?!\d|[/.\-]\d)"
)
_DIGITS = re.compile(r"(?<![\d.,/\-A-Za-z])(?P<y>20\d{2})(?P<b>[01]\d)(?P<a>[0-3]\d)(?![\d.,/\-])")
_YEAR_SIGN = r"(?:(?P<y>(?:19|20)\d{2})|['’]?(?P<yy>\d{2}))(?!\d|[:.,]\d|%)"
_DAY_NAME = re.compile(
    rf"(?<!\d)(?P<a>\d{{1,2}})(?:st|nd|rd|th|er|º|°)?[\s.\-/,]*(?:de\s+|of\s+)?"
    rf"(?P<m>[^\W\d_]{{3,12}})[.\s\-/,]*(?:de\s+|del\s+|of\s+)?{_YEAR_SIGN}",
    re.IGNORECASE,
)
_NAME_DAY = re.compile(
    rf"(?<![^\W\d_])(?P<m>[^\W\d_]{{3,12}})[.\s\-/]*(?P<a>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"[\s,.\-/]+{_YEAR_SIGN}",
    re.IGNORECASE,
)
_NAME_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d{2})[\s.\-/,]+(?P<m>[^\W\d_]{3,12})[\s.\-/,]+(?P<a>\d{1,2})(?!\d)",
    re.IGNORECASE,
)
# Misread: a separator lost or taken for a digit, noise run into the day.
_MISREAD = re.compile(
    r"(?<!\d)(?:\d{0,2}?(?P<a>[0-3]\d)[/.\-|](?P<b>[01]\d)[/.\-|]?[1-9]?"
    r"|(?P<a2>[0-3]\d)[/.\-|17]?(?P<b2>[01]\d)[/.\-|])(?P<y>20[0-4]\d)(?!\d)"
)
TWO_WAYS = "two_ways"
"""The trait of dates of which nothing on the document proves which part is the day."""

_MISREAD_QUALITY = 0.6
_SAID = 0.9  # certainty of what somebody says of all documents, not of this one
_DOTTED = 0.95  # certainty that the day comes first in 3.4.2026, which no short form of CLDR denies
_NUMERIC_FORMS = (_YEAR_FIRST, _NUMERIC_TIME, _NUMERIC)
_NAMED_FORMS = (_DAY_NAME, _NAME_DAY, _NAME_YEAR_FIRST)
_FIRST_YEAR, _LAST_YEAR = 1900, 2079
_MONTHS = 12
_FEWEST_DIGITS = 3  # that are read right: the month a name, the year short
# ``AB11/3-21``: letters just before, or letters and digits mixed, make it a part of a code.
_CODE_BEFORE = re.compile(r"(?:^|[\s:])(?:[^\W\d_]{1,2}|\w*\d\w*[^\W\d_]\w*)$")


@dataclass(frozen=True, slots=True)
class DayOrder:
    """Whether the day comes first, and how sure that is (0.5 is a guess, 1 is proven)."""

    day_first: bool
    certainty: float


def day_order(sheet: Sheet, currency: str | None, region: str | None = None) -> DayOrder:
    """The order that dates with a part above 12 prove; else a guess from the place.

    ``region`` is the country that documents are said to come from, ISO 3166 alpha-2.
    """
    day = month = 0
    for segment in sheet.segments:
        if segment.digits < _FEWEST_DIGITS:
            continue
        for match in _NUMERIC.finditer(segment.text):
            first, second = int(match["a"]), int(match["b"])
            if _is_no_date(match):
                continue
            day += first > _MONTHS >= second
            month += second > _MONTHS >= first
    if day != month:
        return DayOrder(day > month, 1.0 if not min(day, month) else 0.8)
    if region is not None:
        return DayOrder(not is_month_first(region), _SAID)
    if sureness := american(sheet, currency):
        return DayOrder(day_first=False, certainty=sureness)
    return DayOrder(
        day_first=True, certainty=0.93 if currency not in {"USD", "CAD", None} else 0.75
    )


def find_dates(sheet: Sheet, order: DayOrder) -> list[Candidate]:
    """Every date, ISO; ``quality`` is lower where day and month could be swapped."""
    return [candidate for segment in sheet.segments for candidate in _in(segment, sheet, order)]


def _in(segment: Segment, sheet: Sheet, order: DayOrder) -> Iterator[Candidate]:
    text = segment.text
    if segment.digits < (1 if sheet.is_ocr else _FEWEST_DIGITS):
        return
    if sheet.is_ocr:
        text = as_digits(segment)
    taken: list[tuple[int, int]] = []
    misread = (_MISREAD,) if sheet.is_ocr else ()
    for form in (*_NUMERIC_FORMS, *_NAMED_FORMS, _DIGITS, *misread):
        for match in _matches(form, text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            found = _candidate(segment, match, order)
            if found is not None:
                taken.append(match.span())
                yield found


def _matches(form: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Those of ``form``, also what begins inside one without a month: ``17 del 15 luglio 2024``."""
    at = 0
    while (match := form.search(text, at)) is not None:
        name = match.groupdict().get("m")
        is_none = name is not None and not _month(name)
        at = match.start() + 1 if is_none else max(match.end(), match.start() + 1)
        if not is_none:
            yield match


def _candidate(segment: Segment, match: re.Match[str], order: DayOrder) -> Candidate | None:
    groups = match.groupdict()
    traits: set[str] = set()
    quality = 1.0
    if _CODE_BEFORE.search(match.string[: match.start()]) or _is_no_date(match):
        return None
    year = _year(groups)
    day = int(groups["a"] or groups["a2"])
    if groups.get("m") is not None:
        month = _month(groups["m"])
        traits.add("named")
    elif match.re in (_NUMERIC, _NUMERIC_TIME):
        dotted = DayOrder(True, max(order.certainty, _DOTTED))  # noqa: FBT003 (what comes first)
        is_dotted = groups["s"].strip() == "." and order.certainty < 1
        day, month, quality = _ordered(day, int(groups["b"]), dotted if is_dotted else order)
        traits |= {TWO_WAYS} if quality < 1 else set()
        if len(groups["y"]) == 2:
            traits.add("short_year")
        if match.re is _NUMERIC and groups["s"].strip() != groups["t"].strip():
            if "short_year" in traits:
                return None
            quality *= 0.5
        if "," in groups["s"] or "'" in groups["s"]:
            quality *= 0.6
    else:
        month = int(groups["b"] or groups["b2"])
        if match.re in (_DIGITS, _MISREAD):
            quality = _MISREAD_QUALITY
    value = _date(year, month, day)
    if value is None:
        return None
    tokens = segment.span(match.start(), match.end())
    return Candidate(
        kind=FieldType.DATE,
        value=value.isoformat(),
        raw=segment.text[match.start() : match.end()].strip(),
        tokens=tokens,
        segment=segment,
        quality=quality,
        traits=frozenset(traits),
    )


def _is_no_date(match: re.Match[str]) -> bool:
    """Whether it is a time or a part of a phone number: ``11.14.00``, where the month is first."""
    if match.re is not _NUMERIC or len(match["y"]) > 2 or "." not in match["s"]:
        return False
    return int(match["a"]) <= _MONTHS < int(match["b"])


def _ordered(first: int, second: int, order: DayOrder) -> tuple[int, int, float]:
    """Day, month and how sure their order is."""
    if first > _MONTHS or second > _MONTHS or first == second:
        return max(first, second), min(first, second), 1.0
    day, month = (first, second) if order.day_first else (second, first)
    return day, month, order.certainty


def _year(groups: dict[str, str | None]) -> int:
    written = groups.get("y") or groups.get("yy") or "0"
    year = int(written)
    if len(written) > 2:
        return year
    return 2000 + year if year < 80 else 1900 + year


def _month(name: str) -> int:
    """The month's number, 0 when it is no month's name."""
    return lexicon().months.get(plain(name), 0)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None
