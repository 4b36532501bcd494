"""Asking a store whether it is there, without making or changing anything in it."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from shared.store.mongo.driver import Driver

SQLITE = "sqlite:///"
_BUSY_SECONDS = 2.0


async def probe_store(url: str) -> datetime | None:
    """Return if the store answers: with its clock, or ``None`` where that is this machine's.

    Raises whatever its driver does, and ``FileNotFoundError`` for a database file that is not
    there yet.
    """
    if url.startswith(SQLITE):
        await asyncio.to_thread(_read, Path(url.removeprefix(SQLITE)))
        return None
    driver = Driver(url)
    driver.open()
    try:
        return await driver.time()
    finally:
        await driver.close()


def _read(path: Path) -> None:
    if not path.exists():
        raise FileNotFoundError(path)
    uri = f"file:{quote(str(path))}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)) as database:
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
