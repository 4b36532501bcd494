"""The lines of a résumé in reading order, its columns told apart.

Rows of a sheet go across the page. A résumé with a side bar has two columns that are read one
after the other; one with dates or headings in its margin has not. What tells them apart is
that each column of the first kind has headings of its own.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from services.extract.lazy import lazy
from services.extract.resume.words import resume_words
from services.extract.sheet import Row, Sheet, Token
from services.extract.wording import compact

_GAP = 1.75  # of a character's width, between parts of a line
_BULLETS = frozenset("•▪◦●·‣*▸►■□➢✓✔❖\ufffd")
_LEADING = frozenset("–—-»>@©Q§")  # at the beginning of a row only, as OCR reads bullets
_EDGE = 2.5  # points
_MOST_CROSSING = 0.12  # of a page's lines, across the gap between two columns
_FEWEST_MAIN = 6
_BIN = 4.0  # points
_ICONS = frozenset({"Co", "Cn", "So", "Cf", "Cc"})


@dataclass(eq=False)
class Line:
    """A line in its column: ``cells`` are its parts between wide gaps, never empty.

    ``has_mark`` says that it began with a bullet or an icon, which is taken off.
    """

    cells: list[list[Token]]
    has_mark: bool
    row: int

    @lazy
    def tokens(self) -> list[Token]:
        """The tokens of all cells."""
        return [token for cell in self.cells for token in cell]

    @lazy
    def text(self) -> str:
        """The tokens with single blanks between them."""
        return " ".join([token.text for token in self.tokens])

    @lazy
    def height(self) -> float:
        """The height of its tallest token."""
        return max(token.height for token in self.tokens)

    @property
    def page(self) -> int:
        """The page it stands on."""
        return self.cells[0][0].page

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.cells[0][0].x0

    @property
    def x1(self) -> float:
        """Right edge."""
        return self.cells[-1][-1].x1

    @lazy
    def y0(self) -> float:
        """Upper edge."""
        return min(token.y0 for token in self.tokens)

    @lazy
    def y1(self) -> float:
        """Lower edge."""
        return max(token.y1 for token in self.tokens)


def heading_kind(text: str) -> str | None:
    """The kind of section that ``text``, a whole line, is the heading of."""
    return resume_words().headings.get(compact(text))


def text_of(tokens: list[Token]) -> str:
    """The tokens with single blanks between them."""
    return " ".join([token.text for token in tokens])


def read_lines(sheet: Sheet) -> list[Line]:
    """All lines in reading order."""
    main = main_edge(sheet)
    lines: list[Line] = []
    for page in sheet.widths:
        rows = [row for row in sheet.rows if row.page == page]
        cells = [cell for row in rows for cell in _cells(row, main)]
        lines.extend(_in_columns(cells, sheet.widths[page]))
    return lines


@dataclass(eq=False)
class _Cell:
    tokens: list[Token]
    has_mark: bool
    row: int

    @property
    def x0(self) -> float:
        return self.tokens[0].x0

    @property
    def x1(self) -> float:
        return self.tokens[-1].x1


def main_edge(sheet: Sheet) -> float | None:
    """The left edge at which most lines begin, ``None`` where there is no such edge."""
    edges = Counter(round(row.segments[0].x0 / _BIN) for row in sheet.rows)
    (edge, count), *_ = edges.most_common(1) or [(0, 0)]
    return edge * _BIN if count >= _FEWEST_MAIN else None


def _cells(row: Row, main: float | None) -> Iterator[_Cell]:
    """The parts of a row between wide gaps, bullets and icons taken off."""
    begun = False
    for segment in row.segments:
        run: list[Token] = []
        has_mark = False
        for printed in segment.tokens:
            if not run and _is_mark(printed.text, is_first=not begun):
                has_mark = begun = True
                continue
            token = _without_icons(printed)
            if token is None:
                continue
            begun = True
            if run and _parts(run, token, main):
                yield _Cell(run, has_mark, row.index)
                run, has_mark = [], False
            run.append(token)
        if run:
            yield _Cell(run, has_mark, row.index)


def _is_mark(text: str, *, is_first: bool) -> bool:
    return len(text) == 1 and (text in _BULLETS or (is_first and text in _LEADING))


def _without_icons(token: Token) -> Token | None:
    """``token`` without signs of icon fonts, ``None`` where it has no other."""
    if token.text.isascii():
        return token
    text = "".join(char for char in token.text if unicodedata.category(char) not in _ICONS)
    if not text:
        return None
    return token if text == token.text else replace(token, text=text)


def _parts(run: list[Token], token: Token, main: float | None) -> bool:
    """Whether a new part begins with ``token``: after a wide gap, or after a margin heading."""
    left = run[-1]
    gap = token.x0 - left.x1
    if gap > _GAP * max(_width(left), _width(token)):
        return True
    is_main = main is not None and left.x1 < main + _EDGE < token.x0 + 2 * _BIN
    return is_main and gap > 0 and heading_kind(text_of(run)) is not None


def _width(token: Token) -> float:
    """The typical width of its characters; narrow ones alone say little."""
    return max((token.x1 - token.x0) / len(token.text), 0.3 * token.height)


def _in_columns(cells: list[_Cell], width: float) -> list[Line]:
    cut = _column_cut(cells, width)
    if cut is None:
        return _lines(cells)
    lines: list[Line] = []
    band: list[_Cell] = []
    for cell in cells:
        if cell.x0 < cut - _EDGE and cell.x1 > cut + _EDGE:  # across both columns
            lines.extend(_band(band, cut))
            band = []
            lines.extend(_lines([cell]))
        else:
            band.append(cell)
    return lines + _band(band, cut)


def _band(cells: list[_Cell], cut: float) -> list[Line]:
    left = [cell for cell in cells if cell.x0 < cut - _EDGE]
    right = [cell for cell in cells if cell.x0 >= cut - _EDGE]
    return _lines(left) + _lines(right)


def _lines(cells: list[_Cell]) -> list[Line]:
    lines: list[Line] = []
    for cell in cells:
        if lines and lines[-1].row == cell.row:
            lines[-1].cells.append(cell.tokens)
        else:
            lines.append(Line([cell.tokens], cell.has_mark, cell.row))
    return lines


def _column_cut(cells: list[_Cell], width: float) -> float | None:
    """Where the right one of two columns begins, ``None`` where there is but one."""
    heads = [cell for cell in cells if heading_kind(text_of(cell.tokens)) not in {None, "inside"}]
    best: tuple[int, float] | None = None
    for head in heads:
        cut = head.x0
        if not 0.2 * width < cut < 0.8 * width:
            continue
        left = [cell for cell in cells if cell.x1 < cut]
        right = [cell for cell in cells if cell.x0 >= cut - _EDGE]
        across = len(cells) - len(left) - len(right)
        if across > _MOST_CROSSING * len(cells) or not _has_sections(left, heads):
            continue
        if _has_sections(right, heads):
            rank = (len([cell for cell in right if abs(cell.x0 - cut) < _EDGE]), -cut)
            best = rank if best is None or rank > best else best
    return None if best is None else -best[1]


def _has_sections(side: list[_Cell], heads: list[_Cell]) -> bool:
    """Whether a column has headings with lines of its own below them."""
    own = [cell for cell in side if any(cell is head for head in heads)]
    return bool(own) and len(side) >= 3 * len(own)
