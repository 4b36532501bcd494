"""Choosing the store by its URL."""

from pathlib import Path

from shared.store.port import Store
from shared.store.sqlite import SqliteStore

_SQLITE = "sqlite:///"


def connect_store(url: str) -> Store:
    """The store at ``url``, not open yet.

    ``sqlite:///relative/path`` or ``sqlite:////absolute/path``. Raises ``ValueError`` for
    another URL.
    """
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        return SqliteStore(Path(url.removeprefix(_SQLITE)))
    raise ValueError("The store's URL must begin with sqlite:///.")
