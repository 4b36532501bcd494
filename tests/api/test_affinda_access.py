"""The Affinda dialect: keys, scopes, tenants, errors, and its description; over every operation."""

import io

import pytest
from affinda import AffindaAPI, TokenCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)
from openapi_spec_validator import OpenAPIV31SpecValidator

from services.ingest.dialects.affinda.context import V2, V3
from services.ingest.tenants import KeyRights
from shared.http.operations import Operation
from shared.models.ids import new_id
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from tests.api.affinda_client import Client
from tests.api.harness import PDF, Caller, Gateway, of_dialects

NO_KEY = ("client_error", "authentication_failed")
SIGNED = {"getLinkedFile", "getLinkedPdf", "getLinkedPage", "getOrganizationAvatar"}
"""What signed links lead to, so that no key is needed."""
ANYTHING = "1000001"
"""A number that nothing has, for paths whose ids are numbers."""


def every_operation() -> list[tuple[str, Operation]]:
    return [it for it in of_dialects() if it[0] in {V3, V2}]


def path_of(prefix: str, operation: Operation, identifier: str) -> str:
    path = f"{prefix}{operation.pattern}"
    for name in operation.path_parameters:
        path = path.replace(f"{{{name}}}", ANYTHING if name in {"id", "number"} else identifier)
    return path


@pytest.fixture
async def cj(gateway: Gateway, alice: Caller) -> Client:
    return Client(gateway, alice)


async def test_every_operation_asks_for_a_key_before_anything_else(
    gateway: Gateway, alice: Caller
) -> None:
    past = await gateway.key(alice.organization, KeyRights("old", tuple(Scope), expires=utc_now()))
    operations = [(prefix, it) for prefix, it in every_operation() if it.scope is not None]
    assert len(operations) >= 5
    for key in (None, "x" * 40, "aff_" + "0" * 37, past):
        client = gateway.client(key)
        for prefix, operation in operations:
            path = path_of(prefix, operation, new_id())
            async with client.request(operation.method, path) as answer:
                assert answer.status == 401, path
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                body = await answer.json()
            assert (body["type"], body["errors"][0]["code"]) == NO_KEY
    open_to_all = {it.name for _, it in every_operation() if it.scope is None}
    assert open_to_all <= SIGNED


async def test_a_key_does_what_its_scope_says(gateway: Gateway, alice: Caller) -> None:
    keys = {
        scope: Client(gateway, await gateway.another(alice.organization, scope)) for scope in Scope
    }
    ordered = sorted(every_operation(), key=lambda it: it[1].method == "DELETE")
    for prefix, operation in ordered:
        path = path_of(prefix, operation, new_id())
        for scope, client in keys.items():
            if operation.scope is None:
                continue
            async with client.raw.request(operation.method, path) as answer:
                if scope is operation.scope or scope is Scope.ADMIN:
                    assert answer.status not in {401, 403}, (operation.name, scope)
                    assert answer.status < 500, operation.name
                    continue
                body = await answer.json()
                assert answer.status == 403, (operation.name, scope)
                assert body["errors"][0]["code"] == "permission_denied"


async def test_what_is_anothers_is_not_there(gateway: Gateway, cj: Client, bob: Caller) -> None:
    made = await cj.done("create_document", file=io.BytesIO(PDF))
    ryder, theirs = Client(gateway, bob), made.meta.identifier
    in_paths = [
        (prefix, it) for prefix, it in every_operation()
        if "identifier" in it.path_parameters and it.scope is not None
    ]  # fmt: skip
    for prefix, operation in in_paths:
        body = {} if operation.method in {"PATCH", "POST"} else None
        of_theirs = {
            "documents": theirs,
            "workspaces": cj.caller.workspace,
            "organizations": cj.caller.organization,
        }
        identifier = of_theirs.get(operation.pattern.split("/")[1], theirs)
        for it in (identifier, new_id()):
            path = path_of(prefix, operation, it)
            async with ryder.raw.request(operation.method, path, json=body) as answer:
                assert answer.status in {400, 404, 415}, (operation.name, answer.status)
                assert "alice" not in await answer.text()
    for method, path in (
        ("GET", f"/v3/documents/{theirs}"),
        ("DELETE", f"/v3/documents/{theirs}"),
    ):
        assert await ryder.refused(method, path, 404) == ("client_error", "not_found")
    change = {"isArchived": True}
    path = f"/v3/documents/{theirs}"
    assert (await ryder.refused("PATCH", path, 404, json=change))[1] == "not_found"
    assert not (await cj.call("get_document", theirs)).meta.is_archived
    for data in ({"workspace": cj.caller.workspace},):
        with pytest.raises(ResourceNotFoundError):
            await ryder.call("create_document", file=io.BytesIO(PDF), **data)


