"""How alike the engine ``exact`` and the package EasyOCR read, box for box.

``python -m benchmarks.parity [--data DIR] [--sets a,b] [--limit N] [--json FILE]``

Needs the extra ``easyocr``. Each reads the same grey pages in one child process, on one
thread, on the processor. A box counts as the same where all four corners are equal to the
pixel, and as letter-identical where the text is equal too. Without ``--data`` pages are drawn.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.dataset import Document, evaluation
from benchmarks.drawn_pages import drawn_documents
from benchmarks.reading import MEDIA_TYPES
from services.ocr.engines.easyocr import INSTALL, EasyOcrEngine
from services.ocr.engines.exact import ExactEngine
from services.ocr.engines.registry import loaded
from services.ocr.results import ReadOptions
from services.ocr.sources import open_source

NAMES = ("exact", "easyocr")
Line = tuple[tuple[int, ...], str]
"""The corners' x and y, clockwise from the upper left, and the text."""


@dataclass
class Parity:
    """How many boxes there are, and how many are alike."""

    package: int = 0
    ours: int = 0
    same_boxes: int = 0
    same_texts: int = 0

    def add(self, ours: Iterable[Line], package: Iterable[Line]) -> None:
        """Count one page."""
        mine, theirs = Counter(ours), Counter(package)
        self.ours += mine.total()
        self.package += theirs.total()
        self.same_texts += (mine & theirs).total()
        own, others = (Counter(box for box, _ in each.elements()) for each in (mine, theirs))
        self.same_boxes += (own & others).total()

    @property
    def share(self) -> float:
        """Letter-identical boxes among all that either has."""
        return self.same_texts / max(1, self.ours, self.package)


@dataclass
class Cost:
    """What one of them took."""

    cpu_seconds: float
    peak_mib: float


def lines_of(path: str, media_type: str, name: str) -> tuple[list[Line], Cost]:
    """The lines on the first page of a file, in a process that reads with ``name`` only."""
    cv2.setNumThreads(1)
    with open_source(path, media_type, ReadOptions()) as source:
        pixels = source.picture(0).pixels
    engine, began = loaded(name), time.process_time()
    found: list[Line] = []
    if isinstance(engine, ExactEngine):
        found = [_line(it.corners, it.reading.text) for it in engine.read_lines(pixels)]
    elif isinstance(engine, EasyOcrEngine):
        found = [_line(it.corners, it.text) for it in engine.read_lines(pixels)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found, Cost(time.process_time() - began, peak)


def _line(corners: Iterable[Iterable[float]], text: str) -> Line:
    return tuple(int(value) for corner in corners for value in corner), text


def measure(documents: list[Document]) -> tuple[dict[str, Parity], dict[str, list[Cost]]]:
    """How alike they read, by set, and what each page cost each of them."""
    parities: dict[str, Parity] = {}
    costs: dict[str, list[Cost]] = {name: [] for name in NAMES}
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1) as first, spawn.Pool(1) as second:
        for document in track(documents, "reading", transient=True):
            assert document.file is not None
            path, media_type = str(document.file), MEDIA_TYPES[document.file.suffix.lower()]
            read = {}
            for name, pool in zip(NAMES, (first, second), strict=True):
                read[name], cost = pool.apply(lines_of, (path, media_type, name))
                costs[name].append(cost)
            parities.setdefault(document.set, Parity()).add(read["exact"], read["easyocr"])
    return parities, costs


def show(parities: dict[str, Parity], costs: dict[str, list[Cost]]) -> None:
    """Print it."""
    table = Table("set", "boxes of easyocr", "of exact", "same corners", "and same text", "share")
    for name, it in sorted(parities.items()):
        counts = (it.package, it.ours, it.same_boxes, it.same_texts)
        table.add_row(name, *map(str, counts), f"{it.share:.4f}")
    Console(width=120).print(table)
    for name, spent in costs.items():
        seconds = sum(cost.cpu_seconds for cost in spent) / len(spent)
        peak = max(cost.peak_mib for cost in spent)
        print(f"{name}: {seconds:.2f} CPU seconds a page, peak {peak:.0f} MiB")


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--sets", default="forms_funsd,receipts_sroie")
    parser.add_argument("--limit", type=int, default=None, help="documents of each set")
    parser.add_argument("--json", type=Path, default=None)
    given = parser.parse_args()
    if find_spec("easyocr") is None:
        raise SystemExit(f"EasyOCR is not here: {INSTALL}")
    with tempfile.TemporaryDirectory() as folder:
        if given.data is None:
            documents = list(drawn_documents(Path(folder)))[: given.limit]
        else:
            found = evaluation(given.data, given.sets.split(","), given.limit)
            documents = [it for it in found if it.file and it.file.suffix.lower() in MEDIA_TYPES]
        parities, costs = measure(documents)
    show(parities, costs)
    if given.json:
        rows = {name: asdict(it) | {"share": it.share} for name, it in parities.items()}
        spent = {name: [asdict(it) for it in each] for name, each in costs.items()}
        given.json.write_text(json.dumps({"parity": rows, "costs": spent}, indent=1) + "\n")


if __name__ == "__main__":
    main()
