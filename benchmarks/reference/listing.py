"""The bare list: 50 rows of the same table by plain SQL, read as JSON.

No tenants, models, cursors or HTTP. By keyset, and by ``OFFSET`` for comparison.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

_KEYSET = (
    "SELECT body FROM documents INDEXED BY documents_newest WHERE organization = ? "
    "AND (created, id) < (?, ?) ORDER BY created DESC, id DESC LIMIT ?"
)
_OFFSET = (
    "SELECT body FROM documents INDEXED BY documents_newest WHERE organization = ? "
    "ORDER BY created DESC, id DESC LIMIT ? OFFSET ?"
)
_END = 1 << 62  # milliseconds; later than any document


class BareList:
    """Pages of the documents of one organization."""

    def __init__(self, path: Path, organization: str) -> None:
        self._connection = sqlite3.connect(path)
        self._organization = organization

    def by_keyset(self, after: tuple[int, str] | None, size: int) -> list[Any]:
        """The page behind a row, named by its milliseconds and id; ``None`` is the first."""
        created, last = after or (_END, "")
        values = (self._organization, created, last, size)
        return [json.loads(body) for (body,) in self._connection.execute(_KEYSET, values)]

    def by_offset(self, skipped: int, size: int) -> list[Any]:
        """The page behind so many rows."""
        values = (self._organization, size, skipped)
        return [json.loads(body) for (body,) in self._connection.execute(_OFFSET, values)]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
