"""The exact data of a document, as the ocr stage stored it beside the pages."""

from shared.blobs.keys import embedded_key
from shared.blobs.port import Blobs
from shared.errors import Code, DocstageError


async def embedded_of(
    blobs: Blobs, organization: str, document: str, revision: int
) -> bytes | None:
    """What a document's file carried, as JSON; ``None`` where that was nothing."""
    try:
        return await blobs.get(embedded_key(organization, document, revision))
    except DocstageError as error:
        if error.code is Code.BLOB_MISSING:
            return None
        raise
