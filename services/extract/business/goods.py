"""The goods of a bill of lading, what they are together, and where it was issued."""

from services.extract.business.asked import Asked
from services.extract.finders import Found, FoundRow
from services.extract.tables.ordered import find_ordered_rows
from services.extract.tables.unheaded import find_rows_in_order

_GOODS = "goods"
_FEWEST = 2  # cells


def find_goods(asked: Asked) -> list[FoundRow]:
    """The rows of the table of goods, without the sums below it."""
    rows = find_ordered_rows(asked.reading, asked.spec)
    found = [row for row in rows if len(row) >= _FEWEST and not _is_labelled(asked, row)]
    return found or find_rows_in_order(asked.reading, asked.spec)


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
    """Whether the line of a row begins with a label, as sums do."""
    places = asked.reading.sheet.places
    tokens = [token for cell in row.values() for token in cell.tokens]
    rows = {places[token.index].row for token in tokens if token.index in places}
    first = [asked.reading.sheet.rows[at].segments[0].tokens[0].index for at in rows]
    return any(index in asked.labels.opening for index in first)
