"""Periods of time as résumés print them: months and years, up to now, single years."""

import re
from dataclasses import dataclass
from functools import cache

from services.extract.lexicon import lexicon
from services.extract.resume.words import resume_words
from services.extract.wording import plain


@dataclass(frozen=True, slots=True)
class Period:
    """``start`` and ``end`` as ISO 8601 with the precision printed, such as ``2019-01``.

    ``end`` is empty where it lasts, ``start`` where only an end is printed. ``begin`` and
    ``stop`` are the places in the text.
    """

    start: str
    end: str
    begin: int
    stop: int
    is_range: bool


@cache
def _grammar() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = resume_words()
    months = "|".join(sorted(map(re.escape, lexicon().months), key=len, reverse=True))
    year = r"(?:19[4-9]\d|20[0-6]\d)"
    date = (
        rf"(?:{year}-\d{{1,2}}-\d{{1,2}}"
        rf"|\d{{1,2}}[./]\d{{1,2}}[./]{year}"
        rf"|(?:0?[1-9]|1[0-2])\s?[./-]\s?{year}"
        rf"|{year}\s?[./-]\s?(?:0[1-9]|1[0-2])(?!\d|-\d)"
        rf"|(?:\d{{1,2}}\.?\s+)?(?:de\s+)?\b(?:{months})\b\.?,?\s*(?:[/-]\s*|de\s+|\d{{1,2}},\s*)?"
        rf"(?:{year}|['’]\d{{2}}(?!\d))"
        rf"|\b(?:spring|summer|fall|autumn|winter)\s+{year}"
        rf"|(?<![\w./-]){year}(?![\w]|[./]\d))"
    )
    present = "|".join(sorted(map(re.escape, words.present), key=len, reverse=True))
    between = "|".join(sorted(map(re.escape, words.between), key=len, reverse=True))
    since = "|".join(map(re.escape, words.since))
    dash = rf"(?:\s*[-–—‒−~/]+\s*|\s+(?:{between})\s+)"
    bare = rf"(?:\b(?:{months})\b\.?|(?:0?[1-9]|1[0-2])(?=\s?[-–—]))"
    short = r"\d{2}(?![\d./-])"
    last = date.replace(r"(?<![\w./-])", "")  # it follows the dash: ``2016-2018``
    ranges = re.compile(
        rf"(?P<a>{date}){dash}(?P<b>{last}|\b(?:{present})\b|{short})"
        rf"|(?P<m>{bare}){dash}(?P<c>{date})"
        rf"|\b(?:{since})\s+(?P<s>{date})"
        rf"|(?P<open>{date})\s*[-–—]+\s*(?=$|\|)"
    )
    return ranges, re.compile(date)


def find_period(text: str) -> Period | None:
    """The first period in ``text``; a single date is one without ``start``."""
    if not any(char.isdigit() for char in text):
        return None
    folded = plain(text)
    if len(folded) != len(text):  # a letter that folds to two: places would be wrong
        folded = text.lower()
    ranges, single = _grammar()
    match = ranges.search(folded)
    if match is not None:
        return _range(match)
    one = single.search(folded)
    if one is None:
        return None
    return Period("", _iso(one[0]), one.start(), one.end(), is_range=False)


def _range(match: re.Match[str]) -> Period:
    start, end = "", ""
    if match["a"]:
        start = _iso(match["a"])
        text = match["b"]
        if text.isdigit() and len(text) == 2:
            end = start[:2] + text
        elif any(char.isdigit() for char in text):
            end = _iso(text)
    elif match["m"]:
        end = _iso(match["c"])
        start = f"{end[:4]}-{_month(match['m']):02d}"
    else:
        start = _iso(match["s"] or match["open"])
    return Period(start, end, match.start(), match.end(), is_range=True)


def _month(text: str) -> int:
    word = text.strip(". ")
    return int(word) if word.isdigit() else lexicon().months[word]


def _iso(text: str) -> str:
    """A date as the grammar found it; month and day only where printed."""
    names = [word for word in re.findall(r"[^\W\d_]+", text) if word in lexicon().months]
    numbers = re.findall(r"\d+", text)
    year: str | None = next((n for n in numbers if len(n) == 4), None)
    if year is None:  # '19
        short = numbers.pop()
        year = ("19" if int(short) >= 70 else "20") + short
    rest = [int(n) for n in numbers if n != year]
    if names:
        return f"{year}-{lexicon().months[names[0]]:02d}"
    if len(rest) == 2:
        return _day(text, year, rest)
    if len(rest) == 1 and 1 <= rest[0] <= 12:
        return f"{year}-{rest[0]:02d}"
    return year


def _day(text: str, year: str, rest: list[int]) -> str:
    month, day = rest if text.startswith(year) else (rest[1], rest[0])
    if month > 12 >= day:
        month, day = day, month
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return year
    return f"{year}-{month:02d}-{day:02d}"
