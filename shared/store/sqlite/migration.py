"""Bringing the database file to the layout of this version, at every opening.

Tables, derived columns and indexes that are missing are made. Derived columns are filled
from the bodies when one was added, or when ``DERIVATION`` says they are computed differently.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, TypeVar

from shared.models.base import Record
from shared.store.collections import DERIVATION
from shared.store.sqlite import searching
from shared.store.sqlite.tables import Table

R = TypeVar("R", bound=Record)

_BATCH = 500


def migrate(connection: sqlite3.Connection, tables: Sequence[Table[Any]]) -> None:
    """Do it in one transaction; raises ``RuntimeError`` if a newer version wrote the file."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = _derivation(connection)
        for table in tables:
            connection.execute(table.create())
            if _add_columns(connection, table) or found < DERIVATION:
                _fill(connection, table)
            _make_indexes(connection, table)
            if table.collection.searched:
                _make_words(connection, table.name)
        connection.execute(f"PRAGMA user_version = {DERIVATION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _derivation(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > DERIVATION:
        raise RuntimeError("The database was written by a newer version of Docstage.")
    return int(found)


def _add_columns(connection: sqlite3.Connection, table: Table[R]) -> bool:
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")}
    missing = table.derived.keys() - there
    for name in missing:
        kind = table.derived[name]
        connection.execute(f"ALTER TABLE {table.name} ADD COLUMN {name} {kind}")
    return bool(missing)


def _fill(connection: sqlite3.Connection, table: Table[R]) -> None:
    if not table.derived:
        return
    changes = ", ".join(f"{name} = :{name}" for name in table.derived)
    update = f"UPDATE {table.name} SET {changes} WHERE rowid = :row"  # noqa: S608 - own names
    batch = f"SELECT rowid, body FROM {table.name} WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608 - own names
    last = 0
    while rows := connection.execute(batch, (last, _BATCH)).fetchall():
        for last, body in rows:
            record = table.collection.model.model_validate_json(body)
            connection.execute(update, {**table.values(record), "row": last})


def _make_words(connection: sqlite3.Connection, table: str) -> None:
    there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if connection.execute(there, (searching.table_name(table),)).fetchone() is not None:
        return
    for statement in searching.create(table):
        connection.execute(statement)
    connection.execute(searching.fill(table))


def _make_indexes(connection: sqlite3.Connection, table: Table[R]) -> None:
    found = dict(
        connection.execute(
            "SELECT name, sql FROM sqlite_master "
            "WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
            (table.name,),
        )
    )
    for name in found.keys() - table.indexes.keys():
        connection.execute(f"DROP INDEX {name}")
    for name, sql in table.indexes.items():
        if found.get(name) == sql:
            continue
        connection.execute(f"DROP INDEX IF EXISTS {name}")
        connection.execute(sql)
