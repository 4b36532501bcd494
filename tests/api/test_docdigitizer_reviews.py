"""Reviews: given once, seen in every dialect, told to everyone."""

import asyncio
from datetime import timedelta

import pytest

from shared.models.document import DocumentState, EventName
from shared.models.extraction import FieldSource, Reviewed
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.time import utc_now
from shared.stages.context import Runtime
from shared.stages.relay import Relay
from shared.store.collections import EXTRACTIONS
from tests.api.docdigitizer_client import (
    ANNOTATE,
    FINANCIAL,
    INVOICE_FIELDS,
    Client,
    extract,
    found,
)
from tests.api.harness import Gateway, Json

ROWS = "document:invoice:line_items"


async def annotated(
    gateway: Gateway, client: Client, path: str = ANNOTATE, doubts: tuple[str, ...] = ()
) -> str:
    """The path of an annotated document."""
    task = await client.annotate(path=path)
    await extract(gateway, client, task["document_id"], INVOICE_FIELDS, doubts=doubts)
    link: str = task["links"]["document"]
    return link


async def reviews(client: Client, path: str) -> list[Json]:
    listed: list[Json] = (await client.call("GET", f"{path}/reviews", 200))["reviews"]
    return listed


async def test_a_review_corrects_and_confirms(gateway: Gateway, ada: Client) -> None:
    path = await annotated(gateway, ada)
    wish = {"data": {f"{FINANCIAL}amount_total": "120.00", "due_date": "2026-02-14"}}
    body = await ada.call("POST", f"{path}/reviews", 201, json=wish)
    review = body.pop("review")
    assert body == {"status": 201, "code": "CREATED", "detail": "Created"}
    assert review["status"] == "DONE"
    assert review["document_id"] == path.rsplit("/", 1)[-1]
    assert review["reviewed"].endswith("Z")
    assert review["reviewer"]
    assert review["data"][f"{FINANCIAL}amount_total"] == "120.00"
    assert review["data"][f"{FINANCIAL}due_date"] == "2026-02-14"
    assert review["machine_data"][f"{FINANCIAL}amount_total"] == "119.00"
    assert review["machine_data"][f"{FINANCIAL}due_date"] is None
    assert await reviews(ada, path) == [review]
    document = (await ada.call("GET", path, 200))["document"]
    assert document["reviewed"] is True
    assert document["annotation_status"] == "success"
    assert document["annotations"]["data"] == review["data"]
    assert document["annotations"]["confidence"][f"{FINANCIAL}supplier_name"] == 1.0
    assert document["annotations"]["confidence"][f"{FINANCIAL}amount_total"] == 1.0
    assert document["annotations"]["confidence"][f"{FINANCIAL}amount_paid"] == 0.0
    annotations = (await ada.call("GET", f"{path}/annotations", 200))["annotations"]
    assert (annotations["reviewed"], annotations["data"]) == (True, review["data"])


async def test_the_machines_values_stay_and_every_dialect_shows_the_review(
    gateway: Gateway, ada: Client
) -> None:
    path = await annotated(gateway, ada, doubts=("total_amount",))
    identity = path.rsplit("/", 1)[-1]
    before = await ada.caller.call("GET", f"/api/v1/documents/{identity}", 200)
    assert (before["state"], before["review"]["needed"]) == ("needs_review", True)
    await ada.call("POST", f"{path}/reviews", 201, json={"data": {"amount_total": 120.5}})
    after = await ada.caller.call("GET", f"/api/v1/documents/{identity}", 200)
    assert (after["state"], after["type"]) == ("ready", {"name": "invoice", "confidence": 1.0})
    assert after["review"]["done"] is True
    assert after["review"]["needed"] is False
    assert after["review"]["by"]
    total = after["fields"]["total_amount"]
    assert (total["value"], total["source"], total["confidence"]) == ("120.5", "person", 1.0)
    assert after["fields"]["net_amount"]["source"] == "layout"
    record = await ada.record(gateway, identity)
    extraction = await gateway.store.of(ada.caller.tenant, EXTRACTIONS).get(record.extraction or "")
    assert extraction is not None
    assert extraction.fields == INVOICE_FIELDS
    assert extraction.reviewed is not None
    assert extraction.reviewed.by == after["review"]["by"]
    changed = extraction.reviewed.fields["total_amount"]
    assert not isinstance(changed, list)
    assert changed.source is FieldSource.PERSON


async def test_a_review_is_told_and_a_document_in_doubt_becomes_ready(
    gateway: Gateway, ada: Client
) -> None:
    for doubts, expected in (
        ((), [EventName.READY, EventName.REVIEWED]),
        (("total_amount",), [EventName.NEEDS_REVIEW, EventName.REVIEWED, EventName.READY]),
    ):
        path = await annotated(gateway, ada, doubts=doubts)
        await ada.call("POST", f"{path}/reviews", 201, json={})
        record = await ada.record(gateway, path.rsplit("/", 1)[-1])
        names = [it.name for it in record.events]
        assert names[-len(expected) :] == expected
        assert [it.sequence for it in record.events] == list(range(1, len(names) + 1))
        assert record.state is DocumentState.READY


