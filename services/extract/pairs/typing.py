"""Tells which units of a form are questions, by what they say and where they stand."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

from services.extract.lexicon import lexicon
from services.extract.pairs.units import Unit
from services.extract.wording import compact

_LEAST = 0.75
_LEAST_IN_PROSE = 2.5
_PROSE = 0.6  # of the words of a page in long runs
_LONG, _VERY_LONG = 6, 9
_UNDER_QUESTION, _UNDER_ANSWER = 1.5, 1.5
_EDGE = 0.7  # lines between left edges that count as one
_NEXT = 1.3  # lines from one line of an answer to the next


@cache
def asking_words() -> frozenset[str]:
    """Words that questions of forms are made of, in seven languages, read once per process."""
    data = resources.files(__package__).joinpath("asking.json").read_bytes()
    return frozenset(json.loads(data))


@dataclass(frozen=True, slots=True)
class PageHabit:
    """How questions of a page are written: ``capitals`` is the share in capitals, 0..1.

    ``colons`` is the share of rows whose first unit ends in a colon, ``edges`` the left
    edges at which such units stand, ``prose`` the share of words in long runs.
    """

    capitals: float
    colons: float
    edges: tuple[float, ...]
    line: float
    prose: float


def habit_of(rows: list[list[Unit]], line: float) -> PageHabit:
    """The habit of a page, learned from its questions with a colon."""
    sure = [unit for row in rows for unit in row if ends_in_colon(unit)]
    first = [row[0] for row in rows if row]
    capitals = [unit.text.isupper() for unit in sure]
    counts = [len(unit.tokens) for row in rows for unit in row]
    return PageHabit(
        capitals=sum(capitals) / len(capitals) if capitals else 0.5,
        colons=sum(map(ends_in_colon, first)) / max(1, len(first)),
        edges=tuple(unit.x0 for unit in sure),
        line=line,
        prose=sum(count for count in counts if count > _LONG) / max(1, sum(counts)),
    )


def ends_in_colon(unit: Unit) -> bool:
    """Whether a unit ends in a colon, signs behind it aside."""
    text = unit.text.rstrip(" *.-_")
    return text.endswith((":", "=")) and any(char.isalpha() for char in text)


def question_score(unit: Unit, before: Unit | None, after: Unit | None, habit: PageHabit) -> float:
    """How much a unit looks like a question; ``before`` and ``after`` stand in its row."""
    text = unit.text
    words = [word for word in (compact(part) for part in text.split()) if word]
    if not words or unit.is_mark or not any(char.isalpha() for char in text):
        return -5.0
    score = 0.0
    if ends_in_colon(unit):
        score += 3.0
    elif text.endswith(("#", "?")):
        score += 1.8
    score += _by_words(words)
    score += _by_letters(text, habit)
    score += _by_place(unit, before, after, habit)
    return score


def _by_words(words: list[str]) -> float:
    score = 0.0
    if lexicon().labels.find("".join(words)) is not None:
        score += 1.2
    asking = sum(word in asking_words() for word in words)
    score += 1.0 * min(1.5, asking) if asking else -0.3
    if len(words) > _VERY_LONG:
        score -= 2.5
    elif len(words) > _LONG:
        score -= 1.2
    return score


def _by_letters(text: str, habit: PageHabit) -> float:
    letters = sum(char.isalpha() for char in text)
    digits = sum(char.isdigit() for char in text)
    score = -3.5 * digits / max(1, letters + digits)
    if text[0].islower():
        score -= 1.0
    if text.endswith((".", ",", ";")) and len(text.rsplit(maxsplit=1)[-1]) > 3:
        score -= 1.0
    if letters > 2:
        is_capital = text.isupper()
        score += (habit.capitals - 0.5) * (1.4 if is_capital else -1.4)
    return score


def _by_place(unit: Unit, before: Unit | None, after: Unit | None, habit: PageHabit) -> float:
    score = 0.0
    if before is None:
        score += 0.3
    elif ends_in_colon(before):
        score -= 2.2
    if after is not None and not ends_in_colon(after):
        score += 0.4
    if any(abs(edge - unit.x0) < 0.5 * habit.line for edge in habit.edges):
        score += 0.5
    if habit.colons > 0.5 and not ends_in_colon(unit):
        score -= 1.0
    return score


def questions_of(rows: list[list[Unit]], habit: PageHabit) -> set[int]:
    """The ids of the units that are questions."""
    found: set[int] = set()
    open_above: list[Unit] = []
    answers_above: list[Unit] = []
    for row in rows:
        for at, unit in enumerate(row):
            before = row[at - 1] if at else None
            after = row[at + 1] if at + 1 < len(row) else None
            score = question_score(unit, before, after, habit)
            if before is not None and id(before) in found and not ends_in_colon(before):
                score -= 0.5
            if any(_is_under(unit, above, habit.line) for above in open_above):
                score -= _UNDER_QUESTION
            if at == 0 and any(_goes_on(above, unit, habit.line) for above in answers_above):
                score -= _UNDER_ANSWER
            if score >= (_LEAST if habit.prose < _PROSE else _LEAST_IN_PROSE):
                found.add(id(unit))
        open_above = _unanswered(row)
        answers_above = _answers(row, answers_above, found, habit.line)
    return found


def _answers(row: list[Unit], above: list[Unit], questions: set[int], line: float) -> list[Unit]:
    """Units beside a question with a colon, and those that go on below such ones."""
    beside = [
        unit
        for before, unit in pairwise(row)
        if ends_in_colon(before) and id(unit) not in questions
    ]
    first = row[0]
    if id(first) not in questions and any(_goes_on(each, first, line) for each in above):
        beside.append(first)
    return beside


def _goes_on(upper: Unit, lower: Unit, line: float) -> bool:
    """Whether ``lower`` may be the next line of the answer ``upper``."""
    gap = lower.y0 - upper.y1
    is_level = abs(lower.x0 - upper.x0) < _EDGE * line
    return is_level and gap < _NEXT * line and not ends_in_colon(lower)


def _unanswered(row: list[Unit]) -> list[Unit]:
    """Questions with a colon beside which stands nothing, or the next such question."""
    following = [*row[1:], None]
    return [
        unit
        for unit, after in zip(row, following, strict=True)
        if ends_in_colon(unit) and (after is None or ends_in_colon(after))
    ]


def _is_under(unit: Unit, above: Unit, line: float) -> bool:
    gap = unit.y0 - above.y1
    return gap < line and unit.x0 < above.x1 and above.x0 < unit.x1 and not ends_in_colon(unit)
