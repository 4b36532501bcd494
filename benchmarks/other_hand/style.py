"""How a text is set, said in a few words: ``"b 14 r #336699"`` is bold, 14 pt, ends at x, blue."""

from dataclasses import dataclass, replace

Colour = tuple[float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)
_ALIGNMENTS = {"l": "left", "r": "right", "c": "centre"}


@dataclass(frozen=True)
class Style:
    """The setting of one text."""

    family: str = "sans"
    size: float = 9.0
    bold: bool = False
    italic: bool = False
    align: str = "left"
    ink: Colour = BLACK
    spread: float = 0.0  # points between letters


def colour(written: str) -> Colour:
    """``#rrggbb`` as shares of one."""
    red, green, blue = (int(written[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def styled(words: str, base: Style) -> Style:
    """``base`` changed by ``words``: sizes, b, i, l/r/c, #colour, +spread, or a family's name."""
    style = base
    for word in words.split():
        if word[0].isdigit():
            style = replace(style, size=float(word))
        elif word[0] == "#":
            style = replace(style, ink=colour(word))
        elif word[0] == "+":
            style = replace(style, spread=float(word[1:]))
        elif word in _ALIGNMENTS:
            style = replace(style, align=_ALIGNMENTS[word])
        elif word in {"b", "i"}:
            style = replace(style, bold=style.bold or word == "b", italic=word == "i")
        else:
            style = replace(style, family=word)
    return style
