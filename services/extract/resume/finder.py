"""All that is found on a résumé, computed once for a document."""

from collections.abc import Callable
from dataclasses import dataclass

from services.extract.calibrate import legibility
from services.extract.finders import Found, FoundRow
from services.extract.lazy import lazy
from services.extract.resume.contacts import find_emails, find_phones, find_profiles, find_site
from services.extract.resume.education import Study, find_studies
from services.extract.resume.lines import Line, main_edge, read_lines
from services.extract.resume.parts import Part
from services.extract.resume.periods import Period
from services.extract.resume.person import find_name, find_places, find_title
from services.extract.resume.sections import HEAD, Section, cut_sections
from services.extract.resume.skills import (
    find_inline,
    find_languages,
    find_skills,
    only_languages,
)
from services.extract.resume.work import Job, find_jobs
from services.extract.sheet import Sheet, Token

_HEAD_LINES = 16
_CONTACTS = frozenset({HEAD, "contact", "links", "profile"})


@dataclass(frozen=True, slots=True)
class _Sure:
    """How often the values of a column are right, measured on résumés of all sets."""

    item: float = 0.85
    company: float = 0.8
    position: float = 0.8
    institution: float = 0.85
    degree: float = 0.85
    area: float = 0.7
    date: float = 0.9
    title: float = 0.8


_SURE = _Sure()


class Resume:
    """A résumé as the finders see it."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def rows(self, concept: str) -> list[FoundRow]:
        """The rows of a table by the names of its columns."""
        finder = _TABLES.get(concept)
        return finder(self) if finder else []

    @lazy
    def lines(self) -> list[Line]:
        """All lines in reading order."""
        return read_lines(self._sheet)

    @lazy
    def sections(self) -> list[Section]:
        """The sections in order."""
        return cut_sections(self.lines, main_edge(self._sheet))

    def of_kind(self, *kinds: str) -> list[list[Line]]:
        """The lines of each section of these kinds."""
        return [each.lines for each in self.sections if each.kind in kinds and each.lines]

    @lazy
    def contact_lines(self) -> list[Line]:
        """Where contacts stand: before the first heading, and under those for contacts."""
        found = [line for lines in self.of_kind(*_CONTACTS) for line in lines]
        return found if len(found) >= 3 else self.lines[:_HEAD_LINES] + found

    @lazy
    def emails(self) -> list[Found]:
        """The addresses near the top, else all."""
        return find_emails(self.contact_lines) or find_emails(self.lines)

    @lazy
    def phones(self) -> list[Found]:
        """The numbers near the top, else at the end."""
        return find_phones(self.contact_lines) or find_phones(self.lines[-_HEAD_LINES:])

    def name(self) -> Found | None:
        """The person's name."""
        return None if self._name is None else _found(*self._name)

    def title(self) -> Found | None:
        """What the person calls herself, else the latest position."""
        title = find_title(self.lines, self._name[0] if self._name else None)
        if title is None and self.jobs:
            title = self.jobs[0].position
        return None if title is None else _found(title, _SURE.title)

    @lazy
    def _name(self) -> tuple[Part, float] | None:
        return find_name(self.lines, [each.value for each in self.emails])

    @lazy
    def jobs(self) -> list[Job]:
        """What the person worked as."""
        return find_jobs(self.of_kind("work"))

    @lazy
    def studies(self) -> list[Study]:
        """Where the person studied."""
        return find_studies(self.of_kind("education"))

    @lazy
    def skills(self) -> list[Part]:
        """What the person can do."""
        found = [part for lines in self.of_kind("skills") for part in find_skills(lines)]
        found += [part for lines in self.of_kind("other") for part in find_inline(lines)]
        return _unique(found)

    @lazy
    def languages(self) -> list[Part]:
        """What the person speaks."""
        found = [part for lines in self.of_kind("languages") for part in find_languages(lines)]
        if not found:
            cells = [cell for line in self.lines[:_HEAD_LINES] for cell in line.cells]
            found = [part for cell in cells for part in only_languages(cell)]
        return _unique(found)


def _urls(resume: Resume) -> list[FoundRow]:
    found = find_profiles(resume.contact_lines) + find_site(resume.contact_lines)
    return [{"url": each} for each in found]


def _jobs(resume: Resume) -> list[FoundRow]:
    rows: list[FoundRow] = []
    for job in resume.jobs:
        row = _cells(
            [("company", job.company, _SURE.company), ("position", job.position, _SURE.position)]
        )
        rows.append(row | _dates(job.period, job.period_line))
    return rows


def _studies(resume: Resume) -> list[FoundRow]:
    rows: list[FoundRow] = []
    for study in resume.studies:
        row = _cells(
            [
                ("institution", study.institution, _SURE.institution),
                ("degree", study.degree, _SURE.degree),
                ("area", study.area, _SURE.area),
            ]
        )
        if study.period is not None and study.period_line is not None:
            row |= _dates(study.period, study.period_line)
        rows.append(row)
    return rows


def _cells(cells: list[tuple[str, Part | None, float]]) -> FoundRow:
    return {name: _found(part, sure) for name, part, sure in cells if part is not None}


def _dates(period: Period, line: Line) -> FoundRow:
    tokens: list[Token] = []
    at = 0
    for token in line.tokens:
        if at < period.stop and at + len(token.text) > period.begin:
            tokens.append(token)
        at += len(token.text) + 1
    raw = line.text[period.begin : period.stop]
    sure = _SURE.date * legibility(tokens)
    values = {"start": period.start, "end": period.end}
    return {name: Found(value, raw, sure, tokens) for name, value in values.items() if value}


def _found(part: Part, sure: float) -> Found:
    return Found(part.text, part.text, sure * legibility(part.tokens), part.tokens)


def _items(column: str, parts: list[Part]) -> list[FoundRow]:
    return [{column: _found(part, _SURE.item)} for part in parts]


def _unique(parts: list[Part]) -> list[Part]:
    return list({part.text.casefold(): part for part in reversed(parts)}.values())[::-1]


_TABLES: dict[str, Callable[[Resume], list[FoundRow]]] = {
    "emails": lambda it: [{"email": each} for each in it.emails],
    "phones": lambda it: [{"phone": each} for each in it.phones],
    "profile_urls": _urls,
    "locations": lambda it: _items("location", find_places(it.lines)),
    "skills": lambda it: _items("skill", it.skills),
    "languages": lambda it: _items("language", it.languages),
    "education": _studies,
    "work_experience": _jobs,
}
RESUME_TABLES = frozenset(_TABLES)
