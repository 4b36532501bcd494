"""Two engines' words for one picture made one list, better than either.

Words that overlap form a group. Each word's chance of being right is told by a logistic
model of what its engine says of it, of whether the other engine reads the same there, and of
how the text looks; no dictionary is asked. A group takes the side that is expected to add
more right words than wrong ones, or neither. ``benchmarks.combination`` fits the models.
"""

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from statistics import fmean, median

import numpy as np
from rapidfuzz.distance import Levenshtein

from services.ocr.layout import Token

SIDES = ("fast", "tesseract")
CASES = ("alone", "same", "other")
"""The other engine has nothing there, reads the same, or reads something else."""

FEATURES = (
    "bias", "confidence", "others_confidence", "alike", "number", "plain_word",
    "single_sign", "odd", "length", "height", "page_agreement",
)  # fmt: skip

_LEVEL, _BESIDE = 0.5, 0.4  # of the lower height and the lesser width: words that overlap
_LIMIT = 0.005  # chances are kept so far from 0 and 1
_NUMBER = re.compile(r"[-+(]?[$€£]?\d+([.,:/'-]\d+)*%?\)?[.,:;]?")
_PLAIN = re.compile(r"[(\"']?([^\W\d_]+|[^\W\d_]+(['-][^\W\d_]+)+)[.,:;)\"'!?]{0,2}")


@dataclass(frozen=True, slots=True)
class Models:
    """Weights of ``FEATURES`` by side and case, and what a wrong word costs."""

    weights: Mapping[str, Mapping[str, Sequence[float]]]
    cost: float


@dataclass(frozen=True, slots=True)
class Group:
    """The words of both sides at one place, each from left to right."""

    sides: tuple[list[Token], list[Token]]

    def text(self, side: int) -> str:
        """What a side reads, without blanks."""
        return "".join(token.text for token in self.sides[side])

    def case(self, side: int) -> str:
        """What the other side says to this one."""
        if not self.sides[1 - side]:
            return "alone"
        own, other = ([token.text for token in words] for words in self.sides)
        return "same" if own == other else "other"


def packaged_models() -> Models:
    """Those that are shipped."""
    content = json.loads(
        resources.files(__package__).joinpath("combination.json").read_text("utf-8")
    )
    return Models(content["weights"], content["cost"])


def combine(
    fast: Sequence[Token], tesseract: Sequence[Token], models: Models, letters: frozenset[str]
) -> list[Token]:
    """The words of both, with the models' chances as confidences.

    ``letters`` are those that ``fast`` can write.
    """
    chosen: list[Token] = []
    found = groups(fast, tesseract)
    for group, rows in zip(found, described(found), strict=True):
        rated = [
            [
                token._replace(confidence=_chance(row, models.weights[name][group.case(side)]))
                for token, row in zip(group.sides[side], rows[side], strict=True)
            ]
            for side, name in enumerate(SIDES)
        ]
        chosen.extend(_choice(group, rated, models.cost, letters))
    return chosen


def groups(first: Sequence[Token], second: Sequence[Token]) -> list[Group]:
    """The words of both sides by place; each word is in one group."""
    count = len(first)
    parent = list(range(count + len(second)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    if first and second:
        for a, b in np.argwhere(_overlaps(first, second)).tolist():
            parent[root(a)] = root(count + b)
    found: dict[int, Group] = {}
    for index, token in enumerate((*first, *second)):
        group = found.setdefault(root(index), Group(([], [])))
        group.sides[index >= count].append(token)
    for group in found.values():
        for words in group.sides:
            words.sort(key=lambda token: token.x0)
    return list(found.values())


def described(found: Sequence[Group]) -> list[tuple[list[list[float]], list[list[float]]]]:
    """The features of each word of each side of each group."""
    words = [token for group in found for side in group.sides for token in side]
    usual = median(token.y1 - token.y0 for token in words) if words else 1.0
    agreeing = sum(len(group.text(0)) for group in found if group.case(0) == "same")
    whole = sum(max(len(group.text(0)), len(group.text(1))) for group in found)
    share = agreeing / max(1, whole)
    return [(_side(group, 0, usual, share), _side(group, 1, usual, share)) for group in found]


def _overlaps(first: Sequence[Token], second: Sequence[Token]) -> np.ndarray:
    a = np.array([token[1:5] for token in first], np.float64)[:, None]
    b = np.array([token[1:5] for token in second], np.float64)[None]
    shared = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    lesser = np.minimum(a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2])
    return np.asarray((shared > lesser * (_BESIDE, _LEVEL)).all(-1))


def _side(group: Group, side: int, usual: float, share: float) -> list[list[float]]:
    own, other = group.sides[side], group.sides[1 - side]
    others = fmean(_logit(token.confidence) for token in other) if other else 0.0
    alike = Levenshtein.normalized_similarity(group.text(0), group.text(1)) if other else 0.0
    return [
        [
            1.0,
            _logit(token.confidence),
            others,
            alike,
            *looks(token.text),
            math.log((token.y1 - token.y0) / usual) if token.y1 > token.y0 else 0.0,
            share,
        ]
        for token in own
    ]


def looks(text: str) -> tuple[float, float, float, float, float]:
    """Whether ``text`` is a number, a plain word, a single sign, none of them; its length, 0..1."""
    number = bool(_NUMBER.fullmatch(text))
    plain = bool(_PLAIN.fullmatch(text)) and (
        text.islower() or text.isupper() or text.lstrip("(\"'")[1:].islower()
    )
    single = len(text) == 1 and not text.isalnum()
    odd = not (number or plain or single)
    return float(number), float(plain), float(single), float(odd), min(len(text), 12) / 12


def _logit(chance: float) -> float:
    bounded = min(1 - _LIMIT, max(_LIMIT, chance))
    return math.log(bounded / (1 - bounded))


def _chance(row: Sequence[float], weights: Sequence[float]) -> float:
    return 1 / (1 + math.exp(-sum(x * w for x, w in zip(row, weights, strict=True))))


def _choice(
    group: Group, rated: list[list[Token]], cost: float, letters: frozenset[str]
) -> list[Token]:
    if _only_marks_differ(group, letters):
        return rated[1]
    values = [sum(token.confidence - cost for token in side) for side in rated]
    best = max((0, 1), key=lambda side: values[side])
    return rated[best] if values[best] > 0 else []


def _only_marks_differ(group: Group, letters: frozenset[str]) -> bool:
    """Whether ``fast`` reads what Tesseract reads, but for letters that it cannot write."""
    read = group.text(1)
    if not group.sides[0] or letters.issuperset(read):
        return False
    bare = "".join(
        character
        for written in read
        for character in (written if written in letters else unicodedata.normalize("NFKD", written))
        if not unicodedata.combining(character)
    )
    return bare == group.text(0)
