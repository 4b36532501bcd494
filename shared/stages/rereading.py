"""A document looked at again with the pages it has: pure functions.

It begins its next revision. Pages that stay as they were read have to be stored under it by then;
what people have said of values goes along, as ``Document.carries``.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from shared.models.document import Document, DocumentState, EventName, PagePart
from shared.models.failure import Remedy
from shared.models.work import Work, WorkState
from shared.stages import failing, lifecycle, planning


def find_again(document: Document, now: datetime, requested_type: str) -> Document:
    """Fields of another type are looked for in the pages as they were read."""
    fresh = lifecycle.next_revision(failing.close(document, Remedy.REPROCESSED, now))
    planned = fresh.copy_with(
        state=DocumentState.EXTRACTING,
        requested_type=requested_type,
        carries=None,
    )
    told = lifecycle.announce(planned, EventName.RECEIVED, now)
    return planning.queue_extraction(lifecycle.announce(told, EventName.READ, now), now)


def read_again(
    document: Document, numbers: Collection[int], per_part: int, now: datetime
) -> Document:
    """Pages ``numbers`` (from 0) are read again, at most ``per_part`` a job; others are kept."""
    failed = {page for part in document.parts for page in part.failed_pages}
    parts = [
        _part(index, pages, failed, now, kept=pages[0] not in numbers)
        for index, pages in enumerate(_runs(document.pages or 0, numbers, per_part))
    ]
    fresh = lifecycle.next_revision(failing.close(document, Remedy.REPROCESSED, now))
    begun = fresh.copy_with(
        state=DocumentState.RECEIVED,
        parts=parts,
        carries=document.extraction or document.carries,
    )
    told = lifecycle.announce(begun, EventName.RECEIVED, now)
    for part in parts:
        if part.work.state is WorkState.WAITING:
            told = planning.queue_part(told, part.index, now)
    return told


def _runs(count: int, numbers: Collection[int], per_part: int) -> Iterator[Sequence[int]]:
    """All pages in runs of those to be read, which are limited, and of others."""
    run: list[int] = []
    for page in range(count):
        is_full = page in numbers and len(run) >= per_part
        if run and (is_full or (page in numbers) != (run[0] in numbers)):
            yield run
            run = []
        run.append(page)
    if run:
        yield run


def _part(
    index: int, pages: Sequence[int], failed: Collection[int], now: datetime, *, kept: bool
) -> PagePart:
    part = PagePart(index=index, first=pages[0], last=pages[-1] + 1, work=Work(enqueued=now))
    if not kept:
        return part
    return part.copy_with(
        pages_done=len(pages),
        failed_pages=[it for it in pages if it in failed],
        work=Work(state=WorkState.DONE, enqueued=now, started=now, finished=now),
    )
