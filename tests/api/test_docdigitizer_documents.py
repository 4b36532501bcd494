"""Documents, tasks, annotations and assets in DocDigitizer's dialect."""

import csv
import hashlib
import io
import re

import pytest

from services.ingest.dialects.docdigitizer.classes import FINANCIAL_FIELDS
from shared.errors import Code
from shared.models.document import Document, DocumentState
from shared.models.ids import new_id
from shared.models.schema import DocumentType, FieldSpec, FieldType, Schema
from shared.models.time import utc_now
from shared.models.work import Problem
from shared.stages import lifecycle
from shared.store.collections import DOCUMENT_TYPES, DOCUMENTS
from tests.api.docdigitizer_client import (
    ANNOTATE,
    DOCUMENTS_PATH,
    FINANCIAL,
    INVOICE_FIELDS,
    TASKS_PATH,
    Client,
    extract,
    found,
    part,
)
from tests.api.harness import PDF, Gateway, Json

LINK_NAMES = {"annotations", "assets", "collection", "reviews", "self"}
CLASS_KEYS = {
    f"{FINANCIAL}{name}" for name in ("document_type", *(it.name for it in FINANCIAL_FIELDS))
}


async def in_state(gateway: Gateway, client: Client, state: DocumentState) -> str:
    """A document in this state, as the stages would have left it."""
    identity: str = (await client.annotate())["document_id"]
    if state is DocumentState.READY:
        await extract(gateway, client, identity, INVOICE_FIELDS)
    elif state is DocumentState.NEEDS_REVIEW:
        await extract(gateway, client, identity, INVOICE_FIELDS, doubts=("total_amount",))
    elif state is not DocumentState.RECEIVED:
        document = await gateway._settled(client.caller, identity)
        await gateway.store.of(client.caller.tenant, DOCUMENTS).replace(_put(document, state))
    return identity


def _put(document: Document, state: DocumentState) -> Document:
    if state is DocumentState.FAILED:
        problem = Problem(code=Code.FILE_ENCRYPTED, detail="The file needs a password.")
        return lifecycle.fail(document, problem, utc_now()).copy_with(outbox=[])
    return document.copy_with(state=state)


def keys_of(value: object) -> set[str]:
    """All keys in a body, at any depth."""
    if isinstance(value, dict):
        return set(value) | {it for inner in value.values() for it in keys_of(inner)}
    return {it for inner in value for it in keys_of(inner)} if isinstance(value, list) else set()


@pytest.mark.parametrize(
    ("state", "task", "annotation"),
    [
        ("received", "PENDING", "pending"),
        ("reading", "PROCESSING", "processing"),
        ("extracting", "PROCESSING", "processing"),
        ("ready", "SUCCESS", "success"),
        ("needs_review", "SUCCESS", "success"),
        ("failed", "FAILURE", "error"),
        ("rejected", "FAILURE", "rejected"),
        ("cancelled", "FAILURE", "rejected"),
        ("expired", "FAILURE", "rejected"),
    ],
)
async def test_in_every_state_all_links_answer_and_the_status_is_told(
    gateway: Gateway, ada: Client, ben: Client, state: str, task: str, annotation: str
) -> None:
    identity = await in_state(gateway, ada, DocumentState(state))
    document = await ada.document(identity)
    assert document["annotation_status"] == annotation
    told = await ada.call("GET", f"{TASKS_PATH}/{document['task_id']}", 200)
    assert told["status"] == 200
    assert told["task"]["status"] == task
    assert (told.get("document") == document) is (annotation == "success")
    assert ("document" in told) is (annotation == "success")
    assert set(document["links"]) == LINK_NAMES
    links = {**document["links"], **told["task"]["links"], "task": told["task"]["links"]["self"]}
    for name, path in links.items():
        assert path.startswith("/docdigitizer/api/v1/")
        await ada.call("GET", path, 200)
        await ada.call("GET", f"{path}/", 200)
        await ben.call("GET", path, 200 if name == "collection" else 404)
    answer = await ada.call("GET", document["links"]["annotations"], 200)
    assert answer["annotations"]["status"] == annotation
    assert answer["links"] == document["links"]
    assert bool(answer["annotations"]["data"]) is (annotation == "success")
    assert document["annotations"]["data"] == answer["annotations"]["data"]


