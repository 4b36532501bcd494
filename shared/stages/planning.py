"""What has to be done with a document next, as jobs in its outbox: pure functions."""

import math
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from shared.models.container import Container, ContainerKind, Piece
from shared.models.document import Document, DocumentState, PagePart
from shared.models.ids import new_id
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import StageName, Work

SHARES = 4
"""A part has no more than one in so many of the pages left: workers end at about one time."""


def plan_unpacking(document: Document, kind: ContainerKind, now: datetime) -> Document:
    """Have it unpacked; the children of an earlier time stay listed until that is done."""
    known = document.container.children if document.container else []
    container = Container(kind=kind, work=Work(enqueued=now), children=known)
    return queue_unpacking(document.copy_with(container=container), now)


def plan_splitting(document: Document, pieces: list[Piece], now: datetime) -> Document:
    """It was read, and holds several documents: have them made of its pages."""
    planned = plan_unpacking(
        document.copy_with(state=DocumentState.READING), ContainerKind.BUNDLE, now
    )
    if planned.container is None:
        return document
    return planned.copy_with(container=planned.container.copy_with(pieces=pieces))


def plan_reading(document: Document, now: datetime) -> Document:
    """Have it read."""
    first = PagePart(index=0, first=0, work=Work(enqueued=now))
    return queue_part(document.copy_with(parts=[first]), 0, now)


def plan_fetch(document: Document, now: datetime) -> Document:
    """The file is elsewhere: have it fetched, as if that had never been tried."""
    if document.source is None:
        return document
    source = document.source.copy_with(work=Work(enqueued=now))
    return queue_fetch(document.copy_with(source=source), now)


def queue_part(document: Document, part: int, due: datetime) -> Document:
    """Add the job of reading a part to the outbox."""
    entry = OutboxEntry(
        id=new_id(), kind=OutboxKind.JOB, stage=StageName.OCR, part=part, not_before=due
    )
    return document.copy_with(outbox=[*document.outbox, entry])


def queue_fetch(document: Document, due: datetime) -> Document:
    """Add the job of fetching to the outbox."""
    entry = OutboxEntry(kind=OutboxKind.JOB, stage=StageName.FETCH, not_before=due)
    return document.copy_with(outbox=[*document.outbox, entry])


def queue_unpacking(document: Document, due: datetime) -> Document:
    """Add the job of unpacking to the outbox."""
    entry = OutboxEntry(kind=OutboxKind.JOB, stage=StageName.UNPACK, not_before=due)
    return document.copy_with(outbox=[*document.outbox, entry])


def queue_extraction(document: Document, now: datetime) -> Document:
    """Add the job of extracting to the outbox."""
    entry = OutboxEntry(kind=OutboxKind.JOB, stage=StageName.EXTRACT, not_before=now)
    return document.copy_with(outbox=[*document.outbox, entry], enqueued=now)


def with_part(document: Document, part: PagePart) -> Document:
    """The document with one part replaced."""
    return document.copy_with(
        parts=[part if it.index == part.index else it for it in document.parts]
    )


def plan_parts(
    document: Document, pages: int, per_part: int, now: datetime, looked_at: int | None = None
) -> Document:
    """Note the number of pages, and divide them into parts that are read side by side.

    Part 0, which found out, keeps the first ``per_part`` pages. Where it is slow, and has only
    ``looked_at`` pages yet, it keeps fewer, and parts get smaller towards the end. Planning
    twice (after a crash) changes nothing.
    """
    if document.pages is not None:
        return document
    ends = list(_part_ends(pages, per_part, looked_at))
    first = document.parts[0].copy_with(last=ends[0])
    more = [
        PagePart(index=number, first=start, last=end, work=Work(enqueued=now))
        for number, (start, end) in enumerate(pairwise(ends), start=1)
    ]
    planned = document.copy_with(pages=pages, parts=[first, *more])
    for part in more:
        planned = queue_part(planned, part.index, now)
    return planned


def _part_ends(pages: int, per_part: int, looked_at: int | None) -> Iterator[int]:
    """Where each part ends; of slow pages none has more than a share of what is left then."""
    if looked_at is None:
        yield from range(per_part, pages, per_part)
        yield pages
        return
    end, most = looked_at, per_part - looked_at
    while end < pages:
        end += max(1, min(most, math.ceil((pages - end) / SHARES)))
        most = per_part
        yield end
