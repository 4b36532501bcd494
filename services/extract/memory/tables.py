"""Learns where the lines of a table stand, from reviewed documents of one layout."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.extract.combining import same
from services.extract.engines.model.values import decimal_of
from services.extract.lessons import ColumnLesson, TableLesson
from services.extract.memory.candidates import NORMAL, Place, places
from services.extract.memory.columns import end_of, head_of, recalled_rows
from services.extract.reading import Reading
from services.extract.wording import compact
from shared.models.extraction import Fields, Row
from shared.models.schema import FieldSpec, FieldType

_FEWEST = 3  # documents with lines
_OFTEN = 0.5  # of the lines, those on which a column was found
_FAR = 3  # rows from the one that begins a line
_MOST_ENDS = 8
_MOST_SAMPLES, _MOST_LINES = 20, 100
_HALF_A_RIGHT_ONE = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """One document: as read, the lines that the machine found, and those that a person left."""

    reading: Reading
    machine: list[Row]
    reviewed: list[Row]


@dataclass(frozen=True, slots=True)
class _Line:
    """A reviewed line on its page: the row that begins it, and the places of its cells."""

    row: int
    cells: dict[str, Place]


def samples(spec: FieldSpec, examples: Sequence[tuple[Reading, Fields, Fields]]) -> list[Sample]:
    """Those of ``examples`` (as read, by the machine, by a person) that have lines of ``spec``."""
    found = []
    for reading, machine, reviewed in examples:
        rows, was = reviewed.get(spec.name), machine.get(spec.name)
        if isinstance(rows, list) and rows:
            found.append(Sample(reading, was if isinstance(was, list) else [], rows))
    return found


def table_lesson(
    spec: FieldSpec, group: Sequence[Sample], counts: Counter[str]
) -> TableLesson | None:
    """What the documents teach of a field of rows; ``counts`` has each by those of the others."""
    if len(group) < _FEWEST:
        return None
    group = group[:_MOST_SAMPLES]
    lines = [_lines(spec, sample) for sample in group]
    recalled = machine = wanted = 0.0
    for at, sample in enumerate(group):
        others = [*range(at), *range(at + 1, len(group))]
        blind = _lesson(spec, [group[it] for it in others], [lines[it] for it in others])
        own = recalled_rows(blind, sample.reading) if blind else []
        size = sum(map(len, sample.reviewed))
        right, was = _right(spec, own, sample), _right(spec, sample.machine, sample)
        recalled, machine = (
            recalled + _share(right, own, size),
            machine + _share(was, sample.machine, size),
        )
        wanted += 1
        counts["values"] += size
        counts["before"] += was
        counts["after"] += max(right, was) if blind and right > was else was
    lesson = _lesson(spec, group, lines)
    if lesson is None:
        return None
    return lesson.copy_with(
        accuracy=round((recalled + _HALF_A_RIGHT_ONE) / (wanted + 1), 4),
        machine=round((machine + _HALF_A_RIGHT_ONE) / (wanted + 1), 4),
    )


def _share(right: int, found: list[Row], wanted: int) -> float:
    return right / max(1, wanted, sum(map(len, found)))


def _right(spec: FieldSpec, found: list[Row], sample: Sample) -> int:
    """How many cells are right, line by line."""
    kinds = {column.name: column.type for column in spec.fields}
    return sum(
        name in own and same(kinds[name], own[name].value, cell.value)
        for own, line in zip(found, sample.reviewed, strict=False)
        for name, cell in line.items()
        if name in kinds
    )


def _lines(spec: FieldSpec, sample: Sample) -> list[_Line]:
    """The reviewed lines that stand on the page, from above."""
    after = -1
    kinds = {column.name: column.type for column in spec.fields}
    known = {kind: _by_value(sample.reading, kind) for kind in set(kinds.values())}
    found: list[_Line] = []
    for line in sample.reviewed[:_MOST_LINES]:
        saying = {
            name: known[kinds[name]].get(_key(kinds[name], cell.value), [])
            for name, cell in line.items()
            if name in kinds
        }
        votes = Counter(
            row for spots in saying.values() for row in {it.segment.row for it in spots}
        )
        below = {row: count for row, count in votes.items() if row > after}
        if not below:
            continue
        after = min(below, key=lambda row: (-below[row], row))
        cells = {name: _nearest(spots, after) for name, spots in saying.items()}
        found.append(_Line(after, {name: it for name, it in cells.items() if it is not None}))
    return found


def _by_value(reading: Reading, kind: FieldType) -> dict[str, list[Place]]:
    """The places of a type by what they say: a page has thousands."""
    found: dict[str, list[Place]] = defaultdict(list)
    for place in places(reading, kind):
        found[_key(kind, place.value)].append(place)
    return found


def _key(kind: FieldType, value: object) -> str:
    if kind in NORMAL and (number := decimal_of(value)) is not None:
        return f"{number.normalize():f}"
    return compact(str(value))


def _nearest(spots: list[Place], row: int) -> Place | None:
    near = [it for it in spots if 0 <= it.segment.row - row <= _FAR]
    return min(near, key=lambda it: it.segment.row - row, default=None)


def _lesson(
    spec: FieldSpec, group: Sequence[Sample], lines: Sequence[list[_Line]]
) -> TableLesson | None:
    count = sum(map(len, lines))
    columns = [
        column for it in spec.fields if (column := _column(it, group, lines, count)) is not None
    ]
    begin = [it for it in columns if it.below == 0]
    if not begin:
        return None
    anchor = max(begin, key=lambda it: it.kind in NORMAL)
    heads: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for sample, own in zip(group, lines, strict=True):
        rows = sample.reading.sheet.rows
        if own and own[0].row:
            heads[head_of(rows[own[0].row - 1])] += 1
        last = max((it.segment.row for line in own for it in line.cells.values()), default=-1)
        if 0 <= last < len(rows) - 1:
            ends[end_of(rows[last + 1])] += 1
    head, times = heads.most_common(1)[0] if heads else ("", 0)
    return TableLesson(
        name=spec.name,
        columns=_spread(columns),
        anchor=anchor.name,
        head=head if 2 * times > len(group) else "",
        ends=[text for text, _ in ends.most_common(_MOST_ENDS) if text],
    )


def _column(
    spec: FieldSpec, group: Sequence[Sample], lines: Sequence[list[_Line]], count: int
) -> ColumnLesson | None:
    """Where the values of a column stood; ``None`` where too few of them were on the pages."""
    edges: list[tuple[float, float]] = []
    below: Counter[int] = Counter()
    for sample, own in zip(group, lines, strict=True):
        for line in own:
            if (place := line.cells.get(spec.name)) is None:
                continue
            width = sample.reading.sheet.widths[place.tokens[0].page] or 1.0
            edges.append((place.tokens[0].x0 / width, place.tokens[-1].x1 / width))
            below[place.segment.row - line.row] += 1
    if not edges or len(edges) < _OFTEN * count:
        return None
    return ColumnLesson(
        name=spec.name,
        kind=spec.type,
        left=round(min(left for left, _ in edges), 4),
        right=round(max(right for _, right in edges), 4),
        below=below.most_common(1)[0][0],
    )


def _spread(columns: list[ColumnLesson]) -> list[ColumnLesson]:
    """Columns of texts reach to the next column of their row: longer texts are to come."""
    spread = []
    for column in columns:
        after = [it.left for it in columns if it.below == column.below and it.left > column.left]
        if column.kind in NORMAL:
            spread.append(column)
        else:
            room = min(after, default=1.0) - 0.02
            spread.append(column.copy_with(right=max(column.right, round(room, 4))))
    return spread
