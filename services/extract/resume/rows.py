"""What is found on a résumé, by the concepts of its schema."""

from collections.abc import Callable

from services.extract.finders import Found, FoundRow
from services.extract.resume.confidence import found_as
from services.extract.resume.entry_rows import education_rows, place_cells, work_rows
from services.extract.resume.experience import months_of, span_of
from services.extract.resume.finder import Resume
from services.extract.resume.further import Referee, Text
from services.extract.resume.language_codes import english_name, language_code
from services.extract.resume.masking import masked_text
from services.extract.resume.parts import Part, make_part
from services.extract.resume.skill_usage import JobText, skill_type, usage_of
from services.extract.resume.texts import placed_sections, whole_text
from services.extract.sheet import Token
from services.extract.wording import plain

_ITEM, _DERIVED, _TEXT = 0.85, 0.9, 0.8  # confidences where none are fitted
_YEAR = 12
_SITES = (
    "linkedin", "github", "gitlab", "xing", "indeed", "twitter", "medium", "stackoverflow",
    "behance", "dribbble", "kaggle", "facebook", "instagram", "researchgate", "orcid",
)  # fmt: skip


def resume_rows(resume: Resume, concept: str) -> list[FoundRow]:
    """The rows of a table by the concepts of its columns."""
    finder = _TABLES.get(concept)
    return finder(resume) if finder else []


def resume_value(resume: Resume, concept: str) -> Found | None:
    """The value of a field that has no rows."""
    finder = _VALUES.get(concept)
    return finder(resume) if finder else None


def _name_part(resume: Resume, part: str) -> Found | None:
    parts, name = resume.name_parts, resume.name
    tokens: list[Token] = getattr(parts, part) if parts else []
    if not tokens or name is None:
        return None
    text = " ".join(token.text.strip(",") for token in tokens)
    column = "name_title" if part == "title" else f"{part}_name"
    return _derived(column, text, tokens, name.told, raw=text)


def _linkedin(resume: Resume) -> Found | None:
    for each in resume.profiles:
        if "linkedin." in each.value.casefold():
            url = each.value if "://" in each.value else f"https://{each.value}"
            return _derived("linkedin", url, each.tokens, each.told, raw=each.raw)
    return None


def _text(kind: str, text: Text | None) -> Found | None:
    if text is None:
        return None
    return found_as(
        kind, text.text, text.tokens, {f"lines:{min(4, len(text.lines))}"}, by_hand=_TEXT
    )


