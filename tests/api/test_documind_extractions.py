"""The Documind dialect: what extractions are told as, lists with their filters, reviews."""

from datetime import timedelta
from typing import Any

import pytest

from shared.models.extraction import ExtractionMode, Fields, TypeGuess
from shared.models.time import to_iso, utc_now
from shared.models.work import Problem, Work, WorkState
from shared.store.collections import EXTRACTIONS
from tests.api.docdigitizer_client import client_of as docdigitizer_client
from tests.api.documind_client import SCHEMA, Client, client_of, extracted, found, order, read
from tests.api.harness import DOCUMENTS_PATH, PDF, Caller, Gateway

FIELDS: Fields = {
    "invoice_number": found("RE-7", 0.97),
    "total_amount": found("1234.50", 0.79999),
    "vendor.name": found("Muster GmbH", 0.9),
    "line_items": [{"description": found("Nails", 0.95), "quantity": found("2", 0.85)}],
}
RESULTS = {
    "invoice_number": "RE-7",
    "total_amount": 1234.5,
    "vendor": {"name": "Muster GmbH", "tax id": None},
    "line_items": [{"description": "Nails", "quantity": 2.0}],
    "notes": [],
}


@pytest.fixture
async def ada(gateway: Gateway, alice: Caller) -> Client:
    return client_of(gateway, alice)


async def a_document(gateway: Gateway, ada: Client, content: bytes = PDF) -> str:
    (identity,) = await ada.upload(content)
    await read(gateway, ada, identity)
    return identity


async def test_every_field_of_the_schema_is_told(gateway: Gateway, ada: Client) -> None:
    identity = await a_document(gateway, ada)
    made = await extracted(gateway, ada, identity, FIELDS)
    told = await ada.call("GET", f"/data/extractions/{made.id}")
    assert told["results"] == RESULTS
    assert list(told["results"]) == list(SCHEMA["named_entities"])  # type: ignore[arg-type]
    assert told["schema"] == SCHEMA
    scores = told["needs_review_metadata"]["confidence_scores"]
    assert scores == {
        "invoice_number": 97.0,
        "total_amount": 79.9,
        "vendor": 90.0,
        "line_items": 85.0,
        "notes": 0.0,
    }
    flags = told["needs_review_metadata"]["review_flags"]
    assert flags == {**dict.fromkeys(scores, False), "total_amount": True}
    assert told["needs_review"] is True
    assert (told["status"], told["mode"], told["model"]) == ("completed", "advanced", None)
    assert (told["is_reviewed"], told["reviewed_results"], told["reviewed_by"]) == (
        False,
        None,
        None,
    )
    assert told["credits_used"] == 2 * 15


async def test_what_is_flagged_depends_on_threshold_and_mode(gateway: Gateway, ada: Client) -> None:
    identity = await a_document(gateway, ada)

    async def flags_of(threshold: float, fields: Fields = FIELDS, **more: Any) -> Any:
        made = await extracted(
            gateway, ada, identity, fields, order=order(threshold=threshold), **more
        )
        told = await ada.call("GET", f"/data/extractions/{made.id}")
        flags = told["needs_review_metadata"]["review_flags"]
        assert told["needs_review"] is any(flags.values())
        return [name for name, flagged in flags.items() if flagged]

    assert await flags_of(0.79) == []
    assert await flags_of(0.98) == ["invoice_number", "total_amount"]
    assert await flags_of(0.5, {}) == ["invoice_number", "total_amount"], "missing counts as 0"
    assert await flags_of(0.0, {}) == []
    basic = await extracted(gateway, ada, identity, {}, mode=ExtractionMode.BASIC)
    told = await ada.call("GET", f"/data/extractions/{basic.id}")
    assert told["needs_review"] is False
    assert told["needs_review_metadata"] == {"confidence_scores": {}, "review_flags": {}}


