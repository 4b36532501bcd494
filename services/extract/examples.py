"""Lessons of documents that a sender chose: nothing else is learned from for its document."""

import asyncio
from collections import OrderedDict, defaultdict

from services.extract.memory.stored import learn_stored
from services.extract.training import reviewed_document, schema_of, type_of
from shared.blobs.port import Blobs
from shared.compute.pool import ComputePool
from shared.models.extraction import Extraction, ReviewVerdict
from shared.models.ids import derived_id
from shared.models.schema import Schema
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Store, Tenant

SECONDS = 60.0
"""For learning from them."""
_FETCHES = 8
_KEPT = 16


class ChosenExamples:
    """Has a child of ``pool`` learn from chosen documents, and keeps what was learned last."""

    def __init__(self, store: Store, blobs: Blobs, pool: ComputePool) -> None:
        self._store = store
        self._blobs = blobs
        self._pool = pool
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def lessons(self, record: Extraction, region: str | None) -> list[bytes]:
        """What the examples of ``record`` teach, by type, as JSON.

        Examples that nobody has reviewed, or of another workspace, teach nothing.
        """
        by_type: dict[str, list[Extraction]] = defaultdict(list)
        for taught in await self._taught(record):
            name = type_of(taught)
            if name is not None and record.requested_type in (None, name):
                by_type[name].append(taught)
        tenant = Tenant(record.organization)
        found: list[bytes] = []
        for name, some in by_type.items():
            schema = await schema_of(self._store, tenant, record.workspace, name)
            if schema is not None:
                found.append(await self._learned(schema, some, region))
        return [it for it in found if it]

    async def _taught(self, record: Extraction) -> list[Extraction]:
        tenant = Tenant(record.organization, frozenset({record.workspace}))
        documents = await self._store.of(tenant, DOCUMENTS).get_many(record.examples)
        present = [it.extraction for it in documents if it.extraction is not None]
        extractions = await self._store.of(tenant, EXTRACTIONS).get_many(present)
        taught = [it for it in extractions if _is_taught(it)]
        return sorted(taught, key=lambda it: it.id)

    async def _learned(
        self, schema: Schema, examples: list[Extraction], region: str | None
    ) -> bytes:
        told = schema.model_dump_json()
        reviews = [f"{it.id}/{it.reviewed.at if it.reviewed else None}" for it in examples]
        identity = derived_id("examples", told, region, *reviews)
        if identity in self._kept:
            self._kept.move_to_end(identity)
            return self._kept[identity]
        gate = asyncio.Semaphore(_FETCHES)
        read = await asyncio.gather(*(reviewed_document(self._blobs, it, gate) for it in examples))
        documents = [it for it in read if it is not None]
        learned = await self._pool.run(
            learn_stored, told.encode(), documents, identity, region, timeout=SECONDS
        )
        self._kept[identity] = learned
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return learned


def _is_taught(extraction: Extraction) -> bool:
    review = extraction.reviewed
    is_of_type = extraction.order is None
    return is_of_type and review is not None and review.verdict is ReviewVerdict.ACCEPT
