"""Rows as pieces: what stands apart on a row, or is set apart by dots that lead on."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.extract.lazy import lazy
from services.extract.sheet import Row, Segment, Sheet, Token

_DASHES = frozenset({"-", "–", "—"})
_JOINED = 0.8  # heights between a dash and what it joins


@dataclass(eq=False)
class Piece:
    """Words of one segment; ``position`` counts the pieces of its row."""

    tokens: list[Token]
    segment: Segment
    position: int

    @lazy
    def text(self) -> str:
        """The words with single blanks between them."""
        return " ".join([token.text for token in self.tokens])

    @lazy
    def has_digit(self) -> bool:
        """Whether any of them has a digit."""
        return any(char.isdigit() for char in self.text)

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.tokens[0].x0

    @property
    def x1(self) -> float:
        """Right edge."""
        return self.tokens[-1].x1

    @property
    def y0(self) -> float:
        """Upper edge."""
        return self.segment.y0

    @property
    def y1(self) -> float:
        """Lower edge."""
        return self.segment.y1

    @property
    def height(self) -> float:
        """The typical height of its words."""
        return self.segment.height


def pieces_of(sheet: Sheet) -> list[list[Piece]]:
    """The pieces of each row, from left to right."""
    return [_of_row(row) for row in sheet.rows]


def _of_row(row: Row) -> list[Piece]:
    runs = [(run, segment) for segment in row.segments for run in runs_of(segment.tokens)]
    whole: list[tuple[list[Token], Segment]] = []
    for run, segment in runs:
        if whole and _belongs(whole[-1][0][-1], run):
            whole[-1] = ([*whole[-1][0], *run], whole[-1][1])
        else:
            whole.append((run, segment))
    return [Piece(run, segment, at) for at, (run, segment) in enumerate(whole)]


def _belongs(last: Token, run: list[Token]) -> bool:
    """Whether a run goes on with what ends with ``last``.

    A colon is the label's, however far it stands; a dash read by itself joins what it parts.
    """
    if len(run) == 1 and run[0].text == ":":
        return True
    between = last if last.text in _DASHES else run[0] if run[0].text in _DASHES else None
    return between is not None and run[0].x0 - last.x1 < _JOINED * max(last.height, run[0].height)


def runs_of(tokens: list[Token]) -> Iterator[list[Token]]:
    """The words between leaders."""
    run: list[Token] = []
    for token in tokens:
        if not is_leader(token.text):
            run.append(token)
        elif run:
            yield run
            run = []
    if run:
        yield run


def is_leader(text: str) -> bool:
    """Whether it is made of dots, lines to write on and the like."""
    return len(text) > 1 and not any(char.isalnum() for char in text) and len(set(text)) == 1
