"""Rows set aside on disk until all columns are known: a table's head comes first."""

import json
import tempfile
from collections.abc import Iterable, Iterator

from shared.exports.cells import Cell, Kind
from shared.exports.rows import Row


class Spool:
    """A table in the making; its memory is that of its head.

    ``columns`` are those known from the start, in their order; others follow as they come.
    """

    def __init__(self, columns: Iterable[str] = ()) -> None:
        self.columns = dict.fromkeys(columns)
        self.count = 0
        self._file = tempfile.TemporaryFile("w+", encoding="ascii")  # noqa: SIM115 - see close

    def add(self, row: Row) -> None:
        """Set a row aside."""
        self.columns.update(dict.fromkeys(row))
        self._file.write(json.dumps(row) + "\n")
        self.count += 1

    def rows(self) -> Iterator[list[Cell | None]]:
        """All rows, each in the order of the columns."""
        self._file.seek(0)
        for line in self._file:
            row = json.loads(line)
            yield [_cell(row.get(column)) for column in self.columns]

    def close(self) -> None:
        """Let the disk go."""
        self._file.close()


def _cell(stored: list[str] | None) -> Cell | None:
    return None if stored is None else Cell(Kind(stored[0]), stored[1])
