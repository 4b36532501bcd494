"""Pages that were read become those of a document's next revision, so that none is read again."""

import asyncio
from collections.abc import Collection

from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.models.document import Document

AT_A_TIME = 8


async def keep_pages(blobs: Blobs, document: Document, *, without: Collection[int] = ()) -> bool:
    """Copy the pages, and what the file carries, to the next revision; whether all were there.

    Pages ``without`` (from 0) are left out: they are to be read anew.

    Twice does no harm. Copies that nobody came to use are pages of the same file all the same, so
    a reader who finds them has them read already.
    """
    place = (document.organization, document.id)
    found = await blobs.list(keys.page_prefix(*place, document.revision))
    if len(found) < (document.pages or 0):
        return False
    room = asyncio.Semaphore(AT_A_TIME)

    async def copy(source: str, target: str) -> None:
        async with room:
            await blobs.put(target, await blobs.get(source), "application/json")

    old, new = (keys.page_prefix(*place, document.revision + it) for it in (0, 1))
    left_out = {keys.page_key(*place, document.revision, it) for it in without}
    kept = [it.key.removeprefix(old) for it in found if it.key not in left_out]
    await asyncio.gather(*(copy(f"{old}{it}", f"{new}{it}") for it in kept))
    carried, anew = (keys.embedded_key(*place, document.revision + it) for it in (0, 1))
    if await blobs.info(carried) is not None:
        await copy(carried, anew)
    return True
