"""A file of several documents, from what its pages say to the documents made of it."""

from shared.blobs.keys import page_key
from shared.models.container import Piece
from shared.models.document import Document
from shared.models.extraction import Extraction
from shared.models.page import Page
from shared.models.policies import Policies, SplitPolicy
from shared.models.time import utc_now
from shared.models.work import Work, WorkState
from shared.stages import lifecycle
from shared.stages.bundling import may_split
from shared.store.collections import DOCUMENTS
from tests.api.containers import stored, taken_apart, unpacking
from tests.api.harness import API, DOCUMENTS_PATH, Caller, Gateway
from tests.samples.invoices import many_pages_pdf


async def found_to_be(
    gateway: Gateway, caller: Caller, document: Document, pieces: list[Piece]
) -> Document:
    """What comes of it when the extract stage says so."""
    extraction = Extraction(
        id=lifecycle.extraction_id(document),
        organization=document.organization,
        workspace=document.workspace,
        document=document.id,
        revision=document.revision,
        may_split=True,
        pieces=pieces,
        work=Work(state=WorkState.DONE),
    )
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    settled = await documents.change(
        document.id, lambda it: lifecycle.settle(it, extraction, utc_now())
    )
    assert settled is not None
    gateway.outbox.nudge(DOCUMENTS, settled)
    return settled


async def test_its_documents_are_made_of_the_pages_that_were_read(
    gateway: Gateway, alice: Caller
) -> None:
    workspace = f"{API}/workspaces/{alice.workspace}"
    await alice.call(
        "PATCH", workspace, 200, json={"policies": {"split": "auto", "reject_invalid": True}}
    )
    (made,) = await alice.upload(many_pages_pdf(3), reference="mine")
    async with unpacking(gateway):
        record = await gateway.read(alice, made["id"], pages=3)
        assert may_split(record)
        await found_to_be(gateway, alice, record, [Piece(pages=[0, 1]), Piece(pages=[2])])
        bundle = await taken_apart(alice, made)
    assert (bundle["state"], bundle["container"]["kind"]) == ("ready", "bundle")
    names = [it["name"] for it in bundle["container"]["children"]]
    assert names == ["0-1.pdf", "0-2.pdf"]
    for child, pages in zip(bundle["container"]["children"], ([0, 1], [2]), strict=True):
        told = await alice.call("GET", f"{DOCUMENTS_PATH}/{child['id']}", 200)
        assert (told["pages"], told["pages_done"]) == (len(pages), len(pages))
        assert (told["parent"], told["reference"]) == (made["id"], "mine")
        document = await stored(gateway, alice, child["id"])
        assert document.state.value == "extracting", "its pages are not read again"
        assert not may_split(document)
        for number, old in enumerate(pages):
            key = page_key(document.organization, document.id, 1, number)
            page = Page.model_validate_json(await gateway.blobs.get(key))
            assert page.number == number
            assert page.lines[0].text == f"page {old} says hello"


def test_only_what_came_in_under_the_policy_is_looked_at() -> None:
    document = Document(organization="o", workspace="w", name="n")
    assert not may_split(document)
    assert not may_split(document.copy_with(policies=Policies()))
    assert may_split(document.copy_with(policies=Policies(split=SplitPolicy.AUTO)))
