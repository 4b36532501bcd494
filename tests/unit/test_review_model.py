"""How a review marks each value, and where a reviewer goes next."""

import pytest

from services.ingest.reviewing.review_model import FieldState, ReviewSheet, review_sheet
from shared.models.extraction import Extraction, Field, FieldSource, Reviewed, ReviewReason
from shared.models.reviewing import ReviewWork
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.models.time import utc_now

BAD, DOUBT, AUTO, HUMAN, ABSENT = FieldState
AMOUNTS = ("net_amount", "tax_amount", "total_amount")
SCHEMA = Schema.model_validate(
    {
        "name": "invoice",
        "fields": [
            {"name": "number", "required": True},
            {"name": "note"},
            {"name": "lax", "threshold": 0.2},
            *({"name": it, "type": "amount"} for it in AMOUNTS),
            {
                "name": "items",
                "type": "rows",
                "fields": [{"name": "text"}, {"name": "price", "type": "amount"}],
            },
            {
                "name": "due",
                "type": "amount",
                "rules": [{"kind": "sum", "of": ["items.price"], "message": "Count again."}],
            },
        ],
    }
)


def value(text: str, confidence: float = 0.95, **more: object) -> Field:
    return Field.model_validate({"value": text, "raw": text, "confidence": confidence, **more})


def sheet(fields: dict[str, object], **more: object) -> ReviewSheet:
    extraction = Extraction.model_validate(
        {"organization": "o", "workspace": "w", "document": "d", "revision": 1,
         "fields": {"number": value("7"), **fields}, **more}
    )  # fmt: skip
    return review_sheet(SCHEMA, extraction, 0.8)


def states(found: ReviewSheet) -> dict[str, FieldState]:
    return {place: it.state for place, it in found.marks.items()}


@pytest.mark.parametrize(
    ("field", "state", "is_flagged"),
    [
        (value("7"), AUTO, False),
        (value("7", 0.8), AUTO, False),
        (value("7", 0.79), DOUBT, True),
        (value("7", grounded=False), DOUBT, True),
        (value("7", grounded=False, source=FieldSource.DERIVED), AUTO, False),
        (value("7", 0.1, confirmed=True), HUMAN, False),
        (value("7", 1.0, source=FieldSource.PERSON), HUMAN, False),
        (None, BAD, True),
    ],
)
def test_a_value_has_one_of_five_states(
    field: Field | None, state: FieldState, *, is_flagged: bool
) -> None:
    fields = {} if field is None else {"number": field}
    extraction = Extraction(
        organization="o", workspace="w", document="d", revision=1, fields=fields
    )
    found = review_sheet(SCHEMA, extraction, 0.8)
    mark = found.marks["number"]
    assert (mark.state, mark.flagged) == (state, is_flagged)
    assert mark.open == (state in {BAD, DOUBT})
    assert found.marks["note"].state is ABSENT
    assert not found.marks["note"].open


def test_a_field_may_have_a_threshold_of_its_own() -> None:
    assert states(sheet({"lax": value("x", 0.3)}))["lax"] is AUTO
    assert states(sheet({"lax": value("x", 0.1)}))["lax"] is DOUBT


def test_what_is_not_needed_is_doubtful_without_a_flag() -> None:
    found = sheet({"note": value("x", 0.3)})
    assert found.stops == ["note"]
    assert found.flags == []


def test_a_person_may_say_that_a_needed_value_is_not_there() -> None:
    extraction = Extraction(
        organization="o", workspace="w", document="d", revision=1,
        review_work=ReviewWork(absent=["number"]),
    )  # fmt: skip
    found = review_sheet(SCHEMA, extraction, 0.8)
    assert found.marks["number"].state is ABSENT
    assert found.marks["number"].why == ("not on the document",)
    assert found.flags == []


