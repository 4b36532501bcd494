"""The one call of version 3, where the company's SDK does not lead."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from services.ingest.tenants import KeyRights
from shared.config import Settings
from shared.errors import Code
from shared.models.document import Document, DocumentState
from shared.models.tenancy import Licence, Scope
from shared.models.time import utc_now
from shared.models.work import Problem
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS
from shared.store.port import Query
from tests.api.docdigitizer_client import INVOICE_FIELDS, client_of, extract
from tests.api.harness import PDF, PNG, Caller, Gateway, Json, running

EXTRACT = "/v3/docingester/extract"
Made = Callable[..., aiohttp.FormData]


def call_form(content: bytes = PDF, name: str = "a.pdf", **fields: str) -> aiohttp.FormData:
    data = aiohttp.FormData()
    data.add_field("files", content, filename=name, content_type="application/pdf")
    for key, value in ({"id": str(uuid.uuid4()), "contextID": str(uuid.uuid4())} | fields).items():
        if value:
            data.add_field(key, value)
    return data


async def post(
    gateway: Gateway, caller: Caller, data: aiohttp.FormData, key: str | None = None
) -> tuple[int, Json, dict[str, str]]:
    headers = {"X-API-Key": caller.key if key is None else key}
    async with gateway.client().post(EXTRACT, data=data, headers=headers) as answer:
        assert answer.content_type == "application/json"
        return answer.status, await answer.json(), dict(answer.headers)


@pytest.fixture
async def hasty(settings: Settings) -> AsyncIterator[Gateway]:
    """A gateway whose calls may take no time."""
    async with running(settings.model_copy(update={"wait_limit": 0.2})) as gateway:
        yield gateway


async def only_document(gateway: Gateway, caller: Caller) -> Document:
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    while not (rows := await documents.page(Query(), None, 2)):
        await asyncio.sleep(0.01)
    (document,) = rows
    return document


def assert_error(answer: tuple[int, Json, dict[str, str]], status: int) -> str:
    """An error in the dialect's shape; its message."""
    told, body, headers = answer
    assert told == status, body
    assert set(body) == {"stateText", "traceId", "messages"}
    assert body["stateText"] == "ERROR"
    assert headers["X-DD-TraceId"] == body["traceId"]
    assert len(body["traceId"]) == 7
    (message,) = body["messages"]
    return str(message)


async def test_the_call_waits_for_the_fields(gateway: Gateway, alice: Caller) -> None:
    data = call_form(requestToken="trace-1", pipelineIdentifier="P")
    asked = asyncio.create_task(post(gateway, alice, data))
    document = await only_document(gateway, alice)
    await extract(gateway, client_of(gateway, alice), document.id, INVOICE_FIELDS)
    status, body, headers = await asked
    assert status == 200
    timers = body.pop("timers")
    (found,) = body.pop("output")["extractions"]
    assert body == {
        "stateText": "COMPLETED",
        "traceId": "trace-1",
        "pipeline": "P",
        "numberPages": 2,
        "messages": [],
    }
    assert found.pop("extraction")["line_items"] == [
        {"description": "Nägel, 1 kg", "line_total": "100.00"}
    ]
    assert found == {
        "docType": "Invoice",
        "confidence": 0.95,
        "country": "DE",
        "pages": [1, 2],
        "schema": "invoice.json",
        "modelSource": "layout",
    }
    assert headers["X-DD-TraceId"] == "trace-1"
    assert headers["X-DD-NumberPages"] == "2"
    assert float(headers["X-DD-Timer-Total"]) == timers["total"] > 0


async def test_a_call_that_takes_too_long_is_told_so_and_goes_on(
    hasty: Gateway,
) -> None:
    carol = await hasty.caller("carol")
    fields = {"id": str(uuid.uuid4())}
    assert_error(await post(hasty, carol, call_form(**fields)), 504)
    document = await only_document(hasty, carol)
    assert document.reference == fields["id"]
    await extract(hasty, client_of(hasty, carol), document.id, INVOICE_FIELDS)
    status, body, _ = await post(hasty, carol, call_form(**fields))
    assert (status, body["numberPages"]) == (200, 2)
    await only_document(hasty, carol)


async def test_an_id_belongs_to_its_bytes_and_its_organization(
    hasty: Gateway,
) -> None:
    carol, dave = await hasty.caller("carol"), await hasty.caller("dave")
    fields = {"id": str(uuid.uuid4())}
    assert_error(await post(hasty, carol, call_form(**fields)), 504)
    assert_error(await post(hasty, carol, call_form(PDF + b"more", **fields)), 400)
    assert_error(await post(hasty, dave, call_form(PDF + b"other", **fields)), 504)
    await only_document(hasty, dave)


