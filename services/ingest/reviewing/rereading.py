"""A reviewer has a document looked at again: pages that lay the wrong way up, or as another type.

What is read stays read, and what she has said of values goes along.
"""

import asyncio
from collections.abc import Callable, Mapping

from services.ingest.calling_off import stop_extraction
from services.ingest.changes import change
from services.ingest.kept_pages import keep_pages
from services.ingest.parts import IngestParts
from services.ingest.reviewing.desk import Review
from services.ingest.reviewing.drafts import check_open
from services.ingest.reviewing.locks import Reviewer, check_lock
from services.ingest.stored_pages import PAGES_AT_A_TIME, StoredPages, parse_page
from shared.errors import Code, Permanent
from shared.models.document import Document
from shared.models.page import Page
from shared.stages import lifecycle, rereading
from shared.store.collections import DOCUMENTS

TURNS = frozenset({0, 90, 180, 270})


class Rereading:
    """Has it done. All raise ``LockedError``."""

    def __init__(self, parts: IngestParts) -> None:
        self._store = parts.store
        self._blobs = parts.blobs
        self._outbox = parts.outbox
        self._per_part = parts.settings.pages_per_part
        self._pages = StoredPages(parts.blobs)

    async def turn(self, reviewer: Reviewer, review: Review, turns: Mapping[int, int]) -> Document:
        """Remember which way up pages are: by their number from 0, degrees clockwise.

        Raises ``Permanent(INCOHERENT_DATA)``.
        """
        check_lock(review.extraction, reviewer, review.now)
        count = review.document.pages or 0
        if not all(0 <= page < count and turn in TURNS for page, turn in turns.items()):
            detail = f"Pages are 0 to {count - 1}, turned by 0, 90, 180 or 270 degrees."
            raise Permanent(Code.INCOHERENT_DATA, detail)
        said = {str(page): turn for page, turn in turns.items()}
        documents = self._store.of(reviewer.principal.tenant, DOCUMENTS)
        return await change(
            documents,
            review.document.id,
            lambda it: it.copy_with(page_turns={**it.page_turns, **said}),
        )

    async def read_again(self, reviewer: Reviewer, review: Review) -> Document:
        """Read the pages anew that were turned since, and find the fields on all of them.

        Raises ``Permanent(CONFLICT)``: none was turned, the document is reviewed already, or its
        fields were asked for by an order of its own.
        """
        check_lock(review.extraction, reviewer, review.now)
        check_open(review.extraction)
        if review.extraction.order is not None:
            raise Permanent(Code.CONFLICT, "Its fields were asked for apart; ask for them again.")
        document = review.document
        misread = await self._misread(document)
        if not misread:
            raise Permanent(Code.CONFLICT, "All pages were read the way up that they are shown.")
        if not await keep_pages(self._blobs, document, without=misread):
            raise Permanent(Code.CONFLICT, "Its pages are not there; process it anew.")
        now = await self._store.now()
        return await self._begun(
            reviewer,
            document,
            lambda it: rereading.read_again(it, misread, self._per_part, now),
        )

    async def _misread(self, document: Document) -> frozenset[int]:
        """The pages that were read another way up than a person says."""
        turned = [int(page) for page in document.page_turns]
        found: list[Page] = []
        for start in range(0, len(turned), PAGES_AT_A_TIME):
            some = turned[start : start + PAGES_AT_A_TIME]
            stored = await asyncio.gather(*(self._pages.one(document, it) for it in some))
            found.extend(map(parse_page, stored))
        return frozenset(
            it.number
            for it in found
            # Of several sheets on a photo each lies in a way of its own.
            if it.rotation != document.page_turns[str(it.number)] and not it.regions[1:]
        )

    async def find_again(self, reviewer: Reviewer, review: Review, type_name: str) -> Document:
        """Find the fields of another type, in the pages as they were read."""
        check_lock(review.extraction, reviewer, review.now)
        document = review.document
        has_pages = await keep_pages(self._blobs, document)
        now = await self._store.now()
        again = rereading.find_again if has_pages else lifecycle.reprocess
        return await self._begun(reviewer, document, lambda it: again(it, now, type_name))

    async def _begun(
        self, reviewer: Reviewer, document: Document, begin: Callable[[Document], Document]
    ) -> Document:
        def step(stored: Document) -> Document:
            if stored.revision != document.revision:
                raise Permanent(Code.CONFLICT, "It was processed anew meanwhile.")
            return begin(stored)

        documents = self._store.of(reviewer.principal.tenant, DOCUMENTS)
        stored = await change(documents, document.id, step)
        self._outbox.nudge(DOCUMENTS, stored)
        await stop_extraction(self._store, document)
        return stored
