"""Reading: word F1, character error rate, CPU and wall seconds a page, peak memory.

``python -m benchmarks.ocr [--data DIR] [--sets a,b] [--limit N] [--engines auto,fast]
[--against easyocr,tesseract,rapidocr] [--langs en,de] [--json FILE] [--plot FILE.svg]``

``DIR`` holds sets of documents with ``<item>.expected.json`` beside them that give ``words``
or ``text``; without it, pages are drawn. Each reader runs in one child process on one thread,
all on the same pages, in turn; CPU seconds are those of the child and of what it starts, so
neighbours disturb them little. Those of ``--against`` are other programs at their defaults;
the differences of ours to them come with 95% intervals (bootstrap of documents). Where answers
say how a total and a date are printed, it is told on what share each was found as a string.
"""

import argparse
import asyncio
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.dataset import Document, evaluation
from benchmarks.drawn_pages import drawn_documents
from benchmarks.readers import HOW_TO_INSTALL, Measured, is_available, prepare, read_measured
from benchmarks.reading import MEDIA_TYPES, character_error_rate, interval, word_f1
from benchmarks.scatter import Point, scatter
from shared.compute.limits import Limits
from shared.compute.pool import ComputePool
from shared.errors import DocstageError
from shared.models.languages import language_codes

PAGE_SECONDS = 1800.0  # other programs take minutes on a page where neighbours are busy
MEMORY = 16 * 1024**3


@dataclass
class Scores:
    """The figures of one reader on one set; a document that failed counts as unread."""

    f1: list[float] = field(default_factory=list)
    cer: list[float] = field(default_factory=list)
    total: list[bool] = field(default_factory=list)
    date: list[bool] = field(default_factory=list)
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    pages: int = 0
    peak_mib: float = 0.0
    failed: int = 0

    def add(self, truth: str, measured: Measured, printed: Mapping[str, str]) -> None:
        """Count one document; ``printed`` are those of its total and date that are known."""
        self._find(measured.text, printed)
        self.f1.append(word_f1(truth, measured.text))
        self.cer.append(character_error_rate(truth, measured.text))
        self.cpu_seconds += measured.cpu_seconds
        self.wall_seconds += measured.wall_seconds
        self.pages += measured.pages
        self.peak_mib = max(self.peak_mib, measured.peak_mib)

    def fail(self, printed: Mapping[str, str]) -> None:
        """Count one document that could not be read."""
        self._find("", printed)
        self.f1.append(0.0)
        self.cer.append(1.0)
        self.failed += 1

    def _find(self, text: str, printed: Mapping[str, str]) -> None:
        for name, found in (("total", self.total), ("date", self.date)):
            if printed.get(name):
                found.append(is_found(printed[name], text))

    @property
    def cpu_per_page(self) -> float:
        """CPU seconds a page."""
        return self.cpu_seconds / max(1, self.pages)

    def summary(self) -> dict[str, float | int | None]:
        """The means."""
        return {
            "documents": len(self.f1),
            "failed": self.failed,
            "word_f1": round(fmean(self.f1 or [0.0]), 4),
            "cer": round(fmean(self.cer or [1.0]), 4),
            "total_found": round(fmean(self.total), 4) if self.total else None,
            "date_found": round(fmean(self.date), 4) if self.date else None,
            "cpu_seconds_per_page": round(self.cpu_per_page, 3),
            "wall_seconds_per_page": round(self.wall_seconds / max(1, self.pages), 3),
            "peak_mib": round(self.peak_mib),
        }


@dataclass(frozen=True)
class Difference:
    """By how much one reader's word F1 is above another's, with its 95% interval."""

    set: str
    engine: str
    against: str
    mean: float
    low: float
    high: float
    cpu_ratio: float

    def __str__(self) -> str:
        return (
            f"{self.set}: {self.engine} - {self.against} {self.mean:+.4f} "
            f"({self.low:+.4f}..{self.high:+.4f}), {self.cpu_ratio:.2f} of its CPU seconds"
        )


Outcome = dict[tuple[str, str], Scores]


def true_text(document: Document) -> str:
    """What stands on the document, or nothing where the answer does not say."""
    words = document.expected.get("words") or []
    return "\n".join(word["text"] for word in words) or document.expected.get("text") or ""


def is_found(printed: str, text: str) -> bool:
    """Whether ``text`` has that string, without regard to case, and not within a longer number."""
    bounded = rf"(?<![0-9]){re.escape(printed.strip())}(?![0-9])"
    return re.search(bounded, text, re.IGNORECASE) is not None