async def test_one_under_way_and_one_that_failed(gateway: Gateway, ada: Client) -> None:
    identity = await a_document(gateway, ada)
    states = {
        "pending": Work(),
        "processing": Work(state=WorkState.RUNNING),
        "failed": Work(
            state=WorkState.FAILED, problem=Problem(code="TIMED_OUT", detail="Too slow.")
        ),
    }
    for status, work in states.items():
        await extracted(gateway, ada, identity, {}, work=work)
        listed = await ada.call("GET", f"/data/extractions?status={status}")
        assert listed["total"] == 1
        (item,) = listed["items"]
        assert (item["status"], item["results"], item["needs_review"]) == (status, None, False)
        assert item["error"] == ("Too slow." if status == "failed" else None)
        assert item["credits_used"] == 0
    assert (await ada.call("GET", "/pending-reviews"))["items"] == []


async def test_lists_are_filtered(gateway: Gateway, ada: Client) -> None:
    first = await a_document(gateway, ada)
    second = await a_document(gateway, ada, PDF + b"%")
    now = utc_now()
    sure = {**FIELDS, "total_amount": found("1", 0.99)}
    ids = [
        (await extracted(gateway, ada, first, FIELDS, created=now)).id,
        (
            await extracted(
                gateway, ada, first, sure, created=now + timedelta(seconds=1), document_name="z.pdf"
            )
        ).id,
        (await extracted(gateway, ada, second, FIELDS, created=now + timedelta(seconds=2))).id,
    ]
    await ada.call("PUT", f"/review/{ids[2]}", json={})

    async def numbers(query: str) -> list[int]:
        listed = await ada.call("GET", f"/data/extractions?{query}")
        assert listed["total"] == len(listed["items"])
        return [ids.index(it["id"]) for it in listed["items"]]

    assert await numbers("") == [2, 1, 0]
    assert await numbers("sort_order=asc") == [0, 1, 2]
    assert await numbers(f"document_id={first}") == [1, 0]
    assert await numbers("document_id=unheard-of") == []
    assert await numbers("needs_review=true") == [2, 0]
    assert await numbers("needs_review=False") == [1]
    assert await numbers("is_reviewed=true") == [2]
    assert await numbers("is_reviewed=false&needs_review=true") == [0]
    assert await numbers("original_filename=z.pdf") == [1]
    assert await numbers("original_filename=Z.pdf") == []
    assert await numbers(f"created_after={to_iso(now)}") == [2, 1]
    assert await numbers(f"created_before={to_iso(now + timedelta(seconds=1))}") == [0]
    assert await numbers(f"organization_id={ada.caller.organization}") == [2, 1, 0]
    assert await numbers("organization_id=another") == []
    assert await numbers("sort_by=original_filename&sort_order=asc") == [0, 2, 1]
    assert await numbers("sort_by=updated_at") == [2, 1, 0]
    assert await numbers("sort_by=updated_at&sort_order=asc&document_id=" + first) == [0, 1]
    assert sorted(await numbers("sort_by=status")) == [0, 1, 2]
    assert await numbers(f"document_id={first}&needs_review=true&sort_by=created_at") == [0]


async def test_lists_are_paged_by_number(gateway: Gateway, ada: Client) -> None:
    identity = await a_document(gateway, ada)
    now = utc_now()
    made = [await extracted(gateway, ada, identity, {}, created=now) for _ in range(7)]
    whole = sorted((it.id for it in made), reverse=True)
    for name in ("skip", "offset"):
        walked: list[str] = []
        for skip in range(0, 9, 3):
            part = await ada.call("GET", f"/data/extractions?{name}={skip}&limit=3")
            assert (part["total"], part["skip"], part["limit"]) == (7, skip, 3)
            walked += [it["id"] for it in part["items"]]
        assert walked == whole
    assert (await ada.call("GET", "/data/extractions?limit=5000"))["limit"] == 100
    assert (await ada.call("GET", "/data/extractions?skip=8"))["items"] == []


async def test_bad_values_are_refused(ada: Client) -> None:
    for query in (
        "limit=0", "limit=-1", "limit=x", "limit=1.5", "skip=-1", "offset=x", "status=done",
        "needs_review=maybe", "is_reviewed=1", "sort_by=name", "sort_order=up",
        "created_after=yesterday", "skip=99999999999999999999",
    ):  # fmt: skip
        detail = await ada.refused("GET", f"/data/extractions?{query}", 400)
        assert query.partition("=")[0] in detail


