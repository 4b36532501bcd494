"""What this dialect tells of pages: their sizes, and their text."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field, ValidationError

from shared.blobs.keys import page_prefix
from shared.blobs.port import Blobs
from shared.errors import Code, DocstageError
from shared.models.base import StoredModel
from shared.models.document import Document
from shared.models.read_by import ReadBy

AT_A_TIME = 16
MOST_TEXT_PAGES = 500
"""Pages whose text is told; a longer document has more of it than anybody asks for at once."""
MOST_PAGES = 1_000
"""Pages that are told of at all; each is read from the blob store when it is first asked for."""
_REMEMBERED = 2_000


class _Line(StoredModel):
    text: str


class _Page(StoredModel):
    number: int
    width: float
    height: float
    rotation: int = 0
    quality: float | None = None
    read_by: ReadBy = ReadBy.NOTHING
    lines: list[_Line] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PageBrief:
    """A page without what is on it; ``quality`` is how well its picture was read, 0..1."""

    number: int
    width: float
    height: float
    rotation: int
    quality: float | None
    is_read_from_picture: bool


class Briefs:
    """Pages of documents; those of finished documents are remembered."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._known: OrderedDict[tuple[str, int], tuple[PageBrief, ...]] = OrderedDict()

    async def pages(self, document: Document) -> tuple[PageBrief, ...]:
        """The pages read so far, in order."""
        place = (document.id, document.revision)
        known = self._known.get(place)
        if known is not None:
            return known
        found = tuple(_brief(it) for it in await self._load(document, MOST_PAGES))
        if document.is_final:
            self._known[place] = found
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    async def text(self, document: Document) -> str:
        """The text of the pages, a line of it per line."""
        pages = await self._load(document, MOST_TEXT_PAGES)
        return "\n".join(line.text for page in pages for line in page.lines)

    async def _load(self, document: Document, most: int) -> list[_Page]:
        prefix = page_prefix(document.organization, document.id, document.revision)
        keys = [it.key for it in await self._blobs.list(prefix)][:most]
        pages: list[_Page] = []
        for start in range(0, len(keys), AT_A_TIME):
            some = keys[start : start + AT_A_TIME]
            contents = await asyncio.gather(*(self._blobs.get(key) for key in some))
            pages += await asyncio.to_thread(_parsed, contents)
        return pages


def _parsed(contents: Sequence[bytes]) -> list[_Page]:
    try:
        return [_Page.model_validate_json(it) for it in contents]
    except ValidationError:
        raise DocstageError(Code.BLOB_CORRUPT, "A stored page cannot be read.") from None


def _brief(page: _Page) -> PageBrief:
    return PageBrief(
        number=page.number,
        width=page.width,
        height=page.height,
        rotation=page.rotation,
        quality=page.quality,
        is_read_from_picture=page.read_by in {ReadBy.OCR, ReadBy.MIXED},
    )
