"""The table of a collection: its columns and indexes, derived from the collection.

``body`` holds the whole record as JSON. The other columns are what lists, lookups and the
backlog search by; those in ``derived`` are computed from the record at every write.
Times are integers: milliseconds since 1970 in UTC.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from shared.models.base import Record
from shared.search.words import name_tokens
from shared.store.collections import Collection
from shared.store.port import Position
from shared.store.sqlite import searching

R = TypeVar("R", bound=Record)
Value = str | int | float | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEDULE = {
    "outbox_due": "INTEGER",
    "stage": "TEXT",
    "idle_since": "INTEGER",
    "unannounced_since": "INTEGER",
    "unindexed_since": "INTEGER",
    "expires": "INTEGER",
}
_STANDING = {
    "standing": "TEXT",
    "standing_since": "INTEGER",
    "passed": "TEXT",
    "passed_at": "INTEGER",
}


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def milliseconds_up(moment: datetime) -> int:
    """Milliseconds since 1970, rounded up: for "before ``moment``"."""
    return -((_EPOCH - moment) // timedelta(milliseconds=1))


def _optional(moment: datetime | None) -> int | None:
    return None if moment is None else milliseconds(moment)


class Table(Generic[R]):
    """How the records of ``collection`` are laid out in SQLite."""

    def __init__(self, collection: Collection[R]) -> None:
        self.collection = collection
        self.name = collection.name
        self.primary = f"sqlite_autoindex_{collection.name}_1"  # SQLite's name for it
        self.unique = (*collection.unique, *collection.unique_everywhere)
        self.derived = dict.fromkeys((*collection.filters, *self.unique), "TEXT")
        self.derived |= dict.fromkeys(collection.measures, "REAL")
        if collection.scheduled:
            self.derived |= _SCHEDULE | _STANDING
        if collection.searched:
            self.derived |= searching.COLUMNS
        self.indexes = dict(self._indexes())
        self.insert = self._insert()
        self.present = self._present()
        self._updates: dict[tuple[str, ...], str] = {}

    def create(self) -> str:
        """The statement that makes the table, without its derived columns."""
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name} (id TEXT NOT NULL PRIMARY KEY, "
            "organization TEXT NOT NULL, rev INTEGER NOT NULL, created INTEGER NOT NULL, "
            "body TEXT NOT NULL)"
        )

    def values(self, record: R) -> dict[str, Value]:
        """The derived columns of ``record``, in the order of ``derived``."""
        values: dict[str, Value] = {
            name: read(record) for name, read in self.collection.filters.items()
        }
        for name in self.unique:
            values[name] = getattr(record, name)
        for name, measure in self.collection.measures.items():
            values[name] = measure(record)
        if self.collection.scheduled:
            schedule = self.collection.schedule(record)
            values["outbox_due"] = _optional(schedule.outbox_due)
            values["stage"] = schedule.stage.value if schedule.stage else None
            values["idle_since"] = _optional(schedule.idle_since)
            values["unannounced_since"] = _optional(schedule.unannounced_since)
            values["unindexed_since"] = _optional(schedule.unindexed_since)
            values["expires"] = _optional(schedule.expires)
            standing = self.collection.standing(record)
            values["standing"] = str(standing.place) if standing.place else None
            values["standing_since"] = _optional(standing.since)
            values["passed"] = standing.passed
            values["passed_at"] = _optional(standing.passed_at)
        if self.collection.headline is not None:
            created = milliseconds(record.created)
            position = Position(record.created, record.id)
            values[searching.PLACE] = searching.place_of(position, created)
            values[searching.HEADLINE] = name_tokens(self.collection.headline(record))
        return values

    def update(self, changed: tuple[str, ...]) -> str:
        """The statement that sets ``rev``, ``body`` and some derived columns of one id."""
        sql = self._updates.get(changed)
        if sql is None:
            changes = ", ".join(f"{name} = ?" for name in ("rev", "body", *changed))
            sql = f"UPDATE {self.name} SET {changes} WHERE id = ?"  # noqa: S608 - own names
            self._updates[changed] = sql
        return sql

    def _insert(self) -> str:
        names = ("id", "organization", "rev", "created", "body", *self.derived)
        marks = ", ".join("?" * len(names))
        return f"INSERT INTO {self.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - own names

    def _present(self) -> str:
        names = ", ".join(self.derived) or "NULL"
        key = "id = ? AND rev = ? AND organization = ?"
        return f"SELECT {names} FROM {self.name} WHERE {key}"  # noqa: S608 - own names

    def list_index(self, *, organization: bool, narrowed_by: str | None) -> str:
        """The name of the index that holds a list in order, narrowed by a filter."""
        if not organization:
            return f"{self.name}_all"
        return f"{self.name}_by_{narrowed_by}" if narrowed_by else f"{self.name}_newest"

    def _indexes(self) -> Iterator[tuple[str, str]]:
        # The workspace comes last so that lists of tenants limited to some workspaces are
        # sifted inside the index, without touching the rows.
        sift = ", workspace" if self.collection.by_workspace else ""
        yield self._index("all", "created, id")
        yield self._index("newest", f"organization, created, id{sift}")
        for name in self.collection.filters:
            last = sift if name != "workspace" else ""
            columns = f"organization, {name}, created, id{last}"
            yield self._index(f"by_{name}", columns, present=name)
        if self.collection.searched:
            yield self._index("placed", searching.PLACE)
        for name in self.collection.unique:
            yield self._index(f"one_{name}", f"organization, {name}", present=name, unique=True)
        for name in self.collection.unique_everywhere:
            yield self._index(f"one_{name}", name, present=name, unique=True)
        if self.collection.scheduled:
            pointer = "organization, id"
            yield self._index("due", f"outbox_due, {pointer}", present="outbox_due")
            yield self._index("idle", f"stage, idle_since, {pointer}", present="idle_since")
            columns = f"unannounced_since, {pointer}"
            yield self._index("unannounced", columns, present="unannounced_since")
            columns = f"unindexed_since, {pointer}"
            yield self._index("unindexed", columns, present="unindexed_since")
            yield self._index("expired", f"expires, {pointer}", present="expires")
            standing = f"standing, standing_since, {pointer}{sift}"
            yield self._index("standing", standing, present="standing")
            own = f"organization, standing, standing_since{sift}"
            yield self._index("own_standing", own, present="standing")
            columns = f"passed, passed_at, organization{sift}"
            yield self._index("passed", columns, present="passed")

    def _index(
        self, suffix: str, columns: str, *, present: str | None = None, unique: bool = False
    ) -> tuple[str, str]:
        name = f"{self.name}_{suffix}"
        kind = "UNIQUE INDEX" if unique else "INDEX"
        where = f" WHERE {present} IS NOT NULL" if present else ""
        return name, f"CREATE {kind} {name} ON {self.name} ({columns}){where}"
