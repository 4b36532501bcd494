"""The pages of a document as the ocr stage stored them."""

import asyncio
from collections.abc import Sequence

from pydantic import ValidationError

from shared.blobs.keys import page_key, page_prefix
from shared.blobs.port import Blobs
from shared.errors import Code, DocstageError, Permanent
from shared.models.document import Document
from shared.models.page import Page

PAGES_AT_A_TIME = 16
_MAX_DIGITS = 6


class StoredPages:
    """Pages in the blob store."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def keys(self, document: Document) -> list[str]:
        """Where the pages read so far are, in order."""
        prefix = page_prefix(document.organization, document.id, document.revision)
        return [it.key for it in await self._blobs.list(prefix)]

    async def contents(self, keys: Sequence[str]) -> list[bytes]:
        """Some pages as stored; raises ``Permanent(BLOB_MISSING)``."""
        return await asyncio.gather(*(self._blobs.get(key) for key in keys))

    async def one(self, document: Document, number: int) -> bytes:
        """A page as stored; ``number`` counts from 0.

        Raises ``Permanent(NOT_FOUND)`` for one that has not been read, or is none.
        """
        key = page_key(document.organization, document.id, document.revision, number)
        try:
            return await self._blobs.get(key)
        except DocstageError as error:
            raise missing(error, document, number) from None


def parse_page(data: bytes) -> Page:
    """A stored page; raises ``DocstageError(BLOB_CORRUPT)``."""
    try:
        return Page.model_validate_json(data)
    except ValidationError:
        raise DocstageError(Code.BLOB_CORRUPT, "A stored page cannot be read.") from None


def missing(error: DocstageError, document: Document, number: int) -> DocstageError:
    """What to say of a page that is not in the blob store; of other trouble, ``error``."""
    if error.code is not Code.BLOB_MISSING:
        return error
    pending = not document.is_final and (document.pages is None or number < document.pages)
    detail = "The page has not been read yet." if pending else "There is no such page."
    return Permanent(Code.NOT_FOUND, detail)


def require_read(document: Document) -> None:
    """Return if all pages have been read, raise ``Permanent(NOT_FOUND)`` if not."""
    if document.is_read:
        return
    if not document.is_final:
        raise Permanent(Code.NOT_FOUND, "The document has not been read yet.")
    reason = f": {document.error.code}" if document.error else ""
    raise Permanent(Code.NOT_FOUND, f"The document was not read{reason}.")


def page_number(text: str) -> int:
    """The number of a page in a path or query; raises ``Permanent(NOT_FOUND)``."""
    if not text.isascii() or not text.isdigit() or len(text) > _MAX_DIGITS:
        raise Permanent(Code.NOT_FOUND, "There is no such page.")
    return int(text)
