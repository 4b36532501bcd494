"""The data of a résumé beyond its lists: parts of names, phones and places, times, texts."""

from datetime import UTC, datetime
from typing import Any

import pytest
from extract_samples import page

from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.engine import extract
from services.extract.engines.model.json_schema import json_schema
from services.extract.resume.addresses import parse_address
from services.extract.resume.experience import management_level, months_of
from services.extract.resume.language_codes import language_code
from services.extract.resume.levels import education_level, find_grade
from services.extract.resume.names import name_parts
from services.extract.resume.parts import Part
from services.extract.resume.phone_details import phone_details
from services.extract.resume.skill_usage import skill_type
from services.extract.sheet import Token
from shared.models.extraction import Field, FieldSource
from shared.schemas import built_in

FULL = [
    "Dr. Harriet Jane van der Whitlock", "Warehouse Manager",
    "12 Mill Lane, Apt 4B, Springfield, IL 62704, USA",
    "harriet.whitlock@example.org | (217) 555-0142",
    "linkedin.com/in/harriet-whitlock | hwhitlock.dev",
    "Date of birth: 23 April 1985", "",
    "Objective", "To lead the warehouse of a growing company.", "",
    "Summary", "Fifteen years in logistics, always on time and with care,",
    "and never a lost pallet.",
    "", "Work Experience",
    "Warehouse Manager, Brightwater Logistics Ltd, Chicago, IL", "Mar 2018 - Feb 2020",
    "• Planned the rota of twelve people with SAP", "• Cut errors by half", "",
    "Stock Controller, Pellow and Sons, Peoria", "Jan 2017 - Mar 2018",
    "• Counted stock in SAP and Excel", "",
    "Education", "Bachelor of Science in Logistics", "University of Illinois", "2003 - 2006",
    "GPA: 3.35", "", "Skills", "SAP, Excel, Teamwork, Spanish", "",
    "Languages", "English: native", "Spanish: B2", "",
    "Certifications", "• Forklift licence 2011", "• First aid at work, renewed every",
    "two years", "",
    "Publications", "H. van der Whitlock: Pallets and people, Logistics Today 2014.", "",
    "References", "Stephen Pellow, Owner, Pellow and Sons",
    "stephen@pellow.example, +44 20 7946 0123",
]  # fmt: skip


def run(rows: Any, **asked: Any) -> ExtractResult:
    return extract(ExtractRequest(pages=[page(rows)], requested_type="resume", **asked))


def single(result: ExtractResult, name: str) -> Any:
    field = result.fields.get(name)
    assert field is None or isinstance(field, Field)
    return field.value if field else None


def rows(result: ExtractResult, table: str) -> list[dict[str, Any]]:
    found = result.fields[table]
    assert isinstance(found, list)
    return [{name: cell.value for name, cell in row.items()} for row in found]


@pytest.fixture(scope="module")
def full() -> ExtractResult:
    return run(FULL)


def test_the_name_is_taken_apart(full: ExtractResult) -> None:
    parts = [single(full, f"{it}_name") for it in ("first", "middle", "last")]
    assert (single(full, "name_title"), *parts) == ("Dr.", "Harriet", "Jane", "van der Whitlock")


def test_contacts_and_the_address_are_told_in_detail(full: ExtractResult) -> None:
    phone = {"phone": "(217) 555-0142", "formatted": "+1 217-555-0142", "country": "US",
             "calling_code": 1, "national": "(217) 555-0142"}  # fmt: skip
    assert rows(full, "phones") == [phone]
    assert single(full, "linkedin") == "https://linkedin.com/in/harriet-whitlock"
    assert [row.get("site") for row in rows(full, "profile_urls")] == ["linkedin", None]
    place = rows(full, "locations")[0]
    assert place.pop("location") == FULL[2]
    assert place == {"street_number": "12", "street": "Mill Lane", "apartment": "4B",
                     "city": "Springfield", "postal_code": "62704", "state": "Illinois",
                     "state_code": "IL", "country": "United States",
                     "country_code": "US"}  # fmt: skip
    assert single(full, "date_of_birth") == "1985-04-23"


def test_texts_of_the_profile_are_told_apart(full: ExtractResult) -> None:
    assert single(full, "objective") == FULL[8]
    assert single(full, "summary") == "\n".join(FULL[11:13])


def test_jobs_have_months_places_and_what_was_done(full: ExtractResult) -> None:
    first, second = rows(full, "work_experience")
    assert first["months"] == 24
    assert first["is_current"] is False
    assert first["period"] == "Mar 2018 - Feb 2020"
    assert first["description"] == "Planned the rota of twelve people with SAP\nCut errors by half"
    assert (first["city"], first["state_code"], first["country_code"]) == ("Chicago", "IL", "US")
    assert first["management_level"] == "mid"
    assert (second["location"], second["city"]) == ("Peoria", "Peoria")
    assert "management_level" not in second
    assert single(full, "total_years_experience") == 3  # March 2018 counts once: 38 months