async def test_pending_reviews_are_those_that_wait_longest_first(
    gateway: Gateway, ada: Client
) -> None:
    identity = await a_document(gateway, ada)
    now = utc_now()
    made = [
        await extracted(gateway, ada, identity, FIELDS, created=now + timedelta(seconds=number))
        for number in range(3)
    ]
    await extracted(gateway, ada, identity, FIELDS, mode=ExtractionMode.BASIC)
    await ada.call("PUT", f"/review/{made[1].id}", json={})
    pending = await ada.call("GET", "/pending-reviews")
    assert [it["id"] for it in pending["items"]] == [made[0].id, made[2].id]
    assert pending["total"] == 2
    assert len((await ada.call("GET", "/pending-reviews?skip=1"))["items"]) == 1


async def test_a_review_replaces_the_results_and_keeps_them(gateway: Gateway, ada: Client) -> None:
    identity = await a_document(gateway, ada)
    made = await extracted(gateway, ada, identity, FIELDS)
    given = {
        "total_amount": 99.5,
        "vendor": {"tax id": "DE1"},
        "line_items": [{"description": "Bolts", "quantity": 3}, {"description": "Nuts"}],
        "notes": ["paid", "late"],
    }
    told = await ada.call("PUT", f"/review/{made.id}", json={"reviewed_results": given})
    assert told["is_reviewed"] is True
    assert told["results"] == RESULTS
    expected = {
        "invoice_number": "RE-7",
        "total_amount": 99.5,
        "vendor": {"name": "Muster GmbH", "tax id": "DE1"},
        "line_items": [
            {"description": "Bolts", "quantity": 3.0},
            {"description": "Nuts", "quantity": None},
        ],
        "notes": ["paid", "late"],
    }
    assert told["reviewed_results"] == expected
    assert told["reviewed_at"]
    assert told["reviewed_by"]
    listed = await ada.call("GET", f"/data/extractions?document_id={identity}&limit=1")
    assert listed["items"][0] == told
    again = await ada.call(
        "PUT", f"/review/{identity}", json={"reviewed_results": {"invoice_number": None}}
    )
    assert again["id"] == made.id, "a document's newest"
    machine = {**RESULTS, "invoice_number": None}
    assert again["reviewed_results"] == machine, "what is absent keeps the machine's value"
    stored = await gateway.store.of(ada.caller.tenant, EXTRACTIONS).get(made.id)
    assert stored is not None
    assert [it.fields["total_amount"].value for it in stored.earlier_reviews] == ["99.5"]  # type: ignore[union-attr]


async def test_one_that_needs_no_review_can_be_approved(gateway: Gateway, ada: Client) -> None:
    identity = await a_document(gateway, ada)
    made = await extracted(gateway, ada, identity, FIELDS, mode=ExtractionMode.BASIC)
    for body in ({"json": {"reviewed_results": {}}}, {"json": {}}, {}):
        told = await ada.call("PUT", f"/review/{made.id}", **body)
        assert told["reviewed_results"] == RESULTS


async def test_reviews_that_do_not_fit_are_refused(gateway: Gateway, ada: Client) -> None:
    identity = await a_document(gateway, ada)
    made = await extracted(gateway, ada, identity, FIELDS)
    bad: list[dict[str, Any]] = [
        {"unheard_of": 1},
        {"vendor": {"unheard_of": 1}},
        {"vendor": "Muster"},
        {"line_items": [{"unheard_of": 1}]},
        {"line_items": ["Nails"]},
        {"line_items": "Nails"},
        {"total_amount": "many"},
        {"total_amount": [1]},
    ]
    for given in bad:
        await ada.refused("PUT", f"/review/{made.id}", 400, json={"reviewed_results": given})
    assert (await ada.call("GET", f"/data/extractions/{made.id}"))["is_reviewed"] is False


async def test_one_under_way_cannot_be_reviewed(gateway: Gateway, ada: Client) -> None:
    identity = await a_document(gateway, ada)
    made = await extracted(gateway, ada, identity, {}, work=Work())
    await ada.refused("PUT", f"/review/{made.id}", 400, json={})


