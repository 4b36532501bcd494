"""Reviews through the native API: corrected, accepted or rejected, and never overwritten unseen."""

import asyncio
from typing import Any

import pytest

from shared.models.document import EventName
from shared.models.extraction import FieldSource
from shared.models.tenancy import Scope
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from tests.api.docdigitizer_client import INVOICE_FIELDS, Client, extract
from tests.api.harness import DOCUMENTS_PATH, Caller, Gateway, Json


async def invoice(gateway: Gateway, caller: Caller, *doubts: str) -> Json:
    """An invoice that the stages are done with."""
    (made,) = await caller.upload()
    await extract(gateway, Client(caller, caller.client), made["id"], INVOICE_FIELDS, doubts=doubts)
    document: Json = await caller.call("GET", made["links"]["self"], 200)
    return document


async def review(caller: Caller, document: Json, status: int, **wish: Any) -> Json:
    return await caller.call("POST", document["links"]["review"], status, json=wish)


async def event_names(gateway: Gateway, caller: Caller, identity: str) -> list[EventName]:
    record = await gateway.store.of(caller.tenant, DOCUMENTS).get(identity)
    assert record is not None
    assert [it.sequence for it in record.events] == list(range(1, len(record.events) + 1))
    return [it.name for it in record.events]


async def test_corrections_are_the_persons_and_the_rest_is_confirmed(
    gateway: Gateway, alice: Caller
) -> None:
    before = await invoice(gateway, alice, "total_amount")
    assert before["state"] == "needs_review"
    rows = [{"description": "Nails", "quantity": 2, "line_total": "100.00"}]
    after = await review(
        alice,
        before,
        200,
        fields={"total_amount": "-120.50", "due_date": "2026-02-14", "line_items": rows,
                "vat_id": None},
        note="A credit.",
    )  # fmt: skip
    assert after["state"] == "ready"
    fields = after["fields"]
    total = fields["total_amount"]
    assert (total["value"], total["source"], total["confidence"]) == ("-120.50", "person", 1.0)
    assert fields["due_date"]["value"] == "2026-02-14"
    assert fields["line_items"][0]["quantity"]["value"] == "2"
    assert "vat_id" not in fields
    net = fields["net_amount"]
    assert (net["value"], net["source"], net["confidence"]) == ("100.00", "layout", 1.0)
    told = after["review"]
    assert (told["done"], told["needed"], told["verdict"]) == (True, False, "accept")
    assert told["note"] == "A credit."
    assert told["by"]
    assert told["at"].endswith("Z")
    assert await alice.call("GET", before["links"]["self"], 200) == after
    names = await event_names(gateway, alice, before["id"])
    assert names[-3:] == [EventName.NEEDS_REVIEW, EventName.REVIEWED, EventName.READY]
    assert after["sequence"] == len(names)


async def test_the_machines_fields_stay_beside_the_persons(gateway: Gateway, alice: Caller) -> None:
    before = await invoice(gateway, alice)
    path = before["links"]["review"]
    asked = await alice.call("GET", path, 200)
    assert asked["review"]["done"] is False
    assert asked["fields"] == asked["machine_fields"] == before["fields"]
    after = await review(alice, before, 200, fields={"total_amount": "120.00"}, type="credit_note")
    found = await alice.call("GET", path, 200)
    assert found["machine_fields"] == before["fields"]
    assert found["machine_type"] == {"name": "invoice", "confidence": 0.95}
    assert found["type"] == after["type"] == {"name": "credit_note", "confidence": 1.0}
    assert found["fields"] == after["fields"]
    assert found["sequence"] == after["sequence"]
    record = await gateway.store.of(alice.tenant, DOCUMENTS).get(before["id"])
    assert record is not None
    extraction = await gateway.store.of(alice.tenant, EXTRACTIONS).get(record.extraction or "")
    assert extraction is not None
    assert extraction.fields == INVOICE_FIELDS
    assert extraction.reviewed is not None
    changed = extraction.reviewed.fields["total_amount"]
    assert not isinstance(changed, list)
    assert changed.source is FieldSource.PERSON


async def test_an_empty_review_accepts_what_was_found(gateway: Gateway, alice: Caller) -> None:
    for request in ({}, {"json": {}}, {"json": {"verdict": "accept"}}):
        before = await invoice(gateway, alice)
        after = await alice.call("POST", before["links"]["review"], 200, **request)
        values = {name: it["value"] for name, it in before["fields"].items() if "value" in it}
        assert {n: it["value"] for n, it in after["fields"].items() if "value" in it} == values
        assert {it["confidence"] for it in after["fields"].values() if "value" in it} == {1.0}


