"""Files that hold several documents: pure functions, as in ``lifecycle``."""

from collections.abc import Collection
from datetime import datetime

from shared.models.container import Piece
from shared.models.document import Document, DocumentState, EventName, PagePart, Review
from shared.models.failure import Remedy
from shared.models.policies import SplitPolicy
from shared.models.work import Work, WorkState
from shared.stages import failing, lifecycle, planning


def may_split(document: Document) -> bool:
    """Whether to look for several documents in it."""
    policies = document.policies
    return policies is not None and policies.split is SplitPolicy.AUTO


def split_by_hand(document: Document, pieces: list[Piece], now: datetime) -> Document:
    """A finished document is to become several, whatever was found on it as one."""
    whole = failing.close(document, Remedy.SPLIT, now).copy_with(
        type=None, extraction=None, extracted=None, error=None, review=Review(), archived=None
    )
    return planning.plan_splitting(whole, pieces, now)


def receive_read(
    document: Document, pages: int, failed: Collection[int], now: datetime
) -> Document:
    """A new document whose pages were read before, as those of another."""
    part = PagePart(
        index=0,
        first=0,
        last=pages,
        pages_done=pages,
        failed_pages=sorted(failed),
        work=Work(state=WorkState.DONE, enqueued=now, finished=now),
    )
    read = document.copy_with(state=DocumentState.READING, pages=pages, parts=[part])
    return lifecycle.after_part(lifecycle.announce(read, EventName.RECEIVED, now), now)
