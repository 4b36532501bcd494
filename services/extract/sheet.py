"""The words of a document laid out: tokens, rows across the page, segments within a row.

Coordinates here are upright ones (the page's rotation and tilt undone); each token keeps
the box of its word on the original page. A segment is a run of tokens with no wide gap: a
label, a value, or a line of text.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.extract.lazy import lazy
from services.extract.median import median
from services.extract.wording import compact, count_digits, plain
from shared.models.page import Box

_SAME_ROW = 0.5  # of the height, between centres
_LEAST_HEIGHT = 0.1  # points; files state boxes without any


@dataclass(slots=True, eq=False)
class Token:
    """A word, or the part of one before or after a colon.

    ``index`` counts in the sheet; ``own`` is x0, y0, x1, y1 on the original page. ``height``
    is in points, ``middle`` the vertical centre. ``printed`` is what was read, where ``text`` is
    mended.
    """

    index: int
    page: int
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float
    line: int
    own: tuple[float, float, float, float]
    height: float = field(init=False)
    middle: float = field(init=False)
    printed: str = field(init=False)

    def __post_init__(self) -> None:
        self.printed = self.text
        self.height = max(_LEAST_HEIGHT, self.y1 - self.y0)
        self.middle = (self.y0 + self.y1) / 2

    @property
    def box(self) -> Box:
        """Where it stands on the original page; few tokens are ever asked."""
        x0, y0, x1, y1 = self.own
        return Box(page=self.page, x0=x0, y0=y0, x1=x1, y1=y1)


@dataclass(eq=False)
class Segment:
    """A run of tokens on one row. ``row`` and ``position`` say where it stands."""

    tokens: list[Token]
    row: int
    position: int
    page: int

    @lazy
    def text(self) -> str:
        """The tokens with single spaces between them."""
        return " ".join([token.text for token in self.tokens])

    @lazy
    def words(self) -> list[str]:
        """The tokens, compact; empty ones where a token has no letter and no digit."""
        return [compact(token.text) for token in self.tokens]

    @lazy
    def digits(self) -> int:
        """How many digits ``text`` has."""
        return count_digits(self.text)

    @lazy
    def starts(self) -> list[int]:
        """Where each token begins in ``text``."""
        starts, at = [], 0
        for token in self.tokens:
            starts.append(at)
            at += len(token.text) + 1
        return starts

    @lazy
    def x0(self) -> float:
        """Left edge."""
        return min([token.x0 for token in self.tokens])

    @lazy
    def x1(self) -> float:
        """Right edge."""
        return max([token.x1 for token in self.tokens])

    @lazy
    def y0(self) -> float:
        """Upper edge."""
        return min([token.y0 for token in self.tokens])

    @lazy
    def y1(self) -> float:
        """Lower edge."""
        return max([token.y1 for token in self.tokens])

    @lazy
    def height(self) -> float:
        """The typical height of its tokens."""
        return median([token.height for token in self.tokens])

    def span(self, start: int, end: int) -> list[Token]:
        """The tokens that the characters ``start`` up to ``end`` of ``text`` touch."""
        return [
            token
            for token, at in zip(self.tokens, self.starts, strict=True)
            if at < end and at + len(token.text) > start
        ]


@dataclass(eq=False)
class Row:
    """All segments at one height of one page, from left to right."""

    index: int
    page: int
    segments: list[Segment] = field(default_factory=list)

    @lazy
    def tokens(self) -> list[Token]:
        """The tokens of all segments."""
        return [token for segment in self.segments for token in segment.tokens]

    @lazy
    def text(self) -> str:
        """The segments with single spaces between them."""
        return " ".join([segment.text for segment in self.segments])

    @lazy
    def digits(self) -> int:
        """How many digits ``text`` has."""
        return sum([segment.digits for segment in self.segments])

    @lazy
    def y0(self) -> float:
        """Upper edge."""
        return min([segment.y0 for segment in self.segments])

    @lazy
    def y1(self) -> float:
        """Lower edge."""
        return max([segment.y1 for segment in self.segments])


@dataclass(eq=False)
class Sheet:
    """A document laid out. ``widths`` and ``heights`` are those of the upright pages.

    ``combined`` are the pages of which two recognisers' readings were put together.
    """

    rows: list[Row]
    widths: dict[int, float]
    heights: dict[int, float]
    line_height: float
    is_ocr: bool
    combined: frozenset[int] = frozenset()

    @lazy
    def segments(self) -> list[Segment]:
        """All segments in reading order of rows."""
        return [segment for row in self.rows for segment in row.segments]

    @lazy
    def tokens(self) -> list[Token]:
        """All tokens in reading order of rows."""
        return [token for segment in self.segments for token in segment.tokens]

    @lazy
    def vocabulary(self) -> frozenset[str]:
        """The words that stand on it, compact."""
        return frozenset(word for segment in self.segments for word in segment.words)

    @lazy
    def text(self) -> str:
        """One line of text per row."""
        return "\n".join([row.text for row in self.rows])

    @lazy
    def plain_text(self) -> str:
        """The same in lower case without accents; most rows have no accents to look for."""
        return "\n".join([plain(row.text) for row in self.rows])

    def depth(self, row: int) -> float:
        """How far down the document the row of that index stands, 0..1."""
        return row / max(1, len(self.rows) - 1)

    @lazy
    def places(self) -> dict[int, Segment]:
        """The segment of each token, by the token's index."""
        return {token.index: segment for segment in self.segments for token in segment.tokens}


def boxes_of(tokens: Iterable[Token]) -> list[Box]:
    """Boxes on the original pages: one for each run of neighbours on a row."""
    boxes: list[Box] = []
    last: Token | None = None
    for token in tokens:
        if last is not None and _are_neighbours(last, token):
            boxes[-1] = _union(boxes[-1], token.box)
        else:
            boxes.append(token.box)
        last = token
    return boxes


def _are_neighbours(left: Token, right: Token) -> bool:
    height = max(left.height, right.height)
    return (
        left.page == right.page
        and abs(left.middle - right.middle) < _SAME_ROW * height
        and -height < right.x0 - left.x1 < 3 * height
    )


def _union(one: Box, two: Box) -> Box:
    return Box(
        page=one.page,
        x0=min(one.x0, two.x0),
        y0=min(one.y0, two.y0),
        x1=max(one.x1, two.x1),
        y1=max(one.y1, two.y1),
    )
