"""Who may do what in DocDigitizer's dialect, and its table of errors: every code with a reason."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from services.ingest.dialects.docdigitizer.context import PREFIX
from services.ingest.dialects.docdigitizer.errors import table_entry
from services.ingest.tenants import KeyRights
from shared.config import Settings
from shared.errors import REGISTRY, Code
from shared.http.keys import generate_key
from shared.http.operations import Operation
from shared.models.tenancy import Licence, Scope
from shared.models.time import utc_now
from shared.store.collections import API_KEYS, DOCUMENTS
from shared.store.port import Query
from tests.api.docdigitizer_client import (
    ANNOTATE,
    BOUNDARY,
    DOCUMENTS_PATH,
    INVOICE_FIELDS,
    TASKS_PATH,
    Client,
    client_of,
    extract,
    part,
)
from tests.api.harness import Caller, Gateway, Json, of_dialects, running

TABLE = {
    (201, "CREATED"), (202, "ACCEPTED"), (400, "BAD_REQUEST"), (401, "WRONG_AUTH"),
    (403, "NOT_ENOUGH_PERMISSIONS"), (403, "NO_LICENCE"), (403, "EXPIRED_LICENCE"),
    (404, "NOT_FOUND"), (404, "INVALID_OUTPUT_FORMAT"), (409, "CONFLICT"),
    (415, "FILE_TYPE_NOT_SUPPORTED"), (422, "INCOHERENT_DATA"), (500, "UNEXPECTED_ERROR"),
    (501, "NOT_IMPLEMENTED"),
}  # fmt: skip
WRONG_AUTH = {
    "status": 401,
    "code": "WRONG_AUTH",
    "detail": "Authorization refused. No such user",
}
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
BODY = part() + f"--{BOUNDARY}--\r\n".encode()


def table() -> list[Operation]:
    """Every operation of the dialect."""
    return [it for prefix, it in of_dialects() if prefix == PREFIX]


@dataclass(frozen=True)
class World:
    """Two organizations with a document each, and every kind of key of the first."""

    gateway: Gateway
    ada: Client
    ben: Client
    things: dict[str, dict[str, str]]
    keys: dict[str, str]

    def path(self, operation: Operation, owner: str) -> str:
        """The operation's path with the ids of ``owner``'s things."""
        path = f"{PREFIX}{operation.pattern}"
        mine = self.things[owner]
        values = {"id": mine["task" if "/tasks" in path else "document"], "asset": mine["asset"],
                  "class": "invoice", "rest": "a/b"}  # fmt: skip
        for name in operation.path_parameters:
            path = path.replace(f"{{{name}}}", values[name])
        return path

    async def ask(
        self, operation: Operation, owner: str, headers: dict[str, str]
    ) -> tuple[int, Json, dict[str, str]]:
        """The answer to a sensible request with these headers."""
        method, upload = operation.method, operation.name in {
            "annotate", "annotateAs", "createDocument",
        }  # fmt: skip
        body = {"data": BODY, "headers": {**headers, **FORM}} if upload else {"headers": headers}
        path = self.path(operation, owner)
        async with self.gateway.client().request(method, path, **body) as answer:  # type: ignore[arg-type]
            text = await answer.text()
            is_json = answer.content_type == "application/json"
            return answer.status, json.loads(text) if is_json else {}, dict(answer.headers)


async def things_of(gateway: Gateway, client: Client) -> dict[str, str]:
    task = await client.annotate()
    await extract(gateway, client, task["document_id"], INVOICE_FIELDS)
    assets = await client.call("GET", f"{task['links']['document']}/assets", 200)
    return {
        "document": task["document_id"],
        "task": task["id"],
        "asset": assets["assets"][0]["id"],
    }


async def keys_of(gateway: Gateway, organization: str) -> dict[str, str]:
    past = utc_now() - timedelta(seconds=1)
    keys = {
        "expired": await gateway.key(organization, KeyRights("e", tuple(Scope), expires=past)),
        "revoked": await gateway.key(organization, KeyRights("revoked", tuple(Scope))),
    }
    records = gateway.store.across(API_KEYS)
    for record in await records.page(Query(), None, 100):
        if record.name == "revoked":
            await records.replace(record.copy_with(revoked=utc_now()))
    for scope in Scope:
        keys[scope.value] = await gateway.key(organization, KeyRights("one", (scope,)))
    return keys


@asynccontextmanager
async def world_in(folder: Path) -> AsyncIterator[World]:
    async with running(Settings(_env_file=None, data_dir=folder)) as gateway:
        ada = client_of(gateway, await gateway.caller("alice"))
        ben = client_of(gateway, await gateway.caller("bob"))
        things = {"ada": await things_of(gateway, ada), "ben": await things_of(gateway, ben)}
        yield World(gateway, ada, ben, things, await keys_of(gateway, ada.caller.organization))


async def test_no_operation_answers_without_a_good_key(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        key = world.ada.caller.key
        wrong = [
            {},
            {"Authentication": ""},
            {"Authentication": "API_KEY"},
            {"Authentication": "API_KEY "},
            {"Authentication": f"Bearer {key}"},
            {"Authorization": f"Basic {key}"},
            {"Authorization": f"API_KEY={key}"},
            {"X-API-Key": key},
            {"Authentication": f"API_KEY {generate_key(b'another pepper' * 3).key}"},
            {"Authentication": f"API_KEY {key.lower()}"},
            {"Authentication": "API_KEY " + "x" * 40, "Authorization": f"API_KEY {key}"},
            {"Authentication": f"API_KEY {world.keys['expired']}"},
            {"Authentication": f"API_KEY {world.keys['revoked']}"},
        ]
        for operation, headers in itertools.product(table(), wrong):
            status, body, sent = await world.ask(operation, "ada", headers)
            assert (status, body) == (401, WRONG_AUTH), (operation.name, headers)
            assert sent["WWW-Authenticate"] == "API_KEY"
            assert sent["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("header", ["Authentication", "authentication", "Authorization"])
@pytest.mark.parametrize("form", ["API_KEY {}", "api_key {}", "Api_Key   {}", "{}", " {} "])
async def test_each_form_of_the_header_is_taken(
    gateway: Gateway, alice: Caller, header: str, form: str
) -> None:
    headers = {header: form.format(alice.key)}
    async with gateway.client().get(DOCUMENTS_PATH, headers=headers) as answer:
        assert answer.status == 200


async def test_authentication_wins_over_authorization(
    gateway: Gateway, alice: Caller, bob: Caller, ada: Client
) -> None:
    task = await ada.annotate()
    both = {"Authentication": f"API_KEY {alice.key}", "Authorization": f"API_KEY {bob.key}"}
    async with gateway.client().get(task["links"]["document"], headers=both) as answer:
        assert answer.status == 200
    empty = {"Authentication": "", "Authorization": f"API_KEY {alice.key}"}
    async with gateway.client().get(task["links"]["document"], headers=empty) as answer:
        assert answer.status == 200


async def test_a_key_without_the_scope_is_refused_and_with_it_is_not(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        for operation, scope in itertools.product(table(), Scope):
            headers = {"Authentication": f"API_KEY {world.keys[scope.value]}"}
            status, body, _ = await world.ask(operation, "ada", headers)
            if scope in {operation.scope, Scope.ADMIN}:
                assert status not in {401, 403, 404}, (operation.name, scope, body)
                assert status < 500 or body["code"] == "NOT_IMPLEMENTED", operation.name
            else:
                assert (status, body) == (403, {
                    "status": 403,
                    "code": "NOT_ENOUGH_PERMISSIONS",
                    "detail": "Access refused due to not enough permissions",
                }), operation.name  # fmt: skip


async def test_what_belongs_to_others_does_not_exist(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        headers = {"Authentication": f"API_KEY {world.ada.caller.key}"}
        tried = 0
        for operation in table():
            if "id" in operation.path_parameters:
                status, body, _ = await world.ask(operation, "ben", headers)
                assert (status, body["code"]) == (404, "NOT_FOUND"), operation.name
                tried += 1
            elif operation.paged:
                _, body, _ = await world.ask(operation, "ben", headers)
                text = json.dumps(body)
                assert not [it for it in world.things["ben"].values() if it in text]
                assert [it for it in world.things["ada"].values() if it in text]
        assert tried >= 7


@pytest.mark.parametrize(
    ("licence", "code", "detail"),
    [
        (Licence(granted=False), "NO_LICENCE", "No license for the user's organization"),
        (Licence(until=utc_now() - timedelta(days=1)), "EXPIRED_LICENCE", "License expired"),
    ],
)
async def test_without_a_licence_nothing_works(
    gateway: Gateway, licence: Licence, code: str, detail: str
) -> None:
    carol = client_of(gateway, await gateway.caller("carol", licence))
    for path in (DOCUMENTS_PATH, TASKS_PATH, f"{PREFIX}/schemas"):
        body = await carol.call("GET", path, 403)
        assert body == {"status": 403, "code": code, "detail": detail}
    assert (await carol.send(part(), status=403))["code"] == code


async def test_a_key_is_checked_before_the_body_is_read(gateway: Gateway, ada: Client) -> None:
    sent = part(b"x" * 2_000_000, "a.txt")
    body = await ada.send(sent, status=401, Authentication=f"API_KEY {'g' * 64}")
    assert body == WRONG_AUTH


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/schemas", "/schemas/", "/schemas/x", "/schemas/x/fields/"])
async def test_schemas_are_not_implemented(ada: Client, method: str, path: str) -> None:
    assert await ada.call(method, f"{PREFIX}{path}", 501) == {
        "status": 501,
        "code": "NOT_IMPLEMENTED",
        "detail": "This feature is not implemented",
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", PREFIX, 404, "NOT_FOUND"),
        ("GET", "/docdigitizer", 404, "NOT_FOUND"),
        ("GET", f"{PREFIX}/nowhere/at/all", 404, "NOT_FOUND"),
        ("GET", f"{PREFIX}/schemasx", 404, "NOT_FOUND"),
        ("GET", f"{DOCUMENTS_PATH}/annotate", 404, "NOT_FOUND"),
        ("GET", f"{DOCUMENTS_PATH}//", 404, "NOT_FOUND"),
        ("PUT", DOCUMENTS_PATH, 405, "BAD_REQUEST"),
        ("DELETE", f"{DOCUMENTS_PATH}/x/", 405, "BAD_REQUEST"),
        ("POST", TASKS_PATH, 405, "BAD_REQUEST"),
        ("PUT", ANNOTATE, 405, "BAD_REQUEST"),
    ],
)
async def test_what_is_not_there_is_told_as_json_too(
    ada: Client, method: str, path: str, status: int, code: str
) -> None:
    body = await ada.call(method, path, status)
    assert set(body) == {"status", "code", "detail"}
    assert (body["status"], body["code"]) == (status, code)


async def test_json_that_is_too_large_and_a_crash_are_told_as_json(
    gateway: Gateway, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await ada.annotate()
    await extract(gateway, ada, task["document_id"], INVOICE_FIELDS)
    path = f"{task['links']['document']}/reviews"
    body = await ada.call("POST", path, 413, json={"data": {"supplier_name": "x" * 1_200_000}})
    assert (body["status"], body["code"]) == (413, "BAD_REQUEST")

    async def crash(*_: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(type(gateway.store.of(ada.caller.tenant, DOCUMENTS)), "get", crash)
    body = await ada.call("GET", task["links"]["document"], 500)
    assert (body["status"], body["code"]) == (500, "UNEXPECTED_ERROR")
    assert "secret" not in body["detail"]


async def test_a_store_that_is_down_asks_to_come_back(gateway: Gateway, ada: Client) -> None:
    await ada.annotate()
    await gateway.store.close()
    async with ada.session.get(DOCUMENTS_PATH) as answer:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await answer.json())["code"] == "UNEXPECTED_ERROR"
    await gateway.store.open()


def test_every_error_of_ours_has_its_place_in_the_table() -> None:
    codes = {code for _, code in TABLE}
    for code in Code:
        status, told = table_entry(code)
        assert told in codes
        own = {it for it, name in TABLE if name == told}
        assert status in own or status in {405, 410, 413, 429, 502, 503, 507}, code
        if (REGISTRY[code].status, code.value) in TABLE:
            assert (status, told) == (REGISTRY[code].status, code.value)
    assert table_entry(Code.FILE_TOO_LARGE) == (400, "BAD_REQUEST")


@pytest.fixture
async def document(gateway: Gateway) -> Json:
    async with gateway.client().get("/docdigitizer/openapi.json") as answer:
        assert answer.status == 200
        body: Json = await answer.json()
        return body


async def test_the_dialect_is_described(gateway: Gateway, ada: Client, document: Json) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert set(document["components"]["securitySchemes"]) == {"Authentication", "Authorization"}
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    served = {(it.method, f"{PREFIX}{it.pattern}") for it in table() if "schemas" not in it.path}
    assert described == served | {("GET", f"{PREFIX}/schemas")}
    for methods in document["paths"].values():
        for operation in methods.values():
            assert {"401", "403", "500"} <= set(operation["responses"])
    upload = document["paths"][f"{ANNOTATE}:{{class}}"]["post"]
    assert set(upload["responses"]) >= {"202", "400", "404", "415", "422"}
    assert "413" not in upload["responses"]


async def test_an_answer_fits_its_description(
    gateway: Gateway, ada: Client, document: Json
) -> None:
    task = await ada.annotate()
    early = await ada.call("GET", task["links"]["self"], 200)
    await extract(gateway, ada, task["document_id"], INVOICE_FIELDS)
    one = task["links"]["document"]
    answers = [
        ("post", "/documents/{id}/reviews", 201, await ada.call("POST", f"{one}/reviews", 201)),
        ("post", "/documents/annotate", 202, await ada.send(part())),
        ("get", "/tasks/{id}", 200, early),
        ("get", "/tasks/{id}", 200, await ada.call("GET", task["links"]["self"], 200)),
        ("get", "/tasks", 200, await ada.call("GET", TASKS_PATH, 200)),
        ("get", "/documents", 200, await ada.call("GET", DOCUMENTS_PATH, 200)),
        ("get", "/documents/{id}", 200, await ada.call("GET", one, 200)),
        ("get", "/documents/{id}/annotations", 200,
         await ada.call("GET", f"{one}/annotations", 200)),
        ("get", "/documents/{id}/assets", 200, await ada.call("GET", f"{one}/assets", 200)),
        ("get", "/documents/{id}/reviews", 200, await ada.call("GET", f"{one}/reviews", 200)),
        ("get", "/documents/{id}", 404, await ada.call("GET", f"{one}0", 404)),
    ]  # fmt: skip
    for method, path, status, answer in answers:
        described = document["paths"][f"{PREFIX}{path}"][method]["responses"][str(status)]
        schema = described["content"]["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        assert list(OAS31Validator(whole).iter_errors(answer)) == [], path
