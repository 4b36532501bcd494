"""The head that a label stands under, where a form asks the same of several."""

from services.extract.induction.naming import label_text
from services.extract.induction.pair import Pair
from services.extract.pieces import Piece, pieces_of
from services.extract.printed_labels import may_be_label
from services.extract.reading import Reading
from services.extract.wording import compact

_EDGE = 0.8  # of the height, between the left edges of a head and of the labels below it
_MOST_ROWS = 12


class Heads:
    """Looks for heads among the words that belong to no pair."""

    def __init__(self, reading: Reading, taken: set[int]) -> None:
        self._reading = reading
        self._rows = pieces_of(reading.sheet)
        self._taken = taken

    def of(self, pair: Pair) -> str:
        """The head of the label, empty where there is none."""
        first = pair.label[0]
        at = self._reading.sheet.places[first.index].row
        for row in reversed(self._rows[max(0, at - _MOST_ROWS) : at]):
            for piece in row:
                is_there = piece.tokens[0].page == first.page
                if is_there and abs(piece.x0 - first.x0) < _EDGE * first.height:
                    if self._is_free(piece):
                        return label_text(piece.tokens) if may_be_label(piece) else ""
                    break
        return ""

    def tell_apart(self, pair: Pair, others: list[Pair]) -> str:
        """The head that only this one of the pairs with the same label has; empty where none."""
        head = self.of(pair)
        value = compact(" ".join(it.text for it in pair.value))
        is_own = all(
            other.label[0].page == pair.label[0].page
            and compact(self.of(other)) != compact(head)
            and compact(" ".join(it.text for it in other.value)) != value
            for other in others
        )
        return head if is_own else ""

    def _is_free(self, piece: Piece) -> bool:
        return all(token.index not in self._taken for token in piece.tokens)