async def test_with_another_type_the_fields_are_that_types(gateway: Gateway, alice: Caller) -> None:
    before = await invoice(gateway, alice)
    after = await review(
        alice, before, 200, type="receipt", fields={"company": "Muster GmbH", "total": 119}
    )
    assert after["type"] == {"name": "receipt", "confidence": 1.0}
    assert set(after["fields"]) == {"company", "total", "currency", "net_amount", "tax_amount"}
    found = await alice.call("GET", DOCUMENTS_PATH, 200, params={"type": "receipt"})
    assert [it["id"] for it in found["documents"]] == [before["id"]]
    body = await review(
        alice, after, 422, sequence=after["sequence"], fields={"supplier_name": "M"}
    )
    assert "'supplier_name'" in body["detail"]
    again = await review(alice, after, 200, sequence=after["sequence"], fields={"total": "118.00"})
    assert again["type"]["name"] == "receipt"


async def test_a_rejected_document_is_final_and_can_be_taken_back(
    gateway: Gateway, alice: Caller
) -> None:
    before = await invoice(gateway, alice, "total_amount")
    rejected = await review(alice, before, 200, verdict="reject", note="An advertisement.")
    assert rejected["state"] == "rejected"
    assert rejected["error"] == {"code": "REVIEW_REJECTED", "detail": "An advertisement."}
    assert rejected["review"]["verdict"] == "reject"
    assert rejected["fields"] == before["fields"]
    names = await event_names(gateway, alice, before["id"])
    assert names[-2:] == [EventName.REVIEWED, EventName.REJECTED]
    await review(alice, before, 409)
    back = await review(alice, before, 200, sequence=rejected["sequence"])
    assert (back["state"], back["error"]) == ("ready", None)
    assert (back["review"]["verdict"], back["review"]["note"]) == ("accept", "")
    names = await event_names(gateway, alice, before["id"])
    assert names[-2:] == [EventName.REVIEWED, EventName.READY]


async def test_without_a_note_a_rejection_has_a_reason_all_the_same(
    gateway: Gateway, alice: Caller
) -> None:
    rejected = await review(alice, await invoice(gateway, alice), 200, verdict="reject")
    assert rejected["error"]["detail"] == "A person rejected the document."
    for wish in ({"fields": {"currency": "EUR"}}, {"type": "receipt"}):
        body = await review(alice, await invoice(gateway, alice), 400, verdict="reject", **wish)
        assert "gives no fields" in body["detail"]


async def test_a_second_review_must_have_seen_the_first(gateway: Gateway, alice: Caller) -> None:
    before = await invoice(gateway, alice)
    first = await review(
        alice, before, 200, sequence=before["sequence"], fields={"total_amount": "1.00"}
    )
    for wish in ({}, {"sequence": before["sequence"]}, {"sequence": first["sequence"] + 1}):
        body = await review(alice, before, 409, fields={"total_amount": "2.00"}, **wish)
        assert (body["code"], "sequence" in body["detail"]) == ("CONFLICT", True)
    assert await alice.call("GET", before["links"]["self"], 200) == first
    second = await review(
        alice, before, 200, sequence=first["sequence"], fields={"net_amount": "2.00"}
    )
    assert second["fields"]["total_amount"]["value"] == "1.00"
    assert second["fields"]["net_amount"]["value"] == "2.00"
    assert second["review"]["at"] > first["review"]["at"]
    names = await event_names(gateway, alice, before["id"])
    assert names[-3:] == [EventName.READY, EventName.REVIEWED, EventName.REVIEWED]


@pytest.mark.parametrize("before", [0, 1])
async def test_of_many_at_the_same_time_one_wins(
    gateway: Gateway, alice: Caller, before: int
) -> None:
    document = await invoice(gateway, alice)
    for _ in range(before):  # all of them know an earlier review
        document = await review(alice, document, 200)
    known = {"sequence": document["sequence"]} if before else {}

    async def attempt(number: int) -> tuple[int, str]:
        wish = {"fields": {"total_amount": f"{number}.00"}, **known}
        async with alice.client.post(document["links"]["review"], json=wish) as answer:
            return answer.status, f"{number}.00"

    outcomes = await asyncio.gather(*(attempt(number) for number in range(1, 9)))
    (winner,) = [value for status, value in outcomes if status == 200]
    assert [status for status, _ in outcomes].count(409) == 7
    after = await alice.call("GET", document["links"]["self"], 200)
    assert after["fields"]["total_amount"]["value"] == winner
    names = await event_names(gateway, alice, document["id"])
    assert names.count(EventName.REVIEWED) == before + 1


