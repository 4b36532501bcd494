"""Puts the words of a row into the columns of a head."""

from dataclasses import dataclass, field

from services.extract.sheet import Row, Segment, Token
from services.extract.tables.head import Column, Head


@dataclass(slots=True)
class CellRow:
    """The cells of one row, by column index."""

    row: Row
    cells: dict[int, list[Token]] = field(default_factory=dict)

    def tokens(self, columns: list[int]) -> list[Token]:
        """The words in any of ``columns``, from left to right."""
        found = [token for index in columns for token in self.cells.get(index, [])]
        return sorted(found, key=lambda token: token.x0)

    def text(self, columns: list[int]) -> str:
        """The same as text."""
        return " ".join(token.text for token in self.tokens(columns))


@dataclass(slots=True)
class Grid:
    """A head and the rows below it, cell by cell.

    ``is_detailed``: below the text of each line stands more of it, as below the name of a product.
    """

    head: Head
    rows: list[CellRow]
    is_detailed: bool = False


def fill(row: Row, head: Head) -> CellRow:
    """The cells of ``row``."""
    filled = CellRow(row)
    for segment in row.segments:
        for index, tokens in _split(segment, head.columns):
            filled.cells.setdefault(index, []).extend(tokens)
    return filled


def _split(segment: Segment, columns: list[Column]) -> list[tuple[int, list[Token]]]:
    """A segment goes to one column, unless its words clearly stand under several."""
    whole = _nearest(segment.x0, segment.x1, columns)
    under = [
        at for at, column in enumerate(columns) if column.x0 < segment.x1 and segment.x0 < column.x1
    ]
    if len(under) < 2 or len(segment.tokens) < 2:
        return [(whole, list(segment.tokens))]
    texts = {at for at in under if columns[at].concept == "description"}
    parts: list[tuple[int, list[Token]]] = []
    for token in segment.tokens:
        at = _nearest(token.x0, token.x1, columns)
        if texts and token.x0 > columns[min(texts)].x0 - 1:
            # Numbers within a text belong to it, whatever column they reach into.
            at = min(texts)
        if parts and parts[-1][0] == at:
            parts[-1][1].append(token)
        else:
            parts.append((at, [token]))
    return parts


def _nearest(x0: float, x1: float, columns: list[Column]) -> int:
    """The column it overlaps most, else the one whose edge or middle is nearest."""

    def fit(at: int) -> tuple[float, float]:
        column = columns[at]
        overlap = min(x1, column.x1) - max(x0, column.x0)
        share = overlap / max(1.0, min(x1 - x0, column.x1 - column.x0))
        edges = min(abs(x0 - column.x0), abs(x1 - column.x1))
        middle = abs((x0 + x1) / 2 - (column.x0 + column.x1) / 2)
        return (max(0.0, share), -min(edges, middle))

    best = max(range(len(columns)), key=fit)
    if fit(best)[0] > 0:
        return best
    return max(range(len(columns)), key=lambda at: fit(at)[1])
