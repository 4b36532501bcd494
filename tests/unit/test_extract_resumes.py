"""Résumés: what is found on those of several layouts and languages, and what is none."""

from typing import Any

import pytest
from extract_samples import page, receipt

from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.engine import extract
from services.extract.resume.periods import find_period
from shared.models.extraction import Field
from shared.models.page import Page
from shared.models.schema import FieldSpec, FieldType, Schema
from tests.samples.resumes import LAYOUTS, PEOPLE, Person, side_bar, stacked

LAYOUT_NAMES = [layout.__name__ for layout in LAYOUTS]


def run(document: Page, **asked: Any) -> ExtractResult:
    return extract(ExtractRequest(pages=[document], **asked))


def value(result: ExtractResult, name: str) -> object:
    field = result.fields[name]
    assert isinstance(field, Field)
    return field.value


def column(result: ExtractResult, table: str, name: str) -> list[object]:
    rows = result.fields[table]
    assert isinstance(rows, list)
    return [row[name].value for row in rows]


@pytest.mark.parametrize("layout", LAYOUTS, ids=LAYOUT_NAMES)
@pytest.mark.parametrize("person", PEOPLE, ids=[each.name for each in PEOPLE])
def test_a_resume_is_known_and_all_that_it_states_is_found(layout: Any, person: Person) -> None:
    result = run(layout(person))
    assert result.type is not None
    assert result.type.name == "resume"
    assert value(result, "name") == person.name
    assert value(result, "job_title") == person.title
    assert column(result, "emails", "email") == [person.email]
    assert column(result, "phones", "phone") == [person.phone.replace(" ", "")]
    assert column(result, "skills", "skill") == list(person.skills)
    assert column(result, "languages", "language") == list(person.languages)
    for name in ("company", "position"):
        assert column(result, "work_experience", name) == [getattr(j, name) for j in person.jobs]
    for name in ("institution", "degree", "area"):
        assert column(result, "education", name) == [getattr(s, name) for s in person.studies]


def test_periods_are_as_precise_as_printed_and_have_no_end_where_they_last() -> None:
    rows = run(stacked(PEOPLE[0])).fields["work_experience"]
    assert isinstance(rows, list)
    assert rows[0]["start"].value == "2018-03"
    assert "end" not in rows[0]
    assert (rows[1]["start"].value, rows[1]["end"].value) == ("2014-01", "2018-02")


def test_each_value_points_at_its_words() -> None:
    rows = run(side_bar(PEOPLE[0])).fields["work_experience"]
    assert isinstance(rows, list)
    box = rows[1]["company"].boxes[0]
    assert box.x0 > 220  # in the right column, behind the position
    assert rows[1]["company"].grounded


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Jan 2019 \u2013 Present", "2019-01", ""),
        ("2024-06-01 — 2024-09-30", "2024-06-01", "2024-09-30"),
        ("2019-01-01 —", "2019-01-01", ""),
        ("01.10.2014 - 31.03.2016", "2014-10-01", "2016-03-31"),
        ("10.2014 bis heute", "2014-10", ""),
        ("seit 05/2020", "2020-05", ""),
        ("jan/2016 - fev/2020", "2016-01", "2020-02"),
        ("de enero de 2015 a marzo de 2018", "2015-01", "2018-03"),
        ("Jan\u2013Mar 2020", "2020-01", "2020-03"),
        ("2016-18", "2016", "2018"),
        ("2016-2018", "2016", "2018"),
        ("Jun '16 - Dec '18", "2016-06", "2018-12"),
        ("2012", "", "2012"),
    ],
)
def test_a_period_is_read(text: str, start: str, end: str) -> None:
    period = find_period(text)
    assert period is not None
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize("text", ["Tel. 0207 946 0123", "served 12 to 15 guests", "Windows 98"])
def test_what_is_no_period_is_none(text: str) -> None:
    assert find_period(text) is None


def test_a_heading_within_an_entry_begins_no_section() -> None:
    found = run(
        page(
            [
                "Peter Hollander", "peter@example.org", "", "Work experience", "",
                "Baker", "Crumb Ltd", "2015 - 2019", "Responsibilities", "• Bread", "",
                "Confectioner", "Sugar & Sons", "2011 - 2014", "", "Education", "",
                "Diploma", "Bakers College", "2009 - 2011",
            ]
        )
    )  # fmt: skip
    assert column(found, "work_experience", "company") == ["Crumb Ltd", "Sugar & Sons"]


def test_names_with_commas_stay_whole() -> None:
    found = run(
        page(
            [
                "Daniel Ortega", "Boston, MA | daniel.ortega@example.com | (617) 555-0175", "",
                "Experience", "",
                [
                    (40.0, "Data Analyst, Acme Analytics, Inc., Cambridge, MA"),
                    (430.0, "2015 - 2019"),
                ],
                "• Wrote reports", "", "Education", "",
                [(40.0, "University of California, Berkeley"), (430.0, "2011 - 2015")],
                "B.A. in Statistics", "", "Skills", "", "Languages: Python, SQL",
            ]
        )
    )  # fmt: skip
    assert column(found, "work_experience", "company") == ["Acme Analytics, Inc."]
    assert column(found, "education", "institution") == ["University of California, Berkeley"]
    assert column(found, "skills", "skill") == ["Python", "SQL"]
    assert column(found, "locations", "location") == ["Boston, MA"]
    assert value(found, "job_title") == "Data Analyst"  # nothing but contacts under the name


