"""Redacted PDFs and head shots are made when they are first asked for, of what counts by then."""

from collections.abc import AsyncIterator
from pathlib import Path

import pymupdf
import pytest

from services.ocr.artifacts import Artifacts
from shared.blobs.keys import page_key
from shared.broker.topology import PERSONAL_QUEUE
from shared.compute.pool import ComputePool
from shared.config import Settings
from shared.models.document import Document
from shared.models.extraction import Box, Extraction, Field, Reviewed, TypeGuess
from shared.models.page import Line, Page, Word
from shared.models.time import utc_now
from shared.models.work import Work, WorkState
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from tests.api.harness import Caller, Gateway
from tests.samples.pages import text_pdf

LINES = ("Amara Okafor", "Data analyst at Brightwater", "Reference Peter Hollander")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, wait_limit=60.0)


@pytest.fixture
async def making(gateway: Gateway) -> AsyncIterator[None]:
    """What the ocr service runs beside its stage."""
    runtime = Runtime(gateway.store, gateway.parts.broker)
    artifacts = Artifacts(runtime, gateway.blobs, ComputePool(1))
    await artifacts.start()
    yield
    await artifacts.stop()


async def read_document(gateway: Gateway, caller: Caller) -> Document:
    """A page that says a name, as it was read."""
    content = text_pdf(LINES)
    (document,) = await caller.upload(content)
    record = await gateway.read(caller, document["id"], pages=1)
    with pymupdf.open(stream=content) as pdf:
        found = pdf[0].get_text("words")
    words = [Word(text=it[4], x0=it[0], y0=it[1], x1=it[2], y1=it[3], line=it[5]) for it in found]
    lines = [
        Line(text=text, x0=0, y0=0, x1=1, y1=1, words=[at for at, it in enumerate(words)
                                                        if it.text in text.split()])
        for text in LINES
    ]  # fmt: skip
    page = Page(number=0, width=400, height=600, words=words, lines=lines)
    key = page_key(record.organization, record.id, record.revision, 0)
    await gateway.blobs.put(key, page.model_dump_json().encode(), "application/json")
    return record


async def extracted(gateway: Gateway, caller: Caller, document: Document, kind: str) -> Extraction:
    name = Field(
        value="Amara Okafor", raw="Amara Okafor", confidence=0.9,
        boxes=[Box(page=0, x0=50, y0=85, x1=140, y1=105)],
    )  # fmt: skip
    extraction = Extraction(
        id=lifecycle.extraction_id(document), organization=document.organization,
        workspace=document.workspace, document=document.id, revision=document.revision,
        work=Work(state=WorkState.DONE, attempts=1), type=TypeGuess(name=kind, confidence=0.93),
        engine="layout", fields={"name": name},
    )  # fmt: skip
    await gateway.store.of(caller.tenant, EXTRACTIONS).insert(extraction)
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    assert await documents.replace(lifecycle.settle(document, extraction, utc_now()))
    stored = await gateway.store.of(caller.tenant, EXTRACTIONS).get(extraction.id)
    assert stored is not None
    return stored


async def file_of(caller: Caller, path: str) -> str:
    async with caller.client.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "application/pdf")
        assert '"redacted.pdf"' in answer.headers["Content-Disposition"]
        content = await answer.read()
    with pymupdf.open(stream=content) as pdf:
        return " ".join(pdf[0].get_text().split())


@pytest.mark.usefixtures("making")
async def test_it_is_made_for_who_asks_and_anew_after_a_review(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    document = await read_document(gateway, alice)
    path = f"/api/v1/documents/{document.id}/redacted.pdf"
    assert (await alice.call("GET", path, 409))["code"] == "NOT_READY"
    extraction = await extracted(gateway, alice, document, "resume")
    assert (await bob.call("GET", path, 404))["code"] == "NOT_FOUND"
    assert await gateway.parts.broker.depth(PERSONAL_QUEUE) == 0, "strangers set nothing in motion"
    assert await file_of(alice, path) == "Data analyst at Brightwater Reference Peter Hollander"
    changed = dict(extraction.fields)
    changed["referees"] = [{"name": Field(value="Peter Hollander", confidence=1.0)}]
    reviewed = extraction.copy_with(reviewed=Reviewed(fields=changed, by="alice", at=utc_now()))
    assert await gateway.store.of(alice.tenant, EXTRACTIONS).replace(reviewed)
    assert await file_of(alice, path) == "Data analyst at Brightwater Reference"


@pytest.mark.usefixtures("making")
async def test_a_page_without_a_photo_has_no_head_shot(gateway: Gateway, alice: Caller) -> None:
    document = await read_document(gateway, alice)
    path = f"/api/v1/documents/{document.id}/head-shot"
    body = await alice.call("GET", path, 404)
    assert body["detail"] == "There is no photo of a person on the document."


async def test_a_type_that_says_nothing_of_people_cannot_be_redacted(
    gateway: Gateway, alice: Caller
) -> None:
    """Rather no file than one that looks as if somebody had taken care."""
    document = await read_document(gateway, alice)
    await extracted(gateway, alice, document, "receipt")
    path = f"/api/v1/documents/{document.id}/redacted.pdf"
    assert (await alice.call("GET", path, 404))["code"] == "ARTIFACT_FAILED"
