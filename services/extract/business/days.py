"""Days in tables, which are often printed without their year, or only where they change."""

import re
from datetime import date

from services.extract.candidates.candidate import Candidate
from services.extract.lexicon import lexicon
from services.extract.reading import Reading
from services.extract.sheet import Token
from services.extract.wording import plain
from shared.models.schema import FieldType

_NUMERIC = re.compile(r"(\d{1,2})[./\-](\d{1,2})\.?")
_NAMED = re.compile(
    r"(?:(?P<d1>\d{1,2})\.?[\s\-]*(?P<m1>[^\W\d_]{3,}))|(?:(?P<m2>[^\W\d_]{3,})\.?\s*(?P<d2>\d{1,2}))"
)
_WITHOUT_YEAR = 0.85  # quality


class Days:
    """The days of one table, from its top down; ``last`` is the one found last."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._latest = max((it.value for it in reading.dates), default=None)
        self.last: Candidate | None = None

    def of(self, tokens: list[Token]) -> Candidate | None:
        """The day that the words of a cell are."""
        indexes = {token.index for token in tokens}
        whole = next((it for it in self._reading.dates if it.indexes <= indexes), None)
        found = whole or self._without_year(tokens)
        self.last = found or self.last
        return found

    def _without_year(self, tokens: list[Token]) -> Candidate | None:
        """The last such day up to the latest date that is printed with its year."""
        text = " ".join(token.text for token in tokens).strip(" ,;")
        parts = self._numeric(text) or _named(text)
        if parts is None or self._latest is None or not tokens:
            return None
        latest = date.fromisoformat(self._latest)
        for year in (latest.year, latest.year - 1):
            day = _day(year, *parts)
            if day is not None and day <= latest:
                segment = self._reading.sheet.places[tokens[0].index]
                value = day.isoformat()
                return Candidate(FieldType.DATE, value, text, tokens, segment, _WITHOUT_YEAR)
        return None

    def _numeric(self, text: str) -> tuple[int, int] | None:
        match = _NUMERIC.fullmatch(text)
        if match is None:
            return None
        first, second = int(match[1]), int(match[2])
        is_day_first = (self._reading.order.day_first and second <= 12) or first > 12
        return (second, first) if is_day_first else (first, second)


def _named(text: str) -> tuple[int, int] | None:
    """Month and day of ``02 Mar`` or ``Mar 2``."""
    match = _NAMED.fullmatch(text)
    if match is None:
        return None
    month = lexicon().months.get(plain(match["m1"] or match["m2"]).strip("."), 0)
    return (month, int(match["d1"] or match["d2"])) if month else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
