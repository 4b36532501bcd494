"""Links answers to questions by their places: in the row, under a head, in both in a table.

Every way in which a question may lead to an answer has a cost that grows with the distance;
the cheapest one wins. In a table a cell belongs to the head of its row and to that of its
column, so that it gets both.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_SAME_ROW = 0.45  # of the smaller height that overlaps
_LEFT = 0.06  # cost of a line's height to the right of a question
_ABOVE = 0.55  # the same below it
_INDENTED = 0.35  # cost of an answer below and to the right of its question
_INDENT = 4.0  # lines to the right that such an answer may begin
_BENEATH = 1.2  # cost of a caption just below its value
_ASLANT = 0.3  # cost of a question that hardly shares the answer's row
_TOUCHING = 0.15  # of the smaller height
_FAR = 6.0  # costs above which there is no link
_NEAR_COLUMN = 2.0  # lines between a cell and the one above it in its column
_TALLEST = 8.0  # lines that one answer of a column may take
_FEWEST_ROWS = 2
_FEWEST_COLUMNS = 2
_LINE = 1.3  # lines from one line of an answer to the next
_EDGE = 1.6  # lines between left edges that count as one


@dataclass(frozen=True, slots=True)
class Place:
    """A box: ``x0``, ``y0`` is its upper left corner, ``x1``, ``y1`` its lower right one.

    ``is_mark`` says that it is a tick or a cross, which may stand before what it is about.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    is_mark: bool = False

    @property
    def height(self) -> float:
        """How tall it is."""
        return self.y1 - self.y0


def link(questions: Sequence[Place], answers: Sequence[Place]) -> list[tuple[int, int]]:
    """Pairs of indexes of a question and of an answer that belong together."""
    line = _line_height([*questions, *answers])
    left = [_left_of(answer, questions, line) for answer in answers]
    columns = _columns(answers, line)
    above = [
        _above(answer, questions, column, line)
        for answer, column in zip(answers, columns, strict=True)
    ]
    heads = _column_heads(left, above)
    links: list[tuple[int, int]] = []
    chosen: dict[int, int] = {}
    for at in sorted(range(len(answers)), key=lambda index: answers[index].y0):
        beside, over = left[at], above[at]
        found = _cheapest(beside, over)
        before = _line_before(answers[at], answers, questions, line)
        if beside is None and before in chosen and (over is None or over[0] not in heads):
            found = chosen[before]
        if found is None:
            continue
        chosen[at] = found
        links.append((found, at))
        if beside is not None and over is not None and over[0] in heads:
            links.extend((way[0], at) for way in (beside, over) if way[0] != found)
    return links


_Way = tuple[int, float]
"""A question and what it costs to link it."""


def _cheapest(left: _Way | None, above: _Way | None) -> int | None:
    ways = [way for way in (left, above) if way is not None and way[1] <= _FAR]
    return min(ways, key=lambda way: way[1])[0] if ways else None


