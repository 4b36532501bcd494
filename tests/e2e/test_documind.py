"""Documind's workflow with the whole pipeline behind it, from the upload to the review."""

import asyncio
from collections.abc import AsyncIterator, Callable

import aiohttp
import pymupdf
import pytest

from tests.e2e.api import Api
from tests.e2e.documind import Json, Workflow
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf
from tests.samples.labelled import labelled_pdf
from tests.samples.labelled_kinds import KINDS
from tests.samples.pages import form_pdf
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
    document = await until(api, item["document_id"], lambda it: it["state"] == "needs_review")
    assert {it["field"] for it in document["review"]["reasons"]} == {"policy_holder"}
    path = f"{document['links']['self']}/review"
    await api.post(path, {"fields": {"policy_holder": "Ann Smith"}}, 200)
    assert (await running)["policy_holder"] == "Ann Smith"
    await until(api, item["document_id"], lambda it: it["state"] == "ready")


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
    newest = listed["items"][-1]["results"]
    document = await until(api, identity, lambda it: set(it["fields"]) <= set(newest))
    assert (document["revision"], document["state"]) == (1, "ready")
    one = await workflow.extract(identity, WITH_A_GAP, "advanced")
    assert one["needs_review"] is True
    await until(api, identity, lambda it: it["state"] == "needs_review")


async def until(api: Api, identity: str, holds: Callable[[Json], bool]) -> Json:
    """The document once it is told of what the answer has told before, a moment later."""
    async with asyncio.timeout(30):
        while not holds(document := await api.document(identity)):
            await asyncio.sleep(0.02)
    return document


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
    await until(api, made["id"], lambda it: set(it["fields"]) == set(RESULTS))
    before = (await workflow.get("/usage/credits"))["used_today"]
    await workflow.extract(made["id"], SCHEMA, "basic")
    await workflow.extract(made["id"], SCHEMA, "advanced")
    assert (await workflow.get("/usage/credits"))["used_today"] == before + 4 + 15


async def test_xml_that_states_something_else_than_its_page_is_told_in_every_dialect(
    workflow: Workflow, api: Api, up: Up
) -> None:
    content = invoice_pdf(stated=Invoice(iban="DE02120300000000202051"))
    (identity,) = await workflow.upload(("unlike.pdf", content))
    schema = {"named_entities": {"konto": {"type": "string", "format": "iban"}}}
    answer = await workflow.extract(identity, schema, "advanced")
    assert answer["results"] == {"konto": "DE02120300000000202051"}
    assert answer["needs_review"] is True
    assert answer["needs_review_metadata"]["review_flags"] == {"konto": True}
    (warning,) = answer["warnings"]
    assert INVOICE.iban in warning
    pending = await workflow.get("/pending-reviews")
    assert answer["extraction_id"] in {it["id"] for it in pending["items"]}
    relaxed = await workflow.extract(identity, schema, "advanced", review_threshold=0)
    assert relaxed["needs_review"] is False
    made = await api.upload(content, "unlike.pdf", wait="true")
    assert (made["state"], made["warnings"]) == ("needs_review", [warning.replace("konto", "iban")])
    async with aiohttp.ClientSession(up.url, headers={"Authorization": f"API_KEY {up.key}"}) as her:
        for path in ("", "/annotations"):
            async with her.get(f"/docdigitizer/api/v1/documents/{made['id']}{path}") as told:
                (told_of,) = [it for it in (await told.json()).values() if "reviewed" in it]
            assert told_of["warnings"] == made["warnings"]
    told = await api.get(f"/v3/documents/{made['id']}")
    assert [it["warningDetail"] for it in told["warnings"]] == made["warnings"]


async def test_a_schema_of_a_sample_extracts_from_the_next_document(workflow: Workflow) -> None:
    """With the schema's own title and format, as the answer gave it."""
    policy = next(it for it in KINDS if it.name == "policy")
    pages = [labelled_pdf(policy, "columns", which) for which in (0, 1)]
    sample, another = await workflow.upload(("sample.pdf", pages[0]), ("another.pdf", pages[1]))
    answer = await workflow.send("POST", f"/schema/{sample}")
    assert answer["document_id"] == sample
    entities = answer["schema"]["named_entities"]
    assert {it.label for it in policy.told} <= {it.get("title") for it in entities.values()}
    assert entities["annual_premium"]["type"] == "number"
    assert entities["cover_starts"]["format"] == "date"
    table = entities["insured_vehicles" if "insured_vehicles" in entities else "table"]
    assert [it["title"] for it in table["items"]["named_entities"].values()] == list(policy.heads)
    assert (await workflow.send("POST", f"/schema/{sample}"))["schema"] == answer["schema"]
    results = (await workflow.extract(another, answer["schema"], "advanced"))["results"]
    assert results["policyholder"] == "Robert Brown"
    assert results["policy_no"] == "MP-10943-C"
    assert results["cover_starts"] == "2024-05-15"
    assert results["annual_premium"] == 1210.05
    assert [row["make"] for row in results["table"]] == ["Ford", "Audi"]
    assert [row["sum_insured"] for row in results["table"]] == [7300.0, 31000.0]


async def test_a_schema_of_a_form_has_its_check_boxes(workflow: Workflow) -> None:
    """They are in the file's form fields, which no page shows in words."""
    forms = [form_pdf("newsletter", ticked) for ticked in (True, False)]
    one, two = await workflow.upload(("one.pdf", forms[0]), ("two.pdf", forms[1]))
    schema = (await workflow.send("POST", f"/schema/{one}"))["schema"]
    assert schema["named_entities"]["newsletter"]["type"] == "boolean"
    for identity, ticked in ((one, True), (two, False)):
        results = (await workflow.extract(identity, schema, "advanced"))["results"]
        assert results == {"newsletter": ticked}


async def test_without_a_schema_one_is_made(workflow: Workflow) -> None:
    (identity,) = await workflow.upload(("invoice.pdf", invoice_pdf(INVOICE)))
    result = await workflow.send("POST", f"/extract/{identity}", {"prompt": "All of it"})
    assert result["results"]["invoice_number"] == INVOICE.number
    assert result["results"]["total_amount"] == float(INVOICE.total)
    assert len(result["results"]["line_items"]) == len(INVOICE.lines)


async def test_a_described_schema_extracts(workflow: Workflow) -> None:
    wish = {
        "schema_name": "invoice",
        "schema_description": "Extract invoice number, invoice date, total amount and line items",
    }
    schema = await workflow.send("POST", "/schema/generate-dynamic-schema/", wish)
    (identity,) = await workflow.upload(("invoice.pdf", invoice_pdf(INVOICE)))
    results = (await workflow.extract(identity, schema, "basic"))["results"]
    assert results["invoice_number"] == INVOICE.number
    assert results["invoice_date"] == INVOICE.date
    assert results["total_amount"] == float(INVOICE.total)
    assert [it["unit_price"] for it in results["line_items"]] == [
        float(it.unit_price) for it in INVOICE.lines
    ]


async def test_a_file_without_words_makes_no_schema(workflow: Workflow) -> None:
    blank = pymupdf.open()
    blank.new_page()
    (empty, broken) = await workflow.upload(
        ("blank.pdf", blank.tobytes()), ("broken.pdf", b"%PDF-1.7\n%%EOF\n")
    )
    for identity in (empty, broken):
        body = await workflow.send("POST", f"/schema/{identity}", None, 400)
        assert body["detail"]