async def measure(
    documents: list[Document], readers: list[str], languages: tuple[str, ...]
) -> Outcome:
    """The scores by set and reader."""
    scores: Outcome = defaultdict(Scores)
    limits = Limits(memory=MEMORY, resident=MEMORY)
    pools = {reader: ComputePool(1, limits=limits) for reader in readers}
    try:
        for reader, pool in pools.items():
            await pool.start()
            await pool.run(prepare, reader, languages, timeout=PAGE_SECONDS)
        with Progress(transient=True) as progress:
            bar = progress.add_task("reading", total=len(documents) * len(readers))
            for document in documents:
                for reader, pool in pools.items():
                    await _read(document, reader, languages, pool, scores[document.set, reader])
                    progress.advance(bar)
    finally:
        for pool in pools.values():
            await pool.close()
    return scores


async def _read(
    document: Document, reader: str, languages: tuple[str, ...], pool: ComputePool, scores: Scores
) -> None:
    assert document.file is not None
    media_type = MEDIA_TYPES[document.file.suffix.lower()]
    printed = document.expected.get("printed") or {}
    try:
        figures = await pool.run(
            read_measured, str(document.file), media_type, reader, languages, timeout=PAGE_SECONDS
        )
    except DocstageError as error:
        print(f"{document.id}, {reader}: {error}")
        scores.fail(printed)
    else:
        scores.add(true_text(document), Measured(*figures), printed)


def differences(scores: Outcome, engines: list[str], against: list[str]) -> list[Difference]:
    """Each of ``engines`` beside each of ``against``, set by set."""
    found = []
    for name in sorted({name for name, _ in scores}):
        for engine in engines:
            for other in against:
                ours, theirs = scores[name, engine], scores[name, other]
                gains = [a - b for a, b in zip(ours.f1, theirs.f1, strict=True)]
                ratio = ours.cpu_per_page / max(1e-9, theirs.cpu_per_page)
                low, high = interval(gains)
                found.append(Difference(name, engine, other, fmean(gains), low, high, ratio))
    return found


def show(scores: Outcome, compared: list[Difference]) -> None:
    """Print it all."""
    table = Table("set", "reader")
    for column in next(iter(scores.values())).summary():
        table.add_column(column, justify="right")
    for (name, reader), each in sorted(scores.items()):
        table.add_row(name, reader, *(str(value) for value in each.summary().values()))
    Console(width=170).print(table)
    for difference in compared:
        print(difference)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--sets", default="")
    parser.add_argument("--limit", type=int, default=None, help="documents of each set")
    parser.add_argument("--engines", default="auto,fast", help="auto, fast, exact, tesseract")
    parser.add_argument("--against", default="", help="easyocr, tesseract, rapidocr")
    parser.add_argument("--langs", default="en", help="what our engines are told")
    parser.add_argument("--json", type=Path, default=None)
    parser.add_argument("--plot", type=Path, default=None, help="word F1 by CPU seconds, as SVG")
    return parser.parse_args()


def _documents(data: Path | None, sets: str, limit: int | None, drawn: Path) -> list[Document]:
    if data is None:
        return list(drawn_documents(drawn))[:limit]
    return [
        document
        for document in evaluation(data, _listed(sets), limit)
        if document.file and document.file.suffix.lower() in MEDIA_TYPES and true_text(document)
    ]


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def main() -> None:
    """Measure and show."""
    given = _arguments()
    engines = _listed(given.engines)
    against = [f"stock-{name}" for name in _listed(given.against)]
    missing = [name for name in engines + against if not is_available(name)]
    for name in missing:
        how = HOW_TO_INSTALL.get(name, "no engine of that name is installed")
        print(f"{name} is not here and left out: {how}")
    engines, against = (
        [name for name in names if name not in missing] for names in (engines, against)
    )
    with tempfile.TemporaryDirectory() as folder:
        documents = _documents(given.data, given.sets, given.limit, Path(folder))
        if not documents or not engines + against:
            raise SystemExit("Nothing to read, or nobody to read it.")
        scores = asyncio.run(measure(documents, engines + against, language_codes(given.langs)))
    compared = differences(scores, engines, against)
    show(scores, compared)
    if given.json:
        rows = [
            {"set": name, "engine": reader, **each.summary(), "detail": asdict(each)}
            for (name, reader), each in sorted(scores.items())
        ]
        content = {"scores": rows, "differences": [asdict(each) for each in compared]}
        given.json.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    if given.plot:
        points = [
            Point(reader, name, max(1e-4, each.cpu_per_page), fmean(each.f1))
            for (name, reader), each in sorted(scores.items())
        ]
        plot = scatter("Reading", "CPU seconds a page", "word F1", points)
        given.plot.write_text(plot, "utf-8")


if __name__ == "__main__":
    main()
