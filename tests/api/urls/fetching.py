"""The fetch stage beside a gateway, and documents that come through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.ingest.__main__ import build_fetch
from shared.models.document import Document
from shared.stages.services import StageService
from shared.store.collections import DOCUMENTS
from tests.api.harness import DOCUMENTS_PATH, Caller, Gateway, Json
from tests.api.stage_beside import stage_beside

MAX_BYTES = 1024 * 1024


@asynccontextmanager
async def fetching(gateway: Gateway, attempts: int = 1) -> AsyncIterator[StageService]:
    """The fetch stage, and the relay, beside a gateway, as the ingest process has them."""
    async with stage_beside(gateway, build_fetch, attempts) as stage:
        yield stage


async def post(caller: Caller, url: str, status: int = 202, **wishes: object) -> Json:
    body = await caller.call("POST", DOCUMENTS_PATH, status, json={"url": url, **wishes})
    assert body["rejected"] == []
    document: Json = body["documents"][0]
    return document


async def record(gateway: Gateway, caller: Caller, identity: str) -> Document:
    found = await gateway.store.of(caller.tenant, DOCUMENTS).get(identity)
    assert found is not None
    return found


async def fetched(gateway: Gateway, caller: Caller, identity: str) -> Document:
    """The document once the stage is done with it."""
    async with asyncio.timeout(15):
        while True:
            document = await record(gateway, caller, identity)
            if document.has_file or document.is_final:
                return document
            await asyncio.sleep(0.01)


async def ended(gateway: Gateway, caller: Caller, url: str) -> Json:
    made = await post(caller, url)
    await fetched(gateway, caller, made["id"])
    return await caller.call("GET", made["links"]["self"], 200)
