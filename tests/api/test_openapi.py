"""The OpenAPI document and the page that shows it."""

import re

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.models.tenancy import Scope
from tests.api.harness import API, Caller, Gateway, Json, operations

NATIVE = re.compile(r"{(\w+)}")
NO_KEY = {f"{API}/linked/documents/{{id}}", f"{API}/linked/notices/{{id}}/{{recipient}}"}
"""Their links are signed."""


@pytest.fixture
async def document(gateway: Gateway) -> Json:
    async with gateway.client().get("/openapi.json") as answer:
        assert answer.status == 200
        body: Json = await answer.json()
        return body


async def test_the_document_is_valid_openapi_3_1(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


async def test_it_names_every_operation_that_is_served_and_no_other(document: Json) -> None:
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    served = {(it.method, f"{prefix}{it.pattern}") for prefix, it in operations()}
    assert described == served


async def test_every_operation_says_what_it_needs_and_how_it_fails(document: Json) -> None:
    assert document["security"]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"]
            with_key = path not in NO_KEY
            wrong = {"401", "403"} if with_key else {"404"}
            assert {*wrong, "500", "503"} <= set(operation["responses"]), path
            names = [it["name"] for it in operation["parameters"] if it["in"] == "path"]
            assert names == NATIVE.findall(path)
            assert operation.get("security") == (None if with_key else [])
    upload = document["paths"][f"{API}/documents"]["post"]
    schema = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["required"] == ["files"]
    assert Scope.WRITE.value in upload["description"]


async def test_every_list_has_the_paging_parameters_and_headers(document: Json) -> None:
    lists = [it for it in operations() if it[1].paged]
    assert len(lists) >= 10
    for prefix, operation in lists:
        described = document["paths"][f"{prefix}{operation.pattern}"]["get"]
        names = {it["name"] for it in described["parameters"]}
        assert {"maxRetrieve", "cursorId"} <= names
        headers = set(described["responses"]["200"]["headers"])
        assert headers == {"X-Cursor-ID", "X-More-Results-Available", "X-Cursor-Was-Broken"}


async def test_an_answer_fits_its_description(
    gateway: Gateway, alice: Caller, bob: Caller, document: Json
) -> None:
    (made,) = await alice.upload()
    await gateway.finish(alice, made["id"], total="1.00")
    answers = {
        f"{API}/documents/{{id}}": await alice.call("GET", made["links"]["self"], 200),
        f"{API}/documents": await alice.call("GET", f"{API}/documents", 200),
        f"{API}/documents/{{id}}/pages/{{number}}": await alice.call(
            "GET", f"{made['links']['self']}/pages/0", 200
        ),
        f"{API}/types": await bob.call("GET", f"{API}/types", 200),
        f"{API}/workspaces": await bob.call("GET", f"{API}/workspaces", 200),
        f"{API}/keys": await bob.call("GET", f"{API}/keys", 200),
        "/admin/ocr/jobs": await alice.call("GET", "/admin/ocr/jobs", 200),
    }
    for path, answer in answers.items():
        content = document["paths"][path]["get"]["responses"]["200"]["content"]
        schema = content["application/json"]["schema"]
        whole = {**schema, "components": document["components"]}
        assert list(OAS31Validator(whole).iter_errors(answer)) == [], path


async def test_the_page_needs_nothing_from_elsewhere(gateway: Gateway) -> None:
    client = gateway.client()
    async with client.get("/docs") as answer:
        page = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
        assert answer.content_type == "text/html"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "//" not in page.replace("<!doctype html>", "")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page)
    linked = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(linked) >= 4
    for path in linked:
        async with client.get(f"/{path}") as answer:
            assert answer.status == 200, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with client.get("/docs/docs.js") as answer:
        script = await answer.text()
    assert "openapi.json" in script
    assert "http" not in script
    assert "validatorUrl: null" in script
