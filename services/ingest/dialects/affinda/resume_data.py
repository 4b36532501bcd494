"""The data of a résumé in the shape that both versions tell it in.

What cannot be known offline is null: occupation codes, normalised titles, industries, ids of skills
and their weights, coordinates.
"""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.models.extraction import Field, Fields, Row

Data = dict[str, Any]
_LEVELS = {"low": "Low", "mid": "Mid", "upper": "Upper"}
_SECTIONS = {
    "head": "PersonalDetails",
    "contact": "PersonalDetails",
    "profile": "Summary",
    "work": "WorkExperience",
    "education": "Education",
    "skills": "Skills",
    "languages": "Languages",
    "certificates": "TrainingCertifications",
    "publications": "Publications",
    "references": "Referees",
    "projects": "Projects",
    "volunteer": "Volunteering",
    "awards": "Achievements",
    "interests": "Interests",
    "links": "Websites",
}
_OTHER = "Other"
_WORK = re.compile(r"work/(\d+)")
_PRINTED = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_PLACE = ("street_number", "street", "apartment", "po_box", "city", "postal_code", "state",
          "state_code", "country", "country_code")  # fmt: skip


def resume_data(fields: Fields, head_shot: bytes | None = None) -> Data:
    """The data of a résumé's fields; every key is there. ``head_shot`` is a picture."""
    phones, languages = _rows(fields, "phones"), _rows(fields, "languages")
    sites = [it for it in _rows(fields, "profile_urls") if _cell(it, "site") != "linkedin"]
    places = _rows(fields, "locations")
    return {
        "name": _name(fields),
        "phoneNumbers": [_printed(it, "phone") for it in phones],
        "phoneNumberDetails": [_phone(it) for it in phones],
        "websites": _column(sites, "url"),
        "emails": _column(_rows(fields, "emails"), "email"),
        "dateOfBirth": _day(_value(fields, "date_of_birth")),
        "location": _location(places[0]) if places else None,
        "objective": _value(fields, "objective"),
        "summary": _value(fields, "summary"),
        "languages": [it for row in languages if (it := _language(row))],
        "languageCodes": _column(languages, "code"),
        "totalYearsExperience": _value(fields, "total_years_experience"),
        "headShot": base64.b64encode(head_shot).decode() if head_shot else None,
        "education": _numbered(_rows(fields, "education"), _education),
        "profession": _value(fields, "job_title"),
        "linkedin": _value(fields, "linkedin"),
        "workExperience": _numbered(_rows(fields, "work_experience"), _work),
        "skills": _numbered(_rows(fields, "skills"), _skill),
        "certifications": _column(_rows(fields, "certifications"), "certification"),
        "publications": _column(_rows(fields, "publications"), "publication"),
        "referees": [_referee(it) for it in _rows(fields, "referees")],
        "sections": [_section(it) for it in _rows(fields, "sections")],
        "isResumeProbability": _value(fields, "is_resume_probability"),
        "rawText": _value(fields, "raw_text"),
        "redactedText": _value(fields, "redacted_text"),
    }


def _name(fields: Fields) -> Data | None:
    parts = {
        "raw": _value(fields, "name"),
        "first": _value(fields, "first_name"),
        "last": _value(fields, "last_name"),
        "middle": _value(fields, "middle_name"),
        "title": _value(fields, "name_title"),
    }
    return parts if any(parts.values()) else None


def _phone(row: Row) -> Data:
    return {
        "rawText": _printed(row, "phone"),
        "formattedNumber": _cell(row, "formatted"),
        "countryCode": _cell(row, "country"),
        "internationalCountryCode": _cell(row, "calling_code"),
        "nationalNumber": _cell(row, "national"),
    }


def _location(row: Row) -> Data | None:
    printed = _cell(row, "location")
    parts = {name: _cell(row, name) for name in _PLACE}
    if printed is None and not any(parts.values()):
        return None
    return {
        "formatted": _formatted(parts),
        "postalCode": parts["postal_code"],
        "state": parts["state"],
        "stateCode": parts["state_code"],
        "country": parts["country"],
        "countryCode": parts["country_code"],
        "rawInput": printed or _formatted(parts) or "",
        "streetNumber": parts["street_number"],
        "street": parts["street"],
        "apartmentNumber": parts["apartment"],
        "city": parts["city"],
        "latitude": None,
        "longitude": None,
        "poBox": parts["po_box"],
    }


def _formatted(parts: Mapping[str, Any]) -> str | None:
    """The place in one line, of the parts that are known."""
    region = _joined([parts["state_code"] or parts["state"], parts["postal_code"]], " ")
    line = _joined([parts["street_number"], parts["street"]], " ")
    return _joined([line, parts["city"], region, parts["country"]], ", ")


