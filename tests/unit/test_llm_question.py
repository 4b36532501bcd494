"""What a model is shown and asked, and how its answer is read."""

import json

import pytest
from extract_samples import page

from services.extract.consulting import pages_to_show
from services.extract.engines.model.json_schema import json_schema
from services.extract.engines.model.prompt import Dialect, Form, simpler
from services.extract.engines.model.rendering import TextBudget, render, tokens_of
from services.extract.engines.model.reply import MAX_ROWS, read_reply
from services.extract.reading import Reading
from services.extract.schemas import built_in


def test_pages_beyond_the_budget_are_left_out_but_for_the_last() -> None:
    pages = [page([f"word{number} " * 10] * 20, number=number) for number in range(6)]
    sheet = Reading(pages).sheet
    one = tokens_of("word0 " * 10) * 20 + 20
    rendered = render(sheet, TextBudget(10 * one, 3 * one))
    assert (rendered.missing + rendered.cut, "[page 6]" in rendered.text) == ([3, 4, 2], True)
    assert rendered.text.index("[page 1]") < rendered.text.index("[page 6]")
    assert tokens_of(rendered.text) <= 3 * one
    whole = render(sheet, TextBudget(one // 2, 100 * one))
    assert (whole.cut, whole.missing) == (list(range(6)), [])


@pytest.mark.parametrize(
    ("count", "most", "shown"),
    [(0, 3, []), (1, 3, [0]), (3, 3, [0, 1, 2]), (9, 3, [0, 1, 8]), (9, 2, [0, 8]), (9, 1, [0])],
)
def test_pictures_are_of_the_first_pages_and_the_last(
    count: int, most: int, shown: list[int]
) -> None:
    assert pages_to_show(count, most) == shown


def test_the_schema_of_the_answer_has_nested_rows_and_nothing_optional() -> None:
    made = json_schema(built_in()["invoice"])
    items = made["properties"]["line_items"]["items"]
    for each in (made, items):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
    assert list(items["properties"]) == ["description", "quantity", "unit_price", "line_total"]


def test_an_answer_fills_fields_of_the_schema_and_nothing_else() -> None:
    content = json.dumps({
        "total_amount": 57.10, "type": "passport", "url": "http://127.0.0.1:9/", "vat_id": None,
        "line_items": [{"quantity": 2, "note": "x"}] * (MAX_ROWS + 5),
    })  # fmt: skip
    body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
    reply = read_reply(built_in()["invoice"], body)
    assert set(reply.values) == {"total_amount", "line_items"}
    assert reply.values["total_amount"] == "57.1"
    assert reply.values["line_items"] == [{"quantity": "2"}] * MAX_ROWS


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{}", b"\xff", b"7", b'{"choices": []}'),
        b'{"choices": [{"message": {"content": null}}]}',
        b'{"usage": {"prompt_tokens": [-1e99]}, "choices": {}}',
    ],
)
def test_no_answer_is_a_complaint(body: bytes) -> None:
    assert read_reply(built_in()["invoice"], body).complaint


def test_ever_simpler_forms_come_to_an_end() -> None:
    dialect: Dialect | None = Dialect()
    seen = []
    while dialect is not None:
        seen.append(dialect)
        dialect = simpler(dialect, "max_tokens and temperature are not supported")
    assert len(seen) == len(set(seen)) == 5
    assert seen[-1].form is Form.FREE


@pytest.mark.parametrize(
    "content",
    [
        '```json\n{"total": 31.80}\n```',
        '<think>{"total": 5}? No.</think>\n{"total": "31.80"}',
        'Here you are: {"total": "31.80"} I hope it helps.',
    ],
)
def test_json_among_other_words_is_found(content: str) -> None:
    body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
    assert read_reply(built_in()["receipt"], body).values == {"total": "31.80"}
