"""Check boxes: what each is for, and whether it is ticked.

A box is a sign of its own: drawn, of a font of signs (in Unicode's private use, as Wingdings has
them), or made of brackets. It stands before its text, or all boxes of a row stand behind theirs.
What a row says before its first box is the question: ``Insured: [ ] yes [x] no`` asks one thing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from rapidfuzz import fuzz

from services.extract.reading import Reading
from services.extract.sheet import Row, Token
from services.extract.wording import compact

_TICKED = frozenset("☑☒✓✔✗✘🗹\uf0fe\uf0fd\uf0fc\uf052\uf054\uf050") | {"[x]", "[X]", "(x)", "(X)"}
_EMPTY = frozenset("☐□▢❏❑\uf06f\uf0a8\uf0a3\uf071") | {"[]", "()", "[_]"}
_CROSSES = frozenset({"x", "X"})
_YES = frozenset({"yes", "ja", "oui", "si", "sim", "tak"})
_NO = frozenset({"no", "nein", "non", "nao", "nee", "nie"})
_GAP = 4.0  # line heights between words of one text
_MOST_WORDS = 14
_ALIKE = 90.0  # of 100, between labels that a reader may have misread
MOST = 100
_MOST_PREFIX = 6  # words of a text that other texts may follow without a wide gap


@dataclass(frozen=True, slots=True)
class CheckBox:
    """A box with its text; ``question`` is what the row says before its boxes."""

    ticked: bool
    mark: list[Token]
    label: list[Token]
    question: list[Token] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be true or false: ``value`` is ``None`` where neither is ticked."""

    labels: list[str]
    value: bool | None
    tokens: list[Token]


def find_choices(reading: Reading) -> list[Choice]:
    """What the check boxes of a document say, in reading order; yes and no are one choice."""
    found: list[Choice] = []
    for row in reading.sheet.rows:
        boxes = list(_boxes(row, _GAP * reading.sheet.line_height))
        answers = {_answer(box): box for box in boxes if box.question}
        if {True, False} <= answers.keys() and len(boxes) == len(answers):
            found.append(_yes_or_no(answers[True], answers[False]))
            continue
        for box in boxes:
            own, asked = _text(box.label), _text(box.question)
            labels = [f"{asked} {own}", own] if asked else [own]
            found.append(Choice(labels, box.ticked, [*box.mark, *box.label]))
    return found[:MOST]


def choices_and_crosses(reading: Reading) -> list[Choice]:
    """The same, and crosses that stand by themselves: they say yes to what is beside them."""
    return find_choices(reading) + list(islice(_crossed(reading), MOST))


def ticked(
    choices: Sequence[Choice], labels: Sequence[str], others: Sequence[str] = ()
) -> Choice | None:
    """That of ``choices`` under one of ``labels``, unless one of ``others`` fits it better."""
    scored = [
        (fuzz.ratio(compact(label), word), -place, choice, label)
        for choice in choices
        for place, label in enumerate(choice.labels)
        for word in _words(labels)
    ]
    best = max(scored, key=lambda each: each[:2], default=None)
    if best is None or best[0] < _ALIKE:
        return None
    rivals = (fuzz.ratio(compact(best[3]), word) for word in _words(others))
    return best[2] if max(rivals, default=0.0) <= best[0] else None


def _words(labels: Sequence[str]) -> list[str]:
    return [word for word in map(compact, labels) if word]


def yes_or_no(text: str) -> bool | None:
    """What a printed answer says."""
    word = compact(text)
    return word in _YES if word in _YES | _NO else None


def _yes_or_no(yes: CheckBox, no: CheckBox) -> Choice:
    asked = yes.question or no.question
    value = None if yes.ticked == no.ticked else yes.ticked
    return Choice([_text(asked)], value, [*asked, *yes.mark, *yes.label, *no.mark, *no.label])


def _answer(box: CheckBox) -> bool | None:
    return yes_or_no(_text(box.label))


def _crossed(reading: Reading) -> Iterator[Choice]:
    """Crosses that stand by themselves or before a text, with that text."""
    for row in reading.sheet.rows:
        for at, segment in enumerate(row.segments):
            if segment.text in _CROSSES:
                for other in (*row.segments[at + 1 : at + 2], *row.segments[max(0, at - 1) : at]):
                    tokens = [*segment.tokens, *other.tokens]
                    yield Choice([_text(other.tokens)], value=True, tokens=tokens)
            elif segment.tokens[0].text in _CROSSES and _has_letters(segment.tokens[1:]):
                text = segment.tokens[1:]
                labels = [_text(text[:end]) for end in (len(text), *range(1, _MOST_PREFIX))]
                yield Choice(labels, value=True, tokens=segment.tokens)


def _boxes(row: Row, gap: float) -> Iterator[CheckBox]:
    """The boxes of a row that have a text."""
    marks = list(_marks(row.tokens))
    if not marks:
        return
    starts = [at for at, _, _ in marks]
    ends = [at + count for at, count, _ in marks]
    before = _near(row.tokens[: starts[0]], gap, last=True)
    behind = bool(before) and ends[-1] == len(row.tokens)
    for number, (at, count, is_ticked) in enumerate(marks):
        if behind:
            since = ends[number - 1] if number else 0
            label = _near(row.tokens[since:at], gap, last=True)
        else:
            until = starts[number + 1] if number + 1 < len(marks) else len(row.tokens)
            label = _near(row.tokens[at + count : until], gap, last=False)
        if 0 < len(label) <= _MOST_WORDS and _has_letters(label):
            question = [] if behind or not _has_letters(before) else before
            yield CheckBox(is_ticked, row.tokens[at : at + count], label, question)


def _marks(tokens: list[Token]) -> Iterator[tuple[int, int, bool]]:
    """Where boxes stand: the index of the first word, how many words, and whether it is ticked."""
    at = 0
    while at < len(tokens):
        for count in range(min(3, len(tokens) - at), 0, -1):
            text = "".join(token.text for token in tokens[at : at + count])
            if text in _TICKED or text in _EMPTY:
                yield at, count, text in _TICKED
                at += count - 1
                break
        at += 1


def _near(tokens: list[Token], gap: float, *, last: bool) -> list[Token]:
    """The first words, or the last, up to a wide gap."""
    run: list[Token] = []
    for token in reversed(tokens) if last else tokens:
        if run and max(token.x0 - run[-1].x1, run[-1].x0 - token.x1) > gap:
            break
        run.append(token)
    return run[::-1] if last else run


def _has_letters(tokens: list[Token]) -> bool:
    return any(char.isalpha() for token in tokens for char in token.text)


def _text(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens).strip(" :.?-–")
