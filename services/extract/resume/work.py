"""The jobs of a résumé: each around a period of time."""

from dataclasses import dataclass

from services.extract.resume.entries import Entry, cut_entries
from services.extract.resume.lines import Line
from services.extract.resume.parts import (
    Part,
    company_score,
    is_place,
    parts_of,
    role_score,
    without_period,
)
from services.extract.resume.periods import Period

_MOST_PARTS = 5
_CLEAR = 0.5


@dataclass(frozen=True, slots=True)
class Job:
    """A job; what is not printed is ``None``."""

    company: Part | None
    position: Part | None
    period: Period
    period_line: Line


def find_jobs(sections: list[list[Line]]) -> list[Job]:
    """The jobs of all sections of work, in order."""
    entries = [entry for lines in sections for entry in cut_entries(lines)]
    split = [_parts(entry) for entry in entries]
    role_first = _role_first(split)
    return [
        _job(entry, parts, role_first=role_first)
        for entry, parts in zip(entries, split, strict=True)
        if parts
    ]


def _parts(entry: Entry) -> list[Part]:
    """The parts of the entry's head that may be a position or a company."""
    found: list[Part] = []
    for line in entry.head:
        bare = without_period(line)
        if bare is not None:
            found.extend(_meaningful(bare))
    return found[:_MOST_PARTS]


def _meaningful(line: Line) -> list[Part]:
    parts = [part for part in parts_of(line) if any(char.isalpha() for char in part.text)]
    kept: list[Part] = []
    for at, part in enumerate(parts):
        if is_place(part) and kept:
            # What stands before a state or country is its city, unless it is all there is.
            if len(kept) > 1 and not role_score(kept[-1]) and not company_score(kept[-1]):
                kept.pop()
            elif at + 1 == len(parts) and not kept:
                continue
            continue
        kept.append(part)
    return kept


def _role_first(entries: list[list[Part]]) -> bool:
    """Whether positions stand before companies in this document."""
    votes = 0.0
    for parts in entries:
        if len(parts) > 1:
            first, second = parts[0], parts[1]
            votes += role_score(first) - role_score(second)
            votes += company_score(second) - company_score(first)
    return votes >= 0


def _job(entry: Entry, parts: list[Part], *, role_first: bool) -> Job:
    if len(parts) == 1:
        only = parts[0]
        is_role = role_score(only) >= company_score(only)
        company, position = (None, only) if is_role else (only, None)
        return Job(company, position, entry.period, entry.line)
    first, second = parts[0], parts[1]
    if len(parts) > 2 and not role_score(first) and not role_score(second):
        later = max(parts[2:], key=role_score)
        if role_score(later):  # ``Company, Town`` above the position
            return Job(first, later, entry.period, entry.line)
    lead = role_score(first) - role_score(second) + company_score(second) - company_score(first)
    order = role_first if abs(lead) < _CLEAR else lead > 0
    position, company = (first, second) if order else (second, first)
    return Job(company, position, entry.period, entry.line)
