"""The store port: small and ours. Two adapters, one contract suite.

Concurrency is by compare-and-set on ``rev``: read a record, make a changed copy, replace.
What a commit sets in motion (its outbox) is part of the record, so one write is enough.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from shared.models.base import Record
from shared.models.work import Lane, StageName
from shared.search.terms import Search
from shared.search.words import Words
from shared.store.collections import Collection
from shared.store.standings import Place

R = TypeVar("R", bound=Record)


class AlreadyExistsError(Exception):
    """A record with this id, or this value of a unique field, is there already."""

    def __init__(self, collection: str, field: str) -> None:
        super().__init__(f"{collection}.{field}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Tenant:
    """On whose behalf the store is used.

    ``workspaces`` ``None`` means all of them but the ``hidden`` ones.
    """

    organization: str
    workspaces: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether it sees all of its organization."""
        return self.workspaces is None and not self.hidden

    def sees(self, workspace: str) -> bool:
        """Whether it may see what is in a workspace of its organization."""
        is_one = self.workspaces is None or workspace in self.workspaces
        return is_one and workspace not in self.hidden


@dataclass(frozen=True, slots=True)
class Query:
    """Which records a list holds.

    By filters of the collection, by its measures (``at_least`` and ``below``), by words
    (``search``, see ``Repository.index``) and by a span of ``created`` (both ends exclusive). Lists
    are newest first, unless ``oldest_first``. With ``order_by``, which goes with no search, they go
    by the text of that filter instead, from the last to the first unless ``oldest_first``; then
    the whole list is sorted for each page.
    """

    equals: Mapping[str, str] = field(default_factory=dict)
    created_after: datetime | None = None
    created_before: datetime | None = None
    oldest_first: bool = False
    order_by: str | None = None
    at_least: Mapping[str, float] = field(default_factory=dict)
    below: Mapping[str, float] = field(default_factory=dict)
    search: Search = ()


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list that is sorted by ``(created, id)``."""

    created: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a record is, for work that reaches across organizations."""

    collection: str
    organization: str
    id: str


class Repository(Protocol[R]):
    """The records of one collection that one tenant may see.

    Records of others do not exist here: they are not got, changed, deleted or counted.
    All methods raise ``Transient(DEPENDENCY_DOWN)`` when the store does not answer.
    """

    async def insert(self, record: R) -> None:
        """Store a new record durably; raises ``AlreadyExistsError``."""

    async def get(self, record_id: str) -> R | None:
        """The record, or ``None``."""

    async def get_many(self, record_ids: Sequence[str]) -> list[R]:
        """Those of the records that exist, in no particular order."""

    async def find(self, field: str, value: str) -> R | None:
        """The record with this value of a unique field."""

    async def replace(self, record: R) -> R | None:
        """Store a changed copy of a record read at ``record.rev``.

        Returns it as stored, with ``rev`` one higher and ``updated`` set, or ``None``
        when another write came first (or the record is gone): nothing was written then.
        """

    async def change(self, record_id: str, step: Callable[[R], R | None]) -> R | None:
        """Store what ``step`` makes of the record as it stands, whatever others write.

        Returns it as stored, or ``None`` when nothing was written: there is no such record,
        or ``step`` returned ``None`` or the record itself. ``step`` only computes; it may be
        called several times, on another thread, and what it raises is raised.
        """

    async def delete(self, record_id: str) -> bool:
        """Remove the record; whether it was there."""

    async def index(
        self, record_id: str, words: Words, unless: tuple[str, str] | None = None
    ) -> bool:
        """Have searches find the record by these words, in place of those it had.

        Whether there is the record, and the filter in ``unless`` has another value. It may be done
        again. The words go with the record; a new one is found by its headline. Raises
        ``ValueError`` for a collection that is not searched.
        """

    async def page(
        self, query: Query, after: Position | None, limit: int, skip: int = 0
    ) -> list[R]:
        """Up to ``limit`` records behind ``after``, in the query's order of ``(created, id)``.

        ``skip`` leaves out so many first, at the price of finding them; for dialects whose
        pages are counted. Nothing is ``after`` a position where the query has an ``order_by``.
        """

    async def count(self, query: Query, limit: int) -> int:
        """How many records match, counted no further than ``limit``."""


class Backlog(Protocol):
    """What waits for somebody, across all organizations (relay and sweeper only)."""

    async def due(self, now: datetime, limit: int) -> list[Pointer]:
        """Records with an outbox entry that is due, the longest due first."""

    async def count_due(self, before: datetime, most: int) -> int:
        """How many records have an outbox entry due by then, counted no further than ``most``."""

    async def idle(self, stage: StageName, before: datetime, limit: int) -> list[Pointer]:
        """Records whose work for ``stage`` has been idle since before a moment."""

    async def unannounced(self, before: datetime, limit: int) -> list[Pointer]:
        """Finished documents whose events notify had not taken over by then."""

    async def unindexed(self, before: datetime, limit: int) -> list[Pointer]:
        """Records that have had words to be found by since before then, and are not indexed."""

    async def expired(self, now: datetime, limit: int) -> list[Pointer]:
        """Finished documents whose time is over, the longest over first."""


class Queues(Protocol):
    """Who stands where in the stages' lines: all, or what a ``tenant`` may see.

    Counts go no further than ``most``, so that a long line costs no more than that.
    """

    async def count(
        self,
        place: Place,
        most: int,
        *,
        tenant: Tenant | None = None,
        before: datetime | None = None,
    ) -> int:
        """How many records stand at a place (of those that have stood since before a moment)."""

    async def span(
        self, place: Place, tenant: Tenant | None = None
    ) -> tuple[datetime, datetime] | None:
        """Since when the first and the last one stand there; ``None`` if nobody does."""

    async def first(self, place: Place, limit: int) -> list[Pointer]:
        """Those that have stood there for the longest, of all organizations."""

    async def passed(self, stage: StageName, lane: Lane, limit: int) -> list[Pointer]:
        """Those that a stage was done with last, of all organizations, the newest first."""

    async def count_passed(
        self,
        stage: StageName,
        lane: Lane,
        most: int,
        *,
        after: datetime,
        tenant: Tenant | None = None,
    ) -> int:
        """How many records a stage was done with since a moment."""


class Store(Protocol):
    """The documents database."""

    async def open(self) -> None:
        """Connect, and make tables and indexes where they are missing."""

    async def close(self) -> None:
        """Finish pending writes and let go."""

    async def ping(self) -> None:
        """Return if the store answers; raise ``Transient`` if not."""

    async def now(self) -> datetime:
        """The database's clock, which leases are measured by; cheap to call."""

    @property
    def skew(self) -> float:
        """Seconds that this machine's clock is ahead of the database's, as last seen."""

    def of(self, tenant: Tenant, collection: Collection[R]) -> Repository[R]:
        """The tenant's records of a collection."""

    def across(self, collection: Collection[R]) -> Repository[R]:
        """The records of all organizations: for authentication, operators, the sweeper."""

    @property
    def backlog(self) -> Backlog:
        """What waits for somebody."""

    @property
    def queues(self) -> Queues:
        """Who stands where."""
