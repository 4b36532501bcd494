"""Having searches know what documents are found by: the rescue, as the relay is for outboxes.

The extract stage has the words at hand and indexes them before its commit. What is left is done
here: documents that were renamed, corrected or read without being extracted, those whose worker
died, and those that were there before there was a search. A document says itself what searches
know of it, so this may be done again, and by several at a time.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta

import structlog

from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.errors import Code, DocstageError
from shared.models.document import Document, DocumentState
from shared.models.extraction import Fields
from shared.search.words import MOST_PAGES, Words, page_texts, words_of
from shared.stages.context import Runtime, by_itself
from shared.stages.findable import least_sure
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Pointer, Tenant

BATCH = 100
_AT_A_TIME = 8
_TICK = timedelta(milliseconds=1)
"""Stores keep times no finer: what was written in the present millisecond is found as well."""
UNLESS = ("state", DocumentState.EXPIRED.value)
"""What is over has no words any more, whoever still worked on it."""


class Indexing:
    """Looks for documents that searches do not know as they are."""

    def __init__(self, runtime: Runtime, blobs: Blobs) -> None:
        self._runtime = runtime
        self._blobs = blobs
        self._log = structlog.get_logger("docstage.indexing")

    async def step(self) -> None:
        """Index some of them; raises ``Transient`` when a dependency is down."""
        before = await self._runtime.store.now() + _TICK
        pointers = await self._runtime.store.backlog.unindexed(before, BATCH)
        for pointer in pointers:
            await by_itself(self._index(pointer), pointer, "not_indexed")
        if len(pointers) == BATCH:
            self._log.info("indexed", count=BATCH)

    async def _index(self, pointer: Pointer) -> None:
        documents = self._runtime.store.of(Tenant(pointer.organization), DOCUMENTS)
        document = await documents.get(pointer.id)
        if document is not None and document.is_to_index:
            await self.index(document)

    async def index(self, document: Document) -> bool:
        """Index a document that is done, whatever searches know of it; whether that was possible.

        Raises ``Transient`` when a dependency is down.
        """
        if not document.is_final:
            return False
        documents = self._runtime.store.of(Tenant(document.organization), DOCUMENTS)
        key = document.index_key
        fields = await self._fields(document)
        words = await self._words(document, fields)
        if not await documents.index(document.id, words, UNLESS):
            return False

        def mark(it: Document) -> Document:
            if it.index_key != key or not it.is_to_index:
                return it
            return it.copy_with(indexed=key, confidence=least_sure(fields))

        await documents.change(document.id, mark)
        return True

    async def _fields(self, document: Document) -> Fields:
        if document.extraction is None:
            return {}
        extractions = self._runtime.store.of(Tenant(document.organization), EXTRACTIONS)
        extraction = await extractions.get(document.extraction)
        return extraction.current_fields if extraction is not None else {}

    async def _words(self, document: Document, fields: Fields) -> Words:
        pages: list[bytes] = []
        size = 0
        for start in range(0, document.pages or 0, _AT_A_TIME):
            numbers = range(start, min(start + _AT_A_TIME, document.pages or 0))
            found = await asyncio.gather(*(self._page(document, it) for it in numbers))
            pages += found
            size += sum(map(len, found))
            if size > MOST_PAGES * 100:  # a word with its place is longer than that
                break
        broken: list[int] = []
        texts = _legible(pages, broken)
        words = await asyncio.to_thread(words_of, document.headline, fields, texts)
        for number in broken:
            self._log.warning("page_not_indexed", document=document.id, page=number + 1)
        return words

    async def _page(self, document: Document, number: int) -> bytes:
        place = (document.organization, document.id, document.revision, number)
        try:
            return await self._blobs.get(keys.page_key(*place))
        except DocstageError as error:
            if error.code is not Code.BLOB_MISSING:  # one that could not be read, or is gone
                raise
            return b"{}"


def _legible(pages: Sequence[bytes], broken: list[int]) -> Iterator[str]:
    """The texts of pages; a damaged one costs its own words only, and is noted."""
    for number, content in enumerate(pages):
        try:
            yield from page_texts([content])
        except (ValueError, KeyError, TypeError, AttributeError):
            broken.append(number)
