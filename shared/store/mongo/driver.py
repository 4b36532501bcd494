"""The database driver, behind a door: the only module that knows motor and its errors.

motor is past its end of life; the move to PyMongo's own asynchronous client is a change of
this module alone. Writes are acknowledged by a majority, on disk.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bson.errors import InvalidDocument
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pymongo import IndexModel, WriteConcern
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
)
from pymongo.uri_parser import parse_uri

from shared.errors import Code, Transient

Bson = dict[str, Any]
Sort = Sequence[tuple[str, int]]

_DATABASE = "docstage"
_MILLISECONDS: Bson = {
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 20_000,
    "waitQueueTimeoutMS": 10_000,
}
"""Unless the URL says otherwise."""

_NOT_SENT = (ServerSelectionTimeoutError, WaitQueueTimeoutError)
_LOST = (AutoReconnect, ConnectionFailure, ExecutionTimeout, WriteConcernError)


class DuplicateError(Exception):
    """A unique index refused a write; ``field`` is the last one of its key."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class NotStorableError(Exception):
    """A value or key has no form in BSON; nothing was sent."""


class UncertainError(Exception):
    """A write was sent and its answer lost: it may have happened or not."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index; ``present`` restricts it to records that have this field."""

    name: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    present: str | None = None


@dataclass(frozen=True, slots=True)
class Find:
    """A search that uses the index ``hint`` (``None``: the one the database prefers)."""

    filter: Bson
    sort: Sort = ()
    limit: int = 0
    hint: str | None = None
    fields: tuple[str, ...] | None = None
    skip: int = 0


class Driver:
    """One database. Raises ``Transient`` when the server does not answer."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: AsyncIOMotorClient[Bson] | None = None

    def open(self) -> None:
        """Begin to connect, on the running event loop."""
        given = {name.lower() for name in parse_uri(self._url)["options"]}
        ours = {name: value for name, value in _MILLISECONDS.items() if name.lower() not in given}
        self._client = AsyncIOMotorClient(
            self._url, tz_aware=True, io_loop=asyncio.get_running_loop(), **ours
        )

    async def close(self) -> None:
        """Let go."""
        if self._client is not None:
            client, self._client = self._client, None
            # motor's close says goodbye to the server, and waits for it.
            await asyncio.to_thread(client.close)

    async def ping(self) -> None:
        """Return if the server answers."""
        with _reading():
            await self._running.get_default_database(_DATABASE).command("ping")

    async def time(self) -> datetime:
        """The server's clock."""
        with _reading():
            answer = await self._running.get_default_database(_DATABASE).command("hello")
        moment: datetime = answer["localTime"]
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    async def make_indexes(self, collection: str, indexes: Sequence[Index]) -> None:
        """Make those that are missing."""
        with _reading():
            await self._collection(collection).create_indexes([_model(it) for it in indexes])

    async def insert(self, collection: str, document: Bson) -> None:
        """Add a document; raises ``DuplicateError`` and the errors of ``_writing``."""
        with _writing():
            await self._collection(collection).insert_one(document)

    async def change(self, collection: str, which: Bson, fields: Bson) -> bool:
        """Set some fields of the one that ``which`` matches; whether it did."""
        kept = {name: value for name, value in fields.items() if name != "_id"}
        with _writing():
            result = await self._collection(collection).update_one(which, {"$set": kept})
        return result.matched_count == 1

    async def put(self, collection: str, document: Bson) -> None:
        """Store a document whether or not there is one of its id."""
        with _writing():
            one = {"_id": document["_id"]}
            await self._collection(collection).replace_one(one, document, upsert=True)

    async def delete(self, collection: str, which: Bson) -> bool:
        """Remove the one that ``which`` matches; whether it did."""
        with _writing():
            result = await self._collection(collection).delete_one(which)
        return result.deleted_count == 1

    async def find(self, collection: str, find: Find) -> list[Bson]:
        """The documents found, in order."""
        with _reading():
            found: list[Bson] = await self._cursor(collection, find).to_list(None)
        return found

    async def explain(self, collection: str, find: Find) -> Bson:
        """How the server would search."""
        with _reading():
            plan: Bson = await self._cursor(collection, find).explain()
        return plan

    async def count(self, collection: str, find: Find) -> int:
        """How many there are, counted no further than the limit."""
        options: Bson = {"hint": find.hint} if find.hint else {}
        with _reading():
            return await self._collection(collection).count_documents(
                find.filter, limit=find.limit, **options
            )

    @property
    def _running(self) -> AsyncIOMotorClient[Bson]:
        if self._client is None:
            raise Transient(Code.DEPENDENCY_DOWN, "The store is not open.")
        return self._client

    def _collection(self, name: str) -> AsyncIOMotorCollection[Bson]:
        database = self._running.get_default_database(_DATABASE)
        return database.get_collection(name, write_concern=WriteConcern("majority", j=True))

    def _cursor(self, collection: str, find: Find) -> Any:  # noqa: ANN401 - motor's cursor
        return self._collection(collection).find(
            find.filter,
            list(find.fields) if find.fields is not None else None,
            sort=list(find.sort) or None,
            skip=find.skip,
            limit=find.limit,
            hint=find.hint,
        )


def _model(index: Index) -> IndexModel:
    options: Bson = {"name": index.name}
    if index.unique:
        options["unique"] = True
    if index.present is not None:
        options["partialFilterExpression"] = {index.present: {"$exists": True}}
    return IndexModel(list(index.keys), **options)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _LOST as error:
        raise Transient(Code.DEPENDENCY_DOWN, "The database does not answer.") from error


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except DuplicateKeyError as error:
        pattern = (error.details or {}).get("keyPattern") or {"": 1}
        raise DuplicateError([*pattern][-1].rpartition(".")[2]) from error
    except (InvalidDocument, OverflowError) as error:
        raise NotStorableError from error
    except _NOT_SENT as error:
        raise Transient(Code.DEPENDENCY_DOWN, "The database does not answer.") from error
    except _LOST as error:
        raise UncertainError from error