async def test_a_document_from_its_first_moment(ada: Client) -> None:
    task = await ada.annotate(part(PDF, "Rechnung März.pdf"))
    document = await ada.document(task["document_id"])
    own = f"{DOCUMENTS_PATH}/{task['document_id']}"
    assert document == {
        "id": task["document_id"],
        "name": "Rechnung März.pdf",
        "media_type": "application/pdf",
        "size": len(PDF),
        "pages": None,
        "class": None,
        "tags": [],
        "created": task["created"],
        "updated": document["updated"],
        "sla_moment": task["sla_moment"],
        "task_id": task["id"],
        "annotation_status": "pending",
        "reviewed": False,
        "annotations": {"data": {}, "confidence": {}},
        "warnings": [],
        "error": None,
        "links": {
            "annotations": f"{own}/annotations",
            "assets": f"{own}/assets",
            "collection": DOCUMENTS_PATH,
            "reviews": f"{own}/reviews",
            "self": own,
        },
    }


async def test_an_annotated_invoice_is_a_financial_document(gateway: Gateway, ada: Client) -> None:
    identity = await in_state(gateway, ada, DocumentState.READY)
    document = await ada.document(identity)
    assert (document["class"], document["pages"], document["reviewed"]) == (
        "financial-document", 2, False,
    )  # fmt: skip
    data, confidence = document["annotations"]["data"], document["annotations"]["confidence"]
    assert set(data) == set(confidence) == CLASS_KEYS
    assert len(CLASS_KEYS) == 15
    assert {name.removeprefix(FINANCIAL): it for name, it in data.items() if it is not None} == {
        "document_type": "invoice",
        "document_identifier": "2026-17",
        "issue_date": "2026-01-15",
        "supplier_name": "Muster GmbH",
        "supplier_tax_number": "DE129273398",
        "recipient_name": "=Kunde AG",
        "currency": "EUR",
        "amount_total": "119.00",
        "amount_base_total": "100.00",
        "amount_tax_total": "-19.00",
    }
    assert confidence[f"{FINANCIAL}amount_total"] == 0.97
    assert confidence[f"{FINANCIAL}document_type"] == 0.95
    assert confidence[f"{FINANCIAL}due_date"] == 0.0


async def test_receipts_and_unknown_documents_map_by_concept(gateway: Gateway, ada: Client) -> None:
    fields = {"company": found("Kiosk"), "date": found("2026-02-03"), "total": found("3.20")}
    task = await ada.annotate()
    await extract(gateway, ada, task["document_id"], fields, "receipt")
    receipt = await ada.document(task["document_id"])
    assert receipt["class"] == "financial-document"
    expected = {"supplier_name": "Kiosk", "issue_date": "2026-02-03", "amount_total": "3.20"}
    data = receipt["annotations"]["data"]
    assert {name: data[f"{FINANCIAL}{name}"] for name in expected} == expected

    generic = {"reference": found("R-1"), "total": found("5.00"), "odd": found("x")}
    task = await ada.annotate(path=f"{ANNOTATE}:financial-document")
    await extract(gateway, ada, task["document_id"], generic, None)
    data = (await ada.document(task["document_id"]))["annotations"]["data"]
    assert set(data) == CLASS_KEYS
    assert data[f"{FINANCIAL}document_identifier"] == "R-1"
    assert data[f"{FINANCIAL}amount_total"] == "5.00"
    assert data[f"{FINANCIAL}document_type"] is None

    task = await ada.annotate()
    await extract(gateway, ada, task["document_id"], generic, None)
    unknown = await ada.document(task["document_id"])
    assert unknown["class"] == "generic"
    data = unknown["annotations"]["data"]
    assert data["document:generic:reference"] == "R-1"
    assert data["document:generic:odd"] == "x"
    assert data["document:generic:email"] is None