async def test_a_review_through_the_native_api_shows_here_and_the_other_way_round(
    gateway: Gateway, ada: Client, alice: Caller
) -> None:
    identity = await a_document(gateway, ada)
    old = await extracted(gateway, ada, identity, FIELDS)
    new = await extracted(gateway, ada, identity, FIELDS)
    native = await alice.call("GET", f"{DOCUMENTS_PATH}/{identity}", 200)
    assert native["state"] == "ready", "nothing says that a person should look"
    assert native["fields"]["vendor.name"]["value"] == "Muster GmbH"
    wish = {"fields": {"total_amount": "5.00", "vendor.tax id": "DE2"}}
    await alice.call("POST", f"{DOCUMENTS_PATH}/{identity}/review", 200, json=wish)
    told = await ada.call("GET", f"/data/extractions/{new.id}")
    assert told["reviewed_results"]["total_amount"] == 5.0
    assert told["reviewed_results"]["vendor"]["tax id"] == "DE2"
    assert (await ada.call("GET", f"/data/extractions/{old.id}"))["is_reviewed"] is False
    await ada.call("PUT", f"/review/{old.id}", json={"reviewed_results": {"total_amount": 1}})
    native = await alice.call("GET", f"{DOCUMENTS_PATH}/{identity}", 200)
    assert native["fields"]["total_amount"]["value"] == "5.00", "only its present one counts"
    await ada.call("PUT", f"/review/{new.id}", json={"reviewed_results": {"total_amount": 8}})
    native = await alice.call("GET", f"{DOCUMENTS_PATH}/{identity}", 200)
    assert native["fields"]["total_amount"]["value"] == "8"
    reject = {"verdict": "reject", "note": "Not ours.", "sequence": native["sequence"]}
    await alice.call("POST", f"{DOCUMENTS_PATH}/{identity}/review", 200, json=reject)
    told = await ada.call("GET", f"/data/extractions/{new.id}")
    assert (told["is_reviewed"], told["reviewed_results"]) == (True, None)
    assert told["error"] == "Not ours."


async def test_a_client_of_docdigitizer_sees_and_reviews_what_was_ordered(
    gateway: Gateway, ada: Client, alice: Caller
) -> None:
    identity = await a_document(gateway, ada)
    kind = TypeGuess(name="receipt", confidence=0.9)
    made = await extracted(gateway, ada, identity, FIELDS, type=kind)
    docdigitizer = docdigitizer_client(gateway, alice)
    data = (await docdigitizer.document(identity))["annotations"]["data"]
    assert data["document:financial-document:amount_total"] == "1234.50"
    assert data["document:financial-document:document_identifier"] == "RE-7"
    path = f"/docdigitizer/api/v1/documents/{identity}/reviews"
    await docdigitizer.call("POST", path, 201, json={"data": {"amount_total": "7.00"}})
    told = await ada.call("GET", f"/data/extractions/{made.id}")
    assert told["is_reviewed"] is True
    assert told["reviewed_results"]["total_amount"] == 7.0


async def test_the_native_api_lists_all_extractions_of_a_document(
    gateway: Gateway, ada: Client, alice: Caller, bob: Caller
) -> None:
    identity = await a_document(gateway, ada)
    now = utc_now()
    made = [
        await extracted(gateway, ada, identity, FIELDS, created=now + timedelta(seconds=number))
        for number in range(3)
    ]
    await ada.call("PUT", f"/review/{made[0].id}", json={"reviewed_results": {"total_amount": 3}})
    path = f"{DOCUMENTS_PATH}/{identity}/extractions"
    first = await alice.call("GET", f"{path}?maxRetrieve=2", 200)
    told = [(it["id"], it["present"]) for it in first["extractions"]]
    assert told == [(made[2].id, True), (made[1].id, False)]
    assert first["extractions"][0]["ordered"]["fields"][0]["name"] == "invoice_number"
    assert first["extractions"][0]["reviewed_fields"] is None
    (oldest,) = (await alice.call("GET", path, 200))["extractions"][2:]
    assert oldest["fields"]["total_amount"]["value"] == "1234.50"
    assert oldest["reviewed_fields"]["total_amount"]["value"] == "3"
    await bob.call("GET", path, 404)
