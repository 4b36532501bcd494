"""Words of a line of the page, each to the column of a table that it stands in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.ingest.reviewing.typed_text import is_number
from shared.models.extraction import Row
from shared.models.page import Box
from shared.models.schema import FieldSpec, FieldType

_NUMBERS = frozenset({FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER})
_SPACE = 0.6
"""Of a line's height: words with less between them belong together."""


@dataclass(frozen=True, slots=True)
class PickedWord:
    """A word of the page, and where it stands."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word on a page that was turned upright: along its line from ``start`` to ``end``."""

    word: PickedWord
    start: float
    end: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


Span = tuple[float, float]


def by_column(
    columns: Sequence[FieldSpec], rows: Sequence[Row], words: Sequence[PickedWord], turn: int
) -> dict[str, list[PickedWord]]:
    """The words of each column, by its name, in reading order.

    Columns stand where the cells of ``rows`` do, of the words' page where there are some. Without
    any, words go from left to right to the next column whose type they fit. ``turn`` is how far
    the page is turned to be upright, in degrees clockwise.
    """
    runs = list(_runs([_placed(it.box, turn, it) for it in words]))
    page = words[0].box.page if words else 0
    spans = _spans(columns, rows, page, turn) or _spans(columns, rows, None, turn)
    found: dict[str, list[PickedWord]] = {}
    for name, placed in _by_spans(spans, runs) if spans else _by_type(columns, runs):
        found.setdefault(name, []).extend(it.word for it in placed)
    return found


def _placed(box: Box, turn: int, word: PickedWord) -> _Placed:
    match turn:
        case 90:
            return _Placed(word, -box.y1, -box.y0, box.x0, box.x1)
        case 180:
            return _Placed(word, -box.x1, -box.x0, -box.y1, -box.y0)
        case 270:
            return _Placed(word, box.y0, box.y1, -box.x1, -box.x0)
        case _:
            return _Placed(word, box.x0, box.x1, box.y0, box.y1)


def _runs(words: Sequence[_Placed]) -> Iterator[list[_Placed]]:
    """Words that belong together, line by line."""
    for line in _lines(words):
        run: list[_Placed] = []
        for word in sorted(line, key=lambda it: it.start):
            if run and word.start - run[-1].end > _SPACE * max(word.height, run[-1].height):
                yield run
                run = []
            run.append(word)
        if run:
            yield run


def _lines(words: Sequence[_Placed]) -> list[list[_Placed]]:
    lines: list[list[_Placed]] = []
    for word in sorted(words, key=lambda it: it.top + it.bottom):
        middle = (word.top + word.bottom) / 2
        if lines and lines[-1][0].top <= middle <= lines[-1][0].bottom:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _spans(
    columns: Sequence[FieldSpec], rows: Sequence[Row], page: int | None, turn: int
) -> dict[str, Span]:
    """From where to where each column's cells stand on a page, or on any."""
    spans: dict[str, Span] = {}
    nothing = PickedWord("", Box(page=0, x0=0, y0=0, x1=0, y1=0))
    for column in columns:
        boxes = [it for row in rows if column.name in row for it in row[column.name].boxes]
        placed = [_placed(it, turn, nothing) for it in boxes if page in (None, it.page)]
        if placed:
            spans[column.name] = min(it.start for it in placed), max(it.end for it in placed)
    return spans


def _by_spans(
    spans: Mapping[str, Span], runs: Sequence[list[_Placed]]
) -> Iterator[tuple[str, list[_Placed]]]:
    for run in runs:
        whole = run[0].start, run[-1].end
        touched = [name for name, span in spans.items() if _overlap(span, whole) > 0]
        if len(touched) <= 1:
            yield _nearest(spans, whole), run
            continue
        for word in run:  # it reaches over several columns
            yield _nearest({it: spans[it] for it in touched}, (word.start, word.end)), [word]


def _nearest(spans: Mapping[str, Span], span: Span) -> str:
    return max(spans, key=lambda name: _overlap(spans[name], span))


def _overlap(one: Span, other: Span) -> float:
    """How far they overlap; where they do not, how far they are apart, below 0."""
    return min(one[1], other[1]) - max(one[0], other[0])


def _by_type(
    columns: Sequence[FieldSpec], runs: Sequence[list[_Placed]]
) -> Iterator[tuple[str, list[_Placed]]]:
    left = list(columns)
    for run in runs:
        text = " ".join(it.word.text for it in run)
        fitting = [it for it in left if (it.type in _NUMBERS) == is_number(text)]
        if fitting:
            left.remove(fitting[0])
            yield fitting[0].name, run