async def test_another_class_has_the_fields_of_its_type(gateway: Gateway, ada: Client) -> None:
    task = await ada.annotate(path=f"{ANNOTATE}:invoice")
    await extract(gateway, ada, task["document_id"], INVOICE_FIELDS)
    document = await ada.document(task["document_id"])
    data, confidence = document["annotations"]["data"], document["annotations"]["confidence"]
    assert document["class"] == "invoice"
    assert data["document:invoice:total_amount"] == "119.00"
    assert data["document:invoice:iban"] is None
    rows = [{"description": "Nägel, 1 kg", "line_total": "100.00"}]
    assert data["document:invoice:line_items"] == rows
    assert confidence["document:invoice:line_items"] == 0.7


async def test_an_organizations_own_type_is_a_class_of_it_alone(
    gateway: Gateway, ada: Client, ben: Client
) -> None:
    spec = FieldSpec(name="plate", type=FieldType.TEXT)
    own = DocumentType(
        organization=ada.caller.organization,
        name="parking_ticket",
        fields_schema=Schema(name="parking_ticket", fields=[spec]),
    )
    await gateway.store.of(ada.caller.tenant, DOCUMENT_TYPES).insert(own)
    task = await ada.annotate(path=f"{ANNOTATE}:parking-ticket")
    await extract(gateway, ada, task["document_id"], {}, "parking_ticket")
    document = await ada.document(task["document_id"])
    assert document["class"] == "parking-ticket"
    assert document["annotations"]["data"] == {"document:parking-ticket:plate": None}
    await ben.send(part(), path=f"{ANNOTATE}:parking-ticket", status=404)


async def test_a_failed_document_says_why(gateway: Gateway, ada: Client) -> None:
    document = await ada.document(await in_state(gateway, ada, DocumentState.FAILED))
    assert document["error"] == {
        "code": "FILE_ENCRYPTED",
        "detail": "The file needs a password.",
    }


async def test_annotations_as_json_and_csv(gateway: Gateway, ada: Client) -> None:
    document = await ada.document(await in_state(gateway, ada, DocumentState.READY))
    path = document["links"]["annotations"]
    answer = await ada.call("GET", path, 200)
    again = await ada.call("GET", path, 200, params={"output_format": "json"})
    assert answer == again
    view = answer["annotations"]
    assert {**document["annotations"], **view} == view
    assert (view["status"], view["class"], view["reviewed"]) == (
        "success", "financial-document", False,
    )  # fmt: skip
    assert re.fullmatch(r"\d{4}-.*Z", view["created"])
    async with ada.session.get(path, params={"output_format": "csv"}) as csv_answer:
        text = await csv_answer.text()
        assert csv_answer.status == 200
        assert csv_answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert 'filename="a.csv"' in csv_answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["key", "value", "confidence"]
    cells = {key: (value, float(sure)) for key, value, sure in rows[1:]}
    assert set(cells) == CLASS_KEYS
    assert cells[f"{FINANCIAL}amount_total"] == ("119.00", 0.97)
    assert cells[f"{FINANCIAL}amount_tax_total"] == ("-19.00", 0.9)
    assert cells[f"{FINANCIAL}due_date"] == ("", 0.0)
    assert cells[f"{FINANCIAL}recipient_name"][0] == "'=Kunde AG", "no formula for a spreadsheet"


async def test_rows_are_json_within_csv(gateway: Gateway, ada: Client) -> None:
    task = await ada.annotate(path=f"{ANNOTATE}:invoice")
    await extract(gateway, ada, task["document_id"], INVOICE_FIELDS)
    path = f"{task['links']['document']}/annotations?output_format=csv"
    async with ada.session.get(path) as answer:
        text = await answer.text()
    assert '"[{""description"": ""Nägel, 1 kg"", ""line_total"": ""100.00""}]"' in text


async def test_before_there_are_annotations_csv_has_its_head_alone(ada: Client) -> None:
    task = await ada.annotate()
    path = f"{task['links']['document']}/annotations?output_format=csv"
    async with ada.session.get(path) as answer:
        assert await answer.text() == "key,value,confidence\r\n"


