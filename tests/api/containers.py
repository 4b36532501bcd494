"""The unpack stage beside a gateway, and documents that are taken apart."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.ingest.__main__ import build_unpack
from shared.models.document import Document
from shared.stages.services import StageService
from shared.store.collections import DOCUMENTS
from tests.api.harness import DOCUMENTS_PATH, Caller, Gateway, Json, form
from tests.api.stage_beside import stage_beside


@asynccontextmanager
async def unpacking(gateway: Gateway, failpoints: str = "") -> AsyncIterator[StageService]:
    """The unpack stage, and the relay, beside a gateway, as the ingest process has them."""
    async with stage_beside(gateway, build_unpack, 3, failpoints) as stage:
        yield stage


def zipped(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


async def sent(caller: Caller, name: str, content: bytes, **fields: str) -> Json:
    """Upload one file; its document as accepted."""
    body = await caller.call("POST", DOCUMENTS_PATH, 202, data=form((name, content), **fields))
    assert body["rejected"] == []
    document: Json = body["documents"][0]
    return document


async def taken_apart(caller: Caller, document: Json) -> Json:
    """The document once it is unpacked."""
    async with asyncio.timeout(20):
        while True:
            seen = await caller.call("GET", document["links"]["self"], 200)
            if seen["state"] not in {"received", "reading"}:
                return seen
            await asyncio.sleep(0.02)


async def stored(gateway: Gateway, caller: Caller, identity: str) -> Document:
    found = await gateway.store.of(caller.tenant, DOCUMENTS).get(identity)
    assert found is not None
    return found
