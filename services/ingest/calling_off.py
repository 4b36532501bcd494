"""Calling off an extraction that nobody waits for any more.

The document is called off, or processed anew, by a write of its own, after which whatever
the extraction still says is stale. This only spares the work: a worker at it learns with
its next heartbeat that it lost its lease, and the sweeper does not queue it again.
"""

import contextlib

from services.ingest.changes import change
from shared.errors import Permanent, Transient
from shared.models.document import Document
from shared.models.extraction import Extraction
from shared.models.outbox import OutboxKind
from shared.models.time import utc_now
from shared.models.work import FINAL_WORK_STATES
from shared.stages import lifecycle
from shared.stages import work as works
from shared.store.collections import EXTRACTIONS
from shared.store.port import Store, Tenant


async def stop_extraction(store: Store, document: Document) -> None:
    """Call off the extraction of the document's revision, if it has begun and is not over.

    A store that does not answer is no trouble here: the work is done in vain then.
    """

    def step(extraction: Extraction) -> Extraction:
        if extraction.work.state in FINAL_WORK_STATES:
            return extraction
        kept = [it for it in extraction.outbox if it.kind is not OutboxKind.JOB]
        return extraction.copy_with(work=works.cancel(extraction.work, utc_now()), outbox=kept)

    extractions = store.of(Tenant(document.organization), EXTRACTIONS)
    with contextlib.suppress(Permanent, Transient):  # none has begun, or the store is away
        await change(extractions, lifecycle.extraction_id(document), step)
