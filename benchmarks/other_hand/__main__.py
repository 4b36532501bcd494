"""Draws documents by another hand into a folder: ``python -m benchmarks.other_hand DIR``.

Makes four sets with their answers: those whose errors were looked at when rules were made
(``other_hand_seen``) and those whose errors were not (``other_hand_unseen``), each born digital
and ``_scanned``: the same pages at 200 dpi, askew, noisy, without text. Measure them with
``python -m benchmarks.extraction --data DIR --languages en,de,fr,es,pt,it,nl --sets
other_hand_seen,other_hand_unseen,other_hand_seen_scanned,other_hand_unseen_scanned``.
``--pages`` adds web pages by a second other hand, printed by Chromium
(``other_hand_pages`` and ``other_hand_pages_scanned``); their errors were looked at.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import track

from benchmarks.other_hand.layout import load, names
from benchmarks.other_hand.pages import load_page, page_names, printed, printer
from benchmarks.other_hand.scan import scanned
from benchmarks.other_hand.truth import Truth


def main() -> None:
    """Draws what is asked for and says where it lies."""
    arguments = _arguments()
    scans = not arguments.no_scans
    chosen = arguments.layouts.split(",") if arguments.layouts else names()
    if unknown := set(chosen) - set(names()):
        sys.exit(f"no such layout: {', '.join(sorted(unknown))}")
    progress = Console(file=sys.stderr)
    for name in track(chosen, "drawing", console=progress, transient=True):
        draw(name, arguments.folder, scans=scans)
    pages = page_names() if arguments.pages else []
    if pages:
        with printer() as tab:
            for name in track(pages, "printing", console=progress, transient=True):
                page = load_page(name)
                pdf = printed(page.html, tab)
                write(
                    Document("other_hand_pages", name, pdf, page.truth),
                    arguments.folder,
                    scans=scans,
                )
    print(f"{len(chosen) + len(pages)} documents in {arguments.folder}")


class Document(NamedTuple):
    """A document of a set."""

    group: str
    name: str
    pdf: bytes
    truth: Truth


def draw(name: str, folder: Path, *, scans: bool) -> None:
    """Draws and writes the layout of this name."""
    layout = load(name)
    group = "other_hand_seen" if layout.seen else "other_hand_unseen"
    write(Document(group, name, layout.draw().pdf(), layout.truth), folder, scans=scans)


def write(document: Document, folder: Path, *, scans: bool) -> None:
    """One document and its answer, into the folder of its set and, scanned, beside it."""
    answer = json.dumps(document.truth.answer(), ensure_ascii=False, indent=1)
    files = {document.group: document.pdf}
    if scans:
        files[f"{document.group}_scanned"] = scanned(document.pdf, document.name)
    for group, file in files.items():
        (folder / group).mkdir(parents=True, exist_ok=True)
        (folder / group / f"{document.name}.pdf").write_bytes(file)
        (folder / group / f"{document.name}.expected.json").write_text(answer, "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.other_hand", description=__doc__, formatter_class=_Plain
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--layouts", help="names, with commas between; all if not given")
    parser.add_argument("--pages", action="store_true", help="web pages, too (needs Chromium)")
    parser.add_argument("--no-scans", action="store_true", help="only those born digital")
    return parser.parse_args()


class _Plain(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description."""


if __name__ == "__main__":
    main()
