"""SQL as text and values. Table and column names come from the collections, never from callers.

A list names the index it must use, so that no statistics and no tie between two filters
can turn a search into a scan (a test reads the query plans).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from shared.models.base import Record
from shared.search.words import Words
from shared.store.port import Position, Query
from shared.store.scope import Scope
from shared.store.sqlite import searching
from shared.store.sqlite.tables import Table, Value, milliseconds, milliseconds_up
from shared.store.standings import Place
from shared.store.wanted import check

R = TypeVar("R", bound=Record)

_SET = "(SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its values."""

    sql: str
    values: tuple[Value, ...] = ()


class _Where:
    """Conditions that must all hold."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self._values: list[Value] = []

    def add(self, condition: str, *values: Value) -> None:
        self._conditions.append(condition)
        self._values.extend(values)

    def add_scope(self, scope: Scope) -> None:
        if scope.organization is not None:
            self.add("organization = ?", scope.organization)
        if scope.only_workspace is not None:
            self.add(f"{scope.field} = ?", scope.only_workspace)
        elif scope.workspaces is not None:
            # The plus keeps the planner from searching by it, and from sorting thereafter.
            self.add(f"+{scope.field} IN {_SET}", json.dumps(sorted(scope.workspaces)))
        if scope.hidden:
            self.add(f"{scope.field} NOT IN {_SET}", json.dumps(sorted(scope.hidden)))

    def sql(self) -> str:
        return " AND ".join(self._conditions) or "TRUE"

    def values(self) -> tuple[Value, ...]:
        return tuple(self._values)


def insert(table: Table[R], record: R) -> Statement:
    """Add a row; a taken id or unique value is an ``IntegrityError``."""
    values = (
        record.id,
        record.organization,
        record.rev,
        milliseconds(record.created),
        record.model_dump_json(),
    )
    return Statement(table.insert, (*values, *table.values(record).values()))


def present(table: Table[R], scope: Scope, record: R) -> Statement:
    """The derived columns of the row whose ``rev`` is one below that of ``record``."""
    key = (record.id, record.rev - 1, record.organization)
    if scope.is_whole:  # then the organization says all
        return Statement(table.present, key)
    where = _Where()
    where.add_scope(scope)
    return Statement(f"{table.present} AND {where.sql()}", (*key, *where.values()))


def delete(table: Table[R], scope: Scope, record_id: str) -> Statement:
    """Remove one row."""
    where = _Where()
    where.add("id = ?", record_id)
    where.add_scope(scope)
    return Statement(f"DELETE FROM {table.name} WHERE {where.sql()}", where.values())  # noqa: S608 - own names


def get(table: Table[R], scope: Scope, record_id: str) -> Statement:
    """The row with an id."""
    where = _Where()
    where.add("id = ?", record_id)
    where.add_scope(scope)
    return _bodies(table.name, where)


def get_many(table: Table[R], scope: Scope, record_ids: Sequence[str]) -> Statement:
    """Rows by id."""
    where = _Where()
    where.add(f"id IN {_SET}", json.dumps(list(record_ids)))
    where.add_scope(scope)
    return _bodies(f"{table.name} INDEXED BY {table.primary}", where)


def find(table: Table[R], scope: Scope, field: str, value: str) -> Statement:
    """The row with a value of a unique field; raises ``ValueError`` for another field."""
    allowed = table.collection.unique_everywhere if scope.organization is None else table.unique
    if field not in allowed:
        raise ValueError(f"{table.name}.{field} is not unique here")
    where = _Where()
    where.add(f"{field} = ?", value)
    where.add_scope(scope)
    return _bodies(table.name, where)


def page(  # noqa: PLR0913, PLR0917 - a page of a list is all of this
    table: Table[R], scope: Scope, query: Query, after: Position | None, limit: int, skip: int = 0
) -> Statement:
    """A page of a list in its order; raises ``ValueError`` for an unknown filter."""
    source, where = _listed(table, scope, query, after)
    sql = (
        f"SELECT body FROM {source} WHERE {where.sql()} "  # noqa: S608 - own names
        f"ORDER BY {_order(table, query)} LIMIT ?"
    )
    if not skip:
        return Statement(sql, (*where.values(), limit))
    return Statement(f"{sql} OFFSET ?", (*where.values(), limit, skip))


def count(table: Table[R], scope: Scope, query: Query, limit: int) -> Statement:
    """How long a list is, counted no further than ``limit``."""
    source, where = _listed(table, scope, query, None)
    return _capped(source, where, limit)


def standing(
    table: Table[R], scope: Scope, place: Place, before: datetime | None, limit: int
) -> Statement:
    """How many stand at a place (since before a moment), counted no further than ``limit``."""
    source, where = _line(table, scope, place)
    if before is not None:
        where.add("standing_since < ?", milliseconds_up(before))
    return _capped(source, where, limit)


def end_of_line(table: Table[R], scope: Scope, place: Place, *, last: bool) -> Statement:
    """Since when the first one stands at a place, or the last one."""
    source, where = _line(table, scope, place)
    order = "standing_since DESC" if last else "standing_since"
    sql = f"SELECT standing_since FROM {source} WHERE {where.sql()} ORDER BY {order} LIMIT 1"  # noqa: S608 - own names
    return Statement(sql, where.values())


def first_in_line(table: Table[R], place: Place, limit: int) -> Statement:
    """Those that have stood there for the longest."""
    source, where = _line(table, Scope(), place)
    sql = (
        f"SELECT standing_since, organization, id FROM {source} "  # noqa: S608 - own names
        f"WHERE {where.sql()} ORDER BY standing_since LIMIT ?"
    )
    return Statement(sql, (*where.values(), limit))


def passed(table: Table[R], way: str, limit: int) -> Statement:
    """Those that passed in a way, the newest first."""
    source, where = _passed(table, Scope(), way)
    sql = (
        f"SELECT passed_at, organization, id FROM {source} "  # noqa: S608 - own names
        f"WHERE {where.sql()} ORDER BY passed_at DESC LIMIT ?"
    )
    return Statement(sql, (*where.values(), limit))


def count_passed(table: Table[R], scope: Scope, way: str, after: datetime, limit: int) -> Statement:
    """How many passed in a way since a moment, counted no further than ``limit``."""
    source, where = _passed(table, scope, way)
    where.add("passed_at > ?", milliseconds(after))
    return _capped(source, where, limit)


def _passed(table: Table[R], scope: Scope, way: str) -> tuple[str, _Where]:
    where = _Where()
    where.add("passed = ?", way)
    where.add_scope(scope)
    return f"{table.name} INDEXED BY {table.name}_passed", where


def _line(table: Table[R], scope: Scope, place: Place) -> tuple[str, _Where]:
    index = "standing" if scope.organization is None else "own_standing"
    where = _Where()
    where.add_scope(scope)
    where.add("standing = ?", str(place))
    return f"{table.name} INDEXED BY {table.name}_{index}", where


def _capped(source: str, where: _Where, limit: int) -> Statement:
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {where.sql()} LIMIT ?)"  # noqa: S608 - own names
    return Statement(sql, (*where.values(), limit))


def index(
    table: Table[R], scope: Scope, record_id: str, words: Words, unless: tuple[str, str] | None
) -> Statement:
    """Give a record's row in the full-text table its words; ``ValueError`` where there is none."""
    if not table.collection.searched:
        raise ValueError(f"{table.name} is not searched by words")
    where = _Where()
    where.add("id = ?", record_id)
    where.add_scope(scope)
    if unless is not None:
        name, value = unless
        if name not in table.collection.filters:
            raise ValueError(f"{table.name} has no filter {name}")
        where.add(f"{name} IS NOT ?", value)
    sql = f"{searching.put(table.name)} WHERE {where.sql()}"
    return Statement(sql, (words.name, words.text, *where.values()))


