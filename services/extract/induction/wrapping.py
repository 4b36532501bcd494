"""Labels that do not fit their column and go on in the line below.

A line belongs to the label above or below it where it stands right there, left edge under left
edge, has no value of its own, and reads on: small letters, or a word that cannot end a label.
"""

from collections.abc import Collection

from services.extract.induction.pair import Pair
from services.extract.pieces import Piece, pieces_of
from services.extract.printed_labels import MOST_LABEL_WORDS, has_letters
from services.extract.reading import Reading
from services.extract.sheet import Token

_EDGE = 0.8  # of the height, between left edges that are the same
_CLOSE = 0.7  # line heights between two lines of one label
_MOST_LINES = 3
_OPEN = frozenset(
    {"of", "the", "for", "and", "or", "to", "in", "by", "with", "der", "des", "die", "das", "dem",
     "von", "und", "oder", "zur", "zum", "für", "im", "mit", "de", "du", "la", "le", "les", "et",
     "ou", "à", "del", "los", "las", "y", "o", "para", "por", "di", "della", "e", "per", "da",
     "do", "dos", "van", "het", "een", "en", "op", "-", "/", "&"}
)  # fmt: skip


class WrappedLabels:
    """Puts labels together; ``taken`` are the words that belong to pairs and tables."""

    def __init__(self, reading: Reading, taken: Collection[int]) -> None:
        self._line = reading.sheet.line_height
        self._rows = pieces_of(reading.sheet)
        self._places = reading.sheet.places
        self._taken = set(taken)

    def whole(self, pair: Pair) -> list[Token]:
        """The words of the label with those of its other lines; the same where it has none."""
        label = list(pair.label)
        at = self._places[label[0].index].row
        for _ in range(1, _MOST_LINES):
            upper = self._at(at - 1, label)
            if upper is None or upper.text.endswith(":") or not _reads_on(upper.tokens, label):
                break
            label, at = [*upper.tokens, *label], at - 1
        at = self._places[pair.label[-1].index].row
        for _ in range(1, _MOST_LINES):
            lower = self._at(at + 1, pair.label)
            if lower is None or label[-1].text.endswith(":") or not _reads_on(label, lower.tokens):
                break
            label, at = [*label, *lower.tokens], at + 1
        return label

    def _at(self, row: int, label: list[Token]) -> Piece | None:
        """What stands in a row just under or over a label, by itself and of no pair."""
        first = label[0]
        for piece in self._rows[row] if 0 <= row < len(self._rows) else ():
            aligned = abs(piece.x0 - first.x0) < _EDGE * first.height
            apart = max(piece.y0 - label[-1].y1, first.y0 - piece.y1)
            is_there = piece.tokens[0].page == first.page and apart < _CLOSE * self._line
            if aligned and is_there and self._may_belong(piece):
                return piece
        return None

    def _may_belong(self, piece: Piece) -> bool:
        short = len(piece.tokens) <= MOST_LABEL_WORDS and not piece.has_digit
        is_free = self._taken.isdisjoint(token.index for token in piece.tokens)
        return short and is_free and has_letters(piece.text)


def wrapped_text(tokens: list[Token]) -> str:
    """The words of a label; a hyphen at the end of a line goes with the line."""
    text = ""
    for before, token in zip([None, *tokens], tokens, strict=False):
        is_new = before is not None and token.y0 > before.y1 - 0.5 * before.height
        hyphened = is_new and text.endswith("-") and token.text[:1].islower()
        text = text[:-1] + token.text if hyphened else f"{text} {token.text}".strip()
    return text


def _reads_on(upper: list[Token], lower: list[Token]) -> bool:
    last = upper[-1].text
    return lower[0].text[:1].islower() or last.lower() in _OPEN or last.endswith(("-", "/", ","))
