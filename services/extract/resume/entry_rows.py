"""Jobs and studies of a résumé as rows: with months, levels, grades and places."""

import re
from collections.abc import Iterable

from services.extract.finders import Found, FoundRow
from services.extract.resume.addresses import parse_address
from services.extract.resume.confidence import found_as
from services.extract.resume.education import Study
from services.extract.resume.experience import management_level, months_of, span_of
from services.extract.resume.finder import Resume
from services.extract.resume.further import Text
from services.extract.resume.levels import education_level, find_grade
from services.extract.resume.lines import Line
from services.extract.resume.parts import Part
from services.extract.resume.periods import Period
from services.extract.resume.work import Job
from services.extract.sheet import Token

WORK, EDUCATION = "work_experience", "education"
PLACE_PARTS = ("city", "postal_code", "state", "state_code", "country", "country_code")
_COLUMN_OF = {"country": "country_name"}
_HAND_SET = {
    "company": 0.8, "position": 0.8, "institution": 0.85, "degree": 0.85, "area": 0.7, "date": 0.9,
    "description": 0.7, "location": 0.7, "level": 0.8, "grade": 0.8,
}  # fmt: skip


def work_rows(resume: Resume) -> list[FoundRow]:
    """The jobs, in the order printed."""
    return [_job(resume, job) for job in resume.jobs]


def education_rows(resume: Resume) -> list[FoundRow]:
    """The studies, in the order printed."""
    return [_study(study) for study in resume.studies]


def _job(resume: Resume, job: Job) -> FoundRow:
    row = _parts(WORK, [("company", job.company), ("position", job.position)], job.told)
    row |= _dates(WORK, job.period, job.period_line)
    span = span_of(job.period, resume.today)
    if span is not None and "start" in row:
        tokens = row["start"].tokens
        told = _precision(job.period)
        row["months"] = _derived("work_experience.months", str(months_of([span])), tokens, told)
    if job.body:
        text = Text(job.body)
        told = {"marked"} if any(line.has_mark for line in job.body) else {"plain"}
        by_hand = _HAND_SET["description"]
        kind = f"{WORK}.description"
        row["job_description"] = found_as(kind, text.text, text.tokens, told, by_hand=by_hand)
    if job.place is not None:
        told = {"guessed"} if "place_guessed" in job.told else {"named"}
        row |= place_cells(WORK, job.place, told)
    level = management_level(job.position.text) if job.position else None
    if level is not None and job.position is not None:
        row["management_level"] = _derived(
            "work_experience.management_level", level, job.position.tokens, {level}
        )
    return row


def _study(study: Study) -> FoundRow:
    told = _told(study)
    cells = [("institution", study.institution), ("degree", study.degree), ("area", study.area)]
    row = _parts(EDUCATION, cells, told)
    if study.period is not None and study.period_line is not None:
        row |= _dates(EDUCATION, study.period, study.period_line)
    if study.accreditation is not None and study.degree is not None:
        whole = study.accreditation
        row["accreditation"] = _derived(
            "education.accreditation", whole.text, whole.tokens, told, raw=whole.text
        )
    level = _level(study)
    if level is not None:
        of = study.degree or study.institution
        tokens = of.tokens if of else []
        row["level"] = _derived("education.level", level, tokens, {level})
    if study.place is not None:
        row |= place_cells(EDUCATION, study.place, {"named"})
    return row | _grade(study)


def _level(study: Study) -> str | None:
    whole = study.accreditation or study.degree
    institution = study.institution.text if study.institution else ""
    return education_level(whole.text if whole else "", institution)


def _told(study: Study) -> set[str]:
    told = {f"lines:{min(4, len(study.lines))}"}
    told |= {"has_period"} if study.period else set()
    told |= {"has_degree"} if study.degree else set()
    told |= {"loose"} if study.loose else set()
    return told


def _grade(study: Study) -> FoundRow:
    for line in study.lines:
        found = find_grade(line.text)
        if found is None:
            continue
        tokens = tokens_between(line, found.begin, found.stop)
        raw = line.text[found.begin : found.stop].strip()
        by_hand = _HAND_SET["grade"]
        told = {"metric" if found.metric else "named"}
        row = {"grade": found_as("education.grade", raw, tokens, told, by_hand=by_hand)}
        if found.metric:
            row["grade_metric"] = _derived("education.grade_metric", found.metric, tokens, told)
        value = _derived("education.grade_value", found.value, tokens, told)
        return row | {"grade_value": value}
    return {}


def _parts(table: str, cells: Iterable[tuple[str, Part | None]], told: Iterable[str]) -> FoundRow:
    return {
        name: found_as(
            f"{table}.{name}", part.text, part.tokens,
            {*told, f"words:{min(5, len(part.text.split()))}"}, by_hand=_HAND_SET[name],
        )
        for name, part in cells
        if part is not None
    }  # fmt: skip


def _dates(table: str, period: Period, line: Line) -> FoundRow:
    tokens = tokens_between(line, period.begin, period.stop)
    raw = line.text[period.begin : period.stop]
    told = _precision(period)
    row = {
        name: found_as(f"{table}.{name}", value, tokens, told, by_hand=_HAND_SET["date"], raw=raw)
        for name, value in (("start", period.start), ("end", period.end))
        if value
    }
    lasts = "true" if period.is_range and not period.end else "false"
    row["is_current"] = _derived(f"{table}.is_current", lasts, tokens, {*told, lasts}, raw=raw)
    row["period"] = _derived(f"{table}.period", raw, tokens, told, raw=raw)
    return row


def _precision(period: Period) -> set[str]:
    told = {"range" if period.is_range else "single", f"start:{len(period.start)}"}
    return told | {f"end:{len(period.end)}"}


def place_cells(table: str, part: Part, told: Iterable[str]) -> FoundRow:
    """A place as printed, and taken apart; of streets only the tables have that know them."""
    by_hand = _HAND_SET["location"]
    row = {"location": found_as(f"{table}.location", part.text, part.tokens, told, by_hand=by_hand)}
    address = parse_address(re.sub(r"^[(]|[)]$", "", part.text))
    names = PLACE_PARTS if table in {WORK, EDUCATION} else address.__slots__
    for name in names:
        value = getattr(address, name)
        if value:
            column = _COLUMN_OF.get(name, name)
            row[column] = _derived(f"{table}.{name}", value, part.tokens, told)
    return row


def _derived(
    kind: str, value: str, tokens: list[Token], told: Iterable[str], raw: str = ""
) -> Found:
    return found_as(kind, value, tokens, told, by_hand=0.8, raw=raw, derived=True)


def tokens_between(line: Line, start: int, stop: int) -> list[Token]:
    """The tokens of a line that the characters ``start`` up to ``stop`` of its text touch."""
    found: list[Token] = []
    at = 0
    for token in line.tokens:
        if at < stop and at + len(token.text) > start:
            found.append(token)
        at += len(token.text) + 1
    return found