def _order(table: Table[R], query: Query) -> str:
    if query.search:
        return f"{searching.table_name(table.name)}.rowid {'ASC' if query.oldest_first else 'DESC'}"
    columns = ("created", "id") if query.order_by is None else (query.order_by, "created", "id")
    return ", ".join(columns if query.oldest_first else [f"{it} DESC" for it in columns])


def _bodies(source: str, where: _Where) -> Statement:
    return Statement(f"SELECT body FROM {source} WHERE {where.sql()}", where.values())  # noqa: S608 - own names


def _listed(
    table: Table[R], scope: Scope, query: Query, after: Position | None
) -> tuple[str, _Where]:
    check(table.collection, query)
    filters = list(table.collection.filters)
    narrowest = max(query.equals, key=filters.index, default=None)
    if narrowest is None and scope.only_workspace is not None and "workspace" in filters:
        narrowest = "workspace"
    where = _Where()
    where.add_scope(scope)
    for name, value in query.equals.items():
        where.add(f"{name} = ?", value)
    for name, number in query.at_least.items():
        where.add(f"{name} >= ?", number)
    for name, number in query.below.items():
        where.add(f"{name} < ?", number)
    if query.search:
        return _searched(table, scope, query, after, where)
    _add_start(where, query.created_after, after if query.oldest_first else None)
    _add_end(where, query.created_before, None if query.oldest_first else after)
    organization = scope.organization is not None
    index = table.list_index(organization=organization, narrowed_by=narrowest)
    return f"{table.name} INDEXED BY {index}", where


def _searched(
    table: Table[R], scope: Scope, query: Query, after: Position | None, where: _Where
) -> tuple[str, _Where]:
    """Found by words, from the newest on; the record's own row says whether it is in scope."""
    words = searching.table_name(table.name)
    where.add(f"{words} MATCH ?", searching.expression(scope, query.search))
    if query.created_after is not None:
        start = searching.place_at(milliseconds(query.created_after) + 1)
        where.add(f"{words}.rowid >= ?", start)
    if query.created_before is not None:
        end = searching.place_at(milliseconds_up(query.created_before))
        where.add(f"{words}.rowid < ?", end)
    if after is not None:
        place = searching.place_of(after, milliseconds(after.created))
        where.add(f"{words}.rowid {'>' if query.oldest_first else '<'} ?", place)
    rows = f"{table.name} INDEXED BY {table.name}_placed"
    joined = f"{table.name}.{searching.PLACE} = {words}.rowid"
    return f"{words} CROSS JOIN {rows} ON {joined}", where


def _add_start(where: _Where, start: datetime | None, after: Position | None) -> None:
    # Only the nearer one, as with the end.
    if after is not None and (start is None or after.created > start):
        where.add("(created, id) > (?, ?)", milliseconds(after.created), after.id)
    elif start is not None:
        where.add("created > ?", milliseconds(start))


def _add_end(where: _Where, before: datetime | None, after: Position | None) -> None:
    # Only the nearer one: given both, SQLite would search by ``before`` and sift the rest.
    if after is not None and (before is None or after.created < before):
        where.add("(created, id) < (?, ?)", milliseconds(after.created), after.id)
    elif before is not None:
        where.add("created < ?", milliseconds_up(before))
