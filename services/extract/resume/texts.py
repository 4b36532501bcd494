"""The résumé as text: its sections with their boxes, all of it, and without who it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.extract.resume.lines import Line
from services.extract.resume.sections import Section
from services.extract.sheet import Token, boxes_of
from shared.models.page import Box

MASK = "****"
_LONGEST = 200_000  # characters


@dataclass(frozen=True, slots=True)
class PlacedSection:
    """A section, or what of it is on one page; ``box`` is in points."""

    kind: str
    box: Box
    lines: list[Line]

    @property
    def text(self) -> str:
        """Its lines, the heading first."""
        return "\n".join(line.text for line in self.lines)[:_LONGEST]


def placed_sections(sections: Sequence[Section]) -> list[PlacedSection]:
    """The sections in order, those on several pages once for each."""
    found: list[PlacedSection] = []
    for section in sections:
        lines = ([section.heading] if section.heading else []) + section.lines
        for page in dict.fromkeys(line.page for line in lines):
            own = [line for line in lines if line.page == page]
            found.append(PlacedSection(section.kind, _around(own), own))
    return found


def _around(lines: list[Line]) -> Box:
    boxes = boxes_of([token for line in lines for token in line.tokens])
    return Box(
        page=lines[0].page,
        x0=min(box.x0 for box in boxes),
        y0=min(box.y0 for box in boxes),
        x1=max(box.x1 for box in boxes),
        y1=max(box.y1 for box in boxes),
    )


def whole_text(lines: Sequence[Line], masked: Collection[int] = ()) -> str:
    """All lines in reading order; of the tokens with an index in ``masked`` only that they are."""
    return "\n".join(_text(line.tokens, masked) for line in lines)[:_LONGEST]


def _text(tokens: Sequence[Token], masked: Collection[int]) -> str:
    words: list[str] = []
    for token in tokens:
        if token.index not in masked:
            words.append(token.text)
        elif not words or words[-1] != MASK:
            words.append(MASK)
    return " ".join(words)
