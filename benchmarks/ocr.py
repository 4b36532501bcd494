"""Reading: word F1, character error rate, CPU seconds a page and peak memory.

``python -m benchmarks.ocr --data DIR [--sets a,b] [--limit N] [--engines fast,exact]
[--json FILE]``

``DIR`` holds sets of documents with ``<item>.expected.json`` beside them that give ``words``
or ``text``. Each engine runs in one child process on one thread, all on the same pages, in
turn; CPU seconds are those of the child, so neighbours disturb them little.
"""

import argparse
import asyncio
import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.dataset import Document, evaluation
from benchmarks.reading import (
    MEDIA_TYPES,
    Measured,
    character_error_rate,
    read_measured,
    word_f1,
)
from shared.compute import ComputePool, Limits
from shared.errors import DocstageError

PAGE_SECONDS = 300.0
MEMORY = 16 * 1024**3


@dataclass
class Scores:
    """The figures of one engine on one set."""

    f1: list[float] = field(default_factory=list)
    cer: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0
    pages: int = 0
    peak_mib: float = 0.0
    failed: int = 0

    def add(self, truth: str, measured: Measured) -> None:
        """Count one document."""
        self.f1.append(word_f1(truth, measured.text))
        self.cer.append(character_error_rate(truth, measured.text))
        self.cpu_seconds += measured.cpu_seconds
        self.pages += measured.pages
        self.peak_mib = max(self.peak_mib, measured.peak_mib)

    def summary(self) -> dict[str, float | int]:
        """The means."""
        return {
            "documents": len(self.f1),
            "failed": self.failed,
            "word_f1": round(fmean(self.f1 or [0.0]), 4),
            "cer": round(fmean(self.cer or [1.0]), 4),
            "cpu_seconds_per_page": round(self.cpu_seconds / max(1, self.pages), 3),
            "peak_mib": round(self.peak_mib),
        }


def true_text(document: Document) -> str:
    """What stands on the document, or nothing where the answer does not say."""
    words = document.expected.get("words") or []
    return "\n".join(word["text"] for word in words) or document.expected.get("text") or ""


async def measure(documents: list[Document], engines: list[str]) -> dict[tuple[str, str], Scores]:
    """The scores by set and engine."""
    scores: dict[tuple[str, str], Scores] = defaultdict(Scores)
    limits = Limits(memory=MEMORY, resident=MEMORY)
    pools = {engine: ComputePool(1, limits=limits) for engine in engines}
    try:
        for pool in pools.values():
            await pool.start()
        with Progress(transient=True) as progress:
            bar = progress.add_task("reading", total=len(documents) * len(engines))
            for document in documents:
                for engine, pool in pools.items():
                    await _read(document, engine, pool, scores[document.set, engine])
                    progress.advance(bar)
    finally:
        for pool in pools.values():
            await pool.close()
    return scores


async def _read(document: Document, engine: str, pool: ComputePool, scores: Scores) -> None:
    assert document.file is not None
    media_type = MEDIA_TYPES[document.file.suffix.lower()]
    try:
        figures = await pool.run(
            read_measured, str(document.file), media_type, engine, timeout=PAGE_SECONDS
        )
    except DocstageError as error:
        print(f"{document.id}: {error}")
        scores.failed += 1
    else:
        scores.add(true_text(document), Measured(*figures))


def show(scores: dict[tuple[str, str], Scores]) -> None:
    """Print the table."""
    table = Table("set", "engine")
    for column in next(iter(scores.values())).summary():
        table.add_column(column, justify="right")
    for (name, engine), each in sorted(scores.items()):
        table.add_row(name, engine, *(str(value) for value in each.summary().values()))
    Console().print(table)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default="")
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--engines", default="fast")
    parser.add_argument("--json", type=Path, default=None)
    arguments = parser.parse_args()
    wanted = [name for name in arguments.sets.split(",") if name]
    documents = [
        document
        for document in evaluation(arguments.data, wanted, arguments.limit)
        if document.file and document.file.suffix.lower() in MEDIA_TYPES and true_text(document)
    ]
    if not documents:
        parser.error("no document there says what stands on it")
    scores = asyncio.run(measure(documents, arguments.engines.split(",")))
    show(scores)
    if arguments.json:
        rows = [
            {"set": name, "engine": engine, **each.summary(), "detail": asdict(each)}
            for (name, engine), each in sorted(scores.items())
        ]
        arguments.json.write_text(json.dumps(rows, indent=1), "utf-8")


if __name__ == "__main__":
    main()
