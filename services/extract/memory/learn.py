"""Learns layouts from reviewed documents, and measures what that is worth."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.extract.combining import same
from services.extract.lessons import (
    FieldLesson,
    LayoutLessons,
    Learned,
    Lessons,
    Sighting,
)
from services.extract.memory.candidates import Place, places
from services.extract.memory.merge import remembered
from services.extract.memory.recall import marks_of, recalled, shared_marks
from services.extract.memory.sighting import likeness, sighting_of, weights_of
from services.extract.memory.tables import samples, table_lesson
from services.extract.reading import Reading
from services.extract.sheet import boxes_of
from shared.models.extraction import Field, Fields
from shared.models.page import Box
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.models.training import FieldProgress, Progress

FEWEST = 3
"""Documents of a layout below which nothing is learned from it."""
_SAME_LAYOUT = 0.5  # of a document's marks
_STEADY = 0.7  # of the documents: a mark of the layout
_MOST_SIGHTINGS = 8
_MOST_ROWS = 6
_HALF_A_RIGHT_ONE = 0.5
_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """A reviewed document: as read, what the machine found, and what a person left."""

    reading: Reading
    machine: Fields
    reviewed: Fields


def learn(schema: Schema, examples: Sequence[Example], training: str = "") -> Learned:
    """What the examples teach about the fields of ``schema``; ``training`` is its id.

    What it is worth is counted on each document by the lessons of the others of its layout.
    """
    groups = [it for it in _by_layout(examples) if len(it) >= FEWEST]
    specs = [it for it in schema.fields if it.type is not FieldType.ROWS]
    tables = [it for it in schema.fields if it.type is FieldType.ROWS]
    layouts, counts = [], {spec.name: Counter[str]() for spec in schema.fields}
    for group in groups:
        lessons = [_field_lesson(spec, group, counts[spec.name]) for spec in specs]
        taught = [it for it in lessons if it is not None]
        told = [(it.reading, it.machine, it.reviewed) for it in group]
        lines = [table_lesson(it, samples(it, told), counts[it.name]) for it in tables]
        layouts.append(
            LayoutLessons(
                marks=_marks(group),
                documents=len(group),
                fields=taught,
                tables=[it for it in lines if it is not None],
            )
        )
    progress = [
        FieldProgress(
            name=name, values=count["values"], before=count["before"], after=count["after"]
        )
        for name, count in counts.items()
        if count["values"]
    ]
    return Learned(
        lessons=Lessons(type=schema.name, training=training, layouts=layouts),
        progress=Progress(
            reviewed=len(examples),
            documents=sum(map(len, groups)),
            layouts=len(layouts),
            fields=progress,
        ),
    )


def _by_layout(examples: Sequence[Example]) -> list[list[Example]]:
    """Documents that share most of their marks, the largest groups first."""
    marks = [marks_of(it.reading.sheet) for it in examples]
    groups: list[list[int]] = []
    for at, own in enumerate(marks):
        shares = [
            (len(shared_marks(own, marks[group[0]])) / max(len(own), 1), number)
            for number, group in enumerate(groups)
        ]
        share, number = max(shares, default=(0.0, 0))
        if share >= _SAME_LAYOUT:
            groups[number].append(at)
        else:
            groups.append([at])
    groups.sort(key=len, reverse=True)
    return [[examples[at] for at in group] for group in groups]


def _marks(group: Sequence[Example]) -> list[tuple[str, float]]:
    everywhere = [marks_of(it.reading.sheet) for it in group]
    count: Counter[tuple[str, float]] = Counter()
    for marks in everywhere:
        count.update(shared_marks(everywhere[0], marks))
    return [mark for mark, number in count.items() if number >= _STEADY * len(group)]


@dataclass(frozen=True, slots=True)
class _Case:
    """One document's value of one field, and the places on the page that say it."""

    example: Example
    value: str
    spots: list[tuple[Place, Sighting]]


