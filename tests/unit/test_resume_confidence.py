"""Confidences on résumés mean what they say, on made ones that nothing was learned from."""

import json
from pathlib import Path

import pytest

from benchmarks.made_resumes import MadeResume, made_resumes
from benchmarks.resume_people import today
from benchmarks.resume_truth import counted, is_same
from benchmarks.scores import Calibration
from benchmarks.train_resumes import judged
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.reading import Reading
from services.extract.resume import Resume

UNSEEN, COUNT = 200_000, 32
LEAST_RECALL = {
    "name": 0.95, "emails.email": 0.95, "phones.phone": 0.95, "first_name": 0.9, "last_name": 0.9,
    "date_of_birth": 0.9, "locations.city": 0.9, "skills.skill": 0.9, "languages.language": 0.9,
    "work_experience.company": 0.8, "work_experience.position": 0.8, "work_experience.months": 0.9,
    "work_experience.description": 0.7, "education.institution": 0.85, "education.degree": 0.9,
    "education.level": 0.9, "education.grade_value": 0.85, "certifications.certification": 0.85,
    "publications.publication": 0.8, "referees.email": 0.85, "summary": 0.8,
}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> list[MadeResume]:
    return list(made_resumes(COUNT, start=UNSEEN))


def test_confidences_are_calibrated(made: list[MadeResume]) -> None:
    """Read and clear words, other people and other draws of layouts than those learned from."""
    calibration, required = Calibration(), []
    for resume in (*made, *made_resumes(COUNT, read=True, start=UNSEEN)):
        for kind, found, right in judged(Resume(Reading(resume.pages), today()), resume.truth):
            calibration.add("all", found.confidence, right=right)
            if kind == "name" and found.confidence >= 0.8:
                required.append(right)
    assert calibration.overall.ece <= 0.05
    assert calibration.overall.right_above >= 0.96
    assert len(required) >= 0.6 * 2 * COUNT
    assert sum(required) >= 0.97 * len(required)


def test_what_is_printed_is_found(made: list[MadeResume]) -> None:
    hits: dict[str, int] = {}
    wanted: dict[str, int] = {}
    for resume in made:
        found = extract(ExtractRequest(pages=resume.pages, requested_type="resume")).fields
        for it in counted(resume.truth, found):
            hits[it.name] = hits.get(it.name, 0) + it.hits
            wanted[it.name] = wanted.get(it.name, 0) + len(it.wanted)
    recall = {name: hits[name] / wanted[name] for name in LEAST_RECALL}
    assert {name: it for name, it in recall.items() if it < LEAST_RECALL[name]} == {}


def test_the_same_number_gives_the_same_resume() -> None:
    (one,), (same,) = made_resumes(1, start=5), made_resumes(1, start=5)
    assert one.pages == same.pages
    assert one.truth == same.truth


def test_the_weights_say_what_unseen_layouts_showed() -> None:
    folder = Path(__file__).parents[2] / "services/extract/weights"
    stored = json.loads((folder / "resume.json").read_text("utf-8"))
    assert set(stored["unseen_layouts"]) == {"all", *stored["calibration"]}
    assert stored["unseen_layouts"]["all"]["ece"] <= 0.05
    assert stored["unseen_layouts"]["all"]["of_these_right"] >= 0.98


@pytest.mark.parametrize(
    ("kind", "wanted", "found", "same"),
    [
        ("phone", "+44 (0)20 7946 0123", "+442079460123", True),
        ("phone", "020 7946 0123", "+442079460999", False),
        ("name", "Ada Thorne", "ADA THORNE", True),
        ("name", "Ada Thorne", "Ada Thorn", False),
        ("summary", "Reliable and curious, for years.", "Reliable and curious for years", True),
    ],
)
def test_values_are_compared_without_signs(kind: str, wanted: str, found: str, same: bool) -> None:  # noqa: FBT001
    assert is_same(kind, wanted, found) is same
