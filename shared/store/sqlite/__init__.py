"""The store in a SQLite file: the standard library, WAL, one writer with group commit."""

from shared.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