async def test_a_key_of_one_workspace_sees_nothing_of_the_others(
    gateway: Gateway, cj: Client
) -> None:
    made = await cj.done("create_document", file=io.BytesIO(PDF))
    other = await cj.caller.call("POST", "/api/v1/workspaces", 201, json={"name": "other"})
    limited = Client(
        gateway, await gateway.another(cj.caller.organization, workspaces=(other["id"],))
    )
    with pytest.raises(ResourceNotFoundError):
        await limited.call("get_document", made.meta.identifier)
    with pytest.raises(ResourceNotFoundError):
        await limited.call("create_document", file=io.BytesIO(PDF), workspace=cj.caller.workspace)
    own = await limited.call("create_document", file=io.BytesIO(PDF), wait=False)
    assert own.meta.workspace.name == "other"
    listed = await limited.call("get_all_documents")
    assert [it.meta.identifier for it in listed.results] == [own.meta.identifier]


async def test_the_client_raises_the_right_errors(gateway: Gateway, cj: Client) -> None:
    stranger = AffindaAPI(TokenCredential(token="x" * 40), base_url=gateway.url)
    nobody = Client(gateway, cj.caller)
    nobody.api = stranger
    with pytest.raises(ClientAuthenticationError) as unknown:
        await nobody.call("get_document", new_id())
    assert unknown.value.model.errors[0].code == "authentication_failed"
    with pytest.raises(ResourceNotFoundError):
        await cj.call("get_document", "mEFayXdO")
    with pytest.raises(HttpResponseError) as wrong:
        await cj.call("create_document", file=io.BytesIO(PDF), region_bias="nowhere")
    assert (wrong.value.status_code, wrong.value.model.errors[0].attr) == (400, "regionBias")


async def test_errors_of_all_kinds_have_one_shape(cj: Client) -> None:
    headers = {"Content-Type": "application/json"}
    for method, path, status, code in (
        ("GET", "/v3", 404, "not_found"),
        ("GET", "/v3/", 404, "not_found"),
        ("GET", "/v2", 404, "not_found"),
        ("GET", "/v3/occupation_groups", 404, "not_found"),
        ("POST", "/v2/search/of/some/kind", 404, "not_found"),
        ("GET", "/v3/documents/mEFayXdO", 404, "not_found"),
        ("PUT", "/v3/documents", 405, "method_not_allowed"),
        ("PATCH", f"/v3/documents/{new_id()}", 400, "invalid"),
        ("POST", "/v3/documents", 400, "invalid"),
    ):
        kind = "validation_error" if status == 400 else "client_error"
        data = b"no JSON" if method == "PATCH" else None
        refused = await cj.refused(method, path, status, data=data, headers=headers)
        assert refused == (kind, code), path


async def test_nothing_but_429_and_503_asks_to_be_tried_again(cj: Client) -> None:
    too_long = b'{"fileName": "' + b"x" * 1_200_000 + b'"}'
    made = await cj.call("create_document", file=io.BytesIO(PDF), wait=False)
    path, headers = f"/v3/documents/{made.meta.identifier}", {"Content-Type": "application/json"}
    async with cj.raw.patch(path, data=too_long, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (413, "application/json")
        assert (await answer.json())["errors"][0]["code"] == "request_too_large"
        assert "Retry-After" not in answer.headers


async def test_the_other_dialect_below_v3_keeps_its_errors(cj: Client) -> None:
    body = await cj.json("POST", "/v3/docingester/extract", 401)
    assert body["stateText"] == "ERROR"


async def test_the_description_is_openapi_and_whole(gateway: Gateway) -> None:
    async with gateway.client().get("/affinda/openapi.json") as answer:
        document = await answer.json()
    OpenAPIV31SpecValidator(document).validate()
    described = {
        (method.upper(), path) for path, some in document["paths"].items() for method in some
    }
    assert described == {(it.method, f"{prefix}{it.pattern}") for prefix, it in every_operation()}
