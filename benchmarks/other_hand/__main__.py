"""Draws documents by another hand into a folder: ``python -m benchmarks.other_hand DIR``.

Makes four sets with their answers: those whose errors were looked at when rules were made
(``other_hand_seen``) and those whose errors were not (``other_hand_unseen``), each born digital
and ``_scanned``: the same pages at 200 dpi, askew, noisy, without text. Measure them with
``python -m benchmarks.extraction --data DIR --languages en,de,fr,es,pt,it,nl --sets
other_hand_seen,other_hand_unseen,other_hand_seen_scanned,other_hand_unseen_scanned``.
"""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks.other_hand.layout import load, names
from benchmarks.other_hand.scan import scanned


def main() -> None:
    """Draws what is asked for and says where it lies."""
    arguments = _arguments()
    chosen = arguments.layouts.split(",") if arguments.layouts else names()
    if unknown := set(chosen) - set(names()):
        sys.exit(f"no such layout: {', '.join(sorted(unknown))}")
    progress = Console(file=sys.stderr)
    for name in track(chosen, "drawing", console=progress, transient=True):
        write(name, arguments.folder, scans=not arguments.no_scans)
    print(f"{len(chosen)} documents in {arguments.folder}")


def write(name: str, folder: Path, *, scans: bool) -> None:
    """One document and its answer, into the folder of its set and, scanned, beside it."""
    layout = load(name)
    pdf = layout.draw().pdf()
    answer = json.dumps(layout.truth.answer(), ensure_ascii=False, indent=1)
    group = "other_hand_seen" if layout.seen else "other_hand_unseen"
    files = {group: pdf, **({f"{group}_scanned": scanned(pdf, name)} if scans else {})}
    for group, file in files.items():
        (folder / group).mkdir(parents=True, exist_ok=True)
        (folder / group / f"{name}.pdf").write_bytes(file)
        (folder / group / f"{name}.expected.json").write_text(answer, "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.other_hand", description=__doc__, formatter_class=_Plain
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--layouts", help="names, with commas between; all if not given")
    parser.add_argument("--no-scans", action="store_true", help="only those born digital")
    return parser.parse_args()


class _Plain(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description."""


if __name__ == "__main__":
    main()
