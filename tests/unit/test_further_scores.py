"""How the benchmark scores résumés and forms."""

from typing import Any

import pytest

from benchmarks.dataset import Document
from benchmarks.forms import FormScores
from benchmarks.resumes import ResumeScores
from services.extract.contract import ExtractResult
from shared.models.extraction import Field, Fields


def answer(identity: str, kind: str, /, **fields: Any) -> Document:
    return Document(identity, "set", kind, fields, None, {"words": []})


def found(**fields: Any) -> ExtractResult:
    made: Fields = {}
    for name, value in fields.items():
        if isinstance(value, list):
            made[name] = [{key: Field(value=cell) for key, cell in row.items()} for row in value]
        else:
            made[name] = Field(value=value)
    return ExtractResult(None, made, [], [], "test")


def skills(*values: str) -> list[dict[str, str]]:
    return [{"skill": value} for value in values]


def test_lists_of_a_resume_count_each_item_once() -> None:
    scores = ResumeScores()
    document = answer("json_1", "resume", name="Ada Thorne", skills=["Java", "Go", "SQL"])
    scores.add(document, found(name="ada thorne", skills=skills("Java", "Java", "Go")))
    score = scores.lists["skills"]
    assert (score.wanted, score.found, score.hits) == (3, 3, 2)
    assert score.f1 == pytest.approx(2 / 3)
    assert scores.lists["name"].f1 == 1
    assert [error["want"] for error in scores.errors] == ["SQL"]


def test_marked_spans_count_for_recall_and_may_be_part_of_a_value() -> None:
    scores = ResumeScores()
    document = answer(
        "ner_1", "resume", name="Ada Thorne", companies=["Infosys"], degrees=["B.E"],
        skills_text=["Java (2 years), Oracle ERP"],
    )  # fmt: skip
    result = found(
        work_experience=[{"company": "Infosys Bangalore"}, {"company": "Another"}],
        skills=skills("Java"),
    )
    scores.add(document, result)
    assert (scores.spans["employers"].hits, scores.spans["employers"].found) == (1, 0)
    assert (scores.spans["skills"].wanted, scores.spans["skills"].hits) == (2, 1)
    assert scores.spans["degrees"].recall == 0
    assert scores.lists == {}


def test_phones_are_the_same_with_and_without_their_country() -> None:
    scores = ResumeScores()
    scores.add(
        answer("json_1", "resume", phones=["(912) 555-4321"]),
        found(phones=[{"phone": "+19125554321"}]),
    )
    assert scores.lists["phones"].f1 == 1


def test_a_pair_needs_both_its_texts() -> None:
    scores = FormScores()
    pairs = [
        {"question": "Name:", "answer": "Ada Thorne"},
        {"question": "Date:", "answer": "3 May"},
    ]
    rows = [{"question": "Name", "answer": "Thorne Ada"}, {"question": "Date:", "answer": "12.50"}]
    scores.add(answer("form", "form", pairs=pairs), found(pairs=rows))
    assert (scores.pairs.hits, scores.in_order.hits, scores.pairs.f1) == (1, 0, 0.5)
    assert scores.links.wanted == 0  # no boxes are given


def test_links_are_scored_on_the_boxes_given() -> None:
    scores = FormScores()
    pair = {"question": "Name:", "answer": "Ada", "question_box": [0, 0, 30, 10],
            "answer_boxes": [[40, 0, 60, 10]]}  # fmt: skip
    scores.add(answer("form", "form", pairs=[pair]), found())
    assert (scores.links.f1, scores.pairs.hits) == (1, 0)
