"""Whether labels and values stand in the same columns."""

from services.extract.induction.pair import Pair
from services.extract.pieces import Piece

EDGE = 0.8  # of the height, between edges that are the same
_NEIGHBOURS = 3  # rows up and down in which a pair bears another one out


def are_columns(row: list[Piece], other: list[Piece]) -> bool:
    """Whether two lines have as many pieces, each beginning where that of the other does."""
    same = len(row) == len(other) and row[0].tokens[0].page == other[0].tokens[0].page
    return same and all(
        abs(one.x0 - two.x0) < EDGE * one.height for one, two in zip(row, other, strict=True)
    )


def are_among(edges: list[float], known: list[float], height: float) -> bool:
    """Whether each of ``edges`` is one of ``known``."""
    return all(any(abs(edge - other) < EDGE * height for other in known) for edge in edges)


class Columns:
    """The edges of a label and a value, to be compared with those of a pair."""

    def __init__(self, left: Piece, right: Piece) -> None:
        self._left, self._right = left, right

    def fit(self, pair: Pair) -> bool:
        """Whether those of ``pair``, close by, are the same."""
        height = self._left.height
        return (
            pair.label[0].page == self._left.tokens[0].page
            and min(abs(pair.label[0].x0 - self._left.x0), abs(pair.label[-1].x1 - self._left.x1))
            < EDGE * height
            and abs(pair.value[0].x0 - self._right.x0) < EDGE * height
            and abs(pair.label[0].middle - self._left.tokens[0].middle) < _NEIGHBOURS * 2.5 * height
        )
