"""The records of one collection in MongoDB.

A write whose answer was lost is made again under the same name (``write``); what is found
then tells whether the first one had arrived.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from shared.errors import Code, Transient
from shared.models.base import Record
from shared.models.ids import new_id
from shared.search.words import Words
from shared.store.mongo import queries, searching
from shared.store.mongo.driver import (
    Bson,
    Driver,
    DuplicateError,
    Find,
    NotStorableError,
    UncertainError,
)
from shared.store.mongo.layout import Layout
from shared.store.port import AlreadyExistsError, Position, Query
from shared.store.scope import Scope

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_TRIES = 3
_READ = ("body",)


class MongoRepository(Generic[R]):
    """Implements ``shared.store.port.Repository`` for what ``scope`` covers."""

    def __init__(
        self,
        layout: Layout[R],
        scope: Scope,
        driver: Driver,
        now: Callable[[], Awaitable[datetime]],
    ) -> None:
        self._layout = layout
        self._scope = scope
        self._driver = driver
        self._now = now

    async def insert(self, record: R) -> None:
        """Store a new record durably; raises ``AlreadyExistsError``.

        Raises ``ValueError`` for a record that is not the tenant's.
        """
        if not self._scope.covers(record):
            raise ValueError("The record belongs to another tenant.")
        write = new_id()

        async def insert(*, again: bool) -> None:
            try:
                await self._store(
                    partial(self._layout.new, record, write),
                    lambda it: self._driver.insert(self._name, it),
                )
            except AlreadyExistsError:
                if not again or await self._write_of(record.id) != write:
                    raise

        await _until_certain(insert)

    async def get(self, record_id: str) -> R | None:
        """The record, or ``None``."""
        return next(iter(await self.get_many([record_id])), None)

    async def get_many(self, record_ids: Sequence[str]) -> list[R]:
        """Those of the records that exist, in no particular order."""
        return await self._find(queries.many(self._scope, record_ids))

    async def find(self, field: str, value: str) -> R | None:
        """The record with this value of a unique field; ``ValueError`` for another field."""
        found = await self._find(queries.by_unique(self._layout, self._scope, field, value))
        return next(iter(found), None)

    async def replace(self, record: R) -> R | None:
        """Store a changed copy, or return ``None`` when another write came first.

        Raises ``AlreadyExistsError`` when a unique value is taken. ``created`` and
        ``organization`` never change.
        """
        if not self._scope.covers(record):
            return None
        stored = record.copy_with(rev=record.rev + 1, updated=await self._now())
        write = new_id()
        which = queries.one(self._scope, record.id, rev=record.rev)
        which["organization"] = record.organization

        async def replace(*, again: bool) -> R | None:
            replaced = await self._store(
                partial(self._layout.encode, stored, write),
                lambda it: self._driver.change(self._name, which, it),
            )
            if not replaced and again:
                replaced = await self._had_arrived(stored, write)
            return stored if replaced else None

        return await _until_certain(replace)

    async def change(self, record_id: str, step: Callable[[R], R | None]) -> R | None:
        """Store what ``step`` makes of the record; ``None`` when nothing was written."""
        while (record := await self.get(record_id)) is not None:
            changed = step(record)
            if changed is None or changed is record or not self._scope.covers(changed):
                return None
            stored = await self.replace(changed)
            if stored is not None:
                return stored
        return None

    async def delete(self, record_id: str) -> bool:
        """Remove the record; whether it was there."""

        async def delete(*, again: bool) -> bool:
            which = queries.one(self._scope, record_id)
            return await self._driver.delete(self._name, which) or again

        return await _until_certain(delete)

    async def index(
        self, record_id: str, words: Words, unless: tuple[str, str] | None = None
    ) -> bool:
        """Have searches find the record by these words; whether it is there. See the port."""
        which = queries.to_index(self._layout, self._scope, record_id, unless)
        fields = searching.stored(words)

        async def index(*, again: bool) -> bool:  # noqa: ARG001 - twice is as once
            return await self._driver.change(self._name, which, fields)

        return await _until_certain(index)

    async def page(
        self, query: Query, after: Position | None, limit: int, skip: int = 0
    ) -> list[R]:
        """Up to ``limit`` records behind ``after``; ``ValueError`` for an unknown filter."""
        if limit < 1:
            return []
        find = await self._listed(query, after, limit)
        return await self._find(replace(find, skip=skip))

    async def count(self, query: Query, limit: int) -> int:
        """How many records match, up to ``limit``; ``ValueError`` for an unknown filter."""
        if limit < 1:
            return 0
        find = await self._listed(query, None, limit)
        return await self._driver.count(self._name, find)

    async def _listed(self, query: Query, after: Position | None, limit: int) -> Find:
        """The search for a list; where only beginnings of words are given, by how many there are.

        Few are sorted; of many, the newest records are looked at one after the other.
        """
        find = queries.listed(self._layout, self._scope, query, after, limit)
        if not query.search or searching.leads(query.search) or self._scope.organization is None:
            return find
        begun = queries.begun(self._scope, query.search, searching.MANY)
        if await self._driver.count(self._name, begun) >= searching.MANY:
            return find
        return replace(find, hint=searching.BY_WORD)

    @property
    def _name(self) -> str:
        return self._layout.name

    async def _find(self, find: Find) -> list[R]:
        find = replace(find, fields=_READ)
        return [self._layout.decode(it) for it in await self._driver.find(self._name, find)]

    async def _store(self, encode: Callable[..., Bson], send: Callable[[Bson], Awaitable[T]]) -> T:
        try:
            try:
                return await send(encode())
            except NotStorableError:
                return await send(encode(as_text=True))
        except DuplicateError as error:
            field = "id" if error.field == "_id" else error.field
            raise AlreadyExistsError(self._name, field) from error

    async def _write_of(self, record_id: str) -> str | None:
        find = Find({"_id": record_id}, fields=("write",))
        found = await self._driver.find(self._name, find)
        return found[0]["write"] if found else None

    async def _had_arrived(self, record: R, write: str) -> bool:
        find = Find({"_id": record.id}, fields=("rev", "write"))
        found = await self._driver.find(self._name, find)
        if found and found[0]["rev"] > record.rev:
            # Ours may have been followed by another: nobody can tell any more.
            raise Transient(Code.DEPENDENCY_DOWN, "The database did not answer in time.")
        return bool(found) and found[0]["write"] == write


async def _until_certain(attempt: Callable[..., Awaitable[T]]) -> T:
    """Make a write again until it is known what became of it; ``again`` from the second on."""
    for number in range(_TRIES):
        try:
            return await attempt(again=number > 0)
        except UncertainError as error:
            lost = error
    raise Transient(Code.DEPENDENCY_DOWN, "The database does not answer.") from lost
