"""Finds the questions of a form with their answers, from bare words."""

from dataclasses import dataclass

from services.extract.calibrate import legibility
from services.extract.finders import Found, FoundRow
from services.extract.pairs.columns import find_columns
from services.extract.pairs.links import link
from services.extract.pairs.marks import find_marked
from services.extract.pairs.typing import ends_in_colon, habit_of, questions_of
from services.extract.pairs.units import Unit, character_width, cut_units, join_close
from services.extract.sheet import Sheet, Token

_STEP = 1.3  # lines between lines of one answer
_FIRST_STEP = 1.2  # lines from a question to an answer below it
_COLUMN_STEP = 1.6  # lines between cells of a column
_APART = 7.0  # lines between pieces of an answer in one row
_STACKED = 0.6  # lines between the lines of one question
_SURE_COLON, _SURE = 0.8, 0.45  # measured on forms with true words
_MOST_ANSWER_WORDS = 120
_MOST_PAIRS = 500
_MOST_UNITS = 2500  # on a page: more are no form, and take seconds


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and the pieces of its answer in reading order."""

    question: Unit
    answers: list[Unit]


def find_pairs(sheet: Sheet) -> list[FoundRow]:
    """The pairs of all pages, as rows of ``question`` and ``answer``; a form has not many."""
    found: list[FoundRow] = []
    for page in sheet.widths:
        if len(found) >= _MOST_PAIRS:
            break
        found.extend(_row(pair) for pair in pairs_of(sheet, page))
    return found[:_MOST_PAIRS]


def pairs_of(sheet: Sheet, page: int) -> list[Pair]:
    """The pairs of a page in reading order."""
    rows = [row for row in cut_units(sheet, page) if row]
    if not rows or sum(map(len, rows)) > _MOST_UNITS:
        return []
    line = sheet.line_height
    marked = [Pair(about, [mark]) for about, mark in find_marked(rows, line)]
    columns = [Pair(each.question, each.answers) for each in find_columns(rows, line)]
    taken = {
        id(token)
        for pair in marked + columns
        for unit in (pair.question, *pair.answers)
        for token in unit.tokens
    }
    rows = [[unit for unit in row if id(unit.tokens[0]) not in taken] for row in rows]
    rows = [[unit for unit in row if not unit.is_mark] for row in rows]
    rows = [row for row in rows if row]
    return marked + columns + _linked(rows, line, character_width(sheet, page))


def _linked(rows: list[list[Unit]], line: float, width: float) -> list[Pair]:
    """The pairs of units that are neither ticked nor in columns of values."""
    asked = questions_of(rows, habit_of(rows, line))
    questions: list[Unit] = []
    answers: list[Unit] = []
    for row in rows:
        rest: list[Unit] = []
        for unit in row:
            if id(unit) in asked:
                answers.extend(join_close(rest, width))
                rest = []
                questions.append(unit)
            else:
                rest.append(unit)
        answers.extend(join_close(rest, width))
    questions = _stacked(questions, answers, line)
    linked: dict[int, list[int]] = {}
    for question, answer in link([q.place for q in questions], [a.place for a in answers]):
        linked.setdefault(question, []).append(answer)
    pairs = []
    for at in sorted(linked):
        kept = _near(questions[at], [answers[each] for each in sorted(linked[at])], line)
        if kept:
            pairs.append(Pair(questions[at], kept))
    return pairs


def _near(question: Unit, answers: list[Unit], line: float) -> list[Unit]:
    """The answers that go on from each other without a gap, from the question on."""
    beside: list[Unit] = []
    end = question.x1
    for each in sorted(answers, key=lambda unit: unit.x0):
        if _beside(question, each) and (not beside or each.x0 - end < _APART * line):
            beside.append(each)
            end = each.x1
    kept = list(beside)
    low = max((each.y1 for each in beside), default=question.y1)
    reach = _STEP if beside else _FIRST_STEP
    for each in sorted(answers, key=lambda unit: (unit.y0, unit.x0)):
        if each in beside:
            continue
        if beside and each.x0 < min(beside[0].x0, question.x1) - line:
            continue
        if each.y0 - low > reach * line or each.y1 < question.y0:
            continue
        kept.append(each)
        low = max(low, each.y1)
        reach = _STEP if beside else _COLUMN_STEP
    return sorted(kept, key=lambda unit: (round(unit.y0 / line), unit.x0))


def _stacked(questions: list[Unit], answers: list[Unit], line: float) -> list[Unit]:
    """Questions with those lines of theirs joined that stand right above each other."""
    joined: list[Unit] = []
    for unit in questions:
        above = next((each for each in joined if _continues(each, unit, line)), None)
        has_answer = above is not None and any(_beside(above, each) for each in answers)
        if above is None or has_answer:
            joined.append(unit)
        else:
            joined[joined.index(above)] = Unit(above.tokens + unit.tokens, above.row)
    return joined


def _continues(upper: Unit, lower: Unit, line: float) -> bool:
    if not -0.3 * line < lower.y0 - upper.y1 < _STACKED * line:
        return False
    shared = min(upper.x1, lower.x1) - max(upper.x0, lower.x0)
    narrow = min(upper.x1 - upper.x0, lower.x1 - lower.x0)
    return shared > 0.6 * narrow and upper.page == lower.page and not ends_in_colon(upper)


def _beside(question: Unit, answer: Unit) -> bool:
    return answer.x0 > question.x1 and min(question.y1, answer.y1) - max(
        question.y0, answer.y0
    ) > 0.4 * (question.y1 - question.y0)


def _row(pair: Pair) -> FoundRow:
    tokens = [token for unit in pair.answers for token in unit.tokens][:_MOST_ANSWER_WORDS]
    sure = _SURE_COLON if ends_in_colon(pair.question) else _SURE
    return {"question": _found(pair.question.tokens, sure), "answer": _found(tokens, sure)}


def _found(tokens: list[Token], sure: float) -> Found:
    text = " ".join(token.text for token in tokens)
    return Found(text, text, sure * legibility(tokens), tokens)