@pytest.mark.parametrize("value", ["xml", "", "JSON", "csv "])
async def test_another_output_format_is_not_found(ada: Client, value: str) -> None:
    task = await ada.annotate()
    path = f"{task['links']['document']}/annotations"
    body = await ada.call("GET", path, 404, params={"output_format": value})
    assert (body["status"], body["code"]) == (404, "INVALID_OUTPUT_FORMAT")


async def test_the_original_comes_back_as_it_was(ada: Client, ben: Client) -> None:
    task = await ada.annotate(part(PDF, "Rechnung März.pdf"))
    path = f"{task['links']['document']}/assets"
    (asset,) = (await ada.call("GET", path, 200))["assets"]
    assert asset == {
        "id": asset["id"],
        "name": "Rechnung März.pdf",
        "media_type": "application/pdf",
        "size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "links": {"self": f"{path}/{asset['id']}", "document": task["links"]["document"]},
    }
    async with ada.session.get(asset["links"]["self"]) as answer:
        assert answer.status == 200
        assert await answer.read() == PDF
        assert answer.content_type == "application/pdf"
        assert "Rechnung%20M%C3%A4rz.pdf" in answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    await ada.call("GET", f"{path}/{new_id()}", 404)
    await ada.call("GET", f"{path}/first", 404)
    await ben.call("GET", asset["links"]["self"], 404)


async def test_a_task_is_found_by_its_id_alone(ada: Client, ben: Client) -> None:
    task = await ada.annotate()
    own = await ada.call("GET", task["links"]["self"], 200)
    assert own["task"] == task
    for unknown in (task["document_id"], new_id(), "x", "00000000-0000-0000-0000-000000000000"):
        body = await ada.call("GET", f"{TASKS_PATH}/{unknown}", 404)
        assert body["code"] == "NOT_FOUND"
    await ada.call("GET", f"{DOCUMENTS_PATH}/{task['id']}", 404)
    await ben.call("GET", task["links"]["self"], 404)


async def test_a_task_outlives_being_processed_anew(gateway: Gateway, ada: Client) -> None:
    identity = await in_state(gateway, ada, DocumentState.READY)
    document = await ada.document(identity)
    await ada.caller.call("POST", f"/api/v1/documents/{identity}/reprocess", 202)
    told = await ada.call("GET", f"{TASKS_PATH}/{document['task_id']}", 200)
    assert told["task"]["status"] == "PENDING"
    assert "document" not in told
    again = await ada.document(identity)
    assert again["annotations"]["data"] == {}
    for path in again["links"].values():
        await ada.call("GET", path, 200)


async def test_both_dialects_see_the_same_documents(gateway: Gateway, ada: Client) -> None:
    (native,) = await ada.caller.upload()
    task = await ada.annotate()
    listed = (await ada.call("GET", DOCUMENTS_PATH, 200))["documents"]
    assert [it["id"] for it in listed] == [task["document_id"], native["id"]]
    body: Json = await ada.caller.call("GET", f"/api/v1/documents/{task['document_id']}", 200)
    assert body["state"] == "received"


async def test_a_list_item_is_the_document(gateway: Gateway, ada: Client) -> None:
    identity = await in_state(gateway, ada, DocumentState.READY)
    (item,) = (await ada.call("GET", DOCUMENTS_PATH, 200))["documents"]
    assert item == await ada.document(identity)
    (task,) = (await ada.call("GET", TASKS_PATH, 200))["tasks"]
    assert task == (await ada.call("GET", task["links"]["self"], 200))["task"]


async def test_nothing_of_the_inside_shows(gateway: Gateway, ada: Client) -> None:
    identity = await in_state(gateway, ada, DocumentState.READY)
    shown = keys_of(await ada.call("GET", f"{DOCUMENTS_PATH}/{identity}", 200))
    assert not shown & {"blob", "outbox", "organization", "workspace", "callback", "lease", "rev"}
