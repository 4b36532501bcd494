"""The searchable PDF is made when it is first asked for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pymupdf
import pytest

from services.ocr.artifacts import Artifacts
from shared.blobs.keys import searchable_key
from shared.broker.topology import SEARCHABLE_QUEUE
from shared.compute.pool import ComputePool
from shared.config import Settings
from shared.stages.context import Runtime
from tests.api.harness import PDF, Caller, Gateway
from tests.samples.pages import text_pdf


@pytest.fixture
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    patience: float = getattr(request, "param", 60.0)
    return Settings(_env_file=None, data_dir=tmp_path, wait_limit=patience)


@pytest.fixture
async def making(gateway: Gateway) -> AsyncIterator[None]:
    """What the ocr service runs beside its stage."""
    runtime = Runtime(gateway.store, gateway.parts.broker)
    artifacts = Artifacts(runtime, gateway.blobs, ComputePool(1))
    await artifacts.start()
    yield
    await artifacts.stop()


async def read_document(gateway: Gateway, caller: Caller, content: bytes) -> tuple[str, str]:
    """The path of a document's searchable PDF, and its key in the blob store."""
    (document,) = await caller.upload(content)
    own = document["links"]["self"]
    assert "searchable_pdf" not in document["links"]
    body = await caller.call("GET", f"{own}/searchable.pdf", 404)
    assert body["detail"] == "The document has not been read yet."
    record = await gateway.read(caller, document["id"])
    links = (await caller.call("GET", own, 200))["links"]
    assert links["searchable_pdf"] == f"{own}/searchable.pdf"
    return links["searchable_pdf"], searchable_key(record.organization, record.id, 1)


@pytest.mark.usefixtures("making")
async def test_it_is_made_for_who_asks_and_kept(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    content = text_pdf(pages=2)
    path, key = await read_document(gateway, alice, content)
    async with alice.client.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "application/pdf")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert '"0-searchable.pdf"' in answer.headers["Content-Disposition"]
        made = await answer.read()
        assert answer.headers["Content-Length"] == str(len(made))
    assert made == content, "its pages have a text layer already"
    assert await gateway.blobs.get(key) == made
    await gateway.blobs.put(key, b"%PDF kept", "application/pdf")
    async with alice.client.get(path) as answer:
        assert await answer.read() == b"%PDF kept"
    assert (await bob.call("GET", path, 404))["code"] == "NOT_FOUND"


@pytest.mark.usefixtures("making")
async def test_a_file_that_cannot_be_opened_is_tried_once(gateway: Gateway, alice: Caller) -> None:
    path, key = await read_document(gateway, alice, PDF)  # a PDF in name only
    assert (await alice.call("GET", path, 404))["code"] == "ARTIFACT_FAILED"
    assert await gateway.blobs.get(key) == b""
    assert (await alice.call("GET", path, 404))["code"] == "ARTIFACT_FAILED"


@pytest.mark.parametrize("settings", [0.2], indirect=True)
async def test_who_waits_too_long_is_told_to_come_back(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    """Nobody makes it, and yet the request stands: it is made when somebody does."""
    path, key = await read_document(gateway, alice, text_pdf())
    async with alice.client.get(path) as answer:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await answer.json())["code"] == "ARTIFACT_PENDING"
    broker = gateway.parts.broker
    await bob.call("GET", path, 404)
    assert await broker.depth(SEARCHABLE_QUEUE) == 1, "strangers set nothing in motion"
    artifacts = Artifacts(Runtime(gateway.store, broker), gateway.blobs, ComputePool(1))
    await artifacts.start()
    try:
        async with asyncio.timeout(60):
            while await gateway.blobs.info(key) is None:
                await asyncio.sleep(0.02)
    finally:
        await artifacts.stop()
    async with alice.client.get(path) as answer:
        assert answer.status == 200
        with pymupdf.open(stream=await answer.read()) as made:
            assert len(made) == 1


@pytest.mark.usefixtures("making")
async def test_deleting_the_document_deletes_it(gateway: Gateway, alice: Caller) -> None:
    path, key = await read_document(gateway, alice, text_pdf(pages=2))
    async with alice.client.get(path) as answer:
        assert answer.status == 200
    async with alice.client.delete(path.removesuffix("/searchable.pdf")) as answer:
        assert answer.status == 204
    assert await gateway.blobs.info(key) is None
    await alice.call("GET", path, 404)
