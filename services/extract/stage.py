"""The extract stage: from stored pages to fields."""

import asyncio
from dataclasses import dataclass, field

from services.extract.attached import embedded_of
from services.extract.child import extract_stored, split_stored
from services.extract.consulting import Models
from services.extract.contract import StoredDocument
from services.extract.examples import ChosenExamples
from services.extract.memory.source import StoredLessons
from services.extract.orders import missing_wholes, ready_for_order
from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.compute.pool import ComputePool
from shared.config import JOB_SECONDS
from shared.models.container import Piece
from shared.models.extraction import Extraction
from shared.models.schema import MAX_TYPES, Schema
from shared.models.work import StageName
from shared.search.words import Words, name_tokens
from shared.stages.context import Runtime
from shared.stages.extracting import Extracted
from shared.stages.indexing import UNLESS
from shared.stages.job import JobContext
from shared.store.collections import DOCUMENT_TYPES, DOCUMENTS, WORKSPACES
from shared.store.port import Query, Tenant

MAX_PAGES = 200
"""Pages looked at for fields; a longer document gets a warning."""
FETCHES = 8


@dataclass(frozen=True, slots=True)
class Terms:
    """What a workspace sets for its extractions.

    ``lessons`` are what earlier reviews have taught, as JSON.
    """

    review_threshold: float = 0.8
    region: str | None = None
    lessons: list[bytes] = field(default_factory=list)


class ExtractStage:
    """Loads what was read, has a child process extract, and hands the fields back."""

    name = StageName.EXTRACT

    def __init__(self, runtime: Runtime, blobs: Blobs, pool: ComputePool, models: Models) -> None:
        self._models = models
        self._lessons = StoredLessons(blobs)
        self._examples = ChosenExamples(runtime.store, blobs, pool)
        self._runtime = runtime
        self._blobs = blobs
        self._pool = pool

    async def run(self, record: Extraction, context: JobContext[Extraction]) -> Extracted:
        """Extract the fields of the record's document."""
        if record.order is not None:
            record = await ready_for_order(self._runtime.store, record, context)
        pages, embedded, schemas, terms = await asyncio.gather(
            self._pages(record),
            embedded_of(self._blobs, record.organization, record.document, record.revision),
            self._schemas(record),
            self._terms(record),
        )
        await context.reach("fetched")
        pieces = await self._pieces(record, pages, embedded, schemas)
        if pieces:
            return Extracted(type=None, engine="", fields={}, pieces=pieces)
        ordered = _schema(record.order.fields_schema) if record.order else None
        document = StoredDocument(
            pages,
            embedded,
            record.requested_type,
            schemas,
            ordered,
            terms.lessons,
            terms.region,
            record.order.hint if record.order else record.hint,
            record.among,
        )
        consulted = await self._models.consult(record, document)
        result = await self._pool.run(
            extract_stored,
            document,
            terms.review_threshold,
            record.mode.value,
            consulted.answers,
            timeout=JOB_SECONDS[self.name] * 0.9,
        )
        await context.reach("computed")
        reasons = result.reasons + (missing_wholes(record, result.fields) if record.order else [])
        warnings = [*result.warnings, *consulted.warnings]
        if record.pages > MAX_PAGES:
            warnings.append(f"Only the first {MAX_PAGES} pages were searched for fields.")
        indexed = await self._index(record, result.text) if record.order is None else None
        return Extracted(
            result.type, result.engine, result.fields, reasons, warnings, indexed_as=indexed
        )

    async def _index(self, record: Extraction, text: str) -> str | None:
        """Have searches find the document by its text; under which headline they do."""
        documents = self._runtime.store.of(Tenant(record.organization), DOCUMENTS)
        document = await documents.get(record.document)
        if document is None or document.revision != record.revision:
            return None
        words = Words(name_tokens(document.headline), text)
        is_noted = await documents.index(document.id, words, UNLESS)
        return document.headline if is_noted else None

    async def _pieces(
        self,
        record: Extraction,
        pages: list[bytes],
        embedded: bytes | None,
        schemas: list[bytes],
    ) -> list[Piece]:
        """The documents in the file, if there are several; never where it holds data."""
        asked = record.may_split and record.order is None
        if not asked or embedded is not None or record.pages > MAX_PAGES:
            return []
        document = StoredDocument(pages, schemas=schemas)
        seconds = JOB_SECONDS[self.name] * 0.4
        return await self._pool.run(split_stored, document, timeout=seconds)

    async def _pages(self, record: Extraction) -> list[bytes]:
        gate = asyncio.Semaphore(FETCHES)

        async def fetch(number: int) -> bytes:
            key = keys.page_key(record.organization, record.document, record.revision, number)
            async with gate:
                return await self._blobs.get(key)

        count = min(record.pages, MAX_PAGES)
        return await asyncio.gather(*(fetch(number) for number in range(count)))

    async def _schemas(self, record: Extraction) -> list[bytes]:
        types = self._runtime.store.of(Tenant(record.organization), DOCUMENT_TYPES)
        found = await types.page(Query(), None, MAX_TYPES)
        return [
            _schema(it.fields_schema) for it in found if it.workspace in (None, record.workspace)
        ]

    async def _terms(self, record: Extraction) -> Terms:
        workspaces = self._runtime.store.of(Tenant(record.organization), WORKSPACES)
        workspace = await workspaces.get(record.workspace)
        region = record.region or (workspace.region if workspace else None)
        if record.order is not None:
            return Terms(record.order.review_threshold, region)
        if workspace is None:
            return Terms(region=region)
        if record.examples:
            lessons = await self._examples.lessons(record, region)
        else:
            lessons = await self._lessons.of(workspace, record.requested_type)
        return Terms(workspace.review_threshold, region, lessons)


def _schema(schema: Schema) -> bytes:
    return schema.model_dump_json().encode()
