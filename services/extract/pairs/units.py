"""Cuts the rows of a form into units: a question, an answer, or a piece of either."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.extract.lazy import lazy
from services.extract.median import median
from services.extract.pairs.links import Place
from services.extract.sheet import Row, Sheet, Token
from services.extract.wording import compact

_GAP = 1.7  # characters between units
_CLOSE = 3.6  # characters between pieces of one answer
_MOST_LABEL_WORDS = 5
_COUNTED = frozenset(
    {"no", "number", "nr", "code", "date", "telefax", "telex", "fax", "tel", "phone"}
)
MARKS = frozenset({"x", "X", "XX", "☑", "☒", "☐", "✓", "✔", "[x]", "[X]"})
"""Ticks, crosses and boxes for them, as words."""


@dataclass(eq=False)
class Unit:
    """Neighbours on a row, or lines of one question below each other."""

    tokens: list[Token]
    row: int

    @lazy
    def text(self) -> str:
        """The tokens with single blanks between them."""
        return " ".join([token.text for token in self.tokens])

    @lazy
    def x0(self) -> float:
        """Left edge."""
        return min(token.x0 for token in self.tokens)

    @lazy
    def x1(self) -> float:
        """Right edge."""
        return max(token.x1 for token in self.tokens)

    @lazy
    def y0(self) -> float:
        """Upper edge."""
        return min(token.y0 for token in self.tokens)

    @lazy
    def y1(self) -> float:
        """Lower edge."""
        return max(token.y1 for token in self.tokens)

    @lazy
    def is_mark(self) -> bool:
        """Whether it is a tick or a cross."""
        return self.text in MARKS

    @property
    def page(self) -> int:
        """The page it stands on."""
        return self.tokens[0].page

    @property
    def place(self) -> Place:
        """Its box."""
        return Place(self.x0, self.y0, self.x1, self.y1, is_mark=self.is_mark)


def cut_units(sheet: Sheet, page: int) -> list[list[Unit]]:
    """The units of each row of a page, from left to right."""
    width = character_width(sheet, page)
    return [list(_units(row, width)) for row in sheet.rows if row.page == page]


def character_width(sheet: Sheet, page: int) -> float:
    """The typical width of a character of the page."""
    widths = [(t.x1 - t.x0) / len(t.text) for t in sheet.tokens if t.page == page and t.text]
    return median(widths) if widths else 5.0


def join_close(units: list[Unit], width: float) -> list[Unit]:
    """Units of one row joined where little is between them."""
    joined: list[Unit] = []
    for unit in units:
        last = joined[-1] if joined else None
        if last is None or unit.x0 - last.x1 > _CLOSE * width or unit.is_mark or last.is_mark:
            joined.append(unit)
        else:
            joined[-1] = Unit(last.tokens + unit.tokens, last.row)
    return joined


def _units(row: Row, width: float) -> Iterator[Unit]:
    run: list[Token] = []
    for token in sorted(row.tokens, key=lambda each: each.x0):
        if run and _parts(run[-1], token, width):
            yield from _cut(run, row.index)
            run = []
        run.append(token)
    if run:
        yield from _cut(run, row.index)


def _parts(left: Token, right: Token, width: float) -> bool:
    own = max(width, (left.x1 - left.x0) / max(1, len(left.text)))
    gap = right.x0 - left.x1
    return gap > _GAP * own or left.text in MARKS or right.text in MARKS


def _cut(run: list[Token], row: int) -> Iterator[Unit]:
    """A run cut behind its first colon, and where a label's letters give way to others."""
    start = 0
    for at in range(1, len(run)):
        if _ends_label(run[at - 1].text) and not _only_signs(run[at:]):
            yield from _cut_styles(run[start:at], row)
            start = at
            break
    yield from _cut_styles(run[start:], row)


def _ends_label(text: str) -> bool:
    return len(text) > 1 and text.endswith((":", "=")) and any(char.isalpha() for char in text)


def _only_signs(tokens: list[Token]) -> bool:
    return not any(char.isalnum() for token in tokens for char in token.text)


def _cut_styles(run: list[Token], row: int) -> Iterator[Unit]:
    """``NAME Jimmy Bell`` as two units: capitals give way to small letters, or the reverse."""
    at = _change(run)
    if at is None:
        yield Unit(run, row)
    else:
        yield Unit(run[:at], row)
        yield Unit(run[at:], row)


def _change(run: list[Token]) -> int | None:
    styles = [_style(token.text) for token in run]
    for at in range(1, min(len(run), _MOST_LABEL_WORDS + 1)):
        if compact(run[at - 1].text) in _COUNTED and _has_digit(run[at].text):
            return at
    for at in range(1, min(len(run), _MOST_LABEL_WORDS + 1)):
        before, after = styles[:at], [style for style in styles[at:] if style]
        if not after or not all(before) or len(set(before)) > 1:
            return None
        if set(after) == {before[0]} or styles[at] == before[0]:
            continue
        if before[0] == "capitals" and "capitals" not in after[:1]:
            return at
        if before[0] == "title" and set(after) == {"capitals"} and len(run) - at > 1:
            return at
        return None
    return None


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _style(text: str) -> str:
    """How a word is written; empty where it has no letters."""
    letters = [char for char in text if char.isalpha()]
    if not letters or any(char.isdigit() for char in text):
        return ""
    if len(letters) > 1 and all(char.isupper() for char in letters):
        return "capitals"
    return "title" if letters[0].isupper() else "small"