def _joined(parts: Sequence[Any], between: str) -> str | None:
    return between.join(str(it) for it in parts if it) or None


def _education(number: int, row: Row) -> Data:
    grade = {
        "raw": _cell(row, "grade"),
        "metric": _cell(row, "grade_metric"),
        "value": _cell(row, "grade_value"),
    }
    return {
        "id": number,
        "organization": _cell(row, "institution"),
        "accreditation": {
            "education": _cell(row, "degree") or _cell(row, "area"),
            "inputStr": _cell(row, "accreditation"),
            "matchStr": _cell(row, "degree"),
            "educationLevel": _cell(row, "level"),
        },
        "grade": grade if any(grade.values()) else None,
        "location": _location(row),
        "dates": {
            "completionDate": _day(_cell(row, "end")),
            "isCurrent": _cell(row, "is_current") or False,
            "startDate": _day(_cell(row, "start")),
            "rawText": _cell(row, "period"),
        },
    }


def _work(number: int, row: Row) -> Data:
    title = _cell(row, "position")
    return {
        "id": number,
        "jobTitle": title,
        "socCode": None,
        "socName": None,
        "organization": _cell(row, "company"),
        "industry": None,
        "location": _location(row),
        "jobDescription": _cell(row, "description"),
        "dates": {
            "startDate": _day(_cell(row, "start")),
            "endDate": _day(_cell(row, "end")),
            "monthsInPosition": _cell(row, "months"),
            "isCurrent": _cell(row, "is_current") or False,
            "rawText": _cell(row, "period"),
        },
        "occupation": {
            "jobTitle": title,
            "jobTitleNormalized": None,
            "emsiId": None,
            "managementLevel": _LEVELS.get(_cell(row, "management_level") or ""),
            "classification": None,
        },
    }


def _skill(number: int, row: Row) -> Data:
    return {
        "id": number,
        "emsiId": None,
        "name": _cell(row, "skill"),
        "lastUsed": _day(_cell(row, "last_used")),
        "numberOfMonths": _cell(row, "months"),
        "type": _cell(row, "type"),
        "count": _cell(row, "count"),
        "weighting": None,
        "sources": [_source(it.strip()) for it in (_cell(row, "sources") or "").split(",") if it],
    }


def _source(text: str) -> Data:
    """``skills``, or ``work/0``: the first of the jobs, whose id is one more than its place."""
    job = _WORK.fullmatch(text)
    if job is None:
        section = _SECTIONS.get(text, _OTHER)
        return {"section": section, "position": None, "workExperienceId": None}
    place = int(job[1])
    return {"section": _SECTIONS["work"], "position": place, "workExperienceId": place + 1}


def _referee(row: Row) -> Data:
    return {
        "name": _cell(row, "name"),
        "text": _cell(row, "text"),
        "email": _cell(row, "email"),
        "number": _printed(row, "phone"),
        "position": _cell(row, "position"),
    }


def _section(row: Row) -> Data:
    return {
        "sectionType": _SECTIONS.get(_cell(row, "type") or "", _OTHER),
        "bbox": [float(_cell(row, side) or 0) for side in ("x0", "y0", "x1", "y1")],
        "pageIndex": _cell(row, "page") or 0,
        "text": _cell(row, "text"),
    }


def _language(row: Row) -> str | None:
    found: str | None = _cell(row, "name") or _cell(row, "language")
    return found


def _numbered(rows: Sequence[Row], shape: Callable[[int, Row], Data]) -> list[Data]:
    return [shape(number, row) for number, row in enumerate(rows, start=1)]


def _day(printed: object) -> str | None:
    """``2019-03`` as ``2019-03-01``: clients take whole dates only."""
    found = _PRINTED.match(printed) if isinstance(printed, str) else None
    return f"{found[1]}-{found[2] or '01'}-{found[3] or '01'}" if found else None


def _value(fields: Fields, name: str) -> Any:  # noqa: ANN401 - typed by the schema
    found = fields.get(name)
    return found.value if isinstance(found, Field) else None


def _rows(fields: Fields, name: str) -> Sequence[Row]:
    found = fields.get(name)
    return () if found is None or isinstance(found, Field) else found


def _cell(row: Row, name: str) -> Any:  # noqa: ANN401 - typed by the schema
    found = row.get(name)
    return None if found is None else found.value


def _printed(row: Row, name: str) -> str | None:
    found = row.get(name)
    return None if found is None else found.raw or found.value


def _column(rows: Sequence[Row], name: str) -> list[Any]:
    return [it for row in rows if (it := _cell(row, name)) is not None]
