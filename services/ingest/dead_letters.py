"""What people do about dead letters: replay them, or let them lie; one, or all of a filter.

A replay is one write to what has failed, by compare-and-set on its failure: of twenty at once one
begins anew, and the others find it begun. That write has word of it in the outbox, for the letter.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from services.ingest.kept_pages import keep_pages
from shared.blobs.port import Blobs
from shared.errors import Code, Permanent
from shared.models.dead_letter import DeadLetter, LetterState, Subject
from shared.models.failure import Closing, FailureKind, Remedy
from shared.models.ids import derived_id
from shared.models.outbox import Aggregate, OutboxKind
from shared.models.time import to_milliseconds
from shared.models.work import StageName
from shared.stages import failing, replaying
from shared.stages.letters import log_closing
from shared.stages.outbox import Outbox, entry_ids
from shared.stages.replaying import FromStage
from shared.store.collections import (
    DEAD_LETTERS,
    DELIVERIES,
    DOCUMENTS,
    EXTRACTIONS,
    Collection,
)
from shared.store.port import Position, Query, Repository, Store, Tenant

R = TypeVar("R", bound=Aggregate)

SECONDS = 20.0
"""How long one call may take; what is left is for the next."""
_PAGE = 100


LETTER_ENUMS: Mapping[str, type[StrEnum]] = MappingProxyType(
    {"state": LetterState, "stage": StageName, "kind": FailureKind}
)
LETTER_FILTERS = (*LETTER_ENUMS, "code", "workspace", "document")
"""What lists of letters are filtered by."""


def letters_query(
    equals: Mapping[str, str],
    after: datetime | None = None,
    before: datetime | None = None,
    *,
    oldest: bool = False,
) -> Query:
    """The letters of some filters; raises ``Permanent(BAD_REQUEST)`` for what cannot be."""
    for name, values in LETTER_ENUMS.items():
        if name in equals and equals[name] not in set(values):
            raise Permanent(Code.BAD_REQUEST, f"{name} must be one of {', '.join(values)}.")
    return Query(equals, after, before, oldest_first=oldest)


@dataclass(frozen=True, slots=True)
class Wish:
    """How to replay: where from (``None``: where it failed), and not before when."""

    by: str
    from_stage: FromStage | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    """Which letters, at most how many, and at what pace their replays are to begin."""

    query: Query
    limit: int
    per_minute: int = 0
    is_dry: bool = False


@dataclass(slots=True)
class Done:
    """What became of many: letters that something was done about, and those left as they were.

    With ``more`` to come, ``next_due`` is when the next replay may begin at that pace.
    """

    changed: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    more: bool = False
    next_due: datetime | None = None


class DeadLetters:
    """The remedies. What they are called with was found on behalf of the caller's tenant."""

    def __init__(self, store: Store, blobs: Blobs, outbox: Outbox) -> None:
        self._store = store
        self._blobs = blobs
        self._outbox = outbox

    async def replay(self, letter: DeadLetter, wish: Wish) -> bool:
        """Have it tried again; whether it was this call that began it.

        Raises ``Permanent(CONFLICT)`` for a letter that was discarded, whose subject is gone, or
        that cannot begin at that stage.
        """
        now = await self._store.now()
        return await self._replay(letter, wish, max(now, wish.due or now))

    async def _replay(self, letter: DeadLetter, wish: Wish, due: datetime) -> bool:
        if letter.state is LetterState.DISCARDED:
            raise Permanent(Code.CONFLICT, "The letter was discarded.")
        now = await self._store.now()
        if letter.subject is Subject.DOCUMENT:
            return await self._replay_document(letter, wish, now, due)
        if wish.from_stage is FromStage.START:
            raise Permanent(Code.CONFLICT, "Only documents begin at their start.")
        if letter.subject is Subject.EXTRACTION:
            return await self._replay_order(letter, wish, now, due)
        return await self._begin(
            DELIVERIES, letter, lambda it: replaying.deliver_again(it, wish.by, now, due)
        )

    async def discard(self, letter: DeadLetter, by: str, note: str = "") -> bool:
        """Say that nothing is to be done, and why; whether it was this call that said so.

        What has failed stays as it is. Raises ``Permanent(CONFLICT)`` for one that was replayed.
        """
        now = await self._store.now()
        identity = derived_id("closing", letter.id, Remedy.DISCARDED)
        closing = Closing(id=identity, what=Remedy.DISCARDED, by=by, at=now, note=note)

        def step(current: DeadLetter) -> DeadLetter | None:
            if current.state is LetterState.REPLAYED:
                raise Permanent(Code.CONFLICT, "The letter was replayed.")
            changed = failing.closed(current, closing)
            return None if changed is current else changed

        letters = self._store.of(Tenant(letter.organization), DEAD_LETTERS)
        if await letters.change(letter.id, step) is None:
            return False
        log_closing(letter.id, closing)
        return True

    async def replay_all(self, tenant: Tenant, bulk: Bulk, wish: Wish) -> Done:
        """``replay`` of many, one after the other, the oldest first."""
        now = await self._store.now()
        start = to_milliseconds(max(now, wish.due or now))
        pause = timedelta(minutes=1) / bulk.per_minute if bulk.per_minute else timedelta()
        done = Done(next_due=start)

        async def one(letter: DeadLetter) -> bool:
            return await self._replay(letter, wish, start + len(done.changed) * pause)

        await self._each(tenant, bulk, one, done)
        done.next_due = start + len(done.changed) * pause
        return done

    async def discard_all(self, tenant: Tenant, bulk: Bulk, by: str, note: str = "") -> Done:
        """``discard`` of many."""
        done = Done()

        async def one(letter: DeadLetter) -> bool:
            return await self.discard(letter, by, note)

        await self._each(tenant, bulk, one, done)
        return done

    async def _each(
        self, tenant: Tenant, bulk: Bulk, one: Callable[[DeadLetter], Awaitable[bool]], done: Done
    ) -> None:
        deadline = time.monotonic() + SECONDS
        async for letter in self._found(tenant, bulk.query):
            if len(done.changed) == bulk.limit or time.monotonic() > deadline:
                done.more = True
                return
            if bulk.is_dry:
                done.changed.append(letter.id)
                continue
            try:
                if await one(letter):
                    done.changed.append(letter.id)
            except Permanent as error:
                done.left[letter.id] = error.detail

    async def _found(self, tenant: Tenant, query: Query) -> AsyncIterator[DeadLetter]:
        letters, after = self._store.of(tenant, DEAD_LETTERS), None
        while rows := await letters.page(query, after, _PAGE):
            for row in rows:
                yield row
            after = Position(rows[-1].created, rows[-1].id)

    async def _replay_document(
        self, letter: DeadLetter, wish: Wish, now: datetime, due: datetime
    ) -> bool:
        begin = replaying.from_start
        document = await self._subject(DOCUMENTS, letter)
        wants_pages = wish.from_stage is not FromStage.START
        if wants_pages and replaying.stands_at(document, letter):
            has_pages = replaying.has_pages(document, letter)
            if has_pages and await keep_pages(self._blobs, document):
                begin = replaying.from_pages
            elif wish.from_stage is FromStage.EXTRACT:
                raise Permanent(Code.CONFLICT, "Its pages were not read.")
        return await self._begin(DOCUMENTS, letter, lambda it: begin(it, wish.by, now, due))

    async def _replay_order(
        self, letter: DeadLetter, wish: Wish, now: datetime, due: datetime
    ) -> bool:
        documents = self._store.of(Tenant(letter.organization), DOCUMENTS)
        document = await documents.get(letter.document)
        if document is None:
            raise Permanent(Code.CONFLICT, "What has failed is not there any more.")
        return await self._begin(
            EXTRACTIONS, letter, lambda it: replaying.order_again(it, document, wish.by, now, due)
        )

    async def _begin(
        self, collection: Collection[R], letter: DeadLetter, begin: Callable[[R], R]
    ) -> bool:
        """Write what ``begin`` makes of it, unless it does not stand at the letter any more."""
        known: frozenset[str] = frozenset()

        def step(record: R) -> R | None:
            nonlocal known
            known = entry_ids(record)
            return begin(record) if replaying.stands_at(record, letter) else None

        stored = await self._records(collection, letter).change(letter.target, step)
        if stored is not None:
            await self._outbox.attempt(collection, stored, known)
            return True
        # Somebody has begun it; that the letter says so must not wait for who that was.
        record = await self._subject(collection, letter)
        others = frozenset(it.id for it in record.outbox if it.kind is not OutboxKind.LETTER)
        await self._outbox.attempt(collection, record, others)
        return False

    async def _subject(self, collection: Collection[R], letter: DeadLetter) -> R:
        record = await self._records(collection, letter).get(letter.target)
        if record is None:
            raise Permanent(Code.CONFLICT, "What has failed is not there any more.")
        return record

    def _records(self, collection: Collection[R], letter: DeadLetter) -> Repository[R]:
        return self._store.of(Tenant(letter.organization), collection)
