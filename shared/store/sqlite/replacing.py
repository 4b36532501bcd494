"""Overwriting a row where it differs: an index whose columns stay as they are is not touched.

SQLite rewrites the entries of every index that has a column among those that are set, be
the values new or not; of a record's dozen indexes most stay the same at most writes.
"""

import sqlite3
from typing import Generic, TypeVar

from shared.models.base import Record
from shared.store.scope import Scope
from shared.store.sqlite import statements
from shared.store.sqlite.tables import Table

R = TypeVar("R", bound=Record)


class Replacement(Generic[R]):
    """Writes a record over the row whose ``rev`` is one below its own."""

    def __init__(self, table: Table[R], scope: Scope, record: R) -> None:
        self._table = table
        self._present = statements.present(table, scope, record)
        self._id = record.id
        self._fixed = (record.rev, record.model_dump_json())
        self._derived = table.values(record)

    def __call__(self, connection: sqlite3.Connection) -> bool:
        """Whether the row was there to be overwritten."""
        present = connection.execute(self._present.sql, self._present.values).fetchone()
        if present is None:
            return False
        changed = [
            name
            for (name, value), old in zip(
                self._derived.items(), present[: len(self._derived)], strict=True
            )
            if value != old
        ]
        values = (*self._fixed, *(self._derived[name] for name in changed), self._id)
        connection.execute(self._table.update(tuple(changed)), values)
        return True
