"""How kind drawn paper is: which words are right there and on real paper, equally sure.

``python -m benchmarks.paper WORDS.jsonl DRAWN --data DIR [--sets a,b] [--engine auto]`` tells, by
confidence, how many words are right of those that ``benchmarks.drawn_receipts`` had read, and of
those that the engine reads of real sets. A word is right where the answer has it, without regard
to case and place; each true word makes one right. Words are told apart from numbers.
"""

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.dataset import evaluation, training_receipts
from benchmarks.drawn_receipts import drawings_read, pages_read
from benchmarks.reading import MEDIA_TYPES
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.models.page import Page

EDGES = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 1.01)
"""Upper ends of the ranges of confidence."""
_WORD = re.compile(r"[^\W\d_]{3}")
_DIGIT = re.compile(r"\d")


class Counted(NamedTuple):
    """A word read: its confidence and whether it is right; ``of`` says what and from where."""

    of: str
    confidence: float
    right: bool


def counted(name: str, page: Page, truth: list[str]) -> Iterator[Counted]:
    """The words and numbers of ``page``; ``truth`` are the lines that it has."""
    left = Counter(word for line in truth for word in line.lower().split())
    for word in page.words:
        text = word.text.lower()
        right = left[text] > 0
        left[text] -= right
        if _DIGIT.search(text):
            yield Counted(f"{name}, numbers", word.confidence, right)
        elif _WORD.search(text):
            yield Counted(f"{name}, words", word.confidence, right)


def table_of(words: list[Counted]) -> Table:
    """How many of each kind are right in each range of confidence."""
    kinds = list(dict.fromkeys(each.of for each in words))
    table = Table("below", *kinds)
    bins: dict[tuple[float, str], list[bool]] = defaultdict(list)
    for each in words:
        bins[next(edge for edge in EDGES if each.confidence < edge), each.of].append(each.right)
    for edge in EDGES:
        cells = [bins[edge, kind] for kind in kinds]
        told = [f"{sum(it) / len(it):.3f} of {len(it)}" if it else "-" for it in cells]
        table.add_row(f"{edge:.2f}", *told)
    return table


def _drawn(words: Path, folder: Path, engine: str) -> Iterator[Counted]:
    for at, document in enumerate(training_receipts(words)):
        truth = [entry["text"] for entry in document.expected["words"]]
        for drawing in drawings_read(engine, at):
            yield from counted("drawn", pages_read(folder, document, drawing, engine)[0], truth)


def _real(data: Path, sets: list[str], engine: str) -> Iterator[Counted]:
    options = ReadOptions(engine=engine, budget=600.0)
    for document in evaluation(data, sets, None):
        if document.file is None or "words" not in document.expected:
            continue
        media_type = MEDIA_TYPES[document.file.suffix.lower()]
        read = read_pages(str(document.file), media_type, 0, None, options)
        truth = [entry["text"] for entry in document.expected["words"]]
        page = Page.model_validate_json(read.pages[0].json)
        yield from counted(document.set, page, truth)


def main() -> None:
    """Reads the real sets and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", type=Path)
    parser.add_argument("drawn", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default="receipts_sroie,forms_funsd")
    parser.add_argument("--engine", default="auto")
    given = parser.parse_args()
    found = [*_drawn(given.words, given.drawn, given.engine)]
    found += _real(given.data, given.sets.split(","), given.engine)
    Console().print(table_of(found))


if __name__ == "__main__":
    main()
