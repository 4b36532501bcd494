"""Points, commas, colons and semicolons told apart by their ink.

The recogniser knows that there is a mark but often not which: of what it reads as a comma
on receipts, two in three are points. The ink decides: a comma reaches below the base line,
a colon has a second dot above the first.
"""

from services.ocr.engines.line_ink import LineInk, Piece
from services.ocr.engines.recogniser import Glyph

_MARKS = frozenset(".,:;")
_REACH = 0.45  # glyph heights: a mark's ink is at most so far from where it was seen
_LOW = 0.45  # glyph heights above the base line: marks stand below
_TAIL = 0.045  # glyph heights below the base line: reached by tails only
_DOT = 0.3  # glyph heights: dots are lower
_ABOVE = (0.25, 0.8)  # glyph heights between the dots of a colon
_BESIDE = 0.25  # glyph heights between them sideways


def told_apart(glyphs: list[Glyph], ink: LineInk) -> list[Glyph]:
    """``glyphs`` with each mark as its ink shows it."""
    if not any(glyph.text in _MARKS for glyph in glyphs):
        return glyphs
    return [
        glyph._replace(text=_mark(glyph, ink)) if glyph.text in _MARKS else glyph
        for glyph in glyphs
    ]


def _mark(glyph: Glyph, ink: LineInk) -> str:
    column = ink.place(glyph)
    base = ink.base_line(column)
    near = ink.marks_near(column, _REACH)
    low = [p for p in near if base is not None and p.y > base - _LOW * ink.size]
    if base is None or not low:
        return glyph.text
    mark = min(low, key=lambda piece: abs(piece.x - column))
    tailed = glyph.text in ",;" and (
        mark.bottom - base > _TAIL * ink.size or mark.height > _DOT * ink.size
    )
    if _has_dot_above(mark, near, ink.size):
        return ";" if tailed else ":"
    if glyph.text == ":":  # its upper dot may be lost in a letter
        return ":"
    return "," if tailed else "."


def _has_dot_above(mark: Piece, near: list[Piece], size: float) -> bool:
    lowest, highest = _ABOVE
    return any(
        lowest * size < mark.y - other.y < highest * size and abs(other.x - mark.x) < _BESIDE * size
        for other in near
    )
