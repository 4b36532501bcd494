"""Learns from a workspace's reviews when somebody asks for it."""

import asyncio

import structlog

from services.extract.memory.stored import ReviewedDocument, learn_stored
from services.extract.schemas import built_in
from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.compute.pool import ComputePool
from shared.errors import Code, DocstageError
from shared.models.extraction import Extraction
from shared.models.messages import TrainingMessage
from shared.models.schema import Schema
from shared.store.collections import DOCUMENT_TYPES, EXTRACTIONS, WORKSPACES
from shared.store.port import Position, Query, Store, Tenant

MAX_EXAMPLES = 200
"""Reviews that are learned from, the newest first."""
MAX_PAGES = 5
"""Pages of each document that are looked at."""
LEARN_SECONDS = 120.0
_MOST_READ = 2000  # reviews looked through, of all types
_FETCHES = 8
_PAGE = 100


class Trainings:
    """Has a child of ``pool`` learn, and stores what came of it under the training's id."""

    def __init__(self, store: Store, blobs: Blobs, pool: ComputePool) -> None:
        self._store = store
        self._blobs = blobs
        self._pool = pool
        self._log = structlog.get_logger("docstage.trainings")

    async def learn(self, asked: TrainingMessage) -> None:
        """Learn; nothing is stored but emptiness where there is too little to learn from.

        Raises ``Transient`` when store or blobs do not answer.
        """
        key = keys.training_key(asked.organization, asked.workspace, asked.training)
        if await self._blobs.info(key) is not None:
            return
        place = Tenant(asked.organization)
        schema = await schema_of(self._store, place, asked.workspace, asked.type)
        reviewed = await self._reviewed(asked) if schema else []
        gate = asyncio.Semaphore(_FETCHES)
        read = await asyncio.gather(*(reviewed_document(self._blobs, it, gate) for it in reviewed))
        examples = [it for it in read if it is not None]
        learned = b""
        if schema is not None and examples:
            learned = await self._pool.run(
                learn_stored,
                schema.model_dump_json().encode(),
                examples,
                asked.training,
                await self._region(asked),
                timeout=LEARN_SECONDS,
            )
        await self._blobs.put(key, learned, "application/json")
        self._log.info("learned", workspace=asked.workspace, count=len(examples))

    async def _region(self, asked: TrainingMessage) -> str | None:
        workspaces = self._store.of(Tenant(asked.organization), WORKSPACES)
        workspace = await workspaces.get(asked.workspace)
        return workspace.region if workspace else None

    async def _reviewed(self, asked: TrainingMessage) -> list[Extraction]:
        """The newest accepted reviews of documents of the type."""
        extractions = self._store.of(Tenant(asked.organization), EXTRACTIONS)
        query = Query(equals={"workspace": asked.workspace, "reviewed": "taught"})
        found: list[Extraction] = []
        after, seen = None, 0
        while seen < _MOST_READ and len(found) < MAX_EXAMPLES:
            page = await extractions.page(query, after, _PAGE)
            found += [it for it in page if type_of(it) == asked.type]
            if len(page) < _PAGE:
                break
            after, seen = Position(page[-1].created, page[-1].id), seen + len(page)
        return found[:MAX_EXAMPLES]


async def reviewed_document(
    blobs: Blobs, extraction: Extraction, gate: asyncio.Semaphore
) -> ReviewedDocument | None:
    """A document to learn from; ``None`` where its pages have gone meanwhile."""
    place = (extraction.organization, extraction.document, extraction.revision)
    numbers = range(min(extraction.pages, MAX_PAGES))
    try:
        async with gate:
            pages = [await blobs.get(keys.page_key(*place, it)) for it in numbers]
    except DocstageError as error:
        if error.code is not Code.BLOB_MISSING:
            raise
        return None
    return ReviewedDocument(pages, extraction.fields, extraction.current_fields)


async def schema_of(store: Store, tenant: Tenant, workspace: str, name: str) -> Schema | None:
    """The schema of a type that documents of a workspace can be of."""
    own = await store.of(tenant, DOCUMENT_TYPES).find("name", name)
    if own is not None and own.workspace in (None, workspace):
        return own.fields_schema
    return built_in().get(name)


def type_of(extraction: Extraction) -> str | None:
    """Of which type its document is, by its review or else by the machine."""
    review, guess = extraction.reviewed, extraction.type
    named = review.type if review is not None else None
    return named or (guess.name if guess is not None else None)