async def test_an_empty_review_confirms_everything(gateway: Gateway, ada: Client) -> None:
    for request in ({}, {"json": {}}, {"json": {"data": {}}}):
        path = await annotated(gateway, ada)
        before = (await ada.call("GET", path, 200))["document"]["annotations"]["data"]
        body = await ada.call("POST", f"{path}/reviews", 201, **request)
        assert body["review"]["data"] == body["review"]["machine_data"] == before


async def test_a_second_review_is_a_conflict_and_changes_nothing(
    gateway: Gateway, ada: Client
) -> None:
    path = await annotated(gateway, ada)
    await ada.call("POST", f"{path}/reviews", 201, json={"data": {"amount_total": "1.00"}})
    before = await reviews(ada, path)
    body = await ada.call("POST", f"{path}/reviews", 409, json={"data": {"amount_total": "2.00"}})
    assert (body["status"], body["code"]) == (409, "CONFLICT")
    assert await reviews(ada, path) == before


async def test_of_many_at_the_same_time_one_wins(gateway: Gateway, ada: Client) -> None:
    path = await annotated(gateway, ada)

    async def attempt(number: int) -> tuple[int, str]:
        wish = {"data": {"amount_total": f"{number}.00"}}
        async with ada.session.post(f"{path}/reviews", json=wish) as answer:
            return answer.status, f"{number}.00"

    outcomes = await asyncio.gather(*(attempt(number) for number in range(1, 9)))
    (winner,) = [value for status, value in outcomes if status == 201]
    assert [status for status, _ in outcomes].count(409) == 7
    document = (await ada.call("GET", path, 200))["document"]
    assert document["annotations"]["data"][f"{FINANCIAL}amount_total"] == winner
    record = await ada.record(gateway, document["id"])
    assert [it.name for it in record.events].count(EventName.REVIEWED) == 1


async def test_before_there_is_something_to_review_it_is_a_conflict(
    gateway: Gateway, ada: Client
) -> None:
    task = await ada.annotate()
    path = f"{task['links']['document']}/reviews"
    body = await ada.call("POST", path, 409, json={"data": {"amount_total": "1.00"}})
    assert body["code"] == "CONFLICT"
    assert (await ada.call("GET", path, 200))["reviews"] == []


async def test_a_review_that_is_wished_for_is_pending(gateway: Gateway, ada: Client) -> None:
    path = await annotated(gateway, ada, doubts=("total_amount",))
    (pending,) = await reviews(ada, path)
    assert (pending["status"], pending["reviewed"], pending["reviewer"]) == ("PENDING", None, None)
    assert pending["data"] == {}
    assert pending["machine_data"][f"{FINANCIAL}amount_total"] == "119.00"
    body = await ada.call("POST", f"{path}/reviews", 201, json={})
    assert body["review"]["id"] == pending["id"]
    assert await reviews(ada, await annotated(gateway, ada)) == []


async def test_a_type_can_be_corrected_within_the_class(gateway: Gateway, ada: Client) -> None:
    path = await annotated(gateway, ada)
    wish = {"data": {"document_type": "receipt", "amount_due": None, "due_date": None}}
    body = await ada.call("POST", f"{path}/reviews", 201, json=wish)
    document = (await ada.call("GET", path, 200))["document"]
    assert body["review"]["data"] == document["annotations"]["data"]
    assert document["annotations"]["data"][f"{FINANCIAL}document_type"] == "receipt"
    assert document["annotations"]["data"][f"{FINANCIAL}amount_total"] == "119.00"
    assert body["review"]["machine_data"][f"{FINANCIAL}document_type"] == "invoice"


async def test_values_can_be_taken_away_and_rows_replaced(gateway: Gateway, ada: Client) -> None:
    path = await annotated(gateway, ada, f"{ANNOTATE}:invoice")
    rows = [
        {"description": "Nails", "quantity": 2, "line_total": "80.00"},
        {"description": "Screws", "quantity": None, "line_total": 20},
    ]
    wish = {"data": {ROWS: rows, "vat_id": None}}
    body = await ada.call("POST", f"{path}/reviews", 201, json=wish)
    data = body["review"]["data"]
    assert data["document:invoice:vat_id"] is None
    assert data[ROWS] == [
        {"description": "Nails", "quantity": "2", "line_total": "80.00"},
        {"description": "Screws", "line_total": "20"},
    ]
    assert body["review"]["machine_data"][ROWS][0]["description"] == "Nägel, 1 kg"


