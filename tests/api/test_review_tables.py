"""Tables under review: all rows at once, none at all, and rows by words of the page."""

from typing import Any

from shared.models.reviewing import ActionKind
from tests.api.harness import Caller, Gateway, Json
from tests.api.test_review_work import BOX, Work, invoice, stored


async def test_all_rows_are_accepted_but_those_that_are_wrong(
    gateway: Gateway, alice: Caller
) -> None:
    document = await invoice(gateway, alice)
    work = Work(alice, document)
    rows = (await work.get())["fields"]["line_items"]
    await work.write("line_items/0/quantity", value="7", source="typed")
    await work.do("rows/line_items", action="accept", revision=work.seen["revision"])
    states = {place: it["state"] for place, it in work.seen["states"].items()}
    cells = [f"line_items/{n}/{name}" for n, row in enumerate(rows) for name in row]
    assert {states[it] for it in cells} == {"human"}
    assert not any(it["confirmed"] for it in [work.seen["fields"]["total_amount"]])
    await work.do("rows/total_amount", 422, action="accept", revision=work.seen["revision"])
    await work.do("rows/line_items", 409, action="accept", revision="another")


async def test_a_table_that_is_not_there_comes_back(gateway: Gateway, alice: Caller) -> None:
    document = await invoice(gateway, alice)
    work = Work(alice, document)
    before = (await work.get())["fields"]["line_items"]

    def table(action: str) -> Any:
        return work.do("rows/line_items", action=action, revision=work.seen["revision"])

    for _ in range(2):
        await table("clear")
        assert "line_items" not in work.seen["fields"]
        assert work.state("line_items") == "absent"
        await table("restore")
        assert work.seen["fields"]["line_items"] == before
    kept = [it.rows for it in (await stored(gateway, alice, document)).review_work.actions]
    assert [bool(it) for it in kept] == [False, False, True, False]


async def test_words_of_a_line_fill_a_row(gateway: Gateway, alice: Caller) -> None:
    document = await invoice(gateway, alice)
    work = Work(alice, document)
    rows = (await work.get())["fields"]["line_items"]
    words = [
        {"text": text, "box": {**BOX, "x0": x0, "x1": x0 + 30}}
        for text, x0 in (("Brass", 10.0), ("lamp", 42.0), ("2", 200.0), ("1.059,50", 300.0))
    ]
    end = f"rows/line_items/{len(rows)}"
    wish: Json = {"action": "fill", "words": words, "milliseconds": 900}
    await work.do(end, revision=work.seen["revision"], **wish)
    made = work.seen["fields"]["line_items"][-1]
    assert {name: it["value"] for name, it in made.items()} == {
        "description": "Brass lamp", "quantity": "2", "unit_price": "1059.50",
    }  # fmt: skip
    assert [len(it["boxes"]) for it in made.values()] == [2, 1, 1]
    assert work.state(f"line_items/{len(rows)}/quantity") == "human"
    none = await work.do(end, 422, action="fill", words=[], revision=work.seen["revision"])
    assert none["detail"] == "None of these words fits a column."
    actions = (await stored(gateway, alice, document)).review_work.actions
    assert [it.kind for it in actions] == [ActionKind.ADD_ROW, *[ActionKind.CHANGE] * 3]
    assert actions[-1].milliseconds == 900
