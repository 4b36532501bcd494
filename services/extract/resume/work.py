"""The jobs of a résumé: each around a period of time."""

from dataclasses import dataclass, field, replace

from services.extract.median import median
from services.extract.resume.entries import Entry, cut_entries
from services.extract.resume.lines import Line
from services.extract.resume.parts import (
    Part,
    company_score,
    is_place,
    make_part,
    parts_of,
    role_score,
    without_period,
)
from services.extract.resume.periods import Period

_MOST_PARTS = 5
_CLEAR = 0.5
_TALLER = 1.05
_MOST_TOWN = 3  # words


@dataclass(frozen=True, slots=True)
class Job:
    """A job; what is not printed is ``None``, or empty. ``told`` is what speaks for its parts."""

    company: Part | None
    position: Part | None
    period: Period
    period_line: Line
    place: Part | None = None
    body: list[Line] = field(default_factory=list)
    told: frozenset[str] = frozenset()


def find_jobs(sections: list[list[Line]]) -> list[Job]:
    """The jobs of all sections of work, in order."""
    entries = [entry for lines in sections for entry in cut_entries(lines)]
    heads = [_head(entry) for entry in entries]
    role_first = _role_first([head.parts for head in heads])
    jobs = [
        _with_place(_job(entry, head.parts, role_first=role_first), head)
        for entry, head in zip(entries, heads, strict=True)
        if head.parts
    ]
    return [replace(job, told=job.told | _print_of(job)) for job in jobs]


def _print_of(job: Job) -> set[str]:
    """How the head stands out from what is said of the job."""
    if not job.body:
        return {"no_body"}
    told = {"marked_body" if any(line.has_mark for line in job.body) else "plain_body"}
    head = [token.height for part in (job.position, job.company) if part for token in part.tokens]
    usual = median([line.height for line in job.body])
    return told | ({"tall_head"} if max(head, default=0.0) > _TALLER * usual else set())


@dataclass(frozen=True, slots=True)
class _Head:
    """The parts of an entry's head that may be a position or a company, and where it was."""

    parts: list[Part]
    place: Part | None


def _head(entry: Entry) -> _Head:
    found: list[Part] = []
    place: Part | None = None
    for line in entry.head:
        bare = without_period(line)
        if bare is not None:
            parts, named = _meaningful(bare)
            found.extend(parts)
            place = place or named
    return _Head(found[:_MOST_PARTS], place)


def _meaningful(line: Line) -> tuple[list[Part], Part | None]:
    """The parts of a line that are no place, and the place."""
    parts = [part for part in parts_of(line) if any(char.isalpha() for char in part.text)]
    kept: list[Part] = []
    place: Part | None = None
    for part in parts:
        if not is_place(part) or not kept:
            kept.append(part)
            continue
        tokens = part.tokens
        # What stands before a state or country is its city, unless it is all there is.
        if len(kept) > 1 and not role_score(kept[-1]) and not company_score(kept[-1]):
            tokens = kept.pop().tokens + tokens
        place = place or make_part(tokens)
    return kept, place


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
        lead = role_score(only) - company_score(only)
        company, position = (None, only) if lead >= 0 else (only, None)
        told = _told(company, position, lead, len(parts))
        return Job(company, position, entry.period, entry.line, body=entry.body, told=told)
    first, second = parts[0], parts[1]
    if len(parts) > 2 and not role_score(first) and not role_score(second):
        later = max(parts[2:], key=role_score)
        if role_score(later):  # ``Company, Town`` above the position
            told = _told(first, later, _CLEAR, len(parts))
            return Job(first, later, entry.period, entry.line, second, entry.body, told)
    lead = role_score(first) - role_score(second) + company_score(second) - company_score(first)
    order = role_first if abs(lead) < _CLEAR else lead > 0
    position, company = (first, second) if order else (second, first)
    told = _told(company, position, lead, len(parts))
    return Job(company, position, entry.period, entry.line, body=entry.body, told=told)


def _told(company: Part | None, position: Part | None, lead: float, count: int) -> frozenset[str]:
    """What speaks for and against the parts of a job, as the calibration knows it."""
    told = {f"parts:{min(count, 4)}"}
    if abs(lead) < _CLEAR:
        told.add("order_by_others")
    if position is not None and role_score(position):
        told.add("says_role")
    if company is not None:
        told |= {"says_company"} if company_score(company) else set()
        told |= {"company_says_role"} if role_score(company) else set()
    return frozenset(told)


def _with_place(job: Job, head: _Head) -> Job:
    """``job`` with its place: one with its country, else what follows the company."""
    place = head.place or job.place
    below = job.body[0] if place is None and job.body else None
    if below is not None and (named := _place_line(below)) is not None:
        return replace(job, place=named, body=job.body[1:])
    if place is None and job.company is not None:
        after = [part for part in head.parts if part is not job.position]
        at = after.index(job.company) + 1
        place = after[at] if at < len(after) and _may_be_town(after[at]) else None
    if place is not None and head.place is None:
        return replace(job, place=place, told=job.told | {"place_guessed"})
    return replace(job, place=place)


def _place_line(line: Line) -> Part | None:
    """The place that a line is, such as ``Seattle, WA``."""
    part = make_part(line.tokens)
    if part is None or line.has_mark or len(line.tokens) > 2 * _MOST_TOWN or "," not in part.text:
        return None
    last = part.text.rpartition(",")[2].strip()
    return part if is_place(Part(part.tokens, last)) else None


def _may_be_town(part: Part) -> bool:
    words = part.text.split()
    is_name = all(word[:1].isupper() for word in words) and not any(map(str.isdigit, part.text))
    return len(words) <= _MOST_TOWN and is_name and not role_score(part) and not company_score(part)
