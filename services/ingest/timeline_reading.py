"""A document's timeline, from the records that it is read off."""

from dataclasses import dataclass
from datetime import datetime

from services.ingest.timeline import Row, timeline
from shared.models.document import Document
from shared.models.extraction import Extraction
from shared.store.collections import DELIVERIES, EXTRACTIONS
from shared.store.port import Query, Store, Tenant

_MAX_RECORDS = 100
_MAX_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class DocumentTimeline:
    """The rows as they stand at ``now``, oldest first; with ``more`` the oldest are left out.

    ``extractions`` are those that they were read off.
    """

    rows: list[Row]
    extractions: list[Extraction]
    now: datetime
    more: bool


async def read_timeline(store: Store, document: Document) -> DocumentTimeline:
    """What happened to a document that the caller may see."""
    tenant, own = Tenant(document.organization), {"document": document.id}
    oldest = Query(own, oldest_first=True)
    extractions = await store.of(tenant, EXTRACTIONS).page(oldest, None, _MAX_RECORDS)
    deliveries = await store.of(tenant, DELIVERIES).page(Query(own), None, _MAX_RECORDS)
    rows = timeline(document, extractions, deliveries)
    more = len(rows) > _MAX_ROWS or len(deliveries) == _MAX_RECORDS
    return DocumentTimeline(rows[-_MAX_ROWS:], extractions, await store.now(), more)
