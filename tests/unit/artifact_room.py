"""Documents and whoever makes artifacts of them, on embedded parts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from stage_bench import opened_runtime

from services.ocr.artifacts import Artifacts
from shared.blobs import keys
from shared.blobs.connect import connect_blobs
from shared.blobs.integrity import digest_of
from shared.blobs.port import Blobs
from shared.broker.port import Message
from shared.compute.limits import Limits
from shared.compute.pool import ComputePool
from shared.models.document import Document
from shared.models.ids import new_id
from shared.models.messages import ArtifactMessage
from shared.stages.context import Runtime
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant

ACME = Tenant("acme")


@dataclass
class Room:
    """A store with documents, their blobs, and whoever makes artifacts."""

    runtime: Runtime
    blobs: Blobs

    def artifacts(self, **limits: int) -> Artifacts:
        pool = ComputePool(1, limits=Limits(**limits))
        return Artifacts(self.runtime, self.blobs, pool)

    async def document(self, content: bytes, **changes: object) -> Document:
        made = await stored(self.blobs, content)
        document = made.copy_with(**changes)
        await self.runtime.store.of(ACME, DOCUMENTS).insert(document)
        return document

    async def send(self, queue: str, asked: ArtifactMessage) -> None:
        body = asked.model_dump_json().encode()
        await self.runtime.broker.send(queue, Message(new_id(), body))


async def stored(blobs: Blobs, content: bytes) -> Document:
    """A document with its file, of which the store knows nothing."""
    document = Document(
        organization=ACME.organization,
        workspace="main",
        name="a.pdf",
        media_type="application/pdf",
        size=len(content),
        sha256=digest_of(content),
    )
    document = document.copy_with(blob=keys.original_key(ACME.organization, document.id))
    await blobs.put(document.blob, content, document.media_type)
    return document


async def appears(blobs: Blobs, name: str) -> bytes:
    """A blob, once it is there."""
    async with asyncio.timeout(60):
        while await blobs.info(name) is None:
            await asyncio.sleep(0.02)
    return await blobs.get(name)


@asynccontextmanager
async def opened_room(folder: Path) -> AsyncIterator[Room]:
    """Everything opened, and closed at the end."""
    runtime = await opened_runtime(folder)
    blobs = connect_blobs(f"file://{folder}/blobs")
    await blobs.open()
    yield Room(runtime, blobs)
    await runtime.broker.close()
    await runtime.store.close()
    await blobs.close()
