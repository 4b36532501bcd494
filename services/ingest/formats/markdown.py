"""Markdown: paragraphs and tables, as CommonMark with GitHub's pipe tables.

A block of the page is a paragraph with a line per line. Headings are not guessed. The first
row of a table stands where Markdown wants its head. Pages are parted by a rule and a comment
that numbers the next, from 1.
"""

import re
from collections import Counter

from services.ingest.formats.writer import About, blocks
from shared.models.page import Line, Page, Table

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&])")
_AT_START = re.compile(r"^([#+=-]|\d{1,9}(?=[.)]))")
_SPACE = re.compile(r"\s+")


class Markdown:
    """Writes Markdown."""

    media_type = "text/markdown"
    suffix = ".md"

    def begin(self, about: About) -> str:
        """Nothing."""
        return ""

    def page(self, page: Page, about: About, *, first: bool) -> str:
        """One page."""
        parts = [] if first else ["---", f"<!-- page {page.number + 1} -->"]
        told: set[int] = set()
        for lines in blocks(page):
            paragraph: list[str] = []
            for line in lines:
                place = _table_of(line, page)
                if place is None:
                    paragraph.append(_line(line.text))
                elif place not in told:
                    told.add(place)
                    parts += ["\n".join(paragraph)] * bool(paragraph)
                    parts.append(_pipes(page.tables[place]))
                    paragraph = []
            parts += ["\n".join(paragraph)] * bool(paragraph)
        written = "\n\n".join(parts)
        return written if first else f"\n\n{written}"

    def end(self) -> str:
        """The end of the last line."""
        return "\n"


def _table_of(line: Line, page: Page) -> int | None:
    """The table that tells all of ``line`` already, by its index."""
    x, y = (line.x0 + line.x1) / 2, (line.y0 + line.y1) / 2
    for place, table in enumerate(page.tables):
        inside = table.x0 <= x <= table.x1 and table.y0 <= y <= table.y1
        if inside and table.cells and not Counter(line.text.split()) - _words(table):
            return place
    return None


def _words(table: Table) -> Counter[str]:
    return Counter(word for cell in table.cells for word in cell.text.split())


def _pipes(table: Table) -> str:
    rows = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        if cell.row < table.rows and cell.column < table.columns:
            rows[cell.row][cell.column] = _inline(cell.text)
    head, *others = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + " --- |" * table.columns, *others])


def _line(text: str) -> str:
    """A line of a paragraph that begins nothing else."""
    return _AT_START.sub(_harmless, _inline(text))


def _harmless(found: re.Match[str]) -> str:
    mark = found[0]
    return f"{mark}\\" if mark.isdigit() else f"\\{mark}"


def _inline(text: str) -> str:
    """``text`` as it stands there, whatever it would mean in Markdown."""
    printable = "".join(it if it.isprintable() else " " for it in text)
    return _SPECIAL.sub(r"\\\1", _SPACE.sub(" ", printable).strip())
