"""Tags, usage and splitting by the official Python client."""

from datetime import timedelta

import pytest
from affinda.models import (
    BatchAddTagRequest,
    BatchRemoveTagRequest,
    DocumentEditRequest,
    DocumentSplit,
    DocumentSplitPage,
    TagCreate,
    TagUpdate,
)
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from shared.models.ids import new_id
from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS, TAGGINGS
from shared.store.port import Query
from tests.api.affinda_client import Client
from tests.api.containers import unpacking
from tests.api.harness import API, PDF, Caller, Gateway
from tests.samples.invoices import many_pages_pdf


@pytest.fixture
async def cj(gateway: Gateway, alice: Caller) -> Client:
    return Client(gateway, alice)


@pytest.fixture
async def zoe(gateway: Gateway, bob: Caller) -> Client:
    return Client(gateway, bob)


async def two_documents(client: Client) -> list[str]:
    made = [await client.caller.upload(PDF + bytes([it])) for it in range(2)]
    return [some[0]["id"] for some in made]


async def test_a_tag_lives_and_is_put_on_documents(cj: Client, zoe: Client) -> None:
    workspace, documents = cj.caller.workspace, await two_documents(cj)
    tag = await cj.call("create_tag", body=TagCreate(name="Urgent", workspace=workspace))
    assert (tag.name, tag.workspace, tag.document_count) == ("Urgent", workspace, 0)
    both = BatchAddTagRequest(identifiers=documents, tag=tag.id)
    await cj.call("batch_add_tag", body=both)
    await cj.call("batch_add_tag", body=both)
    assert (await cj.call("get_tag", tag.id)).document_count == 2
    shown = await cj.call("get_document", documents[0])
    assert [(it.id, it.name, it.document_count) for it in shown.meta.tags] == [
        (tag.id, "Urgent", 2)
    ]

    listed = await cj.call("get_all_documents", tags=[tag.id])
    assert {it.meta.identifier for it in listed.results} == set(documents)
    listed = await cj.call("get_all_documents", search="urgE")
    assert {it.meta.identifier for it in listed.results} == set(documents)
    assert (await cj.call("get_all_documents", search="urgent!")).results == []
    one = BatchRemoveTagRequest(identifiers=documents[:1], tag=tag.id)
    await cj.call("batch_remove_tag", body=one)
    listed = await cj.call("get_all_documents", tags=[tag.id])
    assert [it.meta.identifier for it in listed.results] == documents[1:]

    renamed = await cj.call("update_tag", tag.id, body=TagUpdate(name="Later"))
    assert (renamed.id, renamed.name, renamed.document_count) == (tag.id, "Later", 1)
    other = await cj.call("create_tag", body=TagCreate(name="Also", workspace=workspace))
    names = [it.name for it in await cj.call("get_all_tags", workspace=workspace)]
    assert names == ["Also", "Later"]
    found = await cj.json("GET", f"/v3/tags?workspace={workspace}&name=LAT&limit=5")
    assert [it["name"] for it in found] == ["Later"]
    assert await zoe.call("get_all_tags") == []

    await cj.call("delete_tag", tag.id)
    with pytest.raises(ResourceNotFoundError):
        await cj.call("get_tag", tag.id)
    assert (await cj.call("get_document", documents[1])).meta.tags == []
    assert [it.id for it in await cj.call("get_all_tags")] == [other.id]


async def test_a_removed_document_takes_its_tags_along(
    gateway: Gateway, cj: Client, alice: Caller
) -> None:
    documents = await two_documents(cj)
    wish = TagCreate(name="x", workspace=alice.workspace)
    tag = await cj.call("create_tag", body=wish)
    await cj.call("batch_add_tag", body=BatchAddTagRequest(identifiers=documents, tag=tag.id))
    await cj.call("delete_document", documents[0])
    taggings = await gateway.store.of(alice.tenant, TAGGINGS).page(Query(), None, 10)
    assert [it.document for it in taggings] == documents[1:]
    assert (await cj.call("get_tag", tag.id)).document_count == 1