@pytest.mark.parametrize(
    "data",
    [
        {"no_such_field": "x"},
        {"document:invoice:total_amount": "1.00"},
        {"amount_total": "much"},
        {"amount_total": True},
        {"amount_total": "1e99999999"},
        {"amount_total": ["1.00"]},
        {"amount_total": "NaN"},
        {"issue_date": "15.01.2026"},
        {"issue_date": 20260115},
        {"currency": "Euro"},
        {"supplier_name": {"a": 1}},
        {"supplier_name": "x" * 10_001},
        {"document_type": "passport"},
        {"document_type": 1},
    ],
)
async def test_a_value_that_does_not_fit_is_incoherent(
    gateway: Gateway, ada: Client, data: Json
) -> None:
    path = await annotated(gateway, ada)
    body = await ada.call("POST", f"{path}/reviews", 422, json={"data": data})
    assert (body["status"], body["code"]) == (422, "INCOHERENT_DATA")
    assert (await ada.call("GET", path, 200))["document"]["reviewed"] is False
    await ada.call("POST", f"{path}/reviews", 201, json={})


@pytest.mark.parametrize(
    "rows", [{}, [1], [{"no_such_column": "x"}], [{"line_total": "much"}], [{}] * 1001]
)
async def test_rows_that_do_not_fit_are_incoherent(
    gateway: Gateway, ada: Client, rows: object
) -> None:
    path = await annotated(gateway, ada, f"{ANNOTATE}:invoice")
    body = await ada.call("POST", f"{path}/reviews", 422, json={"data": {ROWS: rows}})
    assert body["code"] == "INCOHERENT_DATA"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"data": []}', "application/json"),
        (b'{"date": {}}', "application/json"),
        (b"a=b", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_is_no_review_is_a_bad_request(
    gateway: Gateway, ada: Client, body: bytes, content_type: str
) -> None:
    path = await annotated(gateway, ada)
    answer = await ada.call(
        "POST", f"{path}/reviews", 400, data=body, headers={"Content-Type": content_type}
    )
    assert answer["code"] == "BAD_REQUEST"


async def test_reviews_of_others_do_not_exist(gateway: Gateway, ada: Client, ben: Client) -> None:
    path = await annotated(gateway, ada)
    await ben.call("GET", f"{path}/reviews", 404)
    await ben.call("POST", f"{path}/reviews", 404, json={})
    assert (await ada.call("GET", path, 200))["document"]["reviewed"] is False


async def test_a_review_outlives_being_processed_anew(gateway: Gateway, ada: Client) -> None:
    path = await annotated(gateway, ada)
    identity = path.rsplit("/", 1)[-1]
    await ada.call("POST", f"{path}/reviews", 201, json={"data": {"amount_total": "1.00"}})
    await ada.caller.call("POST", f"/api/v1/documents/{identity}/reprocess", 202)
    again = (await ada.call("GET", path, 200))["document"]
    assert (again["reviewed"], again["annotations"]["data"]) == (False, {})
    (old,) = await reviews(ada, path)
    assert old["data"][f"{FINANCIAL}amount_total"] == "1.00"
    await extract(gateway, ada, identity, {"total_amount": found("9.00")})
    await ada.call("POST", f"{path}/reviews", 201, json={})
    newest = await reviews(ada, path)
    assert [it["data"][f"{FINANCIAL}amount_total"] for it in newest] == ["9.00", "1.00"]
    first = await ada.session.get(f"{path}/reviews", params={"maxRetrieve": "1"})
    assert first.headers["X-More-Results-Available"] == "true"
    cursor = first.headers["X-Cursor-ID"]
    second = await ada.call("GET", f"{path}/reviews", 200, params={"cursorId": cursor})
    assert second["reviews"] == newest[1:]


async def test_a_review_whose_process_died_reaches_the_document_by_the_relay(
    gateway: Gateway, ada: Client
) -> None:
    path = await annotated(gateway, ada, doubts=("total_amount",))
    identity = path.rsplit("/", 1)[-1]
    record = await gateway._settled(ada.caller, identity)
    extractions = gateway.store.of(ada.caller.tenant, EXTRACTIONS)
    extraction = await extractions.get(record.extraction or "")
    assert extraction is not None
    long_ago = utc_now() - timedelta(minutes=1)
    reviewed = Reviewed(fields=extraction.fields, by="somebody", at=long_ago)
    entry = OutboxEntry(kind=OutboxKind.SETTLE, not_before=long_ago, target=identity)
    await extractions.replace(extraction.copy_with(reviewed=reviewed, outbox=[entry]))
    assert (await ada.call("GET", path, 200))["document"]["reviewed"] is False
    relay = Relay(Runtime(gateway.store, gateway.parts.broker), gateway.outbox)
    for _ in range(2):
        await relay.step()
    assert (await ada.call("GET", path, 200))["document"]["reviewed"] is True
    names = [it.name for it in (await ada.record(gateway, identity)).events]
    assert names.count(EventName.REVIEWED) == names.count(EventName.READY) == 1
