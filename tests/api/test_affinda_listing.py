"""Lists of documents: filters, orders, parts, by the official client and by hand."""

import io
from datetime import timedelta
from typing import Any

import pytest
from affinda.models import DocumentUpdate
from azure.core.exceptions import HttpResponseError

from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS
from tests.api.affinda_client import Client, played
from tests.api.harness import PDF, Caller, Gateway

NAMES = ("b.pdf", "a.pdf", "d.pdf", "c.pdf")


@pytest.fixture
async def cj(gateway: Gateway, alice: Caller) -> Client:
    """With four documents: c, the last one, is still to be read."""
    client = Client(gateway, alice)
    for name, total in zip(NAMES, ("9.50", "100.00", "20.00", "1.00"), strict=True):
        made = await client.call(
            "create_document",
            file=io.BytesIO(PDF + name.encode()),
            file_name=name,
            custom_identifier=f"id {name}",
            wait=False,
        )
        if name != "c.pdf":
            await gateway.finish(alice, made.meta.identifier, total=total)
    return client


async def names(client: Client, **asked: Any) -> list[str]:
    page = await client.call("get_all_documents", **asked)
    return [it.meta.file_name[0] for it in page.results]


async def test_parts_and_their_links(cj: Client) -> None:
    assert await names(cj) == ["c", "d", "a", "b"], "newest first"
    page = await cj.call("get_all_documents", offset=1, limit=2)
    assert (page.count, [it.meta.file_name[0] for it in page.results]) == (4, ["d", "a"])
    assert [it.data for it in page.results] == [{}, {}]
    following = await cj.json("GET", page.next.removeprefix(cj.gateway.url))
    assert [it["meta"]["fileName"] for it in following["results"]] == ["b.pdf"]
    assert following["next"] is None
    before = await cj.json("GET", page.previous.removeprefix(cj.gateway.url))
    assert before["results"][0]["meta"]["fileName"] == "c.pdf"
    full = await cj.call("get_all_documents", include_data=True, search="a.pdf")
    assert full.results[0].data["total"]["parsed"] == 100
    compact = await cj.call("get_all_documents", include_data=True, compact=True, search="a.pdf")
    assert compact.results[0].data["total"] == 100
    uncounted = await cj.call("get_all_documents", count=False, limit=1)
    assert (uncounted.count, len(uncounted.results), bool(uncounted.next)) == (None, 1, True)
    for wrong in ("offset=-1", "limit=0", "limit=x"):
        await cj.refused("GET", f"/v3/documents?{wrong}", 400)


async def test_states_and_truths(cj: Client) -> None:
    page = await cj.call("get_all_documents")
    ids = {it.meta.file_name[0]: it.meta.identifier for it in page.results}
    await cj.call("update_document", ids["a"], DocumentUpdate(is_confirmed=True))
    await cj.call("update_document", ids["b"], DocumentUpdate(is_archived=True))
    for asked, expected in (
        ({"state": "uploaded"}, ["c"]),
        ({"state": "review"}, ["d"]),
        ({"state": "validated"}, ["a"]),
        ({"state": "archived"}, ["b"]),
        ({"state": "rejected"}, []),
        ({"ready": False}, ["c"]),
        ({"ready": True}, ["d", "a", "b"]),
        ({"in_review": True}, ["d"]),
        ({"failed": True}, []),
        ({"validatable": False}, ["c"]),
        ({"has_challenges": True}, []),
        ({"custom_identifier": "id a.pdf"}, ["a"]),
        ({"search": "A.PD"}, ["a"]),
        ({"collection": "dt_receipt"}, ["d", "a", "b"]),
        ({"collection": "dt_invoice"}, []),
        ({"workspace": cj.caller.workspace, "limit": 1}, ["c"]),
        ({"workspace": ids["a"]}, []),
        ({"exclude": [ids["a"], ids["b"]]}, ["c", "d"]),
        ({"created_dt": "today"}, ["c", "d", "a", "b"]),
        ({"created_dt": "yesterday"}, []),
        ({"tags": [1, 2]}, []),
    ):
        assert await names(cj, **asked) == expected, asked
    await cj.refused("GET", "/v3/documents?state=lost", 400)
    await cj.refused("GET", "/v3/documents?created_dt=once", 400)
    await cj.refused("GET", "/v3/documents?tags=red", 400)
    await cj.refused("GET", "/v3/documents?ready=perhaps", 400)


async def test_orders(cj: Client) -> None:
    for asked, expected in (
        (["file_name"], ["a", "b", "c", "d"]),
        (["-file_name"], ["d", "c", "b", "a"]),
        (["created_dt"], ["b", "a", "d", "c"]),
        (["-created_dt"], ["c", "d", "a", "b"]),
        (["extractor", "file_name"], ["a", "b", "d", "c"]),
        (["parsed__total"], ["b", "d", "a", "c"]),
        (["-parsed__total"], ["a", "d", "b", "c"]),
    ):
        assert await names(cj, ordering=asked) == expected, asked
    assert await names(cj, ordering=["file_name"], offset=1, limit=2) == ["b", "c"]
    repeated = await cj.json("GET", "/v3/documents?ordering=-extractor&ordering=-file_name")
    assert [it["meta"]["fileName"][0] for it in repeated["results"]] == ["d", "b", "a", "c"]
    with pytest.raises(HttpResponseError) as refused:
        await names(cj, ordering=["size"])
    assert refused.value.model.errors[0].attr == "ordering"


async def test_days_and_tenants_are_kept_apart(cj: Client, bob: Caller) -> None:
    ryder = Client(cj.gateway, bob)
    assert await names(ryder) == []
    async with played(cj.gateway, bob):
        await ryder.call("create_document", file=io.BytesIO(PDF), file_name="z.pdf")
    assert await names(ryder) == ["z"]
    assert await names(ryder, search="pdf") == ["z"]
    assert await names(ryder, workspace=cj.caller.workspace) == []
    made = await cj.call("create_document", file=io.BytesIO(b"old"), wait=False)
    documents = cj.gateway.store.of(cj.caller.tenant, DOCUMENTS)
    document = await documents.get(made.meta.identifier)
    assert document is not None
    await documents.delete(document.id)
    await documents.insert(document.copy_with(created=utc_now() - timedelta(days=20), rev=0))
    for asked, count in (("week", 4), ("month", 5), ("year", 5)):
        assert len(await names(cj, created_dt=asked)) == count
