"""Data given by clients, and documents without what is personal, through the official client."""

import io
import json

import pytest
from affinda.models import DocumentCreateFromData
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from shared.blobs.keys import redacted_key
from shared.models.extraction import TypeGuess
from shared.models.ids import new_id
from shared.stages.disclosure import disclosure_of
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Query
from tests.api.affinda_client import Client, multipart, played
from tests.api.harness import PDF, Caller, Gateway

RESUME = {
    "name": {"raw": "Carl Johnson", "first": "Carl", "last": "Johnson"},
    "emails": ["cj@grove.example"],
    "totalYearsExperience": 4,
    "rawText": "Carl Johnson …",
    "ourOwnKey": {"a": [1, None]},
}


@pytest.fixture
async def cj(gateway: Gateway, alice: Caller) -> Client:
    return Client(gateway, alice)


async def test_data_become_a_document(cj: Client) -> None:
    made = await cj.call("create_document_from_data", DocumentCreateFromData(data=RESUME))
    assert (made.meta.ready, made.meta.failed, made.data) == (True, False, RESUME)
    assert (made.meta.document_type, made.meta.pages) == ("dt_resume", [])
    assert (made.meta.pdf, made.meta.is_ocrd) == (None, False)
    got = await cj.call("get_document", made.meta.identifier, compact=True)
    assert got.data == RESUME
    job = await cj.json(
        "POST", "/v3/documents/create_from_data", 201, json={"data": {"jobTitle": "Courier"}}
    )
    assert job["meta"]["documentType"] == "dt_job_description"
    data = multipart(data=json.dumps(RESUME), customIdentifier="mine")
    formed = await cj.json("POST", "/v3/documents", 200, data=data)
    assert (formed["data"], formed["meta"]["customIdentifier"]) == (RESUME, "mine")
    path = "/v3/documents/create_from_data"
    assert (await cj.refused("POST", path, 400, json={}))[0] == "validation_error"
    elsewhere = {"data": RESUME, "workspace": new_id()}
    assert (await cj.refused("POST", path, 404, json=elsewhere))[1] == "not_found"


async def test_a_call_that_is_sent_again_makes_one_document(cj: Client) -> None:
    headers = {"x-ms-client-request-id": new_id()}
    made = [
        await cj.json(
            "POST",
            "/v3/documents/create_from_data",
            201,
            json={"data": RESUME},
            headers=headers,
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]
    documents = cj.gateway.store.of(cj.caller.tenant, DOCUMENTS)
    assert await documents.count(Query(), 9) == 1


async def test_data_are_put_in_place_of_others(cj: Client) -> None:
    made = await cj.call("create_document_from_data", DocumentCreateFromData(data=RESUME))
    changed = await cj.call(
        "update_document_data", made.meta.identifier, {"emails": ["carl@grove.example"]}
    )
    assert changed.data == {**RESUME, "emails": ["carl@grove.example"]}
    assert (await cj.call("get_document", made.meta.identifier)).data == changed.data
    retyped = await cj.call(
        "update_document", made.meta.identifier, {"documentType": "dt_job_description"}
    )
    assert (retyped.meta.ready, retyped.meta.document_type) == (True, "dt_job_description")
    assert retyped.data == changed.data
    receipt = await cj.done("create_document", file=io.BytesIO(PDF))
    with pytest.raises(HttpResponseError) as refused:
        await cj.call("update_document_data", receipt.meta.identifier, {"total": 1})
    assert refused.value.status_code == 400
    with pytest.raises(ResourceNotFoundError):
        await cj.call("update_document_data", new_id(), {})
    path = f"/v3/documents/{made.meta.identifier}/update_data"
    await cj.refused("POST", path, 400, json=[1])


async def test_the_redacted_file_comes_as_it_is(cj: Client) -> None:
    async with played(cj.gateway, cj.caller, {"name": "Carl Johnson"}):
        made = await cj.call("create_document", file=io.BytesIO(PDF), document_type="dt_resume")
    of_resumes = TypeGuess(name="resume", confidence=1.0)
    documents = cj.gateway.store.of(cj.caller.tenant, DOCUMENTS)
    document = await documents.change(
        made.meta.identifier, lambda it: it.copy_with(type=of_resumes)
    )
    assert document is not None
    await cj.gateway.store.of(cj.caller.tenant, EXTRACTIONS).change(
        str(document.extraction), lambda it: it.copy_with(type=of_resumes)
    )
    digest = (await disclosure_of(cj.gateway.store, document)).digest
    key = redacted_key(document.organization, document.id, document.revision, digest)
    await cj.gateway.blobs.put(key, b"%PDF-1.7 nobody", "application/pdf")
    stream = await cj.call("get_redacted_document", document.id)
    assert b"".join(stream) == b"%PDF-1.7 nobody"
    unread = await cj.call("create_document", file=io.BytesIO(PDF), wait=False)
    with pytest.raises(HttpResponseError) as early:
        await cj.call("get_redacted_document", unread.meta.identifier)
    assert early.value.status_code == 409
