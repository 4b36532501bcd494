"""Choosing the store by its URL."""

from pathlib import Path

from shared.store.port import Store
from shared.store.sqlite import SqliteStore

_SQLITE = "sqlite:///"
_MONGO = ("mongodb://", "mongodb+srv://")


def connect_store(url: str) -> Store:
    """The store at ``url``, not open yet.

    ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or ``mongodb://…/database``.
    Raises ``ValueError`` for another URL.
    """
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        return SqliteStore(Path(url.removeprefix(_SQLITE)))
    if url.startswith(_MONGO):
        from shared.store.mongo import MongoStore  # noqa: PLC0415 - only who uses it waits for its import

        return MongoStore(url)
    raise ValueError("The store's URL must begin with sqlite:/// or mongodb://.")
