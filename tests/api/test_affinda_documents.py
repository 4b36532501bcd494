"""Documents by the official Python client: created, looked at, changed, removed."""

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from affinda.models import DocumentUpdate
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from shared.models.ids import new_id
from tests.api.affinda_client import FOUND, Client
from tests.api.containers import sent, taken_apart, unpacking
from tests.api.harness import PDF, PNG, Caller, Gateway
from tests.samples.mails import attached, mail


@pytest.fixture
async def cj(gateway: Gateway, alice: Caller) -> Client:
    return Client(gateway, alice)


class Receipt(BaseModel):
    """As a generated model: all optional, snake case with camel case aliases."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    company: str | None = None
    date: str | None = None
    address: str | None = None
    total: float | None = None
    currency: str | None = None
    net_amount: float | None = None
    tax_amount: float | None = None
    raw_text: str | None = None


async def test_an_opened_file_is_waited_for(cj: Client) -> None:
    with tempfile.NamedTemporaryFile(suffix="_t.pdf") as file:
        file.write(PDF)
        file.seek(0)
        made = await cj.done(
            "create_document",
            file=file,
            workspace=cj.caller.workspace,
            custom_identifier="mine",
            language="en",
        )
    meta = made.meta
    assert (meta.ready, meta.failed, meta.error_code) == (True, False, None)
    assert (meta.custom_identifier, meta.language) == ("mine", "en")
    assert meta.file_name == Path(file.name).name
    assert (meta.workspace.identifier, meta.workspace.name) == (cj.caller.workspace, "default")
    assert meta.created_dt is not None
    assert meta.ready_dt >= meta.created_dt
    assert (meta.created_by.name, meta.created_by.id >= 1) == ("test", True)
    assert made.extractor is None, "the client does not know it, and says so"
    assert meta.document_type == "dt_receipt"
    assert meta.collection.identifier == "dt_receipt"
    assert [(it.page_index, it.width, it.height) for it in meta.pages] == [
        (0, 595.0, 842.0),
        (1, 595.0, 842.0),
    ]
    assert len({it.id for it in meta.pages}) == 2
    total = made.data["total"]
    assert (total["parsed"], total["raw"], total["contentType"]) == (12.5, "12.50", "decimal")
    assert total["confidence"] == 0.9
    assert total["document"] == meta.identifier
    assert made.data["address"] is None
    assert made.data["rawText"] == "page 0 says hello\npage 1 says hello"
    again = await cj.call("get_document", meta.identifier)
    assert again.data["total"] == total, "an annotation keeps its number"
    assert [it.id for it in again.meta.pages] == [it.id for it in meta.pages]
    other = again.data["company"]["id"]
    assert other != total["id"]


async def test_bytes_without_a_name_are_known_by_their_content(cj: Client) -> None:
    for content, name in (
        (PDF, "document.pdf"),
        (PNG, "document.png"),
        (b"Total 7", "document.txt"),
    ):
        made = await cj.call("create_document", file=io.BytesIO(content), wait=False)
        assert (made.meta.ready, made.data, made.meta.file_name) == (False, {}, name)
    named = await cj.call(
        "create_document", file=io.BytesIO(PDF), wait=False, file_name="Mine.docx"
    )
    assert named.meta.file_name == "Mine.docx"
    data = b'--b\r\nContent-Disposition: form-data; name="file"; filename="blob"\r\n\r\n'
    data += PDF + b'\r\n--b\r\nContent-Disposition: form-data; name="wait"'
    data += b"\r\n\r\nfalse\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    unnamed = await cj.json("POST", "/v3/documents", 201, data=data, headers=headers)
    assert unnamed["meta"]["fileName"] == "document.pdf", "JavaScript calls all of them blob"


async def test_a_model_parses_what_is_compact(cj: Client) -> None:
    made = await cj.done("create_document", file=io.BytesIO(PDF), data_model=Receipt)
    parsed: Any = made.parsed
    assert isinstance(parsed, Receipt)
    assert (parsed.company, parsed.total, parsed.date) == (FOUND["company"], 12.5, "2026-01-31")
    got = await cj.call("get_document", made.meta.identifier, data_model=Receipt)
    assert got.parsed == parsed

    class Other(BaseModel):
        company: int

    with pytest.raises(ValidationError):
        await cj.call("get_document", made.meta.identifier, data_model=Other)
    ignored = await cj.call(
        "get_document", made.meta.identifier, data_model=Other, ignore_validation_errors=True
    )
    assert ignored.parsed is None


async def test_compact_answers_have_none_of_the_words_that_mislead_clients(cj: Client) -> None:
    for kind in ("invoice", "resume"):
        body = await cj.call(
            "create_document", file=io.BytesIO(PDF), wait=False, document_type=f"dt_{kind}"
        )
        raw = await cj.json("GET", f"/v3/documents/{body.meta.identifier}?compact=True")
        assert raw["extractor"] == f"dt_{kind}" == raw["meta"]["documentType"]


async def test_keys_come_in_snake_case_where_that_is_asked_for(cj: Client) -> None:
    made = await cj.done("create_document", file=io.BytesIO(PDF))
    raw = await cj.json("GET", f"/v3/documents/{made.meta.identifier}?snake_case=true&compact=1")
    assert raw["meta"]["custom_identifier"] is None
    assert raw["data"]["raw_text"]
    assert raw["meta"]["pages"][0]["page_index"] == 0
    for moment in (raw["meta"]["created_dt"], raw["meta"]["ready_dt"]):
        assert moment[10] == "T"
        assert moment.endswith("000Z")
        assert len(moment) == 27


async def test_links_need_no_key_and_hold_for_nothing_else(cj: Client, gateway: Gateway) -> None:
    made = await cj.done("create_document", file=io.BytesIO(PDF))
    stranger = gateway.client()
    for link, kind in (
        (made.meta.file, "application/pdf"),
        (made.meta.pdf, "application/pdf"),
        (made.meta.pages[1].image, "image/webp"),
    ):
        assert link.startswith(f"{gateway.url}/v3/documents/{made.meta.identifier}/content/")
        async with stranger.get(link) as answer:
            assert (answer.status, answer.content_type) == (200, kind)
            assert kind == "image/webp" or await answer.read() == PDF
        for wrong in (link.partition("?")[0], link.replace(made.meta.identifier, new_id())):
            async with stranger.get(wrong) as answer:
                assert answer.status == 404
                assert (await answer.json())["type"] == "client_error"
    assert "/review/" in made.meta.review_url
    assert "signature=" in made.meta.review_url


async def test_a_person_confirms_rejects_and_archives(cj: Client) -> None:
    made = await cj.done("create_document", file=io.BytesIO(PDF))
    identifier = made.meta.identifier

    async def update(**values: Any) -> Any:
        changed = await cj.call("update_document", identifier, DocumentUpdate(**values))
        return changed.meta

    meta = await update(is_confirmed=True)
    assert meta.is_confirmed
    assert meta.confirmed_dt
    assert meta.confirmed_by.name == "test"
    assert (await cj.call("get_document", identifier)).data["total"]["isClientVerified"]
    meta = await update(is_confirmed=False)
    assert not meta.is_confirmed
    assert meta.confirmed_dt is None
    assert meta.confirmed_by is None
    meta = await update(is_rejected=True)
    assert meta.is_rejected
    assert meta.rejected_dt
    assert meta.rejected_by.name == "test"
    assert (meta.failed, meta.error_code) == (False, None), "that is no failure"
    meta = await update(is_rejected=False)
    assert not meta.is_rejected
    assert not meta.is_confirmed
    meta = await update(is_archived=True)
    assert meta.is_archived
    assert meta.archived_dt
    assert meta.archived_by.name == "test"
    meta = await update(is_archived=False)
    assert not meta.is_archived
    assert meta.archived_dt is None


async def test_what_is_said_of_a_document_can_be_changed(cj: Client) -> None:
    made = await cj.done("create_document", file=io.BytesIO(PDF), custom_identifier="before")
    changed = await cj.call(
        "update_document",
        made.meta.identifier,
        DocumentUpdate(
            file_name="renamed.pdf",
            custom_identifier="after",
            expiry_time="2040-01-01T00:00:00.000Z",
            language="de",
            llm_hint="the total is in the corner",
        ),
    )
    meta = changed.meta
    assert (meta.file_name, meta.custom_identifier, meta.language) == ("renamed.pdf", "after", "de")
    assert (meta.expiry_time.year, meta.llm_hint) == (2040, "the total is in the corner")
    assert meta.ready, "nothing of that is a reason to read it again"


async def test_another_type_or_workspace_has_it_processed_anew(cj: Client) -> None:
    made = await cj.done("create_document", file=io.BytesIO(PDF))
    identifier = made.meta.identifier
    changed = await cj.call(
        "update_document", identifier, DocumentUpdate(document_type="dt_invoice")
    )
    assert (changed.meta.ready, changed.meta.document_type) == (False, "dt_invoice")
    elsewhere = await cj.caller.call("POST", "/api/v1/workspaces", 201, json={"name": "Elsewhere"})
    moved = await cj.call("update_document", identifier, DocumentUpdate(workspace=elsewhere["id"]))
    assert moved.meta.workspace.name == "Elsewhere"
    only_there = await cj.gateway.another(cj.caller.organization, workspaces=(elsewhere["id"],))
    there = Client(cj.gateway, only_there)
    assert (await there.call("get_document", identifier)).meta.identifier == identifier
    for wrong in (
        {"document_type": "dt_nothing"},
        {"workspace": new_id()},
    ):
        with pytest.raises(ResourceNotFoundError):
            await cj.call("update_document", identifier, DocumentUpdate(**wrong))


async def test_a_removed_document_is_gone_and_others_come_as_json(cj: Client) -> None:
    made = await cj.done("create_document", file=io.BytesIO(PDF))
    with pytest.raises(HttpResponseError) as refused:
        await cj.call("get_document", made.meta.identifier, format="hr-xml")
    assert refused.value.status_code == 400
    assert refused.value.model.errors[0].attr == "format"
    assert await cj.call("delete_document", made.meta.identifier) is None
    with pytest.raises(ResourceNotFoundError):
        await cj.call("get_document", made.meta.identifier)
    with pytest.raises(ResourceNotFoundError):
        await cj.call("delete_document", made.meta.identifier)
    async with cj.gateway.client().get(made.meta.file) as answer:
        assert answer.status == 404


async def test_what_came_in_a_mail_is_told_of_its_parent_and_moves_with_it(cj: Client) -> None:
    message = mail(attached("a.pdf"), attached("b.pdf", PDF + b"\n"))
    async with unpacking(cj.gateway):
        sent_in = await sent(cj.caller, "mail.eml", message)
        await taken_apart(cj.caller, sent_in)
    whole = (await cj.call("get_document", sent_in["id"])).meta
    assert whole.ready
    children = [it.identifier for it in whole.child_documents]
    assert len(children) == 2
    part = (await cj.call("get_document", children[0])).meta
    assert part.parent_document.identifier == sent_in["id"]
    assert part.source_email_address == "ann@supplier.example"
    async with cj.gateway.client().get(part.source_email) as answer:
        assert (answer.status, await answer.read()) == (200, message)
    elsewhere = await cj.caller.call("POST", "/api/v1/workspaces", 201, json={"name": "Moved"})
    await cj.call("update_document", sent_in["id"], DocumentUpdate(workspace=elsewhere["id"]))
    listed = await cj.call("get_all_documents", workspace=elsewhere["id"])
    assert {it.meta.identifier for it in listed.results} == {sent_in["id"], *children}
