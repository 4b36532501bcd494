"""What must hold end to end, however the services are put together."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import aiohttp
import pymupdf
import standardwebhooks
from aiohttp import web

from tests.api.origin import running_origin
from tests.e2e.api import Api
from tests.e2e.documind import Workflow
from tests.e2e.receiver import Receiver
from tests.samples.invoices import Invoice, invoice_pdf, many_pages_pdf
from tests.samples.labelled import labelled_pdf
from tests.samples.labelled_kinds import KINDS
from tests.samples.receipts import Receipt, receipt_jpeg
from tests.servers.otlp import OtlpReceiver


async def a_receipt_photo_gives_its_fields(api: Api, other: Api) -> None:
    receipt = Receipt()
    uploaded = await api.upload(receipt_jpeg(receipt), "receipt.jpg", wait="60")
    document = await api.finished(uploaded["id"])
    assert document["state"] in ("ready", "needs_review"), document
    assert document["type"]["name"] == "receipt"
    fields = document["fields"]
    assert fields["total"]["value"] == receipt.total
    assert fields["date"]["value"] == receipt.iso_date
    for name in ("company", "date", "address", "total"):
        assert 0 < fields[name]["confidence"] <= 1
        box = fields[name]["boxes"][0]
        assert box["page"] == 0
        assert box["x0"] < box["x1"]
        assert box["y0"] < box["y1"]
    async with other.session.get(f"/api/v1/documents/{document['id']}") as answer:
        assert answer.status == 404


async def an_e_invoice_gives_what_its_xml_states(api: Api) -> None:
    invoice = Invoice()
    uploaded = await api.upload(invoice_pdf(invoice, with_xml=True), "e.pdf", wait="true")
    document = await api.finished(uploaded["id"])
    fields = document["fields"]
    assert document["type"]["name"] == "invoice"
    stated = {
        "invoice_number": invoice.number,
        "invoice_date": invoice.date,
        "due_date": invoice.due,
        "total_amount": invoice.total,
        "net_amount": invoice.net,
        "tax_amount": invoice.tax,
        "currency": "EUR",
        "supplier_name": invoice.seller,
        "customer_name": invoice.buyer,
        "vat_id": invoice.vat_id,
        "iban": invoice.iban,
    }
    assert {name: fields[name]["value"] for name in stated} == stated
    assert {fields[name]["source"] for name in stated} == {"xml"}
    rows = [
        (row["description"]["value"], row["line_total"]["value"]) for row in fields["line_items"]
    ]
    assert rows == [(line.description, line.line_total) for line in invoice.lines]


async def a_born_digital_invoice_is_read_from_its_text(api: Api) -> None:
    invoice = Invoice(number="2024-7781")
    uploaded = await api.upload(invoice_pdf(invoice), "invoice.pdf", type="invoice")
    document = await api.finished(uploaded["id"])
    fields = document["fields"]
    assert fields["invoice_number"]["value"] == invoice.number
    assert fields["total_amount"]["value"] == invoice.total
    page = await api.get(f"/api/v1/documents/{document['id']}/pages/0")
    assert page["read_by"] == "text_layer"
    assert "2024-7781" in json.dumps(page)


async def a_document_can_be_processed_as_another_type_and_reviewed(api: Api) -> None:
    invoice = Invoice(number="2024-7782")
    uploaded = await api.upload(invoice_pdf(invoice), "invoice.pdf", type="invoice")
    first = await api.finished(uploaded["id"])
    own = first["links"]["self"]
    await api.post(f"{own}/reprocess", {"type": "receipt"}, 202)
    second = await api.finished(first["id"])
    assert (second["revision"], second["type"]["name"]) == (2, "receipt")
    assert second["sequence"] > first["sequence"]
    assert second["fields"]["total"]["value"] == invoice.total
    assert not {"total_amount", "invoice_number", "line_items"} & set(second["fields"])
    wish = {"fields": {"company": "Somebody Ltd"}, "sequence": second["sequence"]}
    third = await api.post(f"{own}/review", wish, 200)
    assert (third["state"], third["fields"]["company"]["source"]) == ("ready", "person")
    review = await api.get(f"{own}/review")
    assert review["machine_fields"] == second["fields"]


async def a_long_document_is_read_in_parts(api: Api) -> None:
    uploaded = await api.upload(many_pages_pdf(34), "long.pdf")
    document = await api.finished(uploaded["id"])
    assert document["state"] in ("ready", "needs_review")
    assert (document["pages"], document["pages_done"]) == (34, 34)
    _, _, text = await api.content(f"/api/v1/documents/{document['id']}/text")
    assert [f"Page {n + 1} of 34" in part for n, part in enumerate(text.decode().split("\f"))] == (
        [True] * 34
    )


async def what_a_document_holds_can_be_fetched(api: Api) -> None:
    content = invoice_pdf()
    uploaded = await api.upload(content, "holds.pdf")
    document = await api.finished(uploaded["id"])
    base = f"/api/v1/documents/{document['id']}"
    assert await api.content(f"{base}/original") == (200, "application/pdf", content)
    status, media_type, picture = await api.content(f"{base}/preview/0")
    assert (status, media_type) == (200, "image/webp")
    assert picture.startswith(b"RIFF")
    for link in document["links"].values():
        assert (await api.content(link))[0] == 200, link
    async with api.session.delete(base) as answer:
        assert answer.status in (200, 204)
    assert (await api.content(base))[0] == 404
    assert (await api.content(f"{base}/original"))[0] == 404


async def a_scanned_receipt_becomes_searchable(api: Api, other: Api) -> None:
    content = receipt_jpeg()
    uploaded = await api.upload(content, "receipt.jpg")
    document = await api.finished(uploaded["id"])
    links = document["links"]
    read = await api.get(f"{links['pages']}/0")
    words = {it["text"]: it for it in read["words"] if it["text"].isalpha()}
    status, media_type, made = await api.content(links["searchable_pdf"])
    assert (status, media_type) == (200, "application/pdf")
    assert content in made, "the picture's own bytes"
    with pymupdf.open(stream=made) as pdf:
        (page,) = pdf
        scale = page.rect.width / read["width"]
        for text in ("TOTAL", "CASH"):
            box = [words[text][side] * scale for side in ("x0", "y0", "x1", "y1")]
            assert [
                hit
                for hit in page.search_for(text)
                if max(abs(a - b) for a, b in zip(hit, box, strict=True)) < 2
            ]
    for kind in ("hocr", "alto", "markdown"):
        status, _, told = await api.content(links[kind])
        assert (status, b"TOTAL" in told) == (200, True)
        assert (await other.content(links[kind]))[0] == 404
    assert (await other.content(links["searchable_pdf"]))[0] == 404


async def bad_files_fail_with_a_reason(api: Api) -> None:
    locked = pymupdf.open()
    locked.new_page()
    encrypted = locked.tobytes(
        encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="secret"
    )
    for content, code in (
        (encrypted, "FILE_ENCRYPTED"),
        (b"%PDF-1.7\n" + b"\x00garbage" * 200, "FILE_CORRUPT"),
    ):
        uploaded = await api.upload(content, "bad.pdf")
        document = await api.finished(uploaded["id"])
        assert document["state"] == "failed"
        assert document["error"]["code"] == code


async def a_url_is_fetched_and_read(api: Api, other: Api) -> None:
    invoice = Invoice(number="2024-0815")
    content = invoice_pdf(invoice)
    async with running_origin() as origin:
        named = 'attachment; filename="invoice 0815.pdf"'
        origin.serve("/files/0815", content, Content_Disposition=named)
        url = origin.redirect("/latest", "/files/0815")
        accepted = await api.submit_url(url, wait=60, reference="r-0815")
        document = await api.finished(accepted["id"])
    assert (document["url"], document["name"]) == (url, "invoice 0815.pdf")
    assert document["state"] in ("ready", "needs_review"), document
    assert document["sequence"] == 5
    assert document["fields"]["invoice_number"]["value"] == invoice.number
    assert document["fields"]["total_amount"]["value"] == invoice.total
    own = f"/api/v1/documents/{document['id']}"
    assert await api.content(f"{own}/original") == (200, "application/pdf", content)
    assert (await other.content(own))[0] == 404


async def a_failed_fetch_is_told_with_its_reason(api: Api) -> None:
    receiver = Receiver()
    await receiver.start()
    wish = {"url": receiver.url, "events": ["document.failed", "document.rejected"]}
    made = await api.post("/api/v1/subscriptions", wish)
    expected = {}
    try:
        async with running_origin() as origin:
            for url, code in (
                (origin.url("/none.pdf"), "FETCH_REFUSED"),
                (origin.redirect("/inside", "http://10.255.255.1/a.pdf"), "TARGET_BLOCKED"),
                (origin.serve("/page.pdf", b"<html></html>"), "FILE_TYPE_NOT_SUPPORTED"),
            ):
                accepted = await api.submit_url(url)
                document = await api.finished(accepted["id"])
                assert document["error"]["code"] == code
                expected[document["id"]] = (document["state"], code)
            received = await receiver.until(len(expected))
    finally:
        await receiver.stop()
    told = [json.loads(it.body)["data"]["document"] for it in received]
    assert {it["id"]: (it["state"], it["error"]["code"]) for it in told} == expected
    async with api.session.delete(made["links"]["self"]) as answer:
        assert answer.status in (200, 204)


async def a_fetch_outlives_its_process(api: Api, restart: Callable[[], Awaitable[None]]) -> None:
    """Killed while the file comes in, with half of it here: it is fetched again, once."""
    content = invoice_pdf()
    half_sent, calls = asyncio.Event(), 0

    async def stall_first(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        if calls > 1:
            return web.Response(body=content)
        response = web.StreamResponse()
        response.content_length = len(content)
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        half_sent.set()
        await asyncio.sleep(600)
        return response

    async with running_origin() as origin:
        origin.answers["/slow.pdf"] = stall_first
        accepted = await api.submit_url(origin.url("/slow.pdf"))
        await asyncio.wait_for(half_sent.wait(), 30)
        await restart()
        document = await api.finished(accepted["id"])
    assert document["state"] in ("ready", "needs_review"), document
    assert (document["sequence"], document["pages_done"], calls) == (5, 1, 2)
    original = f"/api/v1/documents/{document['id']}/original"
    assert await api.content(original) == (200, "application/pdf", content)


async def a_webhook_hears_of_everything_in_order(api: Api, other: Api) -> None:
    receiver = Receiver(answers=[500])
    await receiver.start()
    try:
        made = await api.post("/api/v1/subscriptions", {"url": receiver.url})
        uploaded = await api.upload(invoice_pdf(), "told.pdf")
        await other.upload(invoice_pdf(), "not-told.pdf")
        await api.finished(uploaded["id"])
        received = await receiver.until(6)
    finally:
        await receiver.stop()
    verifier = standardwebhooks.Webhook(made["secret"])
    bodies = [verifier.verify(it.body, it.headers) for it in received]
    assert {body["data"]["document"]["id"] for body in bodies} == {uploaded["id"]}
    sequences = {body["data"]["sequence"]: body["type"] for body in bodies}
    assert sequences[1] == "document.received"
    assert set(sequences) == {1, 2, 3, 4, 5}
    final = next(body for body in bodies if body["data"]["sequence"] == 5)
    assert final["data"]["document"]["fields"]["total_amount"]["value"] == "297.50"
    ids = [it.headers["webhook-id"] for it in received]
    assert len(ids) == 6, "the refused one came again"
    assert len(set(ids)) == 5, "under its old id"
    async with api.session.delete(made["links"]["self"]) as answer:
        assert answer.status in (200, 204)


async def one_trace_leads_from_upload_to_webhook(
    api: Api, other: Api, collector: OtlpReceiver
) -> None:
    """Four processes and RabbitMQ in between; what a caller began goes on."""
    receiver = Receiver()
    await receiver.start()
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    invoice = Invoice(buyer="Trace Canary Ltd")
    try:
        wish = {"url": receiver.url, "events": ["document.ready", "document.needs_review"]}
        await other.post("/api/v1/subscriptions", wish)
        headers = {"traceparent": given}
        uploaded = await other.upload(invoice_pdf(invoice), "canary-name.pdf", headers=headers)
        await other.finished(uploaded["id"])
        (received,) = await receiver.until(1)
    finally:
        await receiver.stop()
    trace_id = given.split("-")[1]
    services = {f"docstage-{name}" for name in ("ingest", "ocr", "extract", "notify")}
    _, of_webhook, sending, _ = received.headers["traceparent"].split("-")
    assert of_webhook == trace_id
    spans = await asyncio.to_thread(collector.until, trace_id, sending, services)
    assert {it.service for it in spans} == services
    known = {it.span_id for it in spans} | {given.split("-")[2]}
    assert sending in known
    assert all(it.parent in known for it in spans), "each follows from one that is there"
    jobs = {it.span_id: it.name for it in spans}
    of_children = {(jobs.get(it.parent), it.name) for it in spans}
    assert {("ocr job", "open"), ("ocr job", "read page")} <= of_children
    assert {("extract job", "open"), ("extract job", "extract")} <= of_children
    told = json.dumps([it.attributes for it in collector.spans])
    assert uploaded["id"] in told
    assert "canary" not in told.lower(), "neither names nor content leave with traces"


async def a_result_queue_is_pulled_until_it_is_empty(api: Api, other: Api) -> None:
    wish = {"name": "pulled", "mode": "pull"}
    for tenant in (api, other):
        await tenant.post("/api/v1/result-queues", wish)
    uploaded = await api.upload(invoice_pdf(), "pulled.pdf")
    path = "/api/v1/result-queues/pulled/messages"
    sequences: list[int] = []
    last = None
    while len(sequences) < 5:
        messages = (await api.get(path, max="2", wait="20"))["messages"]
        assert messages, "there is more to come"
        for last in messages:
            assert last["subject"] == uploaded["id"]
            sequences.append(last["data"]["sequence"])
        await api.post(path, {"ack": [it["id"] for it in messages]}, status=200)
    assert sequences == [1, 2, 3, 4, 5]
    document = await api.document(uploaded["id"])
    assert last is not None
    assert last["type"] == f"document.{document['state']}"
    assert last["data"]["document"]["fields"] == document["fields"]
    assert (await other.get(path))["messages"] == []
    async with api.session.delete("/api/v1/result-queues/pulled") as answer:
        assert answer.status == 204


async def a_schema_of_a_sample_extracts_through_the_queue(api: Api) -> None:
    """As Documind's clients call: each answer waits for a message to the extract stage."""
    policy = next(it for it in KINDS if it.name == "policy")
    async with aiohttp.ClientSession(api.url, headers={"X-API-Key": api.key}) as session:
        workflow = Workflow(session)
        files = [(f"{which}.pdf", labelled_pdf(policy, "columns", which)) for which in (0, 1)]
        sample, another = await workflow.upload(*files)
        schema = (await workflow.send("POST", f"/schema/{sample}"))["schema"]
        answers = await asyncio.gather(
            *(workflow.extract(another, schema, mode) for mode in ("basic", "advanced"))
        )
        assert len({it["extraction_id"] for it in answers}) == 2
        for answer in answers:
            assert answer["results"]["policyholder"] == "Robert Brown"
            assert answer["results"]["annual_premium"] == 1210.05
        listed = await workflow.get("/data/extractions", document_id=another, sort_by="status")
        assert listed["total"] == 2
        last = await workflow.get("/data/extractions", document_id=another, skip=1, limit=1)
        assert len(last["items"]) == 1
        assert (await workflow.get("/usage/credits"))["used_today"] >= 4 + 15