async def test_tags_that_cannot_be(cj: Client, zoe: Client) -> None:
    workspace, documents = cj.caller.workspace, await two_documents(cj)
    tag = await cj.call("create_tag", body=TagCreate(name="Urgent", workspace=workspace))
    with pytest.raises(ResourceExistsError):
        await cj.call("create_tag", body=TagCreate(name="urgent", workspace=workspace))
    for wrong in ({"name": "", "workspace": workspace}, {"workspace": workspace}, {"name": "x"}):
        kind, _ = await cj.refused("POST", "/v3/tags", 400, json=wrong)
        assert kind == "validation_error"
    await cj.refused("GET", "/v3/tags/no-number", 404)
    theirs = await zoe.call("create_tag", body=TagCreate(name="T", workspace=zoe.caller.workspace))
    assert theirs.id == tag.id, "numbers are counted by organization"
    moved = await cj.caller.call("POST", f"{API}/workspaces", 201, json={"name": "other"})
    with pytest.raises(HttpResponseError) as refused:
        await cj.call("update_tag", tag.id, body=TagUpdate(workspace=moved["id"]))
    assert refused.value.model.errors[0].attr == "workspace"
    elsewhere = await cj.call("create_tag", body=TagCreate(name="E", workspace=moved["id"]))
    for number, identifiers in (
        (tag.id, [documents[0], new_id()]),
        (elsewhere.id, documents),
        (99, documents),
    ):
        wish = BatchAddTagRequest(identifiers=identifiers, tag=number)
        with pytest.raises(ResourceNotFoundError):
            await cj.call("batch_add_tag", body=wish)
    assert (await cj.call("get_tag", tag.id)).document_count == 0


async def test_usage_is_counted_by_the_month(gateway: Gateway, cj: Client, zoe: Client) -> None:
    records = gateway.store.of(cj.caller.tenant, DOCUMENTS)
    identity = (await two_documents(cj))[0]
    record = await records.get(identity)
    assert record is not None
    now = utc_now()
    begin = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last = begin - timedelta(milliseconds=1)
    for moment in (last, begin):
        await records.insert(record.copy_with(id=new_id(), created=moment, content=None))
    counted = await cj.call("get_usage_by_workspace", cj.caller.workspace)
    assert len(counted) == 12
    expected = [(f"{last:%Y-%m}", 1), (f"{now:%Y-%m}", 3)]
    assert [(it.month, it.count) for it in counted[-2:]] == expected
    span = {"start": f"{now:%Y-%m}", "end": f"{now:%Y-%m}"}
    one = await cj.call("get_usage_by_workspace", cj.caller.workspace, **span)
    assert [(it.month, it.count) for it in one] == expected[-1:]
    organization = {"organization": cj.caller.organization, "document_type": "dt_receipt", **span}
    assert await cj.json("GET", "/v3/usage", params=organization) == [
        {"month": f"{now:%Y-%m}", "count": 0}
    ]
    await cj.refused("GET", "/v3/usage?start=2026-13", 400)
    await cj.refused("GET", "/v3/usage?start=1980-01&end=2026-01", 400)
    await zoe.refused("GET", f"/v3/usage?organization={cj.caller.organization}", 404)
    await zoe.refused("GET", f"/v3/workspaces/{cj.caller.workspace}/usage", 404)


async def test_a_file_is_split_by_hand(gateway: Gateway, cj: Client, zoe: Client) -> None:
    (splitter,) = await cj.call("get_all_document_splitters")
    assert (await cj.call("get_document_splitter", splitter.identifier)).name == splitter.name
    with pytest.raises(ResourceNotFoundError):
        await cj.call("get_document_splitter", "nothing")
    (made,) = await cj.caller.upload(many_pages_pdf(2))
    await gateway.finish(cj.caller, made["id"], total="1.00")
    whole = await cj.call("get_document", made["id"])
    first, second = (DocumentSplitPage(id=it.id) for it in whole.meta.pages)

    same = await cj.call(
        "edit_document_pages",
        made["id"],
        body=DocumentEditRequest(splits=[DocumentSplit(pages=[first, second])]),
    )
    assert [it.identifier for it in same] == [made["id"]]
    wish = DocumentEditRequest(splits=[DocumentSplit(pages=[first])])
    with pytest.raises(ResourceNotFoundError):
        await zoe.call("edit_document_pages", made["id"], body=wish)
    strange = [{"pages": [{"id": 1}]}]
    await cj.refused("POST", f"/v3/validate/{made['id']}/split", 400, json={"splits": strange})
    apart = DocumentEditRequest(
        splits=[DocumentSplit(pages=[second]), DocumentSplit(pages=[first])]
    )
    async with unpacking(gateway):
        metas = await cj.call("edit_document_pages", made["id"], body=apart)
    assert [it.file_name for it in metas] == ["0-1.pdf", "0-2.pdf"]
    assert {it.parent_document.identifier for it in metas} == {made["id"]}
    whole = await cj.call("get_document", made["id"])
    assert [it.identifier for it in whole.meta.child_documents] == [it.identifier for it in metas]
