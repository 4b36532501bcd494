"""Pages of made documents of any type: what they say, laid out in ways that are drawn.

A layout is a set of choices drawn from its number alone, so that the same layout shows documents
of all languages. Layouts of even numbers may be looked at while the engine is changed; those of
odd numbers are measured only.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.invoice_texts import Language
from benchmarks.made_invoices import Cell

_LEFT, _MIDDLE, _RIGHT = 50.0, 310.0, 545.0
_LETTER = 0.52  # of the size: a letter's usual width
_LINE = 13.0
_SMALL, _NORMAL = 7.0, 9.0
_At = tuple[float, float]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Table:
    """``heads`` and ``rows`` of equal length; ``numbers`` are the columns set to the right."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    numbers: frozenset[int] = frozenset()
    title: str = ""


@dataclass
class Content:
    """What a document says, from top to bottom, and its true ``fields``."""

    title: str
    issuer: list[str] = field(default_factory=list)
    parties: list[tuple[str, list[str]]] = field(default_factory=list)
    metas: list[Pair] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    sums: list[Pair] = field(default_factory=list)
    sections: list[tuple[str, list[str]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)


class Layout:
    """The choices of one layout of a type."""

    def __init__(self, kind: str, number: int) -> None:
        chance = random.Random(f"layout-{kind}-{number}")  # noqa: S311 (no secret)
        self.number = number
        self.head = chance.choice(["left", "right", "centre"])
        self.title_first = chance.random() < 0.35
        self.title_size = chance.choice([12.0, 15.0, 20.0])
        self.parties = chance.choice(["side", "stacked", "beside_label"])
        self.metas = chance.choice(["colon", "columns", "grid", "above", "plain"])
        self.metas_right = chance.random() < 0.4
        self.colon = chance.choice([":", ""])
        self.sums = chance.choice(["right", "colon", "row"])
        self.sums_first = chance.random() < 0.3
        self.numbers_right = chance.random() < 0.7
        self.pitch = chance.choice([13.0, 15.0, 18.0])
        self.tables_side = chance.random() < 0.4
        self.bullet = chance.choice(["• ", "- ", ""])
        self.inline_lists = chance.random() < 0.4
        self.way = chance.randint(0, 5)  # for what only one type has
        self.capitals = chance.random() < 0.25

    @property
    def is_untouched(self) -> bool:
        """Whether it is kept for measuring."""
        return self.number % 2 == 1


class Page:
    """Cells put on a page from top to bottom."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.cells: list[Cell] = []
        self.y = 50.0

    def put(self, x: float, text: str, size: float = _NORMAL, y: float | None = None) -> None:
        """One text."""
        if text:
            self.cells.append(Cell(x, self.y if y is None else y, text, size))

    def lines(self, x: float, texts: Sequence[str], size: float = _NORMAL) -> None:
        """Texts one below the other."""
        for text in texts:
            self.put(x, text, size)
            self.y += _LINE

    def head(self, content: Content) -> None:
        """Who issued it and the title."""
        layout = self.layout
        x = {"left": _LEFT, "right": 380.0, "centre": 230.0}[layout.head]
        title = content.title.upper() if layout.capitals else content.title
        if layout.title_first:
            self.put(_LEFT, title, layout.title_size)
            self.y += 2.2 * _LINE
        self.lines(x, content.issuer[:1], 12.0)
        self.lines(x, content.issuer[1:])
        if not layout.title_first:
            self.y += _LINE
            self.put(_LEFT, title, layout.title_size)
            self.y += _LINE
        self.y += _LINE

    def parties(self, parties: Sequence[tuple[str, list[str]]]) -> None:
        """Names with addresses under their labels."""
        way, top = self.layout.parties, self.y
        bottom = top
        for at, (label, texts) in enumerate(parties):
            x = _LEFT
            if way == "side":
                x = _LEFT + at % 2 * (_MIDDLE - _LEFT)
                self.y = top if at % 2 else bottom
                top = self.y
            if way == "beside_label" and label:
                self.put(x, f"{label}{self.layout.colon}")
                self.lines(x + 110, texts)
            else:
                self.lines(x, [f"{label}{self.layout.colon}"] if label else [], 8.0)
                self.lines(x, texts)
            self.y += 0.7 * _LINE
            bottom = max(bottom, self.y)
        self.y = bottom

    def metas(self, pairs: Sequence[Pair]) -> None:
        """Labels with values."""
        layout, y = self.layout, self.y
        way = layout.metas
        if way in {"grid", "above"}:
            longest = max(_width(value, _NORMAL) for _, value in pairs) + 10
            most = 3 if way == "grid" else 2
            columns = max(1, min(most, int((_RIGHT - _LEFT) / longest)))
            step = (_RIGHT - _LEFT) / columns
            for at, (label, value) in enumerate(pairs):
                x, row = _LEFT + at % columns * step, y + at // columns * 2.6 * _LINE
                self.put(x, label, _SMALL, row)
                self.put(x, value, _NORMAL, row + 11)
            self.y = y + (len(pairs) + columns - 1) // columns * 2.6 * _LINE + 0.5 * _LINE
            return
        x = _MIDDLE if layout.metas_right else _LEFT
        offset = max(125.0, max(_width(label, _NORMAL) for label, _ in pairs) + 15)
        for label, value in pairs:
            if way == "columns":
                self.put(x, f"{label}{layout.colon}")
                self.put(x + offset, value)
            else:
                self.put(x, f"{label}{':' if way == 'colon' else ''} {value}")
            self.y += _LINE
        self.y += _LINE

    def table(self, table: Table, left: float = _LEFT, right: float = _RIGHT) -> None:
        """Heads and rows."""
        if table.title:
            self.put(left, table.title, 10.0)
            self.y += 1.3 * _LINE
        edges = _edges(table, left, right)
        for size, texts in ((8.0, table.heads), *((8.5, row) for row in table.rows)):
            for at, text in enumerate(texts):
                x = edges[at]
                if at in table.numbers and self.layout.numbers_right:
                    x = edges[at + 1] - 8 - len(text) * size * _LETTER
                self.put(x, text, size)
            self.y += self.layout.pitch
        self.y += 0.6 * _LINE

    def sums(self, pairs: Sequence[Pair]) -> None:
        """Sums with their labels."""
        y = self.y
        if self.layout.sums == "row" and len(pairs) <= 4:
            for at, (label, value) in enumerate(pairs):
                self.put(_LEFT + 125 * at, label, 8.0, y)
                self.put(_LEFT + 125 * at, value, _NORMAL, y + _LINE)
            self.y = y + 2.5 * _LINE
            return
        colon = ":" if self.layout.sums == "colon" else ""
        for label, value in pairs:
            self.put(_MIDDLE, f"{label}{colon}")
            self.put(_RIGHT - len(value) * _NORMAL * _LETTER, value)
            self.y += _LINE + 1
        self.y += _LINE

    def sections(self, sections: Sequence[tuple[str, list[str]]]) -> None:
        """Headings with points below, or short ones behind their heading."""
        layout = self.layout
        for heading, points in sections:
            if layout.inline_lists and max(map(len, points)) < 28 and len(points) < 4:
                self.put(_LEFT, f"{heading}: {', '.join(points)}")
                self.y += 1.6 * _LINE
                continue
            self.put(_LEFT, f"{heading}{layout.colon}", 10.5)
            self.y += 1.2 * _LINE
            self.lines(_LEFT + 8, [f"{layout.bullet}{point}" for point in points])
            self.y += 0.7 * _LINE


def laid_out(content: Content, layout: Layout) -> list[Cell]:
    """The cells of a document."""
    page = Page(layout)
    page.head(content)
    page.parties(content.parties)
    page.metas(content.metas)
    steps: list[Callable[[], None]] = [
        lambda: _tables(page, content.tables),
        lambda: page.sums(content.sums),
    ]
    for step in reversed(steps) if layout.sums_first else steps:
        step()
    page.sections(content.sections)
    page.lines(_LEFT, content.notes, 7.5)
    return page.cells


def _edges(table: Table, left: float, right: float) -> list[float]:
    """Left edges of the columns, and the last one's right edge: nothing reaches into another."""
    lines = [table.heads, *table.rows]
    needed = [
        max(_width(line[at], _NORMAL) for line in lines) + 8 for at in range(len(table.heads))
    ]
    spare = max(0.0, right - left - sum(needed)) / sum(table.widths)
    edges = [left]
    for width, share in zip(needed, table.widths, strict=True):
        edges.append(edges[-1] + width + spare * share)
    return edges


def _width(text: str, size: float) -> float:
    return len(text) * size * _LETTER


def _tables(page: Page, tables: Sequence[Table]) -> None:
    if page.layout.tables_side and len(tables) == 2:
        top = page.y
        page.table(tables[0], _LEFT, _MIDDLE - 15)
        bottom, page.y = page.y, top
        page.table(tables[1], _MIDDLE, _RIGHT)
        page.y = max(bottom, page.y)
        return
    for table in tables:
        page.table(table)


def amount(value: Any, language: Language) -> str:  # noqa: ANN401 (a Decimal or an int)
    """As the language prints it."""
    text = f"{value:,.2f}"
    return text if language.decimal == "." else text.translate(str.maketrans(",.", ".,"))
