"""Pages of a bundle that were read already become pages of the documents made of it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime

from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.models.document import Document
from shared.stages import lifecycle
from shared.stages.bundling import receive_read

AT_A_TIME = 8
Receive = Callable[[Document, datetime], Document]


async def read_before(
    blobs: Blobs, parent: Document, child: Document, pages: Sequence[int]
) -> Receive:
    """How ``child`` begins: with its ``pages``, copied, or without any being read yet.

    Raises ``Permanent(BLOB_MISSING)`` for a page that is not there.
    """
    if not pages:
        return lifecycle.receive
    room, failed = asyncio.Semaphore(AT_A_TIME), set[int]()

    async def copy(number: int, old: int) -> None:
        async with room:
            source = keys.page_key(parent.organization, parent.id, parent.revision, old)
            stored = await blobs.get(source)
            content, is_failed = await asyncio.to_thread(_renumbered, stored, number)
            if is_failed:
                failed.add(number)
            target = keys.page_key(child.organization, child.id, child.revision, number)
            await blobs.put(target, content, "application/json")

    await asyncio.gather(*(copy(*it) for it in enumerate(pages)))

    def receive(document: Document, now: datetime) -> Document:
        if document.duplicate_of is not None:
            return lifecycle.receive(document, now)
        return receive_read(document, len(pages), failed, now)

    return receive


def _renumbered(stored: bytes, number: int) -> tuple[bytes, bool]:
    page = json.loads(stored)
    page["number"] = number
    text = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
    return text.encode(), page.get("error") is not None
