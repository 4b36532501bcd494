"""Scores forms: pairs of question and answer from bare words, and links where boxes are given.

A pair is right when both its texts are alike (80 of 100), whatever the order of the words: the
parts of an answer have no order of their own.
"""

from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz

from benchmarks.dataset import Document
from benchmarks.scores import Calibration
from services.extract.contract import ExtractResult
from services.extract.pairs.links import Place, link
from services.extract.pairs.units import MARKS

TYPE = "form"
_SIMILAR = 80
Box = tuple[float, float, float, float]


@dataclass
class Count:
    """Items wanted, items found, and those right."""

    wanted: int = 0
    found: int = 0
    hits: int = 0

    @property
    def recall(self) -> float:
        """The share of items wanted that were found."""
        return self.hits / max(1, self.wanted)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.hits / max(1, self.wanted + self.found)


@dataclass
class FormScores:
    """Counts of pairs (``in_order``: words in the order of the answer) and of links."""

    pairs: Count = field(default_factory=Count)
    in_order: Count = field(default_factory=Count)
    links: Count = field(default_factory=Count)
    errors: list[dict[str, Any]] = field(default_factory=list)
    calibration: Calibration = field(default_factory=Calibration)

    def add(self, document: Document, result: ExtractResult) -> None:
        """Count one document."""
        rows = result.fields.get("pairs", [])
        cells = [(row["question"], row["answer"]) for row in rows] if isinstance(rows, list) else []
        found = [(str(question.value), str(answer.value)) for question, answer in cells]
        wanted = [(pair["question"], pair["answer"]) for pair in document.fields.get("pairs", [])]
        missed = _count(self.pairs, wanted, found, _alike)
        _count(self.in_order, wanted, found, _alike_in_order)
        for pair, (question, answer) in zip(found, cells, strict=True):
            chance = min(question.confidence, answer.confidence)
            right = any(_alike(each, pair) for each in wanted)
            self.calibration.add("pairs", chance, right=right)
        self.errors.extend(
            {"id": document.id, "field": "pair", "want": f"{question} -> {answer}"}
            for question, answer in missed
        )
        self._add_links(document)

    def _add_links(self, document: Document) -> None:
        questions, answers, true = _boxes(document)
        words = document.expected.get("words", [])
        marks = {tuple(word["box"]) for word in words if word["text"] in MARKS}
        places = [Place(*box, is_mark=box in marks) for box in answers]
        found = set(link([Place(*box) for box in questions], places))
        self.links.wanted += len(true)
        self.links.found += len(found)
        self.links.hits += len(found & true)

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON."""
        return {
            name: {"wanted": it.wanted, "found": it.found, "hits": it.hits, "f1": round(it.f1, 4)}
            for name, it in self._named()
        }

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Lines of a table: field, hits, wanted, recall, F1."""
        return [
            (name, str(it.hits), str(it.wanted), f"{it.recall:.3f}", f"{it.f1:.3f}")
            for name, it in self._named()
        ]

    def _named(self) -> list[tuple[str, Count]]:
        return [
            ("pairs", self.pairs),
            ("pairs, words in order", self.in_order),
            ("links, boxes given", self.links),
        ]


def _boxes(document: Document) -> tuple[list[Box], list[Box], set[tuple[int, int]]]:
    """The boxes of questions and of answers, and which of them belong together."""
    questions: list[Box] = []
    answers: list[Box] = []
    true: set[tuple[int, int]] = set()
    for pair in document.fields.get("pairs", []):
        if "question_box" not in pair:  # the answer knows texts only
            continue
        question = _add(questions, pair["question_box"])
        true |= {(question, _add(answers, box)) for box in pair["answer_boxes"]}
    return questions, answers, true


def _add(boxes: list[Box], box: list[float]) -> int:
    """The index of ``box``, which is put in where it is not yet."""
    x0, y0, x1, y1 = box
    if (x0, y0, x1, y1) not in boxes:
        boxes.append((x0, y0, x1, y1))
    return boxes.index((x0, y0, x1, y1))


Pair = tuple[str, str]


def _count(count: Count, wanted: list[Pair], found: list[Pair], fits: Any) -> list[Pair]:  # noqa: ANN401 (a predicate)
    left, missed = list(found), []
    for pair in wanted:
        match = next((each for each in left if fits(pair, each)), None)
        if match is None:
            missed.append(pair)
        else:
            left.remove(match)
    count.wanted += len(wanted)
    count.found += len(found)
    count.hits += len(wanted) - len(missed)
    return missed


def _alike(wanted: Pair, found: Pair) -> bool:
    return all(
        max(fuzz.ratio(one, two), fuzz.token_sort_ratio(one, two)) >= _SIMILAR
        for one, two in zip(_upper(wanted), _upper(found), strict=True)
    )


def _alike_in_order(wanted: Pair, found: Pair) -> bool:
    pairs = zip(_upper(wanted), _upper(found), strict=True)
    return all(fuzz.ratio(one, two) >= _SIMILAR for one, two in pairs)


def _upper(pair: Pair) -> Pair:
    return pair[0].upper(), pair[1].upper()
