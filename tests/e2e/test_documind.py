"""Documind's workflow with the whole pipeline behind it, from the upload to the review."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.e2e.api import Api
from tests.e2e.documind import Json, Workflow
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf
from tests.samples.receipts import Receipt, receipt_jpeg

SCHEMA: Json = {
    "named_entities": {
        "invoice_number": {"type": "string"},
        "total_amount": {"type": "number"},
        "line_items": {
            "type": "array",
            "items": {
                "type": "object",
                "named_entities": {
                    "description": {"type": "string"},
                    "quantity": {"type": "number"},
                    "line_total": {"type": "number"},
                },
            },
        },
    },
    "required": ["invoice_number", "total_amount"],
}
INVOICE = Invoice()
RESULTS = {
    "invoice_number": INVOICE.number,
    "total_amount": float(INVOICE.total),
    "line_items": [
        {
            "description": it.description,
            "quantity": float(it.quantity),
            "line_total": float(it.line_total),
        }
        for it in INVOICE.lines
    ],
}
WITH_A_GAP: Json = {
    "named_entities": {"invoice_number": {"type": "string"}, "policy_holder": {"type": "string"}},
    "required": ["invoice_number", "policy_holder"],
}


@pytest.fixture
async def workflow(up: Up) -> AsyncIterator[Workflow]:
    async with aiohttp.ClientSession(up.url, headers={"X-API-Key": up.key}) as session:
        yield Workflow(session)


@pytest.mark.parametrize("mode", ["basic", "vlm", "advanced"])
async def test_the_workflow_of_the_documentation(workflow: Workflow, mode: str) -> None:
    content = invoice_pdf(INVOICE)
    assert await workflow.process("invoice.pdf", content, SCHEMA, mode) == RESULTS


async def test_it_waits_for_the_person_who_reviews(workflow: Workflow) -> None:
    content = invoice_pdf(INVOICE)
    running = asyncio.create_task(workflow.process("gap.pdf", content, WITH_A_GAP, "advanced"))
    await workflow.waiting.wait()
    pending = await workflow.get("/pending-reviews")
    (item,) = [it for it in pending["items"] if it["original_filename"] == "gap.pdf"]
    flags = item["needs_review_metadata"]["review_flags"]
    assert flags == {"invoice_number": False, "policy_holder": True}
    assert item["needs_review_metadata"]["confidence_scores"]["policy_holder"] == 0
    reviewed = {"policy_holder": "Ann Smith"}
    await workflow.send("PUT", f"/review/{item['id']}", {"reviewed_results": reviewed})
    assert await running == {"invoice_number": INVOICE.number, "policy_holder": "Ann Smith"}


async def test_one_who_reviews_through_the_native_api_is_heard(
    workflow: Workflow, api: Api
) -> None:
    content = invoice_pdf(INVOICE)
    running = asyncio.create_task(workflow.process("gap2.pdf", content, WITH_A_GAP, "vlm"))
    await workflow.waiting.wait()
    pending = await workflow.get("/pending-reviews")
    (item,) = [it for it in pending["items"] if it["original_filename"] == "gap2.pdf"]
    document = await api.document(item["document_id"])
    assert document["state"] == "needs_review"
    assert {it["field"] for it in document["review"]["reasons"]} == {"policy_holder"}
    path = f"{document['links']['self']}/review"
    await api.post(path, {"fields": {"policy_holder": "Ann Smith"}}, 200)
    assert (await running)["policy_holder"] == "Ann Smith"
    assert (await api.document(item["document_id"]))["state"] == "ready"


async def test_one_document_is_extracted_by_many_schemas_and_read_once(
    workflow: Workflow, api: Api
) -> None:
    (identity,) = await workflow.upload(("many.pdf", invoice_pdf(INVOICE)))
    schemas = [SCHEMA, WITH_A_GAP, {"named_entities": {"net_amount": {"type": "number"}}}]
    answers = await asyncio.gather(
        *(workflow.extract(identity, schema, "basic") for schema in schemas)
    )
    assert [list(it["results"]) for it in answers] == [list(it["named_entities"]) for it in schemas]
    assert answers[2]["results"] == {"net_amount": float(INVOICE.net)}
    assert len({it["extraction_id"] for it in answers}) == 3
    listed = await workflow.get("/data/extractions", document_id=identity, sort_order="asc")
    assert {it["id"] for it in listed["items"]} == {it["extraction_id"] for it in answers}
    document = await api.document(identity)
    assert (document["revision"], document["state"]) == (1, "ready")
    newest = listed["items"][-1]
    assert set(document["fields"]) <= set(newest["results"]), "its present one is the newest"
    one = await workflow.extract(identity, WITH_A_GAP, "advanced")
    assert one["needs_review"] is True
    assert (await api.document(identity))["state"] == "needs_review"


async def test_a_scan_is_read_while_the_caller_waits(workflow: Workflow) -> None:
    receipt = Receipt()
    schema = {
        "named_entities": {
            "company": {"type": "string"},
            "total": {"type": "number"},
            "date": {"type": "string", "format": "date"},
        }
    }
    (identity,) = await workflow.upload(("receipt.jpg", receipt_jpeg(receipt)))
    results = (await workflow.extract(identity, schema, "advanced"))["results"]
    assert results["total"] == float(receipt.total)
    assert results["date"] == receipt.iso_date


async def test_a_file_that_cannot_be_read_fails_and_costs_nothing(workflow: Workflow) -> None:
    before = await workflow.get("/usage/credits")
    (identity,) = await workflow.upload(("broken.pdf", b"%PDF-1.7\n%%EOF\n"))
    body = await workflow.send("POST", f"/extract/{identity}", {"schema": SCHEMA}, 500)
    assert body["detail"].startswith("Extraction failed: ")
    (item,) = (await workflow.get("/data/extractions", document_id=identity))["items"]
    assert (item["status"], item["results"], item["credits_used"]) == ("failed", None, 0)
    assert item["error"]
    assert (await workflow.get("/usage/credits"))["used_today"] == before["used_today"]


async def test_a_document_sent_through_the_native_api_is_extracted_here(
    workflow: Workflow, api: Api
) -> None:
    made = await api.upload(invoice_pdf(INVOICE), "native.pdf")
    result = await workflow.extract(made["id"], SCHEMA, "advanced")
    assert result["results"] == RESULTS
    document = await api.finished(made["id"])
    assert set(document["fields"]) == set(RESULTS)
    before = (await workflow.get("/usage/credits"))["used_today"]
    await workflow.extract(made["id"], SCHEMA, "basic")
    await workflow.extract(made["id"], SCHEMA, "advanced")
    assert (await workflow.get("/usage/credits"))["used_today"] == before + 4 + 15
