"""Connections to the database file."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import Code, Transient

BUSY_SECONDS = 10.0
"""How long a connection waits for another process's lock."""

# A cache of 4 MiB holds the ends of all indexes, where records are written. With 16 MiB as many
# pages are read, and each connection keeps every page that it wrote until those are full.
_SETTINGS = (
    "PRAGMA synchronous = FULL",  # a commit that returned survives a power cut
    "PRAGMA cache_size = -4096",
    "PRAGMA journal_size_limit = 67108864",
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what SQLite says of the file, the disk or a lock into ``Transient``."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        raise Transient(Code.DEPENDENCY_DOWN, "The database file does not answer.") from error


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, making it and its folder where they are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    connection = sqlite3.connect(
        path,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,  # an update has a text for each set of columns that change
    )
    try:
        _use_wal(connection)
        for setting in _SETTINGS:
            connection.execute(setting)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    # The switch to WAL does not wait for locks: processes that open a new file at the
    # same moment refuse each other.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
