"""What an upload can say, and that each of it has an effect."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from affinda import TokenCredential
from affinda.aio import AffindaAPI as AsyncAffindaAPI
from aiohttp import web
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from shared.blobs.keys import document_prefix
from shared.config import Settings
from shared.models.document import Document, EventName
from shared.models.ids import new_id
from shared.models.messages import JobMessage
from shared.models.read_by import TextLayers
from shared.models.time import utc_now
from shared.models.work import Lane, Problem, StageName
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.stages.extracting import Extracting
from shared.stages.retention import Retention
from shared.store.collections import DOCUMENTS, EXTRACTIONS, NUMBERED
from shared.store.port import Query
from tests.api.affinda_client import Client, multipart, played
from tests.api.harness import PDF, Caller, Gateway, running, serving
from tests.api.origin import NETWORK, running_origin
from tests.api.urls.fetching import fetching

PATH = "/v3/documents"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, allow_private_targets=NETWORK)


@pytest.fixture
async def cj(gateway: Gateway, alice: Caller) -> Client:
    return Client(gateway, alice)


async def stored(client: Client, identifier: str) -> Document:
    found = await client.gateway.store.of(client.caller.tenant, DOCUMENTS).get(identifier)
    assert found is not None
    return found


async def all_stored(client: Client) -> list[Document]:
    return await client.gateway.store.of(client.caller.tenant, DOCUMENTS).page(Query(), None, 100)


async def test_what_is_said_reaches_the_document(cj: Client) -> None:
    expiry = datetime(2040, 1, 1, tzinfo=UTC)
    data = multipart(
        file=PDF,
        wait="False",
        identifier="older name",
        expiryTime=expiry.isoformat(),
        language="zh-CN",
        regionBias=json.dumps({"country": "", "countries": ["au", "nz"], "strict": True}),
        lowPriority="True",
        useOcr="True",
        llmHint="a hint",
        documentType="dt_invoice",
        warningMessages='[{"warningCode": "late", "warningDetail": "came late"}]',
    )
    made = await cj.json("POST", PATH, 201, data=data)
    meta, document = made["meta"], await stored(cj, made["meta"]["identifier"])
    assert (meta["customIdentifier"], document.reference) == ("older name", "older name")
    assert (document.expires, document.lane) == (expiry, Lane.LOW)
    assert (document.region, document.language) == ("AU", "zh-cn")
    assert (document.text_layers, document.hint) == (TextLayers.NEVER, "a hint")
    assert document.requested_type == "invoice"
    assert document.sender is not None
    assert meta["regionBias"] == {"country": "", "countries": ["au", "nz"], "strict": True}
    assert made["warnings"] == [{"warningCode": "late", "warningDetail": "came late"}]
    read = await cj.gateway.read(cj.caller, document.id)
    message = JobMessage(
        id=new_id(),
        stage=StageName.EXTRACT,
        lane=read.lane,
        organization=read.organization,
        document=read.id,
        revision=read.revision,
    )
    extraction = await Extracting().make(cj.gateway.store, message)
    assert extraction is not None
    assert (extraction.region, extraction.hint) == ("AU", "a hint"), "the extract stage hears of it"
    data = multipart(file=PDF, wait="false", useOcr="false")
    without = await cj.json("POST", PATH, 201, data=data)
    assert (await stored(cj, without["meta"]["identifier"])).text_layers is TextLayers.ONLY


async def test_what_cannot_be_is_refused_by_its_name(cj: Client) -> None:
    for field, value in (
        ("wait", "perhaps"),
        ("expiryTime", "tomorrow"),
        ("expiryTime", "2001-01-01T00:00:00Z"),
        ("regionBias", "AU"),
        ("regionBias", '{"country": "Australia"}'),
        ("language", "english"),
        ("customIdentifier", "x" * 300),
        ("warningMessages", "oh"),
        ("url", "ftp://example.com/a.pdf"),
        ("url", "http://127.0.0.1/a.pdf"),
    ):
        fields = {field: value} if field == "url" else {"file": PDF, field: value}
        body = await cj.json("POST", PATH, 400, data=multipart(**fields))
        assert (body["type"], body["errors"][0]["attr"]) == ("validation_error", field), value
    assert await all_stored(cj) == []


async def test_files_that_are_not_taken(cj: Client) -> None:
    for content in (b"\x7fELF" + b"\x00" * 60, b""):
        with pytest.raises(HttpResponseError) as refused:
            await cj.call("create_document", file=io.BytesIO(content))
        assert refused.value.status_code == 400
        assert refused.value.model.errors[0].attr == "file"
    with pytest.raises(HttpResponseError) as refused:
        await cj.call("create_document", workspace=cj.caller.workspace)
    assert (refused.value.status_code, refused.value.model.type) == (400, "validation_error")
    for wrong in ({"workspace": new_id()}, {"document_type": "dt_none"}, {"collection": "none"}):
        with pytest.raises(ResourceNotFoundError):
            await cj.call("create_document", file=io.BytesIO(PDF), **wrong)
    examples = multipart(file=PDF, limitToExamples=new_id())
    assert await cj.refused("POST", PATH, 404, data=examples) == ("validation_error", "not_found")
    assert await all_stored(cj) == []


async def test_a_url_is_fetched(cj: Client) -> None:
    async with running_origin() as origin, fetching(cj.gateway), played(cj.gateway, cj.caller):
        url = origin.serve("/in/bill.pdf", PDF)
        made = await cj.call("create_document", url=url)
        assert (made.meta.ready, made.meta.failed) == (True, False)
        assert made.meta.file_name == "bill.pdf"
        assert made.data["total"]["parsed"] == 12.5
        gone = await cj.call("create_document", url=origin.url("/none.pdf"))
    assert (gone.meta.ready, gone.meta.failed) == (True, True)
    assert gone.error.error_code == gone.meta.error_code == "fetch_refused"


async def test_what_fails_is_told_in_a_200(cj: Client) -> None:
    async def fail() -> None:
        documents = cj.gateway.store.of(cj.caller.tenant, DOCUMENTS)
        while not (found := await documents.page(Query(), None, 1)):
            await asyncio.sleep(0.01)
        problem = Problem(code="FILE_ENCRYPTED", detail="The file needs a password.")
        changed = await documents.change(
            found[0].id, lambda it: lifecycle.fail(it, problem, utc_now())
        )
        assert changed is not None
        await cj.gateway.outbox.carry_out(DOCUMENTS, changed)

    failing = asyncio.create_task(fail())
    made = await cj.call("create_document", file=io.BytesIO(PDF))
    await failing
    assert (made.meta.ready, made.meta.failed, made.data) == (True, True, {"rawText": ""})
    assert made.error.error_code == "password_protected"
    assert made.error.error_detail == "The file needs a password."


async def test_who_waits_too_long_is_told_so_in_a_201(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, affinda_wait_limit=0.1)
    async with running(settings) as gateway:
        client = Client(gateway, await gateway.caller("carl"))
        body = await client.json("POST", PATH, 201, data=multipart(file=PDF))
        assert (body["meta"]["ready"], body["data"]) == (False, {})
        data = multipart(file=PDF, deleteAfterParse="true")
        await client.json("POST", PATH, 201, data=data)
        left = [it for it in await all_stored(client) if it.expires is not None]
        assert [it.expires <= utc_now() for it in left if it.expires] == [True]


async def test_nothing_stays_of_what_is_deleted_after_parsing(cj: Client) -> None:
    made = await cj.done("create_document", file=io.BytesIO(PDF), delete_after_parse=True)
    assert made.data["total"]["parsed"] == 12.5
    assert await all_stored(cj) == []
    assert await cj.gateway.store.of(cj.caller.tenant, EXTRACTIONS).page(Query(), None, 9) == []
    prefix = document_prefix(cj.caller.organization, made.meta.identifier)
    assert await cj.gateway.blobs.list(prefix) == []
    numbered = await cj.gateway.store.of(cj.caller.tenant, NUMBERED).page(Query(), None, 9)
    assert [it.parts for it in numbered] == [[], []], "the counter and the key that sent it"
    data = multipart(file=PDF, deleteAfterParse="true", wait="false")
    assert (await cj.json("POST", PATH, 400, data=data))["errors"][0]["attr"] == "deleteAfterParse"


async def test_duplicates_are_kept_as_rejected_and_can_be_pulled_back(cj: Client) -> None:
    workspace = f"/api/v1/workspaces/{cj.caller.workspace}"
    await cj.caller.call("PATCH", workspace, 200, json={"policies": {"duplicates": "reject"}})
    first = await cj.done("create_document", file=io.BytesIO(PDF))
    second = await cj.done("create_document", file=io.BytesIO(PDF))
    meta = second.meta
    assert (meta.ready, meta.is_rejected, meta.failed) == (True, True, True)
    assert meta.error_code == "duplicate_document_error"
    assert meta.rejected_by is None
    allowed = await cj.done("create_document", file=io.BytesIO(PDF), reject_duplicates=False)
    assert (allowed.meta.is_rejected, allowed.meta.failed) == (False, False)
    back = await cj.call("update_document", meta.identifier, {"isRejected": False})
    assert (back.meta.is_rejected, back.meta.ready) == (False, False)
    await cj.caller.call("PATCH", workspace, 200, json={"policies": {"duplicates": "off"}})
    data = multipart(file=PDF, rejectDuplicates="True")
    refused = await cj.json("POST", PATH, 200, data=data)
    assert refused["error"]["errorCode"] == "duplicate_document_error"
    assert first.meta.identifier in refused["error"]["errorDetail"]


async def test_one_call_that_is_sent_again_makes_one_document(cj: Client) -> None:
    headers = {"x-ms-client-request-id": new_id()}

    async def send(content: bytes, status: int) -> Any:
        data = multipart(file=content, wait="false")
        return await cj.json("POST", PATH, status, data=data, headers=headers)

    made = [await send(PDF, 201) for _ in range(3)]
    assert len({it["meta"]["identifier"] for it in made}) == 1
    body = await send(PDF + b"\n", 409)
    assert body["errors"][0]["code"] == "idempotency_key_reused"
    other = Client(cj.gateway, await cj.gateway.another(cj.caller.organization))
    theirs = await other.json(
        "POST", PATH, 201, data=multipart(file=PDF, wait="false"), headers=headers
    )
    assert theirs["meta"]["identifier"] != made[0]["meta"]["identifier"], "another key's call"
    assert len(await all_stored(cj)) == 2


@pytest.fixture
async def flaky(cj: Client) -> AsyncIterator[str]:
    """The URL of a proxy that loses the answer to the first call."""
    lost: list[str] = []

    async def forward(request: web.Request) -> web.Response:
        kept = ("Authorization", "Content-Type", "x-ms-client-request-id")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        url = f"{cj.gateway.url}{request.path_qs}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, url, headers=headers, data=await request.read()
            ) as answer,
        ):
            body = await answer.read()
        if not lost:
            lost.append(url)
            return web.Response(status=503)
        return web.Response(body=body, status=answer.status, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    async with serving(app) as url:
        yield url
    assert lost


async def test_the_client_tries_again_and_makes_one_document(cj: Client, flaky: str) -> None:
    credential = TokenCredential(token=cj.caller.key)
    api = AsyncAffindaAPI(credential, base_url=flaky, retry_backoff_factor=0.01)
    async with api, played(cj.gateway, cj.caller):
        made = await api.create_document(file=io.BytesIO(PDF), wait=None)
    assert [it.id for it in await all_stored(cj)] == [made.meta.identifier]
    assert made.meta.ready, "an absent wait means true"


async def test_of_what_expires_nothing_is_left(cj: Client) -> None:
    documents = cj.gateway.store.of(cj.caller.tenant, DOCUMENTS)
    retention = Retention(
        Runtime(cj.gateway.store, cj.gateway.parts.broker), cj.gateway.outbox, cj.gateway.blobs
    )
    async with played(cj.gateway, cj.caller):
        data = multipart(file=PDF, expiryTime="2040-01-01T00:00:00Z")
        made = await cj.json("POST", PATH, 200, data=data)
    identifier = made["meta"]["identifier"]
    past = utc_now() - timedelta(seconds=1)

    async def all_are_told(**more: Any) -> None:
        """What notify does, when it has made the deliveries."""
        assert await documents.change(
            identifier, lambda it: it.copy_with(announced=it.sequence, outbox=[], **more)
        )

    await all_are_told(expires=past)
    await retention.step()
    with pytest.raises(ResourceNotFoundError):
        await cj.call("get_document", identifier)
    assert (await stored(cj, identifier)).events[-1].name is EventName.EXPIRED, "still to be told"
    prefix = document_prefix(cj.caller.organization, identifier)
    assert await cj.gateway.blobs.list(prefix) == []
    await all_are_told()
    await retention.step()
    assert await all_stored(cj) == []
    assert (await cj.call("get_all_documents")).count == 0
    numbered = await cj.gateway.store.of(cj.caller.tenant, NUMBERED).page(Query(), None, 9)
    assert [it.subject.partition(":")[0] for it in numbered if it.subject] == ["user"]
