"""The Documind dialect: keys, scopes, tenants, errors, and its description."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from services.ingest.dialects.documind.context import PREFIX
from shared.models.ids import new_id
from shared.models.tenancy import Scope
from tests.api.documind_client import SCHEMA, Client, client_of, extracted, found, read
from tests.api.harness import DOCUMIND, Caller, Gateway, of_dialects

UUID = re.compile("[0-9a-f-]{36}")
NO_KEY = {"detail": "Invalid or missing API key"}


@pytest.fixture
async def ada(gateway: Gateway, alice: Caller) -> Client:
    return client_of(gateway, alice)


@pytest.fixture
async def ben(gateway: Gateway, bob: Caller) -> Client:
    return client_of(gateway, bob)


async def test_every_operation_asks_for_a_key_before_anything_else(gateway: Gateway) -> None:
    operations = [it for prefix, it in of_dialects() if prefix == DOCUMIND]
    assert len(operations) >= 18
    for headers in ({}, {"X-API-Key": "x" * 40}, {"Authorization": "Bearer " + "x" * 40}):
        client = gateway.client(None, **headers)
        for operation in operations:
            path = f"{PREFIX}{operation.pattern}".replace("{id}", new_id())
            async with client.request(operation.method, path) as answer:
                assert answer.status == 401, path
                assert await answer.json() == NO_KEY


async def test_a_key_for_reading_writes_nothing(gateway: Gateway, alice: Caller) -> None:
    reader = client_of(gateway, await gateway.another(alice.organization, Scope.READ))
    writer = client_of(gateway, await gateway.another(alice.organization, Scope.WRITE))
    await reader.call("GET", "/data/extractions")
    await reader.refused("POST", "/upload", 403)
    await reader.refused("PUT", f"/review/{new_id()}", 403)
    await writer.refused("GET", "/usage/credits", 403)
    await writer.upload()
    for operation in (it for prefix, it in of_dialects() if prefix == DOCUMIND):
        wrong = {Scope.READ: writer, Scope.WRITE: reader, Scope.ADMIN: reader}
        assert operation.scope is not None
        path = operation.pattern.replace("{id}", new_id())
        detail = await wrong[operation.scope].refused(operation.method, path, 403)
        assert "scope" in detail


async def test_what_is_anothers_is_not_there(gateway: Gateway, ada: Client, ben: Client) -> None:
    (mine,) = await ada.upload()
    await read(gateway, ada, mine)
    extraction = await extracted(gateway, ada, mine, {"invoice_number": found("7", 0.1)})
    keys = await ada.call("GET", "/auth/api-keys")
    for method, path, more in (
        ("GET", f"/documents/{mine}", {}),
        ("GET", f"/documents/{mine}/download", {}),
        ("POST", f"/schema/{mine}", {}),
        ("POST", f"/extract/{mine}", {"json": {"schema": SCHEMA}}),
        ("GET", f"/data/extractions/{extraction.id}", {}),
        ("PUT", f"/review/{extraction.id}", {"json": {}}),
        ("PUT", f"/review/{mine}", {"json": {}}),
        ("GET", f"/auth/api-keys/{keys[0]['id']}", {}),
        ("PUT", f"/auth/api-keys/{keys[0]['id']}", {"json": {"is_active": False}}),
    ):
        theirs = await ben.refused(method, path, 404, **more)
        unheard_of = UUID.sub(new_id(), path)
        assert theirs == await ben.refused(method, unheard_of, 404, **more)
    for path in ("/documents", "/data/extractions", "/pending-reviews"):
        assert (await ben.call("GET", path))["items"] == []
        assert (await ada.call("GET", path))["total"] == 1
    assert (await ben.call("GET", f"/data/extractions?document_id={mine}"))["items"] == []
    assert (await ada.call("GET", f"/data/extractions/{extraction.id}"))["is_reviewed"] is False


async def test_keys_of_some_workspaces_see_those_alone(
    gateway: Gateway, alice: Caller, ada: Client
) -> None:
    (mine,) = await ada.upload()
    made = await alice.call("POST", "/api/v1/workspaces", 201, json={"name": "other"})
    narrow = await gateway.another(
        alice.organization, Scope.READ, Scope.WRITE, workspaces=(made["id"],)
    )
    client = client_of(gateway, narrow)
    await client.refused("GET", f"/documents/{mine}", 404)
    (own,) = await client.upload()
    assert [it["id"] for it in (await client.call("GET", "/documents"))["items"]] == [own]


async def test_errors_of_the_server_itself_have_the_same_form(ada: Client) -> None:
    await ada.refused("GET", "/nothing-here", 404)
    await ada.refused("DELETE", "/upload", 405)
    await ada.refused("GET", "/documents/no-id-at-all", 404)
    await ada.refused("POST", "/extract/no-id-at-all", 404, json={"schema": SCHEMA})
    await ada.refused("POST", "/extract/x", 400, data=b"{", headers={"Content-Type": "text/plain"})


async def test_its_description_is_valid_openapi(gateway: Gateway) -> None:
    async with gateway.client().get("/documind/openapi.json") as answer:
        assert answer.status == 200
        document = await answer.json()
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    served = {(it.method, f"{p}{it.pattern}") for p, it in of_dialects() if p == DOCUMIND}
    assert described == served
    assert "402" in document["paths"][f"{PREFIX}/extract/{{id}}"]["post"]["responses"]
