"""Single values and validation results by the official Python client."""

from typing import Any

import pytest
from affinda.models import (
    AnnotationBatchUpdate,
    AnnotationCreate,
    AnnotationUpdate,
    BatchDeleteValidationResultsRequest,
    Rectangle,
    ValidationResultCreate,
    ValidationResultUpdate,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from shared.models.extraction import Extraction, Field, TypeGuess
from shared.models.page import Box
from shared.models.time import utc_now
from shared.models.work import Work, WorkState
from shared.stages import lifecycle
from shared.store.collections import CHECKS, DOCUMENTS, EXTRACTIONS
from shared.store.port import Query
from tests.api.affinda_client import Client
from tests.api.harness import DOCUMENTS_PATH, PDF, Caller, Gateway


@pytest.fixture
async def cj(gateway: Gateway, alice: Caller) -> Client:
    return Client(gateway, alice)


@pytest.fixture
async def zoe(gateway: Gateway, bob: Caller) -> Client:
    return Client(gateway, bob)


def cell(value: str, confidence: float = 0.6) -> Field:
    return Field(
        value=value,
        raw=value,
        confidence=confidence,
        boxes=[Box(page=0, x0=1, y0=2, x1=3, y1=4)],
    )


async def invoice(client: Client) -> str:
    """An invoice with two lines, as the extract stage leaves it; its id."""
    gateway, caller = client.gateway, client.caller
    (made,) = await caller.upload(PDF)
    document = await gateway.read(caller, made["id"])
    extraction = Extraction(
        id=lifecycle.extraction_id(document),
        organization=document.organization,
        workspace=document.workspace,
        document=document.id,
        revision=document.revision,
        work=Work(state=WorkState.DONE, attempts=1),
        type=TypeGuess(name="invoice", confidence=0.93),
        fields={
            "invoice_number": cell("A-1"),
            "total_amount": cell("30.00"),
            "line_items": [
                {"description": cell("Nails"), "line_total": cell("10.00")},
                {"description": cell("Screws"), "line_total": cell("20.00")},
            ],
        },
    )
    await gateway.store.of(caller.tenant, EXTRACTIONS).insert(extraction)
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    await documents.replace(lifecycle.settle(document, extraction, utc_now()))
    return document.id


async def numbered(client: Client, document: str) -> dict[str, Any]:
    """The annotations of a document by the field and what they are parsed to."""
    listed = await client.call("get_all_annotations", document=document)
    assert listed.count == len(listed.results)
    return {f"{it.field}:{it.raw}": it for it in listed.results}


async def test_a_value_is_changed_and_no_word_is_said_on_the_others(cj: Client) -> None:
    document = await invoice(cj)
    found = await numbered(cj, document)
    total = found["totalAmount:30.00"]
    assert (total.is_client_verified, total.confidence) == (False, 0.6)

    wish = AnnotationUpdate(parsed=31.5, raw="31.50")
    changed = await cj.call("update_annotation", total.id, body=wish)
    assert (changed.id, changed.raw) == (total.id, "31.50")
    assert (changed.is_client_verified, changed.is_verified, changed.confidence) == (
        True,
        True,
        1.0,
    )
    whole = await cj.call("get_document", document, compact=True)
    assert (whole.data["totalAmount"], whole.data["invoiceNumber"]) == (31.5, "A-1")
    assert whole.meta.is_confirmed is False
    number = (await numbered(cj, document))["invoiceNumber:A-1"]
    assert number.is_client_verified is False
    right = await cj.call(
        "update_annotation", number.id, body=AnnotationUpdate(is_client_verified=True)
    )
    assert (right.raw, right.is_client_verified) == ("A-1", True)

    native = await cj.caller.call("GET", f"{DOCUMENTS_PATH}/{document}", 200)
    assert native["fields"]["total_amount"]["value"] == "31.5"
    own = await cj.gateway.store.of(cj.caller.tenant, EXTRACTIONS).page(Query(), None, 2)
    machine = own[0].fields["total_amount"]
    assert isinstance(machine, Field)
    assert machine.value == "30.00", "the machine's values stay"
    await cj.call("update_document", document, body={"isConfirmed": True})
    whole = await cj.call("get_document", document, compact=True)
    assert (whole.meta.is_confirmed, whole.data["totalAmount"]) == (True, 31.5)


async def test_values_are_added_and_taken_away(cj: Client) -> None:
    document = await invoice(cj)
    place = [Rectangle(page_index=0, x0=5, y0=6, x1=7, y1=8)]
    due = AnnotationCreate(
        document=document,
        page_index=0,
        data_point="dt_invoice.due_date",
        raw="31/01/26",
        parsed="2026-01-31",
        rectangles=place,
    )
    made = await cj.call("create_annotation", body=due)
    assert (made.field, made.raw, made.rectangle.x1, made.page_index) == (
        "dueDate",
        "31/01/26",
        7,
        0,
    )
    line = AnnotationCreate(
        document=document, page_index=0, field="lineItems", parsed={"description": "Glue"}
    )
    group = await cj.call("create_annotation", body=line)
    amount = AnnotationCreate(
        document=document, page_index=0, field="lineTotal", raw="5.00", parent=group.id
    )
    (cells,) = await cj.call("batch_create_annotations", body=[amount])
    assert cells.parent == group.id
    data = (await cj.call("get_document", document, compact=True)).data
    assert data["dueDate"] == "2026-01-31"
    assert [(it["description"], it["lineTotal"]) for it in data["lineItems"]] == [
        ("Nails", 10),
        ("Screws", 20),
        ("Glue", 5),
    ]

    found = await numbered(cj, document)
    rows = [found[f"lineItems:{it}"].id for it in ("Nails 10.00", "Screws 20.00")]
    await cj.call("batch_delete_annotations", body=rows)
    await cj.call("delete_annotation", found["invoiceNumber:A-1"].id)
    data = (await cj.call("get_document", document, compact=True)).data
    assert [it["description"] for it in data["lineItems"]] == ["Glue"]
    assert data["invoiceNumber"] is None
    with pytest.raises(ResourceNotFoundError):
        await cj.call("get_annotation", found["invoiceNumber:A-1"].id)


async def test_several_values_at_once(cj: Client) -> None:
    document = await invoice(cj)
    found = await numbered(cj, document)
    wishes = [
        AnnotationBatchUpdate(id=found["description:Nails"].id, parsed="Tacks", raw="Tacks"),
        AnnotationBatchUpdate(id=found["invoiceNumber:A-1"].id, is_client_verified=True),
    ]
    changed = await cj.call("batch_update_annotations", body=wishes)
    assert [(it.raw, it.is_client_verified) for it in changed] == [("Tacks", True), ("A-1", True)]


async def test_values_that_cannot_be(cj: Client, zoe: Client) -> None:
    document = await invoice(cj)
    number = (await numbered(cj, document))["totalAmount:30.00"].id
    assert (await cj.json("GET", f"/v3/annotations/{number}"))["parsed"] == 30.0
    with pytest.raises(HttpResponseError) as refused:
        await cj.call("update_annotation", number, body=AnnotationUpdate(parsed="much"))
    assert refused.value.status_code == 400
    for body in (
        {"document": document, "pageIndex": 0},
        {"document": document, "pageIndex": 0, "field": "noSuchField", "raw": "x"},
        {"document": document, "pageIndex": 0, "dataPoint": "dt_invoice.total_amount.x"},
    ):
        await cj.refused("POST", "/v3/annotations", 400, json=body)
    await cj.refused("GET", "/v3/annotations", 400)
    await zoe.refused("GET", f"/v3/annotations?document={document}", 404)
    for method, path, body in (
        ("GET", f"/v3/annotations/{number}", None),
        ("PATCH", f"/v3/annotations/{number}", {"raw": "x"}),
        ("DELETE", f"/v3/annotations/{number}", None),
        ("POST", "/v3/annotations", {"document": document, "field": "dueDate", "raw": "x"}),
        ("POST", "/v3/annotations/batch_delete", [number]),
        ("POST", "/v3/annotations/batch_update", [{"id": number, "raw": "x"}]),
    ):
        await zoe.refused(method, path, 404, json=body)
    assert (await cj.json("GET", f"/v3/annotations/{number}"))["parsed"] == 30.0


async def test_validation_results_live(gateway: Gateway, cj: Client, zoe: Client) -> None:
    document = await invoice(cj)
    found = await numbered(cj, document)
    numbers = [found["totalAmount:30.00"].id, found["lineItems:Nails 10.00"].id]
    wish = ValidationResultCreate(
        annotations=numbers, rule_slug="sum-of-lines", message="It is", document=document
    )
    made = await cj.call("create_validation_result", body=wish)
    assert (made.annotations, made.passed, made.rule_slug) == (numbers, None, "sum-of-lines")
    more = await cj.call("batch_create_validation_results", body=[wish, wish])
    assert len({made.id, *(it.id for it in more)}) == 3
    listed = await cj.call("get_all_validation_results", document=document)
    assert [it.id for it in listed] == [made.id, *(it.id for it in more)]
    listed = await cj.call("get_all_validation_results", document=document, offset=1, limit=1)
    assert [it.id for it in listed] == [more[0].id]

    change = ValidationResultUpdate(passed=True, annotations=numbers[:1])
    changed = await cj.call("update_validation_result", made.id, body=change)
    assert (changed.passed, changed.annotations, changed.message) == (True, numbers[:1], "It is")
    with pytest.raises(ResourceNotFoundError):
        await zoe.call("get_validation_result", made.id)
    strange = {"annotations": [1], "ruleSlug": "x", "message": "m", "document": document}
    await cj.refused("POST", "/v3/validation_results", 404, json=strange)
    wrong = strange | {"annotations": [], "ruleSlug": "Not A Slug"}
    await cj.refused("POST", "/v3/validation_results", 400, json=wrong)

    await cj.call("delete_validation_result", made.id)
    ids = BatchDeleteValidationResultsRequest(ids=[it.id for it in more[:1]])
    await cj.call("batch_delete_validation_results", body=ids)
    listed = await cj.call("get_all_validation_results", document=document)
    assert [it.id for it in listed] == [more[1].id]
    await cj.call("delete_document", document)
    assert await gateway.store.of(cj.caller.tenant, CHECKS).page(Query(), None, 2) == []
