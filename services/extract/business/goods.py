"""Goods of delivery notes and bills of lading, what they are together, and places of issue."""

import re
from dataclasses import replace

from services.extract.business.asked import Asked
from services.extract.finders import Found, FoundRow
from services.extract.tables.ordered import find_ordered_rows
from services.extract.tables.unheaded import find_rows_in_order
from shared.validation import is_numeric

_GOODS = "goods"
_CONTAINER, _SEAL = "container_number", "seal_number"
_CONTAINER_FORM = re.compile(r"[A-Z]{3}[UJZ] ?\d{6}-? ?\d")  # ISO 6346


def find_goods(asked: Asked) -> list[FoundRow]:
    """The rows of the table of goods, without the sums and remarks below it."""
    rows = find_ordered_rows(asked.reading, asked.spec)
    most = max(map(len, rows), default=0)
    counted = {it.name for it in asked.spec.fields if is_numeric(it.type)}
    found = [
        row
        for row in rows
        if not _is_labelled(asked, row)
        and (2 * len(row) > most or (2 * len(row) == most and counted & row.keys()))
    ]
    return [_parted(row) for row in found] or find_rows_in_order(asked.reading, asked.spec)


def _parted(row: FoundRow) -> FoundRow:
    """A container and its seal that stand in one column, each by itself."""
    cell = row.get(_CONTAINER)
    match = _CONTAINER_FORM.search(cell.value) if cell is not None else None
    if cell is None or match is None or match[0] == cell.value:
        return row
    seal = cell.value[match.end() :].strip(" /,;")
    parted = row | {_CONTAINER: replace(cell, value=match[0], raw=match[0])}
    return parted if not seal else {_SEAL: replace(cell, value=seal, raw=seal)} | parted


def find_total(asked: Asked) -> Found | None:
    """A labelled total; heads of columns are no labels of it, unless there is one row only."""
    goods = asked.sibling(_GOODS)
    rows = find_ordered_rows(asked.reading, goods) if goods is not None else []
    rows = [row for row in rows if not _is_labelled(asked, row)]
    inside = {token.index for row in rows for cell in row.values() for token in cell.tokens}
    found = asked.labelled(frozenset(inside))
    return rows[0].get(asked.spec.name) if found is None and len(rows) == 1 else found


def find_place(asked: Asked) -> Found | None:
    """What is no date behind a label that may be one of both: ``Emitido em``."""
    days = {index for it in asked.reading.dates for index in it.indexes}
    return asked.labelled(frozenset(days))


def _is_labelled(asked: Asked, row: FoundRow) -> bool:
    """Whether the first line of a row begins with a label, as sums do."""
    sheet = asked.reading.sheet
    tokens = [token for cell in row.values() for token in cell.tokens]
    places = [sheet.places[it.index].row for it in tokens if it.index in sheet.places]
    if not places:
        return False
    return sheet.rows[min(places)].segments[0].tokens[0].index in asked.labels.opening
