"""How well files of several documents are split: ``python -m benchmarks.splitting --data DIR``.

Bundles are put together of evaluation documents, read once each: of different ones (``mixed``),
of ones of a set, which look alike (``alike``), with blank pages between (``blanks``). A boundary is
right where a document begins; documents by themselves (``single``) show how often one is torn
apart. Those of even number were looked at while the weights were set, those of odd number not.
"""

import argparse
import json
import pickle
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.dataset import Document, evaluation
from benchmarks.reading import MEDIA_TYPES
from services.extract.printed import AnyPage
from services.extract.splitting.boundaries import pieces_of
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.errors import DocstageError
from shared.models.page import Page

SETS = "invoices_pdf,invoices_einvoice,invoices_scanned,receipts_sroie,resumes,documents_ocr"
BUNDLES = 60
MOST_PAGES = 12


@dataclass
class Tally:
    """What came of one kind of bundle."""

    found: int = 0
    true: int = 0
    right: int = 0
    bundles: int = 0
    whole: int = 0
    pages: int = 0
    seconds: float = 0.0

    def add(self, true: set[int], found: set[int], pages: int, seconds: float) -> None:
        """One bundle, by the pages where documents begin, the first aside."""
        self.found += len(found)
        self.true += len(true)
        self.right += len(true & found)
        self.bundles += 1
        self.whole += true == found
        self.pages += pages
        self.seconds += seconds

    def row(self) -> dict[str, float]:
        """The figures."""
        return {
            "bundles": self.bundles,
            "boundaries": self.true,
            "precision": self.right / max(1, self.found),
            "recall": self.right / max(1, self.true),
            "all_right": self.whole / max(1, self.bundles),
            "ms_per_page": 1000 * self.seconds / max(1, self.pages),
        }


def main() -> None:
    """Reads, bundles, splits, and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("build/splitting"))
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--limit", type=int, default=20, help="documents of a set")
    parser.add_argument("--half", choices=("even", "odd"), default="odd")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--faults", action="store_true", help="name the boundaries that are wrong")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    documents = list(evaluation(arguments.data, arguments.sets.split(","), arguments.limit))
    documents = [it for it in documents if it.type != "mixed" and it.file is not None]
    mine = documents[(0 if arguments.half == "even" else 1) :: 2]
    read = [(it, _pages(it, arguments.cache)) for it in track(mine, "reading")]
    read = [(it, pages) for it, pages in read if pages and len(pages) <= MOST_PAGES]
    rows = {kind: _measured(kind, read, faults=arguments.faults) for kind in KINDS}
    _print(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


KINDS = ("mixed", "alike", "blanks", "single")
Read = list[tuple[Document, list[Page]]]


def _measured(kind: str, read: Read, *, faults: bool) -> dict[str, float]:
    tally = Tally()
    for bundle in _bundles(kind, read):
        pages, true, names = _joined(bundle, blanks=kind == "blanks")
        if len(pages) < 2:
            continue
        started = time.process_time()
        pieces = pieces_of(pages, {})
        spent = time.process_time() - started
        found = {piece.pages[0] for piece in pieces[1:]}
        tally.add(true, found, len(pages), spent)
        for wrong in sorted(true ^ found) if faults else ():
            what = "missed" if wrong in true else "torn"
            print(kind, what, names[wrong - 1], "|", names[wrong])
    return tally.row()


def _bundles(kind: str, read: Read) -> Iterator[Read]:
    if kind == "single":
        yield from ([it] for it in read)
        return
    chance = random.Random(kind)  # noqa: S311 - no secret
    by_set: dict[str, Read] = {}
    for it in read:
        by_set.setdefault(it[0].set, []).append(it)
    groups = [some for some in by_set.values() if len(some) > 1]
    for _ in range(BUNDLES):
        among = chance.choice(groups) if kind == "alike" else read
        yield chance.sample(among, min(len(among), chance.randint(2, 5)))


def _joined(bundle: Read, *, blanks: bool) -> tuple[list[AnyPage], set[int], list[str]]:
    pages: list[AnyPage] = []
    names: list[str] = []
    true: set[int] = set()
    for document, own in bundle:
        if pages and blanks:
            pages.append(Page(number=len(pages), width=own[0].width, height=own[0].height))
            names.append("blank")
        if pages:
            true.add(len(pages))
        for page in own:
            names.append(f"{document.id}:{page.number}")
            pages.append(page.copy_with(number=len(pages)))
    return pages, true, names


def _pages(document: Document, cache: Path) -> list[Page]:
    assert document.file is not None
    kept = cache / f"{document.set}-{document.id}.pickle"
    if kept.exists():
        pages: list[Page] = pickle.loads(kept.read_bytes())  # noqa: S301 - our own file
        return pages
    media = MEDIA_TYPES.get(document.file.suffix.lower())
    try:
        options = ReadOptions(engine="fast")
        found = read_pages(str(document.file), media, 0, None, options) if media else None
    except DocstageError:
        found = None
    pages = [Page.model_validate_json(it.json) for it in found.pages] if found else []
    kept.write_bytes(pickle.dumps(pages))
    return pages


def _print(rows: dict[str, dict[str, float]]) -> None:
    table = Table("bundles", *next(iter(rows.values())))
    for kind, row in rows.items():
        table.add_row(kind, *(f"{it:.3f}" if it % 1 else f"{it:.0f}" for it in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
