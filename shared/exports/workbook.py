"""A workbook (XLSX): a sheet of documents, and one for each list of rows.

Cells have types, so text is text whatever it begins with, and nothing has to be put before
it; what may be taken for a formula once somebody edits the cell is marked as quoted.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shared.exports.cells import Cell, Kind, is_number, may_be_formula
from shared.exports.rows import (
    DOCUMENT_COLUMNS,
    Json,
    Types,
    columns_of,
    document_row,
    list_names,
    list_rows,
    row_columns_of,
)
from shared.exports.spool import Spool

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
"""Of a sheet, its head among them."""
_MAX_TEXT = 32_767
_EXACT_DIGITS = 15
"""Excel keeps no more of a number."""
_DOCUMENTS = "Documents"
_LINKING = ("id", "name")
_FIRST_YEAR = 1900
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMATS = {
    "head": {"bold": True, "bottom": 1},
    "quoted": {"quote_prefix": True},
    Kind.AMOUNT: {"num_format": "0.00####"},
    Kind.DAY: {"num_format": "yyyy-mm-dd"},
    Kind.MOMENT: {"num_format": "yyyy-mm-dd hh:mm:ss"},
}
_WIDTH = 18


class TooLongError(ValueError):
    """There is more than a sheet can hold; a sentence for a person."""


class Workbook:
    """Sets rows aside as documents come, and writes the sheets in the end."""

    def __init__(self, stream: BinaryIO, types: Types, kind: str | None = None) -> None:
        self._stream = stream
        self._types = types
        self._known = types.get(kind, {}) if kind else {}
        self._documents = Spool([*DOCUMENT_COLUMNS, *columns_of(self._known)])
        self._lists: dict[str, Spool] = {}
        for name, fields in self._known.items():
            if isinstance(fields, Mapping):
                self._list(name)

    def add(self, document: Json) -> None:
        """Set it aside."""
        row = document_row(document, self._types)
        self._documents.add(row)
        link = {name: row[name] for name in _LINKING if name in row}
        for name in list_names(document):
            spool = self._list(name)
            for more in list_rows(document, name, self._types):
                spool.add({**link, **more})

    def finish(self) -> None:
        """Write the workbook; raises ``TooLongError`` when there is more than a sheet can hold."""
        sheets = _sheet_names(self._documents, self._lists)
        for spool in sheets.values():
            if spool.count >= MAX_ROWS or len(spool.columns) > MAX_COLUMNS:
                raise TooLongError(
                    f"A sheet holds {MAX_ROWS - 1} rows: narrow the export, or write csv."
                )
        with xlsxwriter.Workbook(self._stream, _OPTIONS) as book:
            formats = {name: book.add_format(it) for name, it in _FORMATS.items()}
            for name, spool in sheets.items():
                _write(book.add_worksheet(name), spool, formats)

    def close(self) -> None:
        """Let the spools go."""
        for spool in (self._documents, *self._lists.values()):
            spool.close()

    def _list(self, name: str) -> Spool:
        if name not in self._lists:
            columns = [*_LINKING, "row", *row_columns_of(self._known, name)]
            self._lists[name] = Spool(columns)
        return self._lists[name]


def _sheet_names(documents: Spool, lists: Mapping[str, Spool]) -> dict[str, Spool]:
    """Sheets by names that Excel takes: short, without some signs, and no two alike."""
    sheets = {_DOCUMENTS: documents}
    for name, spool in lists.items():
        base = re.sub(r"[\[\]:*?/\\']", "_", name)[:28] or "rows"
        taken = {it.lower() for it in sheets} | {"history"}
        candidates = (base, *(f"{base}_{number}" for number in range(2, 100)))
        sheets[next(it for it in candidates if it.lower() not in taken)] = spool
    return sheets


def _write(sheet: Worksheet, spool: Spool, formats: Mapping[str, Format]) -> None:
    sheet.set_column(0, max(0, len(spool.columns) - 1), _WIDTH)
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(spool.columns):
        sheet.write_string(0, column, name, formats["head"])
    for number, row in enumerate(spool.rows(), start=1):
        for column, cell in enumerate(row):
            if cell is not None:
                _write_cell(sheet, number, column, cell, formats)


def _write_cell(
    sheet: Worksheet, row: int, column: int, cell: Cell, formats: Mapping[str, Format]
) -> None:
    text, form = cell.text, formats.get(cell.kind)
    if cell.kind in {Kind.NUMBER, Kind.AMOUNT} and _is_exact(text):
        sheet.write_number(row, column, float(text), form)
    elif cell.kind in {Kind.DAY, Kind.MOMENT} and (moment := _moment(text)):
        sheet.write_datetime(row, column, moment, form)
    else:
        shown = text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"
        sheet.write_string(row, column, shown, formats["quoted"] if may_be_formula(text) else None)


def _is_exact(text: str) -> bool:
    return is_number(text) and sum(it.isdigit() for it in text) <= _EXACT_DIGITS


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    return moment if moment.year > _FIRST_YEAR else None
