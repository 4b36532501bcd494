"""What a review costs a person, by keys: ``python -m benchmarks.reviewing [--data DIR]``.

Documents with known answers are read and extracted as the stages do, and their values marked as on
the review screen. Then the keys are counted that it takes there: Enter for a value that is asked
about and right, the right one typed and Enter for one that is wrong, Alt+Enter for a table, Enter
to approve. Seconds are those of ``benchmarks.keystrokes``. What is wrong and not asked about stays
wrong: it is counted beside.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.dataset import Document, evaluation, true_pages
from benchmarks.keystrokes import Keystrokes
from benchmarks.made_invoices import HEIGHT, WIDTH, made_invoices
from benchmarks.scores import matches
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.ingest.reviewing.review_model import ReviewSheet, review_sheet
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.models.embedded import Embedded
from shared.models.extraction import Extraction, Field
from shared.models.page import Page
from shared.schemas import built_in

_MADE = "made invoices"
_MEDIA = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg"}
_APPROVE = Keystrokes(1, 1)
_ACCEPT = Keystrokes(1, 1)
_ACCEPT_TABLE = Keystrokes(2, 1)  # a chord is two keys
_THRESHOLD = 0.8


@dataclass(frozen=True, slots=True)
class Cost:
    """What one document took, and what was wrong and nobody asked about."""

    work: Keystrokes
    overlooked: int


def cost_of(document: Document, sheet: ReviewSheet, extraction: Extraction) -> Cost:
    """What it takes to review a document, whose answer is known."""
    work, asked = _APPROVE, set(sheet.stops)
    tables = {place.partition("/")[0] for place in asked if "/" in place}
    for _ in tables:
        work += _ACCEPT_TABLE
    for place in sheet.stops:
        if "/" in place:
            if sheet.marks[place].state == "bad":
                work += _ACCEPT
            continue
        wanted = document.fields.get(place)
        work += _ACCEPT if _is_right(document, extraction, place) else _typed(wanted)
    scored = [it for it in document.scored if it != "line_items"]
    overlooked = sum(it not in asked and not _is_right(document, extraction, it) for it in scored)
    return Cost(work, overlooked)


def _is_right(document: Document, extraction: Extraction, name: str) -> bool:
    found = extraction.fields.get(name)
    value = found.value if isinstance(found, Field) else None
    return name not in document.scored or bool(matches(name, document.fields.get(name), value))


def _typed(wanted: object) -> Keystrokes:
    return Keystrokes(len(str(wanted or "")) + 1, 1)


def documents_of(arguments: argparse.Namespace) -> Iterator[tuple[Document, list[Page], Embedded]]:
    """The documents with what is read of them."""
    for document, cells in made_invoices(arguments.limit):
        words = [{"text": it.text, "box": [it.x, it.y - it.size, it.x1, it.y]} for it in cells]
        given = {**document.expected, "words": words, "image_size": [WIDTH, HEIGHT]}
        made = Document(document.id, _MADE, document.type, document.fields, None, given)
        yield made, true_pages(made), Embedded()
    if arguments.data is None:
        return
    sets = [it for it in arguments.sets.split(",") if it]
    for document in evaluation(arguments.data, sets, arguments.limit):
        media_type = _MEDIA.get(document.file.suffix) if document.file else None
        if media_type is None or document.type not in built_in():
            continue
        read = read_pages(str(document.file), media_type, 0, None, ReadOptions())
        pages = [Page.model_validate_json(it.json) for it in read.pages]
        yield document, pages, Embedded.model_validate_json(read.info.embedded or b"{}")


def measured(arguments: argparse.Namespace) -> dict[str, list[Cost]]:
    """What each set's documents cost; each is sent as its type, as from a workspace of that."""
    found: dict[str, list[Cost]] = {}
    types = built_in()
    for document, pages, embedded in track(documents_of(arguments), "reviewing", transient=True):
        request = ExtractRequest(pages=pages, embedded=embedded, requested_type=document.type)
        result = extract(request)
        extraction = Extraction(
            organization="o",
            workspace="w",
            document=document.id,
            revision=1,
            fields=result.fields,
            reasons=result.reasons,
        )
        sheet = review_sheet(types[document.type], extraction, _THRESHOLD)
        found.setdefault(document.set, []).append(cost_of(document, sheet, extraction))
    return found


def summary(costs: Sequence[Cost]) -> dict[str, float]:
    """The figures of a set."""
    seconds = [it.work.seconds for it in costs]
    return {
        "documents": len(costs),
        "one_key": sum(it.work.keys == 1 for it in costs) / len(costs),
        "keys": median(it.work.keys for it in costs),
        "seconds": median(seconds),
        "seconds_p90": quantiles(seconds, n=10)[-1] if len(seconds) > 1 else seconds[0],
        "overlooked": sum(it.overlooked for it in costs) / len(costs),
    }


def table_of(found: Iterable[tuple[str, dict[str, float]]]) -> Table:
    """The figures for people."""
    table = Table("set", "documents", "one key", "keys", "seconds", "of 9 in 10", "overlooked")
    for name, it in found:
        table.add_row(
            name,
            f"{it['documents']:.0f}",
            f"{it['one_key']:.0%}",
            f"{it['keys']:g}",
            f"{it['seconds']:.1f}",
            f"{it['seconds_p90']:.1f}",
            f"{it['overlooked']:.2f}",
        )
    return table


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder of sets with answers")
    parser.add_argument("--sets", default="", help="which of them, with commas between")
    parser.add_argument("--limit", type=int, default=100, help="documents of each set")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    costs = measured(arguments)
    figures: dict[str, Any] = {name: summary(it) for name, it in costs.items()}
    Console(width=110).print(table_of(figures.items()))
    if arguments.json:
        raw = {name: [asdict(it) for it in each] for name, each in costs.items()}
        arguments.json.write_text(json.dumps({"figures": figures, "raw": raw}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
