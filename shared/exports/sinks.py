"""Where an export's documents go, one after the other."""

import csv
import io
import json
from typing import BinaryIO, Protocol

from shared.exports.cells import inert
from shared.exports.rows import (
    DOCUMENT_COLUMNS,
    Json,
    Types,
    columns_of,
    document_row,
    list_rows,
    row_columns_of,
)
from shared.exports.spool import Spool


class Sink(Protocol):
    """Takes documents, and writes them to the stream it was made with."""

    def add(self, document: Json) -> None:
        """One document, as the server sent it."""

    def finish(self) -> None:
        """There are no more; write what is left."""

    def close(self) -> None:
        """Let go of what was set aside, also when it was not finished."""


class JsonArray:
    """One JSON array, a document a line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._begun = False

    def add(self, document: Json) -> None:
        """Write it at once."""
        self._stream.write(b",\n" if self._begun else b"[\n")
        self._stream.write(_json(document))
        self._begun = True

    def finish(self) -> None:
        """Close the array."""
        self._stream.write(b"\n]\n" if self._begun else b"[]\n")

    def close(self) -> None:
        """There is nothing to let go."""


class JsonLines:
    """A document a line, each a JSON object."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def add(self, document: Json) -> None:
        """Write it at once."""
        self._stream.write(_json(document) + b"\n")

    def finish(self) -> None:
        """All is written."""

    def close(self) -> None:
        """There is nothing to let go."""


class CsvTable:
    """CSV (RFC 4180, UTF-8): a row a document, or, with ``rows``, one for each row of a list.

    Then the document's cells are repeated on each, and documents without rows are left out
    and counted in ``without_rows``. The columns of ``kind`` are there in any case, those of
    other types if documents have them.
    """

    def __init__(
        self, stream: BinaryIO, types: Types, kind: str | None = None, rows: str | None = None
    ) -> None:
        known = types.get(kind, {}) if kind else {}
        columns = [*DOCUMENT_COLUMNS, *columns_of(known)]
        if rows:
            columns += ["row", *row_columns_of(known, rows)]
        self._spool = Spool(columns)
        self._stream = stream
        self._types = types
        self._rows = rows
        self.without_rows = 0

    def add(self, document: Json) -> None:
        """Set it aside."""
        row = document_row(document, self._types)
        if self._rows is None:
            self._spool.add(row)
            return
        before = self._spool.count
        for more in list_rows(document, self._rows, self._types):
            self._spool.add({**row, **more})
        self.without_rows += self._spool.count == before

    def finish(self) -> None:
        """Write the table."""
        text = io.TextIOWrapper(self._stream, encoding="utf-8", errors="replace", newline="")
        writer = csv.writer(text)
        writer.writerow([inert(it) for it in self._spool.columns])
        for row in self._spool.rows():
            writer.writerow(["" if it is None else inert(it.text) for it in row])
        text.flush()
        text.detach()

    def close(self) -> None:
        """Let the spool go."""
        self._spool.close()


def _json(document: Json) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace")
