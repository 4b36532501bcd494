"""Whether values found on résumés made by code are those that are true, field by field."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from shared.models.extraction import Field, Fields

_SAME_TEXT = 85.0  # similarity, of 100
_TEXTS = frozenset({"description", "summary", "objective", "publication", "certification"})
_SINGLE = (
    "name", "name_title", "first_name", "middle_name", "last_name", "job_title", "date_of_birth",
    "linkedin", "objective", "summary", "total_years_experience",
)  # fmt: skip
LISTS = {
    "emails": "email", "phones": "phone", "profile_urls": "url", "skills": "skill",
    "languages": "language", "certifications": "certification", "publications": "publication",
}  # fmt: skip
_COLUMNS = {
    "locations": ("location", "street", "street_number", "city", "postal_code", "state_code"),
    "work_experience": (
        "company", "position", "start", "end", "is_current", "months", "description", "location",
        "management_level",
    ),
    "education": (
        "institution", "degree", "area", "start", "end", "level", "grade", "grade_value",
    ),
    "referees": ("name", "position", "email", "phone"),
}  # fmt: skip


class Counted(NamedTuple):
    """Of a field: how many values are true, how many were found, how many of these are right."""

    name: str
    wanted: list[str]
    found: list[str]
    hits: int


def counted(truth: dict[str, Any], fields: Fields) -> Iterator[Counted]:
    """Every field that the truth says anything of."""
    for name in _SINGLE:
        value = fields.get(name)
        found = [told(value.value)] if isinstance(value, Field) else []
        if truth.get(name) is not None:
            yield _count(name, name, [truth[name]], found)
    for table, column in LISTS.items():
        yield _count(f"{table}.{column}", column, truth[table], _column(fields, table, column))
    levels = _column(fields, "languages", "level")
    yield _count("languages.level", "level", truth["levels"], levels)
    for table, columns in _COLUMNS.items():
        for column in columns:
            wanted = [row.get(column, "") for row in truth[table]]
            yield _count(f"{table}.{column}", column, wanted, _column(fields, table, column))


def _count(name: str, kind: str, wanted: list[Any], found: list[str]) -> Counted:
    true = [told(it) for it in wanted if it != ""]
    left = list(found)
    hits = 0
    for each in true:
        match = next((it for it in left if is_same(kind, each, it)), None)
        if match is not None:
            left.remove(match)
            hits += 1
    return Counted(name, true, found, hits)


def _column(fields: Fields, table: str, column: str) -> list[str]:
    rows = fields.get(table, [])
    return (
        [told(row[column].value) for row in rows if column in row] if isinstance(rows, list) else []
    )


def told(value: object) -> str:
    """A value as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_same(name: str, wanted: str, found: str) -> bool:
    """Whether a value is the one wanted, but for signs and small differences of long ones."""
    if name == "phone":
        one, two = re.sub(r"\(0\)|\D", "", wanted), re.sub(r"\D", "", found)
        return bool(two) and (one.endswith(two.lstrip("0")) or two.endswith(one.lstrip("0")))
    one, two = (re.sub(r"[\W_]", "", it).upper() for it in (wanted, found))
    if name in {"linkedin", "url"}:
        return bool(one) and bool(two) and (one in two or two in one)
    if one == two:
        return True
    return name in _TEXTS and bool(one) and fuzz.ratio(one, two) >= _SAME_TEXT
