"""How long people take for a document, as the records of their reviews say."""

from dataclasses import dataclass
from statistics import median

from shared.http.context import Principal
from shared.models.extraction import Extraction
from shared.models.reviewing import ActionKind
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Query, Store

LOOKED_AT = 100
"""Reviews, of the documents that came last."""
_LAST_WORDS = frozenset({ActionKind.APPROVE, ActionKind.REJECT})


@dataclass(frozen=True, slots=True)
class Pace:
    """The median of ``reviews`` that were timed, in seconds from opening to the last word."""

    seconds: float
    reviews: int


async def review_pace(store: Store, principal: Principal, workspace: str | None) -> Pace | None:
    """The pace of those who review what a principal sees; ``None`` where nothing was timed."""
    equals = {"review": "done"} | ({"workspace": workspace} if workspace else {})
    documents = store.of(principal.tenant, DOCUMENTS)
    done = await documents.page(Query(equals), None, LOOKED_AT)
    wanted = [it.extraction for it in done if it.extraction is not None]
    found = await store.of(principal.tenant, EXTRACTIONS).get_many(wanted) if wanted else []
    took = [milliseconds for it in found if (milliseconds := _took(it))]
    return Pace(median(took) / 1000, len(took)) if took else None


def _took(extraction: Extraction) -> int:
    """Milliseconds that the last word says its review took; 0 where it does not."""
    words = [it for it in extraction.review_work.actions if it.kind in _LAST_WORDS]
    return words[-1].milliseconds if words else 0