def _total_years(resume: Resume) -> Found | None:
    spans = [span for job in resume.jobs if (span := span_of(job.period, resume.today))]
    if not spans:
        return None
    tokens = [token for job in resume.jobs for token in job.period_line.tokens]
    told = {f"jobs:{min(4, len(spans))}"}
    return _derived("total_years_experience", str(months_of(spans) // _YEAR), tokens, told)


def _raw_text(resume: Resume) -> Found | None:
    text = whole_text(resume.lines)
    return Found(text, "", _mean(resume.lines[0].tokens), [], is_derived=True) if text else None


def _redacted_text(resume: Resume) -> Found | None:
    if not resume.lines:
        return None
    found = {
        "name": resume.name,
        "first_name": _name_part(resume, "first"),
        "last_name": _name_part(resume, "last"),
        "date_of_birth": resume.birth_date,
        "linkedin": _linkedin(resume),
    }
    tables = {name: _TABLES[name](resume) for name in ("emails", "phones", "profile_urls",
                                                        "locations", "referees")}  # fmt: skip
    text = masked_text(resume.lines, {k: v for k, v in found.items() if v}, tables)
    return Found(text, "", _TEXT, [], is_derived=True)


def _mean(tokens: list[Token]) -> float:
    return sum(token.confidence for token in tokens) / max(1, len(tokens))


def _phones(resume: Resume) -> list[FoundRow]:
    rows: list[FoundRow] = []
    for phone in resume.phones:
        row = {"phone": phone}
        details = resume.details(phone)
        if details is not None:
            values = {
                "formatted": details.formatted, "national": details.national,
                "calling_code": str(details.calling_code), "country": details.country,
            }  # fmt: skip
            row |= {
                name: _derived(f"phones.{name}", value, phone.tokens, phone.told)
                for name, value in values.items()
                if value
            }
        rows.append(row)
    return rows


def _urls(resume: Resume) -> list[FoundRow]:
    rows: list[FoundRow] = []
    for each in resume.profiles:
        host = each.value.casefold().split("://")[-1].split("/")[0]
        site = next((it for it in _SITES if it in host.split(".")), None)
        row = {"url": each}
        if site is not None:
            row["site"] = _derived("profile_urls.site", site, each.tokens, each.told)
        rows.append(row)
    return rows


def _skills(resume: Resume) -> list[FoundRow]:
    whole = plain(whole_text(resume.lines))
    jobs = [
        JobText(
            plain("\n".join([line.text for line in job.body] + _head(job.position, job.company))),
            span_of(job.period, resume.today),
            job.period.end or (f"{resume.today:%Y-%m}" if job.period.start else ""),
        )
        for job in resume.jobs
    ]
    rows: list[FoundRow] = []
    for part in resume.skills:
        used = usage_of(part.text, whole, jobs)
        sources = ", ".join(["skills", *(f"work/{at}" for at in used.jobs)])
        values = {
            "skill_type": skill_type(part.text), "skill_count": str(used.count),
            "skill_months": "" if used.months is None else str(used.months),
            "skill_last_used": used.last_used or "", "skill_sources": sources,
        }  # fmt: skip
        told = {f"words:{min(4, len(part.text.split()))}"}
        row = {"skill": found_as("skills.skill", part.text, part.tokens, told, by_hand=_ITEM)}
        row |= {
            name: _derived(f"skills.{name.removeprefix('skill_')}", value, part.tokens, told)
            for name, value in values.items()
            if value
        }
        rows.append(row)
    return rows


def _head(*parts: Part | None) -> list[str]:
    return [part.text for part in parts if part is not None]


def _languages(resume: Resume) -> list[FoundRow]:
    rows: list[FoundRow] = []
    for part in resume.languages:
        code = language_code(part.text)
        told = {"known" if code else "unknown"}
        row = {
            "language": found_as("languages.language", part.text, part.tokens, told, by_hand=_ITEM)
        }
        if code is not None:
            row["language_name"] = _derived("languages.name", english_name(code), part.tokens, told)
            row["language_code"] = _derived("languages.code", code, part.tokens, told)
        level = resume.level_of(part)
        if level is not None:
            row["language_level"] = found_as(
                "languages.level", level.text, level.tokens, told, by_hand=_TEXT
            )
        rows.append(row)
    return rows


def _items(table: str, column: str, parts: list[Part]) -> list[FoundRow]:
    kind = f"{table}.{column}"
    return [
        {column: found_as(kind, it.text, it.tokens, {_length(it)}, by_hand=_TEXT)} for it in parts
    ]


def _length(part: Part) -> str:
    return f"words:{min(4, 1 + len(part.text.split()) // 4)}"


def _places(resume: Resume) -> list[FoundRow]:
    return [place_cells("locations", part, {"commas"}) for part in resume.places]


def _referees(resume: Resume) -> list[FoundRow]:
    return [_referee(it) for it in resume.referees]


def _referee(referee: Referee) -> FoundRow:
    text = referee.text
    row = {"referee_text": found_as("referees.text", text.text, text.tokens, by_hand=_TEXT)}
    for name, part in (("name", referee.name), ("position", referee.position)):
        if part is not None and (bare := make_part(part.tokens)) is not None:
            row[f"referee_{name}"] = found_as(
                f"referees.{name}", bare.text, bare.tokens, by_hand=_TEXT
            )
    for name, found in (("email", referee.email), ("phone", referee.phone)):
        if found is not None:
            row[f"referee_{name}"] = found
    return row


def _sections(resume: Resume) -> list[FoundRow]:
    rows: list[FoundRow] = []
    for each in placed_sections(resume.sections):
        box = each.box
        tokens = [token for line in each.lines for token in line.tokens]
        values = {
            "section_type": each.kind, "section_page": str(box.page), "section_text": each.text,
            "section_x0": f"{box.x0:.1f}", "section_y0": f"{box.y0:.1f}",
            "section_x1": f"{box.x1:.1f}", "section_y1": f"{box.y1:.1f}",
        }  # fmt: skip
        rows.append(
            {
                name: _derived(f"sections.{name.removeprefix('section_')}", value, tokens[:1])
                for name, value in values.items()
            }
        )
    return rows


def _derived(
    kind: str, value: str, tokens: list[Token], told: frozenset[str] | set[str] = frozenset(),
    *, raw: str = "",
) -> Found:  # fmt: skip
    return found_as(kind, value, tokens, told, by_hand=_DERIVED, raw=raw, derived=True)


_VALUES: dict[str, Callable[[Resume], Found | None]] = {
    "person_name": lambda it: it.name,
    "person_title": lambda it: it.title,
    "resume_name_title": lambda it: _name_part(it, "title"),
    "resume_first_name": lambda it: _name_part(it, "first"),
    "resume_middle_name": lambda it: _name_part(it, "middle"),
    "resume_last_name": lambda it: _name_part(it, "last"),
    "resume_birth_date": lambda it: it.birth_date,
    "resume_linkedin": _linkedin,
    "resume_objective": lambda it: _text("objective", it.objective),
    "resume_summary": lambda it: _text("summary", it.summary),
    "resume_total_years_experience": _total_years,
    "resume_raw_text": _raw_text,
    "resume_redacted_text": _redacted_text,
}
RESUME_VALUES = frozenset(_VALUES)
_TABLES: dict[str, Callable[[Resume], list[FoundRow]]] = {
    "emails": lambda it: [{"email": each} for each in it.emails],
    "phones": _phones,
    "profile_urls": _urls,
    "locations": _places,
    "skills": _skills,
    "languages": _languages,
    "education": education_rows,
    "work_experience": work_rows,
    "certifications": lambda it: _items("certifications", "certification", it.certifications),
    "publications": lambda it: _items("publications", "publication", it.publications),
    "referees": _referees,
    "resume_sections": _sections,
}
RESUME_TABLES = frozenset(_TABLES)