def test_a_job_that_lasts_is_counted_until_today() -> None:
    now = datetime.now(UTC)
    start = f"{now.month:02d}/{now.year - 2}"
    found = run(["Peter Hollander", "", "Experience", "Baker, Crumb Ltd", f"{start} - Present"])
    job = rows(found, "work_experience")[0]
    assert job["is_current"] is True
    assert job["months"] == 25


def test_degrees_have_a_level_and_grades_a_value(full: ExtractResult) -> None:
    study = rows(full, "education")[0]
    assert study["accreditation"] == "Bachelor of Science in Logistics"
    assert study["level"] == "bachelors"
    assert (study["grade"], study["grade_metric"], study["grade_value"]) == (
        "GPA: 3.35", "GPA", "3.35")  # fmt: skip


def test_skills_are_dated_by_the_jobs_that_name_them(full: ExtractResult) -> None:
    skills = {row.pop("skill"): row for row in rows(full, "skills")}
    assert skills["SAP"] == {"type": "hard_skill", "count": 3, "months": 38,
                             "last_used": "2020-02",
                             "sources": "skills, work/0, work/1"}  # fmt: skip
    assert skills["Excel"]["months"] == 15
    assert skills["Teamwork"] == {"type": "soft_skill", "count": 1, "sources": "skills"}
    assert skills["Spanish"]["type"] == "language_skill"


def test_languages_have_codes_and_levels(full: ExtractResult) -> None:
    assert rows(full, "languages") == [
        {"language": "English", "name": "English", "code": "en", "level": "native"},
        {"language": "Spanish", "name": "Spanish", "code": "es", "level": "B2"},
    ]


def test_lists_of_whole_lines(full: ExtractResult) -> None:
    assert [row["certification"] for row in rows(full, "certifications")] == [
        "Forklift licence 2011", "First aid at work, renewed every two years"]  # fmt: skip
    assert len(rows(full, "publications")) == 1
    (referee,) = rows(full, "referees")
    assert (referee["name"], referee["position"]) == ("Stephen Pellow", "Owner")
    assert (referee["email"], referee["phone"]) == ("stephen@pellow.example", "+442079460123")


def test_sections_have_a_box_around_their_text(full: ExtractResult) -> None:
    sections = {row["type"]: row for row in rows(full, "sections")}
    assert set(sections) == {"head", "profile", "work", "education", "skills", "languages",
                             "certificates", "publications", "references"}  # fmt: skip
    work = sections["work"]
    assert work["text"].startswith("Work Experience\nWarehouse Manager")
    assert float(sections["head"]["y1"]) < float(work["y0"]) < float(work["y1"])
    assert work["page"] == 0


def test_the_redacted_text_says_nobodys_name_or_address(full: ExtractResult) -> None:
    raw, redacted = single(full, "raw_text"), single(full, "redacted_text")
    assert "Whitlock" in raw
    secrets = ("whitlock", "harriet", "555", "mill lane", "springfield", "62704", "1985", "pellow@",
               "stephen", "7946", "hwhitlock.dev")  # fmt: skip
    assert [it for it in secrets if it in redacted.lower()] == []
    for kept in ("****", "Brightwater Logistics Ltd", "SAP", "Bachelor of Science"):
        assert kept in redacted
    assert single(full, "is_resume_probability") > 90


def test_what_is_worked_out_says_so_and_asks_for_no_review(full: ExtractResult) -> None:
    months = full.fields["total_years_experience"]
    assert isinstance(months, Field)
    assert months.source is FieldSource.DERIVED
    assert months.boxes
    assert [it for it in full.reasons if it.code == "ungrounded"] == []


def test_what_is_not_printed_is_not_there() -> None:
    found = run(["Peter Hollander", "", "Experience", "Baker, Crumb Ltd", "2015 - 2019"])
    absent = ("date_of_birth", "linkedin", "objective", "middle_name", "name_title")
    assert [name for name in absent if name in found.fields] == []
    assert rows(found, "locations") == []


def test_a_region_reads_numbers_and_dates_as_they_are_written_there() -> None:
    text = ["Ava Stone", "Mobile: 0412 632 636", "DOB: 03/04/1990", "", "Experience",
            "Baker, Crumb Ltd", "2015 - 2019"]  # fmt: skip
    australian, american = run(text, region="AU"), run(text, region="US")
    assert rows(australian, "phones")[0]["formatted"] == "+61 412 632 636"
    assert single(australian, "date_of_birth") == "1990-04-03"
    assert single(american, "date_of_birth") == "1990-03-04"