def _field_lesson(
    spec: FieldSpec, group: Sequence[Example], counts: Counter[str]
) -> FieldLesson | None:
    """The lesson of all cases, weighed by how well it does when one of them is left out."""
    cases = [
        _Case(it, str(value.value), _spots(spec, it, value))
        for it in group
        if isinstance(value := it.reviewed.get(spec.name), Field)
    ]
    if len(cases) < FEWEST:
        return None
    hits = machine = 0
    tries: list[tuple[_Case, FieldLesson, bool, bool]] = []
    for at, case in enumerate(cases):
        lesson = _lesson(spec, cases[:at] + cases[at + 1 :])
        found = recalled(lesson, case.example.reading)
        was = case.example.machine.get(spec.name)
        is_hit = found is not None and same(spec.type, found.value, case.value)
        was_right = isinstance(was, Field) and same(spec.type, was.value, case.value)
        hits, machine = hits + is_hit, machine + was_right
        tries.append((case, lesson, is_hit, was_right))
    for case, lesson, is_hit, was_right in tries:
        blind = lesson.copy_with(
            accuracy=_chance(hits - is_hit, len(cases) - 1),
            machine=_chance(machine - was_right, len(cases) - 1),
        )
        counts["values"] += 1
        counts["before"] += was_right
        counts["after"] += _is_right(spec, blind, case)
    return _lesson(spec, cases).copy_with(
        accuracy=_chance(hits, len(cases)), machine=_chance(machine, len(cases))
    )


def _is_right(spec: FieldSpec, lesson: FieldLesson, case: _Case) -> bool:
    was = case.example.machine.get(spec.name)
    machine = was if isinstance(was, Field) else None
    left = remembered(machine, recalled(lesson, case.example.reading), spec.type)
    return left is not None and same(spec.type, left.value, case.value)


def _chance(right: int, tries: int) -> float:
    return round((right + _HALF_A_RIGHT_ONE) / (tries + 1), 4)


def _lesson(spec: FieldSpec, cases: Sequence[_Case]) -> FieldLesson:
    values = {case.value for case in cases}
    sightings = _sightings(cases)
    return FieldLesson(
        name=spec.name,
        kind=spec.type,
        sightings=sightings,
        weights=weights_of(sightings),
        constant=values.pop() if len(values) == 1 else None,
    )


def _sightings(cases: Sequence[_Case]) -> list[Sighting]:
    """One of each document: where a value stands twice, the place that is like the others'."""
    sure = [case.spots[0][1] for case in cases if len(case.spots) == 1]
    known = sure or next(([it for _, it in case.spots] for case in cases if case.spots), [])
    weights = weights_of(known[:_MOST_SIGHTINGS])
    chosen = []
    for case in cases:
        spots = [spot for _, spot in case.spots]
        if spots:
            chosen.append(max(spots, key=lambda it: likeness(it, known, weights)))
    step = max(1, -(-len(chosen) // _MOST_SIGHTINGS))
    return chosen[::step]


def _spots(spec: FieldSpec, example: Example, field: Field) -> list[tuple[Place, Sighting]]:
    """The places on the page that say the value; where its boxes are known, the one there."""
    rows = range(1, _MOST_ROWS + 1) if spec.type in _BLOCKS else (1,)
    saying = [
        it
        for it in places(example.reading, spec.type, rows)
        if same(spec.type, it.value, field.value)
    ]
    if field.boxes:
        saying = [it for it in saying if _is_at(it, field.boxes)] or saying
    return [(it, sighting_of(example.reading, it)) for it in saying]


_BLOCKS = frozenset({FieldType.ADDRESS, FieldType.TEXT, FieldType.NAME})


def _is_at(place: Place, boxes: Sequence[Box]) -> bool:
    own = boxes_of(place.tokens)[0]
    box = boxes[0]
    width = min(own.x1, box.x1) - max(own.x0, box.x0)
    height = min(own.y1, box.y1) - max(own.y0, box.y0)
    return own.page == box.page and width > 0 and height > _OVERLAP * (own.y1 - own.y0)