async def test_what_is_not_done_or_failed_cannot_be_reviewed(
    gateway: Gateway, alice: Caller
) -> None:
    (made,) = await alice.upload()
    links = made["links"]
    assert (await alice.call("GET", links["review"], 200))["machine_fields"] == {}
    for prepare in (None, "read", "cancel"):
        if prepare == "read":
            await gateway.read(alice, made["id"])
        elif prepare == "cancel":
            await alice.call("POST", f"{links['self']}/cancel", 200)
        body = await review(alice, made, 409, fields={"total": "1.00"})
        assert (body["code"], body["detail"]) == (
            "CONFLICT",
            "The document has no fields to review.",
        )


@pytest.mark.parametrize(
    ("wish", "status", "code", "said"),
    [
        ({"fields": {"no_such_field": "x"}}, 422, "INCOHERENT_DATA", "'no_such_field'"),
        ({"fields": {"total_amount": "much"}}, 422, "INCOHERENT_DATA", "total_amount must be a de"),
        ({"fields": {"total_amount": True}}, 422, "INCOHERENT_DATA", "total_amount"),
        ({"fields": {"total_amount": {"value": 1}}}, 422, "INCOHERENT_DATA", "total_amount"),
        ({"fields": {"due_date": "14.02.2026"}}, 422, "INCOHERENT_DATA", "due_date must be a date"),
        ({"fields": {"currency": "Euro"}}, 422, "INCOHERENT_DATA", "currency must be a currency"),
        ({"fields": {"line_items": {}}}, 422, "INCOHERENT_DATA", "line_items must be a list"),
        (
            {"fields": {"line_items": [{}, {"line_total": "x"}]}},
            422,
            "INCOHERENT_DATA",
            "line_items[1].line_total must be a decimal number",
        ),
        (
            {"fields": {"line_items": [{"colour": "red"}]}},
            422,
            "INCOHERENT_DATA",
            "line_items[0] must be a row with the columns description, quantity",
        ),
        ({"type": "passport"}, 422, "UNKNOWN_TYPE", "no document type"),
        ({"verdict": "perhaps"}, 400, "BAD_REQUEST", "verdict"),
        ({"note": "x" * 1001}, 400, "BAD_REQUEST", "note"),
        ({"sequence": "x"}, 400, "BAD_REQUEST", "sequence"),
        ({"filds": {}}, 400, "BAD_REQUEST", "filds"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_reviewed(
    gateway: Gateway, alice: Caller, wish: Json, status: int, code: str, said: str
) -> None:
    document = await invoice(gateway, alice)
    body = await review(alice, document, status, **wish)
    assert body["code"] == code
    assert said in body["detail"]
    assert await alice.call("GET", document["links"]["self"], 200) == document


async def test_others_neither_see_nor_give_reviews(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    document = await invoice(gateway, alice)
    path = document["links"]["review"]
    await bob.call("GET", path, 404)
    await bob.call("POST", path, 404, json={})
    workspace = await alice.call("POST", "/api/v1/workspaces", 201, json={"name": "other"})
    elsewhere = await gateway.another(alice.organization, workspaces=(workspace["id"],))
    await elsewhere.call("POST", path, 404, json={})
    reader = await gateway.another(alice.organization, Scope.READ)
    await reader.call("GET", path, 200)
    await reader.call("POST", path, 403, json={})
    assert await alice.call("GET", document["links"]["self"], 200) == document


async def test_a_review_through_us_shows_in_the_other_dialect(
    gateway: Gateway, alice: Caller, ada: Client
) -> None:
    document = await invoice(gateway, alice)
    await review(alice, document, 200, fields={"total_amount": "120.00"})
    (shown,) = (
        await ada.call("GET", f"/docdigitizer/api/v1/documents/{document['id']}/reviews", 200)
    )["reviews"]
    key = "document:financial-document:amount_total"
    assert (shown["data"][key], shown["machine_data"][key]) == ("120.00", "119.00")
    body = await ada.call(
        "POST", f"/docdigitizer/api/v1/documents/{document['id']}/reviews", 409, json={}
    )
    assert body["code"] == "CONFLICT"