def test_a_table_of_personal_data_gives_the_name_and_levels_are_no_skills() -> None:
    found = run(
        page(
            [
                "Lebenslauf", "",
                [(40.0, "Name"), (200.0, "Martina Baumgartner")],
                [(40.0, "Geburtsdatum"), (200.0, "12.03.1985 in Graz")],
                [(40.0, "Telefon"), (200.0, "0664 1234567")], "", "Beruflicher Werdegang", "",
                [(40.0, "seit 03/2016"), (200.0, "Teamleiterin Controlling")],
                [(200.0, "Alpenbahn AG, Wien")], "", "Ausbildung", "",
                [(40.0, "1995 - 2003"), (200.0, "Bundesgymnasium Graz")], [(200.0, "Matura")], "",
                "Sprachen", "", [(40.0, "Deutsch"), (200.0, "Muttersprache")],
                "Englisch: fließend", "", "EDV-Kenntnisse", "",
                [(40.0, "SAP CO"), (200.0, "sehr gut")],
            ]
        )
    )  # fmt: skip
    assert value(found, "name") == "Martina Baumgartner"
    assert value(found, "job_title") == "Teamleiterin Controlling"
    assert column(found, "phones", "phone") == ["0664 1234567"]
    assert column(found, "languages", "language") == ["Deutsch", "Englisch"]
    assert column(found, "skills", "skill") == ["SAP CO"]
    assert column(found, "education", "degree") == ["Matura"]


def test_jobs_of_several_shapes() -> None:
    found = run(
        page(
            [
                "Nina Petrova", "nina@petrova.example | +359 2 123 4567", "", "Employment", "",
                [(40.0, "Visionary AI"), (430.0, "Sofia, Bulgaria")],
                [(40.0, "Research Engineer"), (430.0, "Apr 2021 - Present")], "• Trained detectors",
                "", [(40.0, "Projectleider | Zuid B.V. | 2018 - 2021")], "• Leiding", "",
                "Education", "", [(40.0, "Sofia University"), (430.0, "2013 - 2017")],
                "BSc Physics",
            ]
        ),
        requested_type="resume",
    )  # fmt: skip
    assert column(found, "work_experience", "company") == ["Visionary AI", "Zuid B.V."]
    wanted = ["Research Engineer", "Projectleider"]
    assert column(found, "work_experience", "position") == wanted
    assert column(found, "education", "degree") == ["BSc"]
    assert column(found, "education", "area") == ["Physics"]


def test_the_company_with_its_town_stands_above_the_position() -> None:
    found = run(
        page(
            [
                "Tobias Kern", "Mobil 0171 2345678, tobias@example.de", "", "BERUFSERFAHRUNG",
                "2015 bis heute", "Elektro Huber GmbH, München", "Elektriker", "- Wartung",
                "2011 bis 2015", "Stadtwerke Rosenheim", "Auszubildender Elektroniker", "",
                "SCHULBILDUNG", "2005 bis 2011", "Realschule Rosenheim", "Mittlere Reife",
            ]
        ),
        requested_type="resume",
    )  # fmt: skip
    wanted = ["Elektro Huber GmbH", "Stadtwerke Rosenheim"]
    assert column(found, "work_experience", "company") == wanted
    assert column(found, "work_experience", "position")[0] == "Elektriker"
    assert column(found, "education", "degree") == ["Mittlere Reife"]


def test_letters_receipts_and_price_lists_are_no_resumes() -> None:
    letter = page(
        [
            "Dear Ms Whitlock,", "thank you for your application of 3 March 2024. Your education",
            "and your experience have convinced us, and we would like to meet you.",
            "Please bring your certificates and references.", "Kind regards", "Paul Pellow",
        ]
    )  # fmt: skip
    assert run(letter).type is None
    guess = run(receipt()).type
    assert guess is not None
    assert guess.name == "receipt"


def test_a_resume_is_no_invoice_although_it_names_sums() -> None:
    guess = run(stacked(PEOPLE[0]), requested_type=None).type
    assert guess is not None
    assert guess.name not in {"invoice", "receipt", "credit_note"}


def test_a_type_of_ones_own_finds_the_tables_of_a_resume_by_their_names() -> None:
    skill = FieldSpec(name="skill")
    own = Schema(
        name="applicant",
        fields=[
            FieldSpec(name="who", type=FieldType.NAME, concept="person_name"),
            FieldSpec(name="skills", type=FieldType.ROWS, fields=[skill]),
        ],
    )
    result = run(stacked(PEOPLE[1]), schemas=[own], requested_type="applicant")
    assert value(result, "who") == PEOPLE[1].name
    assert column(result, "skills", "skill") == list(PEOPLE[1].skills)