@pytest.mark.parametrize(
    ("code", "status"), [(Code.FILE_ENCRYPTED, 400), (Code.TIMED_OUT, 500), (None, 400)]
)
async def test_a_document_that_fails_says_why(
    gateway: Gateway, alice: Caller, code: Code | None, status: int
) -> None:
    asked = asyncio.create_task(post(gateway, alice, call_form()))
    document = await gateway._settled(alice, (await only_document(gateway, alice)).id)
    ended = lifecycle.cancel(document, utc_now())
    if code is not None:
        ended = lifecycle.fail(document, Problem(code=code, detail="So it is."), utc_now())
    stored = await gateway.store.of(alice.tenant, DOCUMENTS).replace(ended)
    assert stored is not None
    await gateway.outbox.carry_out(DOCUMENTS, stored)
    message = assert_error(await asked, status)
    assert message == (f"{code}: So it is." if code else "The document is cancelled.")


@pytest.mark.parametrize(
    "data",
    [
        {"id": ""},
        {"contextID": ""},
        {"id": "x"},
        {"contextID": "1234"},
        {"requestToken": "12345678"},
        {"pipelineIdentifier": "a b"},
        {"content": PNG},
        {"content": b""},
        {"content": b"words"},
        {"content": b"%PDF-" + b"x" * 1_100_000},
    ],
)
async def test_what_is_refused_is_a_bad_request(
    gateway: Gateway, alice: Caller, data: dict[str, Any]
) -> None:
    assert_error(await post(gateway, alice, call_form(**data)), 400)
    assert await gateway.store.of(alice.tenant, DOCUMENTS).count(Query(), 2) == 0
    assert list(gateway.settings.spool.iterdir()) == []


async def test_keys_licences_and_scopes(gateway: Gateway, alice: Caller) -> None:
    carol = await gateway.caller("carol", Licence(until=utc_now() - timedelta(days=1)))
    reader = await gateway.key(alice.organization, KeyRights("r", (Scope.READ,)))
    for key, status in (("", 401), ("x" * 40, 401), (carol.key, 403), (reader, 403)):
        assert_error(await post(gateway, alice, call_form(), key), status)
    async with gateway.client(alice.key).post(EXTRACT, data=call_form()) as answer:
        assert answer.status == 401, "Authorization is not this dialect's header"


@pytest.mark.parametrize("path", ["/v3/docingester", "/v3/docingester/"])
async def test_it_is_alive_without_a_key(gateway: Gateway, path: str) -> None:
    async with gateway.client().get(path) as answer:
        assert (answer.status, await answer.text()) == (200, "I am alive")
        assert answer.content_type == "text/plain"


async def test_unknown_paths_and_methods_are_told_in_its_shape(
    gateway: Gateway, alice: Caller
) -> None:
    client = gateway.client(None, **{"X-API-Key": alice.key})
    for method, path, status in (("GET", "/nowhere", 404), ("GET", "/extract", 405)):
        async with client.request(method, f"/v3/docingester{path}") as answer:
            assert answer.status == status
            assert (await answer.json())["stateText"] == "ERROR"


async def test_its_description_is_valid_openapi(gateway: Gateway) -> None:
    async with gateway.client().get("/v3/docingester/openapi.json") as answer:
        assert answer.status == 200
        document = await answer.json()
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert set(document["paths"]) == {"/v3/docingester", EXTRACT}
    answers = document["paths"][EXTRACT]["post"]["responses"]
    assert {"200", "400", "504"} <= set(answers)
    assert not {"409", "413", "415", "422"} & set(answers)


async def test_the_store_down_asks_to_come_back(gateway: Gateway, alice: Caller) -> None:
    async with gateway.client(None, **{"X-API-Key": alice.key}).get("/v3/docingester") as answer:
        assert answer.status == 200
    await post(gateway, alice, call_form(PNG))
    await gateway.store.close()
    answered = await post(gateway, alice, call_form())
    assert_error(answered, 503)
    assert int(answered[2]["Retry-After"]) >= 1
    await gateway.store.open()


async def test_what_version_3_took_in_is_seen_in_version_1(hasty: Gateway) -> None:
    carol = await hasty.caller("carol")
    assert_error(await post(hasty, carol, call_form(name="x.pdf")), 504)
    document = await only_document(hasty, carol)
    assert document.state is DocumentState.RECEIVED
    told = await client_of(hasty, carol).document(document.id)
    assert told["name"] == "x.pdf"
