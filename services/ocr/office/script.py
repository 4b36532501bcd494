"""What a reader of a format makes: sections of plain HTML, pictures, and what was left out.

The HTML is ours alone: nothing of a file goes into it but text, which is escaped, and a few
numbers. So a file cannot ask for anything to be loaded, styled or run.
"""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

A4 = (595.0, 842.0)
"""Width and height of a page in points."""

PAGE_BREAK = '<div style="page-break-before:always"></div>'

_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_ENTITY = re.compile(r"&amp;(?=#?\w{1,32};)")
_BLUNT = "&amp;<span></span>"  # MuPDF resolves what an entity gives together with what follows it
_LONGEST_WORD = 60
_LONG = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")
_POINTS_A_LETTER = 5.6  # of ten-point type, on average
_WIDEST_COLUMN = 40  # letters
_CELL_PADDING = 26.0  # points, both sides together
_MARGINS = 72.0
_WIDEST_PAGE = 8000.0
_ROWS_AT_A_TIME = 400


@dataclass(frozen=True, slots=True)
class Section:
    """Pages of one size; ``markup`` is HTML of ours."""

    markup: str
    size: tuple[float, float] = A4


@dataclass(slots=True)
class Script:
    """All there is to set; ``pictures`` by the names that ``img`` elements have."""

    sections: list[Section] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def warn(self, warning: str) -> None:
        """Note ``warning``, once."""
        if warning not in self.warnings:
            self.warnings.append(warning)


def escaped(text: str) -> str:
    """``text`` for HTML; what is too long for a line may be broken anywhere."""
    shown = _UNSHOWN.sub(" ", text)
    markup = html.escape(_LONG.sub(_broken, shown), quote=True)
    return _ENTITY.sub(_BLUNT, markup)


def _broken(match: re.Match[str]) -> str:
    word = match[0]
    pieces = [word[at : at + _LONGEST_WORD] for at in range(0, len(word), _LONGEST_WORD)]
    return "\u200b".join(pieces)


def paragraph(markup: str, *, tag: str = "p", indent: float = 0.0, align: str = "") -> str:
    """A block of ``markup``; ``indent`` in points."""
    style = f"margin-left:{min(indent, 250.0):.0f}pt;" if indent > 0 else ""
    style += f"text-align:{align};" if align in ("right", "center") else ""
    return f'<{tag} style="{style}">{markup}</{tag}>' if style else f"<{tag}>{markup}</{tag}>"


def table(rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Rows of cells, each HTML of ours; a table of ``kind`` ``sheet`` keeps columns far apart."""
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    start = f'<table class="{kind}">' if kind else "<table>"
    return f"{start}{''.join(lines)}</table>" if lines else ""


def _letters(text: str) -> float:
    """How many letters of usual width are as wide as the longest line of ``text``."""
    shown = text[: 4 * _WIDEST_COLUMN]
    if shown.isascii() and not any(map(str.isupper, shown)):
        return len(shown)
    return sum(2.0 if it > "\u2e80" else 1.4 if it.isupper() else 1.0 for it in shown)


def sheet(title: str, rows: Sequence[Sequence[str]]) -> list[Section]:
    """Rows of plain text as tables below ``title``, on pages as wide as they need.

    Many rows are several sections: setting a table takes time by the square of its rows.
    """
    columns = max((len(row) for row in rows), default=0)
    letters = [0.0] * columns
    for row in rows:
        for column, text in enumerate(row):
            letters[column] = max(letters[column], min(_letters(text), _WIDEST_COLUMN))
    width = _MARGINS + sum(it * _POINTS_A_LETTER + _CELL_PADDING for it in letters)
    size = min(max(width, A4[0]), _WIDEST_PAGE), A4[1]
    sections = []
    for at in range(0, len(rows), _ROWS_AT_A_TIME):
        some = rows[at : at + _ROWS_AT_A_TIME]
        markup = table(([escaped(text) for text in row] for row in some), "sheet")
        heading = "" if at else f"<h3>{escaped(title)}</h3>"
        sections.append(Section(heading + markup, size))
    return sections