def test_a_sum_that_fails_makes_all_its_values_wrong_even_checked_ones() -> None:
    amounts = {"net_amount": "10.00", "tax_amount": "2.00", "total_amount": "13.00"}
    found = sheet({name: value(it, confirmed=True) for name, it in amounts.items()})
    assert {states(found)[it] for it in AMOUNTS} == {BAD}
    assert found.flags == list(AMOUNTS)
    assert found.stops == []  # she has accepted each: there is nothing more to look at
    (why,) = found.marks["net_amount"].why
    assert "10.00 + 2.00 is not 13.00" in why
    right = sheet({name: value(it) for name, it in (amounts | {"total_amount": "12.00"}).items()})
    assert {states(right)[it] for it in AMOUNTS} == {AUTO}


def test_a_rule_over_a_column_is_held_against_each_of_its_cells() -> None:
    rows = [{"text": value("a"), "price": value("1.00")}, {"price": value("2.00")}]
    found = sheet({"items": rows, "due": value("4.00")})
    wrong = [place for place, it in found.marks.items() if it.state is BAD]
    assert wrong == ["items/0/price", "items/1/price", "due"]
    assert found.marks["due"].why == ("Count again.",)
    assert found.marks["items/1/text"].state is ABSENT


def test_wrong_comes_before_doubtful_and_places_keep_the_schemas_order() -> None:
    rows = [{"text": value("a", 0.5), "price": value("1.00")}]
    found = sheet({"items": rows, "due": value("4.00"), "note": value("x", 0.2)})
    assert list(found.marks) == [
        "number",
        "note",
        "lax",
        *AMOUNTS,
        "items/0/text",
        "items/0/price",
        "due",
    ]
    assert found.stops == ["items/0/price", "due", "note", "items/0/text"]
    assert found.next_stop("number") == "items/0/price"
    assert found.next_stop("items/0/price") == "due"
    assert found.next_stop("due") == "items/0/price"  # what is wrong, before any doubt
    assert sheet({"note": value("x", 0.2)}).next_stop("due") == "note"
    assert sheet({"note": value("x", 0.2)}).next_stop("note") is None
    assert sheet({}).next_stop("no such place") is None


def test_other_reasons_and_others_rules_raise_doubts_until_somebody_looked() -> None:
    reasons = [
        ReviewReason(code="xml_page_mismatch", field="number", detail="7 and 8"),
        ReviewReason(code="suspicious_text", detail="asks to be approved"),
        ReviewReason(code="low_confidence", field="note", detail="of another time"),
    ]
    fields = {"number": value("7")}
    extraction = Extraction(
        organization="o", workspace="w", document="d", revision=1, fields=fields, reasons=reasons
    )
    found = review_sheet(SCHEMA, extraction, 0.8, [(["number"], "not our supplier")])
    assert found.marks["number"].why == (
        "the file's XML says otherwise: 7 and 8", "not our supplier",
    )  # fmt: skip
    assert found.flags == ["number"]
    assert found.notices == ("asks to be approved",)
    seen = extraction.copy_with(edited={"number": value("7", confirmed=True)})
    assert review_sheet(SCHEMA, seen, 0.8, [(["number"], "no")]).flags == []


def test_once_approved_all_is_checked() -> None:
    reviewed = Reviewed(fields={"number": value("7", 0.1)}, by="p", at=utc_now())
    found = sheet({"note": value("x", 0.1)}, reviewed=reviewed)
    assert states(found)["number"] is HUMAN
    assert (found.stops, found.flags) == ([], [])


def test_values_that_the_schema_does_not_know_come_last() -> None:
    extraction = Extraction(
        organization="o", workspace="w", document="d", revision=1,
        fields={"odd": value("1"), "list": [{"b": value("2")}]},
    )  # fmt: skip
    schema = Schema(name="s", fields=[FieldSpec(name="known", type=FieldType.TEXT)])
    assert list(review_sheet(schema, extraction, 0.8).marks) == ["known", "odd", "list/0/b"]
