"""The ocr stage: from the stored file to pages, part by part.

Pages are checkpoints: each is stored as it is read, while the next one is, and a part that is
tried again reads what is missing. A page that kills or stalls its reader costs that page.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from services.ocr.results import DocumentInfo, PageResult, ReadOptions
from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.compute.pool import ComputePool
from shared.errors import AttemptFailed, Code, Permanent
from shared.models.document import Document, PagePart
from shared.models.languages import LANGUAGES
from shared.models.page import Page
from shared.models.read_by import TextLayers
from shared.models.work import StageName
from shared.stages import planning
from shared.stages.job import JobContext
from shared.stages.reading import PartRead

PROGRESS_SECONDS = 1.0
"""How often a long part tells how far it is."""

LOOK_SECONDS = 0.25
"""For so long one worker looks into a document alone, before it is divided among all."""

OPENING_SECONDS = 10.0
"""For so long a document is looked at again whose reader stalled before it told of a page."""

_REFUSALS = frozenset({Code.FILE_TOO_LARGE})  # of pages; a document of such pages is one itself

ReadEach = Callable[
    [str, str, Sequence[int], ReadOptions, bool],
    Generator[PageResult, None, DocumentInfo | PageResult],
]
"""``services.ocr.reader.each_page``, or what a test reads with."""


@dataclass(frozen=True, slots=True)
class PartLimits:
    """How many pages a part has at most, and how many seconds one may take."""

    pages: int
    page_seconds: float


@dataclass(slots=True)
class _Part:
    """A part at work: the pages that are left, and what came of the others.

    ``pages`` is how many the document has, as far as known; ``planned``, whether others know.
    ``suspect`` is a page at which the reader died once, perhaps for no fault of the page.
    ``notes`` are warnings of the whole document that are not on record yet.
    """

    document: Document
    path: Path
    left: list[int]
    planned: bool
    pages: int | None = None
    suspect: int | None = None
    pages_done: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    rescan: dict[int, Sequence[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    told: float = field(default_factory=time.monotonic)

    def count(self, number: int, error: str | None, rescan: Sequence[str]) -> None:
        self.pages_done += 1
        if error is not None:
            self.failed[number] = error
        if rescan:
            self.rescan[number] = rescan

    def refuse_hopeless(self) -> None:
        """Raise ``Permanent`` where all pages there are cannot be read for one known reason."""
        reasons = set(self.failed.values())
        if self.planned or len(reasons) != 1 or len(self.failed) != self.pages:
            return
        code = Code(reasons.pop())
        if code in _REFUSALS:
            raise Permanent(code)

    def outcome(self) -> PartRead:
        failed = sorted(self.failed)
        warnings = list(self.notes)
        warnings += [f"Page {it + 1} could not be read: {self.failed[it]}." for it in failed]
        warnings += _scan_again(self.rescan)
        return PartRead(self.pages_done, None if self.planned else self.pages, failed, warnings)


def _scan_again(reasons: Mapping[int, Sequence[str]]) -> Iterator[str]:
    """A sentence for all pages that have the same reasons."""
    pages: dict[str, list[int]] = defaultdict(list)
    for number in sorted(reasons):
        pages[", ".join(reasons[number])].append(number + 1)
    for why, numbers in pages.items():
        listed = ", ".join(map(str, numbers))
        yield f"Page{'s' * (len(numbers) > 1)} {listed} should be scanned again: {why}."


class OcrStage:
    """Has child processes read pages, and stores them."""

    name = StageName.OCR

    def __init__(
        self,
        blobs: Blobs,
        pool: ComputePool,
        read_each: ReadEach,
        options: ReadOptions,
        limits: PartLimits,
    ) -> None:
        self._blobs = blobs
        self._pool = pool
        self._read_each = read_each
        self._options = options
        self._per_part = limits.pages
        self._page_seconds = limits.page_seconds
        self._log = structlog.get_logger("docstage.ocr")

    async def run(self, record: Document, context: JobContext[Document]) -> PartRead:
        """Read one part of the document.

        Raises ``Permanent`` where the file cannot be opened, or none of its pages be read.
        """
        part = next(it for it in record.parts if it.index == context.message.part)
        planned = part.last is not None
        last = part.last if part.last is not None else self._per_part
        async with self._blobs.as_file(record.blob, record.sha256) as path:
            await context.reach("fetched")
            work = _Part(record, path, list(range(part.first, last)), planned)
            if part.work.begun > 1:
                await self._resume(work)
            async with _in_company() as storing:
                while work.left or not (planned or work.pages):
                    await self._read(work, context, storing)
                    if not work.planned:
                        await self._plan(work, context)
        work.refuse_hopeless()
        return work.outcome()

    async def _resume(self, work: _Part) -> None:
        """Leave out the pages that were stored when the part was last begun."""
        document = work.document
        prefix = keys.page_prefix(document.organization, document.id, document.revision)
        stored = {it.key for it in await self._blobs.list(prefix)}
        for number in list(work.left):
            key = self._page_key(document, number)
            if key in stored:
                page = Page.model_validate_json(await self._blobs.get(key))
                work.count(number, page.error, page.rescan_reasons)
                work.left.remove(number)

    async def _read(
        self, work: _Part, context: JobContext[Document], storing: asyncio.TaskGroup
    ) -> None:
        """Read what is left, until a page stops its reader."""
        options = self._options_for(work.document)
        if not work.planned:
            options = replace(options, budget=LOOK_SECONDS)
        try:
            await self._follow(work, context, storing, options)
        except AttemptFailed as error:
            if not (work.planned or work.pages):
                await self._look(work)
            lost = self._blamed(work, error)
            if lost is not None:
                storing.create_task(self._store(work, lost, context))

    def _options_for(self, document: Document) -> ReadOptions:
        """As configured, with what the document's sender and its reviewers know of it."""
        language = (document.language or "").partition("-")[0]
        known = language if language in LANGUAGES else None
        turns = tuple((int(page), turn) for page, turn in document.page_turns.items())
        if known is None and document.text_layers is TextLayers.AUTO and not turns:
            return self._options
        layers = document.text_layers
        return replace(self._options, language=known, text_layers=layers, turns=turns)

    async def _follow(
        self,
        work: _Part,
        context: JobContext[Document],
        storing: asyncio.TaskGroup,
        options: ReadOptions,
    ) -> None:
        """Take over one item after the other, as a child reads them."""
        first = not work.planned and work.pages is None
        given = (str(work.path), work.document.media_type, tuple(work.left), options, first)
        found = self._pool.each(self._read_each, *given, timeout=self._page_seconds)
        async with aclosing(found):
            async for item in found:
                info = item if isinstance(item, DocumentInfo) else item.info
                if info is not None:
                    await self._learn(work, info, first=first)
                if isinstance(item, PageResult):
                    await context.reach("computed")
                    work.left.remove(item.number)
                    storing.create_task(self._store(work, item, context))

    async def _look(self, work: _Part) -> None:
        """Learn of a document whose reader was stopped: by its first page, or in opening it.

        Raises:
            AttemptFailed: it is the document that stops whoever opens it.
        """
        given = (str(work.path), work.document.media_type, (), self._options, True)
        seconds = min(OPENING_SECONDS, self._page_seconds)
        async with aclosing(self._pool.each(self._read_each, *given, timeout=seconds)) as found:
            async for info in found:
                if isinstance(info, DocumentInfo):
                    await self._learn(work, info, first=True)

    async def _learn(self, work: _Part, info: DocumentInfo, *, first: bool) -> None:
        document = work.document
        work.pages = info.pages
        work.left = [it for it in work.left if it < info.pages]
        if first:
            work.notes = info.warnings
        if first and info.embedded is not None:
            key = keys.embedded_key(document.organization, document.id, document.revision)
            await self._blobs.put(key, info.embedded, "application/json")

    def _blamed(self, work: _Part, error: AttemptFailed) -> PageResult | None:
        """The page that ``error`` costs. A first death may have come from outside."""
        number = work.left[0]
        if error.code is not Code.TIMED_OUT and work.suspect != number:
            work.suspect = number
            return None
        work.left.remove(number)
        self._log.warning(
            "page_lost",
            document=work.document.id,
            page=number + 1,
            code=error.code.value,
            reason=error.detail,
        )
        page = Page(number=number, width=0.0, height=0.0, error=error.code.value)
        content = page.model_dump_json().encode()
        return PageResult(number, content, 0, page.read_by, error.code.value)

    async def _plan(self, work: _Part, context: JobContext[Document]) -> None:
        """Note the number of pages; other workers can then read the other parts.

        A document that was read within the first look is spared that. Of one that reads
        slowly all workers shall have a share, and end at the same time.
        """
        pages = work.pages or 0
        if not work.left and pages <= self._per_part:
            return
        looked_at = work.left[0] if work.left else None
        notes, work.notes = list(work.notes), ()
        now = await context.now()

        def plan(document: Document) -> Document:
            noted = document.copy_with(warnings=[*document.warnings, *notes])
            return planning.plan_parts(noted, pages, self._per_part, now, looked_at)

        work.document = await context.update(plan)
        last = work.document.parts[0].last or pages
        work.left = [it for it in work.left if it < last]
        work.planned = True

    async def _store(self, work: _Part, page: PageResult, context: JobContext[Document]) -> None:
        key = self._page_key(work.document, page.number)
        await self._blobs.put(key, page.json, "application/json")
        await context.reach("stored")
        work.count(page.number, page.error, page.rescan)
        await self._tell(work, context)

    async def _tell(self, work: _Part, context: JobContext[Document]) -> None:
        """Let others see how far a long part is."""
        if time.monotonic() - work.told < PROGRESS_SECONDS:
            return
        work.told = time.monotonic()
        index = context.message.part

        def note(document: Document) -> Document:
            part: PagePart = next(it for it in document.parts if it.index == index)
            return planning.with_part(document, part.copy_with(pages_done=work.pages_done))

        await context.update(note)

    @staticmethod
    def _page_key(document: Document, number: int) -> str:
        return keys.page_key(document.organization, document.id, document.revision, number)


@asynccontextmanager
async def _in_company() -> AsyncIterator[asyncio.TaskGroup]:
    """Tasks beside the block; raises the first error of either as it is."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