@pytest.mark.parametrize(
    ("text", "country", "wanted"),
    [
        ("Tim A. Smith", None, ("", "Tim", "A.", "Smith")),
        ("Prof. Dr. Anna von der Heide", "DE", ("Prof. Dr.", "Anna", "", "von der Heide")),
        ("Inés Robledo Vega", "ES", ("", "Inés", "", "Robledo Vega")),
        ("Mary Ann Miller MBA", "US", ("MBA", "Mary", "Ann", "Miller")),
        ("John Smith Jr.", "US", ("", "John", "", "Smith Jr.")),
        ("Cher", None, ("", "Cher", "", "")),
    ],
)
def test_names(text: str, country: str | None, wanted: tuple[str, ...]) -> None:
    tokens = [
        Token(at, 0, word, 0, 0, 1, 1, 1.0, 0, (0, 0, 1, 1)) for at, word in enumerate(text.split())
    ]
    found = name_parts(Part(tokens, text), country)
    parts = (found.title, found.first, found.middle, found.last)
    assert tuple(" ".join(token.text for token in it) for it in parts) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hauptstraße 12, 80331 München, Deutschland",
         {"street": "Hauptstraße", "street_number": "12", "postal_code": "80331",
          "city": "München", "country": "Germany", "country_code": "DE"}),
        ("221B Baker Street, London NW1 6XE",
         {"street": "Baker Street", "street_number": "221B", "postal_code": "NW1 6XE",
          "city": "London", "country": "United Kingdom", "country_code": "GB"}),
        ("Sydney, New South Wales",
         {"city": "Sydney", "state": "New South Wales", "state_code": "NSW",
          "country": "Australia", "country_code": "AU"}),
        ("P.O. Box 123, Perth WA 6000, Australia",
         {"po_box": "P.O. Box 123", "postal_code": "6000", "city": "Perth", "state_code": "WA",
          "state": "Western Australia", "country": "Australia", "country_code": "AU"}),
        ("Leeds", {"city": "Leeds"}),
    ],
)  # fmt: skip
def test_addresses(text: str, wanted: dict[str, str]) -> None:
    found = parse_address(text)
    assert {it: getattr(found, it) for it in found.__slots__ if getattr(found, it)} == wanted


@pytest.mark.parametrize(
    ("degree", "level"),
    [
        ("High School Diploma", "school"), ("Abitur", "school"), ("Diploma", "certificate"),
        ("BTS Informatique", "certificate"), ("B.Sc. Physics", "bachelors"),
        ("Licenciatura en Derecho", "bachelors"), ("Laurea magistrale", "masters"),
        ("Dipl.-Ing. Maschinenbau", "masters"), ("MBA", "masters"), ("PhD in Biology", "doctoral"),
        ("Dottorato di ricerca", "doctoral"), ("Cookery", None),
    ],
)  # fmt: skip
def test_levels(degree: str, level: str | None) -> None:
    assert education_level(degree) == level


@pytest.mark.parametrize(
    ("text", "metric", "value"),
    [
        ("GPA : 3.35", "GPA", "3.35"), ("CGPA 8.2/10", "CGPA", "8.2/10"),
        ("Abschlussnote: 1,7", "Abschlussnote", "1,7"), ("scored 72%", "Percentage", "72%"),
        ("First Class Honours", "", "First Class Honours"), ("Voto 110/110", "Voto", "110/110"),
    ],
)  # fmt: skip
def test_grades(text: str, metric: str, value: str) -> None:
    found = find_grade(text)
    assert found is not None
    assert (found.metric, found.value) == (metric, value)


def test_what_is_no_grade_is_none() -> None:
    assert find_grade("Bachelor of Science in Physics, 2012 - 2015") is None


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("Chief Technology Officer", "upper"), ("Geschäftsführerin", "upper"),
        ("Vertriebsleiter", "mid"), ("Head of Sales", "mid"), ("Teamleiterin", "low"),
        ("Shift Supervisor", "low"), ("Product Manager", None), ("Baker", None),
    ],
)  # fmt: skip
def test_management_levels(title: str, level: str | None) -> None:
    assert management_level(title) == level


def test_months_that_overlap_count_once() -> None:
    assert months_of([(0, 12), (6, 18), (24, 30)]) == 24


def test_a_number_is_of_the_first_country_where_it_is_valid() -> None:
    found = phone_details("030 901820", ["US", "DE"])
    assert found is not None
    assert (found.country, found.formatted) == ("DE", "+49 30 901820")
    assert phone_details("030 901820", ["US"]) is None


def test_languages_and_skills_by_their_names() -> None:
    assert [language_code(it) for it in ("Französisch", "Castellano", "Klingon")] == [
        "fr",
        "es",
        None,
    ]
    assert skill_type("Teamfähigkeit") == "soft_skill"


def test_models_are_not_asked_for_what_is_worked_out() -> None:
    asked = json_schema(built_in()["resume"])["properties"]
    assert {"name", "summary", "work_experience", "skills"} <= set(asked)
    assert not {"raw_text", "redacted_text", "sections", "first_name"} & set(asked)
    job = asked["work_experience"]["items"]["properties"]
    assert {"company", "description"} <= set(job)
    assert not {"months", "country_code"} & set(job)
