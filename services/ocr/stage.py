"""The ocr stage: from the stored file to pages, part by part.

Pages are checkpoints: each is stored as it is read, and a part that is tried again goes on
behind those that are there. A page that kills or stalls its reader costs that page.
"""

import asyncio
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from services.ocr.reader import read_pages
from services.ocr.results import DocumentInfo, PageResult, PagesRead, ReadOptions
from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.compute import ComputePool
from shared.errors import AttemptFailed
from shared.models.document import Document, PagePart
from shared.models.page import Page
from shared.models.time import utc_now
from shared.models.work import StageName
from shared.stages import lifecycle
from shared.stages.job import JobContext
from shared.stages.reading import PartRead

PROGRESS_SECONDS = 1.0
"""How often a long part tells how far it is."""


@dataclass(slots=True)
class _Part:
    """What has been read of the part at work."""

    document: Document
    path: Path
    media_type: str
    first: int
    last: int | None
    per_part: int
    pages: int | None = None
    pages_done: int = 0
    failed: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    told: float = field(default_factory=time.monotonic)


class OcrStage:
    """Has child processes read pages, and stores them."""

    name = StageName.OCR

    def __init__(
        self,
        blobs: Blobs,
        pool: ComputePool,
        options: ReadOptions,
        *,
        pages_per_part: int,
        page_seconds: float,
    ) -> None:
        self._blobs = blobs
        self._pool = pool
        self._options = options
        self._per_part = pages_per_part
        self._page_seconds = page_seconds

    async def run(self, record: Document, context: JobContext[Document]) -> PartRead:
        """Read one part of the document."""
        part = next(it for it in record.parts if it.index == context.message.part)
        async with self._blobs.as_file(record.blob) as path:
            work = _Part(record, path, record.media_type, part.first, part.last, self._per_part)
            if context.attempt > 1:
                await self._resume(work)
            await self._read(work, context)
        return PartRead(work.pages_done, work.pages, work.failed, work.warnings)

    async def _resume(self, work: _Part) -> None:
        """Skip the pages that an earlier attempt stored, as far as they follow each other."""
        document = work.document
        if document.pages is None:
            return
        prefix = keys.page_prefix(document.organization, document.id, document.revision)
        stored = {it.key for it in await self._blobs.list(prefix)}
        while work.last is not None and work.first < work.last:
            key = self._page_key(document, work.first)
            if key not in stored:
                return
            page = Page.model_validate_json(await self._blobs.get(key))
            self._count(work, work.first, page.error)
            work.first += 1

    async def _read(self, work: _Part, context: JobContext[Document]) -> None:
        following: int | None = work.first
        while following is not None and (work.last is None or following < work.last):
            planned = work.last is not None
            end = work.last if planned else work.first + self._per_part
            result = await self._read_some(work, following, end)
            if not planned:
                await self._plan(work, context, result)
            await asyncio.gather(*(self._store(work.document, it) for it in result.pages))
            for page in result.pages:
                self._count(work, page.number, page.error)
            following = result.next
            await self._tell(work, context)

    async def _plan(self, work: _Part, context: JobContext[Document], result: PagesRead) -> None:
        """Note the number of pages; other workers can then read the other parts."""
        document, info = work.document, result.info
        if info.embedded.files or info.embedded.form_fields:
            key = keys.embedded_key(document.organization, document.id, document.revision)
            content = info.embedded.model_dump_json().encode()
            await self._blobs.put(key, content, "application/json")
        work.last = min(self._per_part, info.pages)
        if len(result.pages) == info.pages:
            work.pages = info.pages
        elif document.pages is None:
            work.document = await context.update(
                lambda it: lifecycle.plan_parts(it, info.pages, self._per_part, utc_now())
            )

    async def _read_some(self, work: _Part, first: int, last: int | None) -> PagesRead:
        """Pages from ``first`` on, as many as fit the time budget.

        When reading several fails as a whole, the first is read alone, to tell which it is.
        """
        try:
            return await self._call(work, first, last, self._options)
        except AttemptFailed as error:
            if work.document.pages is None and work.last is None:
                raise
            return await self._read_one(work, first, error)

    async def _read_one(self, work: _Part, number: int, error: AttemptFailed) -> PagesRead:
        following = number + 1
        after = following if work.last is None or following < work.last else None
        try:
            alone = replace(self._options, budget=0.0)
            result = await self._call(work, number, following, alone)
        except AttemptFailed as again:
            error = again
        else:
            return PagesRead(result.info, result.pages, after)
        lost = Page(number=number, width=0.0, height=0.0, error=error.code.value)
        page = PageResult(
            number, lost.model_dump_json().encode(), 0, lost.read_by, error.code.value
        )
        return PagesRead(DocumentInfo(work.document.pages or following), (page,), after)

    async def _call(
        self, work: _Part, first: int, last: int | None, options: ReadOptions
    ) -> PagesRead:
        return await self._pool.run(
            read_pages,
            str(work.path),
            work.media_type,
            first,
            last,
            options,
            timeout=self._page_seconds + options.budget,
        )

    async def _store(self, document: Document, page: PageResult) -> None:
        key = self._page_key(document, page.number)
        await self._blobs.put(key, page.json, "application/json")

    def _count(self, work: _Part, number: int, error: str | None) -> None:
        work.pages_done += 1
        if error is not None:
            work.failed.append(number)
            work.warnings.append(f"Page {number + 1} could not be read: {error}.")

    async def _tell(self, work: _Part, context: JobContext[Document]) -> None:
        """Let others see how far a long part is."""
        if time.monotonic() - work.told < PROGRESS_SECONDS:
            return
        work.told = time.monotonic()
        index, done = context.message.part, work.pages_done

        def note(document: Document) -> Document:
            part: PagePart = next(it for it in document.parts if it.index == index)
            return lifecycle.with_part(document, part.copy_with(pages_done=done))

        await context.update(note)

    @staticmethod
    def _page_key(document: Document, number: int) -> str:
        return keys.page_key(document.organization, document.id, document.revision, number)
