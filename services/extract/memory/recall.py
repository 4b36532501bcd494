"""Finds fields where reviewed documents of the same layout had them."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.extract.engines.model.values import meanings
from services.extract.grounding import locate
from services.extract.lessons import FieldLesson, LayoutLessons, Lessons
from services.extract.memory.candidates import NORMAL, Place, places
from services.extract.memory.sighting import likeness, sighting_of
from services.extract.reading import Reading
from services.extract.sheet import Sheet, Token
from services.extract.wording import compact

_SAME_LAYOUT = 0.6  # of its marks
_SAME_PLACE = 0.02  # of the page's width
_LEAST_LIKE = 0.6
_SHORTEST_MARK = 3
_SAME_COLUMN = 0.05  # of the width


@dataclass(frozen=True, slots=True)
class Recalled:
    """A value as recalled; without ``tokens`` it is one that all documents had."""

    lesson: FieldLesson
    value: str
    tokens: tuple[Token, ...]


def marks_of(sheet: Sheet) -> list[tuple[str, float]]:
    """The words that a layout could be known by, and where they begin, as shares of the width."""
    marks: dict[tuple[str, float], None] = {}
    for token in sheet.tokens:
        word = compact(token.text)
        if len(word) >= _SHORTEST_MARK and word.isalpha():
            marks[word, round(token.x0 / (sheet.widths[token.page] or 1.0), 3)] = None
    return list(marks)


def shared_marks(
    marks: Sequence[tuple[str, float]], there: Sequence[tuple[str, float]]
) -> list[tuple[str, float]]:
    """Which of ``marks`` are ``there`` as well, at the same place."""
    by_word: dict[str, list[float]] = {}
    for word, x in there:
        by_word.setdefault(word, []).append(x)
    return [
        (word, x)
        for word, x in marks
        if any(abs(x - other) < _SAME_PLACE for other in by_word.get(word, ()))
    ]


def layout_of(lessons: Lessons, sheet: Sheet) -> LayoutLessons | None:
    """The layout that a document has, ``None`` for a new one."""
    here = marks_of(sheet)
    scored = [
        (len(shared_marks(it.marks, here)) / len(it.marks), at)
        for at, it in enumerate(lessons.layouts)
        if it.marks
    ]
    share, at = max(scored, default=(0.0, 0))
    return lessons.layouts[at] if share >= _SAME_LAYOUT else None


def recall(layout: LayoutLessons, reading: Reading) -> list[Recalled]:
    """What the lessons of a document's layout find on it."""
    found = [recalled(lesson, reading) for lesson in layout.fields]
    return [it for it in found if it is not None]


def recalled(lesson: FieldLesson, reading: Reading) -> Recalled | None:
    """The value of one field: what it always was, else the place most like those seen."""
    if lesson.constant is not None:
        tokens = tuple(locate(reading, lesson.kind, lesson.constant))
        return Recalled(lesson, lesson.constant, tokens)
    best, highest = None, _LEAST_LIKE
    for place in places(reading, lesson.kind, (it.rows for it in lesson.sightings)):
        if not _is_worth_a_look(reading, place, lesson):
            continue
        score = likeness(sighting_of(reading, place), lesson.sightings, lesson.weights)
        if score > highest:
            best, highest = place, score
    if best is None:
        return None
    forms = [best.value] if lesson.kind in NORMAL else meanings(reading, lesson.kind, best.value)
    return Recalled(lesson, str(forms[0]), best.tokens) if forms else None


def _is_worth_a_look(reading: Reading, place: Place, lesson: FieldLesson) -> bool:
    """Columns of text begin at the same distance from the edge; numbers may end there."""
    if lesson.kind in NORMAL:
        return True
    first = place.tokens[0]
    x = first.x0 / (reading.sheet.widths[first.page] or 1.0)
    return any(abs(x - it.x) < _SAME_COLUMN for it in lesson.sightings)