def _line_height(places: Sequence[Place]) -> float:
    heights = sorted(place.height for place in places)
    return heights[len(heights) // 2] if heights else 1.0


def _shared_height(one: Place, two: Place) -> float:
    """The part of the smaller one's height that both share."""
    shared = min(one.y1, two.y1) - max(one.y0, two.y0)
    return shared / max(1.0, min(one.height, two.height))


def _left_of(answer: Place, questions: Sequence[Place], line: float) -> _Way | None:
    """The nearest question in the row: before the answer, after it where that is a mark."""
    best: _Way | None = None
    for at, question in enumerate(questions):
        if question.y1 <= answer.y0 or question.y0 >= answer.y1:
            continue
        shared = _shared_height(question, answer)
        if shared < _TOUCHING:
            continue
        if question.x0 < answer.x0 and question.x1 < answer.x1:
            cost = _LEFT * max(0.0, answer.x0 - question.x1) / line
        elif answer.is_mark and question.x0 >= answer.x1 - line:
            cost = _LEFT * (question.x0 - answer.x1) / line
        else:
            continue
        cost += _ASLANT if shared < _SAME_ROW else 0.0
        if best is None or cost < best[1]:
            best = (at, cost)
    return best


def _above(
    answer: Place, questions: Sequence[Place], column: list[Place], line: float
) -> _Way | None:
    """The nearest question above, or just above and to the left of an indented answer.

    ``column`` are the answers above this one, the nearest first.
    """
    best: _Way | None = None
    left, right = answer.x0 - _INDENT * line, answer.x1 + 0.5 * line
    for at, question in enumerate(questions):
        if question.x1 < left or question.x0 > right or question.y0 > answer.y1 + line:
            continue
        cost = _cost_above(answer, question, column, line)
        if cost is not None and (best is None or cost < best[1]):
            best = (at, cost)
    return best


def _cost_above(answer: Place, question: Place, column: list[Place], line: float) -> float | None:
    down = answer.y0 - question.y1
    shared = min(question.x1, answer.x1) - max(question.x0, answer.x0)
    if shared > 0 and 0 <= question.y0 - answer.y1 + 0.3 * line < line:
        return _BENEATH  # a caption below its value
    if question.y0 >= answer.y0 - 0.2 * line or _shared_height(question, answer) > _SAME_ROW:
        return None
    if shared > -0.5 * line:
        aside = min(
            abs(question.x0 - answer.x0),
            abs((question.x0 + question.x1) - (answer.x0 + answer.x1)) / 2,
        )
        filled = answer.y0 - _top(answer, question, column, line)
        return _ABOVE * max(0.0, down - filled) / line + 0.03 * aside / line
    if down < line and -_INDENT * line < question.x1 - answer.x0 <= 0:
        return _INDENTED + 2 * _LEFT * (answer.x0 - question.x1) / line
    return None


def _top(answer: Place, question: Place, column: list[Place], line: float) -> float:
    """How far up the cells under ``question`` reach from ``answer``, without a wide gap."""
    top = answer.y0
    for cell in column:
        if cell.y0 <= question.y1 - line or top - cell.y1 > _NEAR_COLUMN * line:
            break
        if min(cell.x1, question.x1) > max(cell.x0, question.x0):
            top = cell.y0
    return top


def _columns(answers: Sequence[Place], line: float) -> list[list[Place]]:
    """For each answer those right above it, as far as no gap is wide, the nearest first."""
    ordered = sorted(range(len(answers)), key=lambda at: answers[at].y0)
    found: list[list[Place]] = [[] for _ in answers]
    for place, at in enumerate(ordered):
        answer = answers[at]
        top = answer.y0
        for earlier in range(place - 1, -1, -1):
            cell = answers[ordered[earlier]]
            if top - cell.y0 > (_NEAR_COLUMN + _TALLEST) * line:
                break
            above = cell.y0 < answer.y0 - 0.5 * line and top - cell.y1 <= _NEAR_COLUMN * line
            if above and min(cell.x1, answer.x1) > max(cell.x0, answer.x0):
                found[at].append(cell)
                top = min(top, cell.y0)
    return found


def _line_before(
    answer: Place, answers: Sequence[Place], questions: Sequence[Place], line: float
) -> int | None:
    """The answer of which ``answer`` is the next line."""
    for at, other in enumerate(answers):
        down = answer.y0 - other.y1
        if (
            -0.5 * line < down < (_LINE - 0.3) * line
            and other.y0 < answer.y0
            and abs(other.x0 - answer.x0) < _EDGE * line
            and not any(_between(question, other, answer) for question in questions)
        ):
            return at
    return None


def _between(question: Place, upper: Place, lower: Place) -> bool:
    return upper.y0 < question.y0 < lower.y0 and question.x0 < lower.x1 and question.x1 > lower.x0


def _column_heads(left: list[_Way | None], above: list[_Way | None]) -> set[int]:
    """Questions over answers in several rows of a table, each with a question of its own."""
    in_row = Counter(way[0] for way in left if way is not None)
    rows: dict[int, set[int]] = {}
    for beside, over in zip(left, above, strict=True):
        if beside is None or over is None or over[1] > _FAR / 2 or beside[0] == over[0]:
            continue
        if in_row[beside[0]] >= _FEWEST_COLUMNS:
            rows.setdefault(over[0], set()).add(beside[0])
    return {head for head, beside in rows.items() if len(beside) >= _FEWEST_ROWS}
