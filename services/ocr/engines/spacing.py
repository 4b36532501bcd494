"""Blanks that are none: the recogniser reads them beside the decimal marks of wide-set amounts.

Elsewhere its blanks are believed: dropping those for which the ink left little room, as was
right with EasyOCR's weights, cost ours 1 to 3 points of word F1 (60 receipts and 20 forms, two
halves each).
"""

import re
from itertools import pairwise

from services.ocr.engines.line_ink import LineInk
from services.ocr.engines.recogniser import Glyph

_WIDEST = 0.8  # glyph heights: gaps beside a decimal mark, in wide-set type
_AMOUNT = re.compile(r"(?<=\d) ?[.,] ?(?=\d\d(?!\d))")


def without_false_blanks(glyphs: list[Glyph], ink: LineInk) -> list[Glyph]:
    """``glyphs`` without the blanks in amounts for which the ink leaves no room."""
    inside = _in_amounts(glyphs)
    false = {
        id(blank)
        for before, blank, after in _blanks(glyphs)
        if id(blank) in inside
        and ink.gap(ink.place(before), ink.place(after))[1] < _WIDEST * ink.size
    }
    return [glyph for glyph in glyphs if id(glyph) not in false]


def _in_amounts(glyphs: list[Glyph]) -> set[int]:
    """The blanks beside a decimal mark that has digits before it and two behind."""
    text = "".join(glyph.text for glyph in glyphs)
    if len(text) != len(glyphs):
        return set()
    spans = (range(*match.span()) for match in _AMOUNT.finditer(text))
    return {id(glyphs[at]) for span in spans for at in span if text[at] == " "}


def _blanks(glyphs: list[Glyph]) -> list[tuple[Glyph, Glyph, Glyph]]:
    """Single blanks with what stands before and after them."""
    return [
        (before, blank, after)
        for (before, blank), after in zip(pairwise(glyphs), glyphs[2:], strict=False)
        if blank.text == " " and before.text != " " and after.text != " "
    ]
