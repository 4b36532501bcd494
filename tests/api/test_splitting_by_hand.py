"""A person says which pages of a file are which document."""

from shared.blobs.keys import page_key
from shared.models.page import Page
from shared.store.collections import DOCUMENTS
from tests.api.containers import stored, taken_apart, unpacking
from tests.api.harness import DOCUMENTS_PATH, PNG, Caller, Gateway, Json
from tests.samples.invoices import many_pages_pdf


def pieces(*pages: list[int]) -> Json:
    return {"pieces": [{"pages": it} for it in pages]}


async def test_a_finished_document_becomes_several(gateway: Gateway, alice: Caller) -> None:
    (made,) = await alice.upload(many_pages_pdf(2), reference="mine")
    async with unpacking(gateway):
        await gateway.finish(alice, made["id"], total="1.00")
        path = f"{DOCUMENTS_PATH}/{made['id']}"
        assert (await alice.call("GET", path, 200))["fields"]["total"]["value"] == "1.00"

        turned = {"page_turns": {"1": 180}}
        records = gateway.store.of(alice.tenant, DOCUMENTS)
        await records.change(made["id"], lambda it: it.copy_with(**turned))
        begun = await alice.call("POST", f"{path}/split", 202, json=pieces([1], [0]))
        assert (begun["state"], begun["type"], begun["fields"]) == ("reading", None, {})
        whole = await taken_apart(alice, made)

    assert (whole["state"], whole["container"]["kind"]) == ("ready", "bundle")
    assert [it["name"] for it in whole["container"]["children"]] == ["0-1.pdf", "0-2.pdf"]
    for child, old in zip(whole["container"]["children"], (1, 0), strict=True):
        document = await stored(gateway, alice, child["id"])
        assert (document.pages, document.reference) == (1, "mine")
        assert document.page_turns == ({"0": 180} if old == 1 else {})
        assert document.state.value == "extracting", "its pages are not read again"
        key = page_key(document.organization, document.id, 1, 0)
        page = Page.model_validate_json(await gateway.blobs.get(key))
        assert page.lines[0].text == f"page {old} says hello"
    again = await alice.call("POST", f"{path}/split", 409, json=pieces([0], [1]))
    assert again["code"] == "CONFLICT"


async def test_pages_that_there_are_not_and_kinds_that_cannot_be_split(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    (made,) = await alice.upload(many_pages_pdf(2))
    path = f"{DOCUMENTS_PATH}/{made['id']}/split"
    assert (await alice.call("POST", path, 409, json=pieces([0])))["code"] == "CONFLICT"
    await gateway.finish(alice, made["id"])
    for wrong in (pieces([0], [0]), pieces([0, 2]), pieces([-1])):
        body = await alice.call("POST", path, 422, json=wrong)
        assert body["code"] == "INCOHERENT_DATA", wrong
    for wrong in (pieces(), pieces([]), {}):
        await alice.call("POST", path, 400, json=wrong)
    await bob.call("POST", path, 404, json=pieces([0]))
    assert (await alice.call("GET", f"{DOCUMENTS_PATH}/{made['id']}", 200))["state"] == "ready"

    (picture,) = await alice.upload(PNG)
    await gateway.finish(alice, picture["id"])
    body = await alice.call(
        "POST", f"{DOCUMENTS_PATH}/{picture['id']}/split", 409, json=pieces([0])
    )
    assert body["detail"] == "Only PDF and TIFF files can be split."
