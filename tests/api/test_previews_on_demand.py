"""Previews are drawn when they are first asked for."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from services.ocr.artifacts import Artifacts
from shared.blobs.keys import preview_key
from shared.broker.topology import PREVIEWS_QUEUE
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
async def drawing(gateway: Gateway) -> AsyncIterator[None]:
    """What the ocr service runs beside its stage."""
    runtime = Runtime(gateway.store, gateway.parts.broker)
    artifacts = Artifacts(runtime, gateway.blobs, ComputePool(1))
    await artifacts.start()
    yield
    await artifacts.stop()


async def unseen_page(gateway: Gateway, caller: Caller, content: bytes) -> tuple[str, str]:
    """The path of a preview that is not there, and its key in the blob store."""
    (document,) = await caller.upload(content)
    record = await gateway.read(caller, document["id"])
    key = preview_key(record.organization, record.id, 1, 0)
    await gateway.blobs.delete(key)
    return f"{document['links']['self']}/preview/0", key


@pytest.mark.usefixtures("drawing")
async def test_a_preview_is_drawn_for_who_asks(gateway: Gateway, alice: Caller) -> None:
    path, key = await unseen_page(gateway, alice, text_pdf())
    async with alice.client.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "image/webp")
        picture = await answer.read()
    assert picture.startswith(b"RIFF")
    assert await gateway.blobs.get(key) == picture


@pytest.mark.usefixtures("drawing")
async def test_a_picture_comes_in_three_sizes(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    path, _ = await unseen_page(gateway, alice, text_pdf())
    drawn: dict[str, tuple[int, str]] = {}
    for size in ("small", "normal", "large"):
        async with alice.client.get(path, params={"size": size}) as answer:
            assert answer.status == 200
            with Image.open(io.BytesIO(await answer.read())) as picture:
                drawn[size] = (picture.width, answer.headers["ETag"])
    assert [wide for wide, _ in drawn.values()] == [160, 1000, 2000]
    known = {"If-None-Match": drawn["small"][1]}
    async with alice.client.get(path, params={"size": "small"}, headers=known) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    async with alice.client.get(path, params={"size": "large"}, headers=known) as answer:
        assert answer.status == 200, "of another size"
    async with bob.client.get(path, params={"size": "small"}, headers=known) as answer:
        assert answer.status == 404, "what is known of it opens nothing"
    assert (await alice.call("GET", f"{path}?size=huge", 400))["code"] == "BAD_REQUEST"


@pytest.mark.usefixtures("drawing")
async def test_an_undrawable_page_is_tried_once(gateway: Gateway, alice: Caller) -> None:
    path, key = await unseen_page(gateway, alice, PDF)  # a PDF in name only
    assert (await alice.call("GET", path, 404))["code"] == "PREVIEW_FAILED"
    assert await gateway.blobs.get(key) == b""
    assert (await alice.call("GET", path, 404))["code"] == "PREVIEW_FAILED"


@pytest.mark.parametrize("settings", [0.2], indirect=True)
async def test_who_waits_too_long_is_told_to_come_back(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    """Nobody draws, and yet the request stands: it is drawn when somebody does."""
    path, key = await unseen_page(gateway, alice, text_pdf())
    async with alice.client.get(path) as answer:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await answer.json())["code"] == "PREVIEW_PENDING"
    broker = gateway.parts.broker
    await bob.call("GET", path, 404)
    assert await broker.depth(PREVIEWS_QUEUE) == 1, "strangers set nothing in motion"
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


@pytest.mark.parametrize("number", [2, 99])
async def test_a_page_that_was_not_read_is_not_asked_for(
    gateway: Gateway, alice: Caller, number: int
) -> None:
    path, _ = await unseen_page(gateway, alice, text_pdf())
    other = path.removesuffix("0") + str(number)
    assert (await alice.call("GET", other, 404))["code"] == "NOT_FOUND"
    assert await gateway.parts.broker.depth(PREVIEWS_QUEUE) == 0
