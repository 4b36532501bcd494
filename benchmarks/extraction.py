"""Measures extraction: ``python -m benchmarks.extraction --data DIR [--words truth|ocr]``.

Documents are sent without saying what they are, so a wrong type costs all its fields.
``truth`` takes the words given with the answer or the PDF's text layer, ``ocr`` those of the
default recogniser. Values are compared after dropping everything but letters and digits,
amounts to the cent and without sign, names also by similarity.
"""

import argparse
import json
import pickle
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import forms, resumes
from benchmarks.dataset import Document, evaluation, true_pages
from benchmarks.scores import Calibration, Lines, Tally, matches, similar
from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.engine import extract
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.errors import DocstageError
from shared.models.embedded import Embedded
from shared.models.extraction import Field
from shared.models.page import Page

OwnScores = resumes.ResumeScores | forms.FormScores
DEFAULT_SETS = ["receipts_sroie", "invoices_pdf", "invoices_einvoice"]
_MEDIA = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".heic": "image/heic",
}
_TYPES = frozenset({"receipt", "invoice", "credit_note"})
_SCORES: dict[str, type[OwnScores]] = {
    resumes.TYPE: resumes.ResumeScores,
    forms.TYPE: forms.FormScores,
}
"""Types whose answers are scored in a way of their own."""


@dataclass
class Report:
    """What was measured on one set."""

    documents: int = 0
    typed: int = 0
    all_right: int = 0
    seconds: float = 0.0
    pages: int = 0
    fields: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    calibration: Calibration = field(default_factory=Calibration)
    lines: Lines = field(default_factory=Lines)
    own: OwnScores | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON."""
        tallies = self.fields.values()
        return {
            "documents": self.documents,
            "type_right": self.typed,
            "all_fields_right": self.all_right,
            "seconds_per_document": round(self.seconds / max(1, self.documents), 4),
            "seconds_per_page": round(self.seconds / max(1, self.pages), 4),
            "fields": {name: tally.as_dict() for name, tally in self.fields.items()},
            "micro": round(sum(t.right for t in tallies) / max(1, sum(t.all for t in tallies)), 4),
            "line_items": self.lines.as_dict(),
            "calibration": self.calibration.as_dict(),
            "own": self.own.as_dict() if self.own else {},
            "errors": self.errors,
        }


def main() -> None:
    """Runs the sets asked for and prints a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--words", choices=["truth", "ocr"], default="truth")
    parser.add_argument("--sets", default=",".join(DEFAULT_SETS))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--cache", type=Path, help="a folder that keeps the pages read")
    parser.add_argument("--errors", action="store_true", help="print every wrong field")
    arguments = parser.parse_args()
    console = Console(width=110)
    reports: dict[str, Report] = defaultdict(Report)
    sets = [name for name in arguments.sets.split(",") if name]
    documents = list(evaluation(arguments.data, sets, arguments.limit))
    progress = Console(file=sys.stderr)
    for document in track(documents, "reading and extracting", console=progress, transient=True):
        read = _pages(document, arguments.words, arguments.cache)
        if read is not None and (document.type in _TYPES or document.type in _SCORES):
            _measure(document, read[0], read[1], reports[document.set])
    for name, report in reports.items():
        console.print(_table(name, report))
        if arguments.errors:
            for error in report.errors:
                print(*error.values(), sep=" | ")
    if arguments.json:
        found = {name: report.as_dict() for name, report in reports.items()}
        arguments.json.write_text(json.dumps(found, indent=1, ensure_ascii=False), "utf-8")


def _pages(
    document: Document, words: str, cache: Path | None
) -> tuple[list[Page], Embedded] | None:
    if words == "truth" and "words" in document.expected:
        return true_pages(document), Embedded()
    if document.file is None or (media := _MEDIA.get(document.file.suffix.lower())) is None:
        return None
    if words == "truth" and media != "application/pdf":
        return None
    kept = cache / f"{words}-{document.set}-{document.id}.pickle" if cache else None
    if kept is not None and kept.exists():
        pages, embedded = pickle.loads(kept.read_bytes())  # noqa: S301 (our own file)
        return pages, embedded
    options = ReadOptions(budget=600.0)
    try:
        read = read_pages(str(document.file), media, 0, None, options)
    except DocstageError as error:
        print(document.set, document.id, error, file=sys.stderr)
        return [], Embedded()
    pages = [Page.model_validate_json(result.json) for result in read.pages]
    embedded = read.info.embedded
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps((pages, embedded)))
    return pages, embedded


def _measure(document: Document, pages: list[Page], embedded: Embedded, report: Report) -> None:
    begun = time.perf_counter()
    result = extract(ExtractRequest(pages=pages, embedded=embedded))
    report.seconds += time.perf_counter() - begun
    report.documents += 1
    report.pages += len(pages)
    name = result.type.name if result.type else None
    report.typed += name == (None if document.type == forms.TYPE else document.type)
    if document.type in _SCORES:
        report.own = report.own or _SCORES[document.type]()
        report.own.add(document, result)
        report.errors = report.own.errors
        return
    right = True
    for name in document.scored:
        if name == "line_items":
            rows = result.fields.get(name, [])
            found = rows if isinstance(rows, list) else []
            report.lines.add(document.fields[name], found)
        elif _is_asked(name):
            right &= _compare(document, name, result, report)
    report.all_right += right


def _is_asked(name: str) -> bool:
    return name not in {"time", "receipt_number", "date_choices", "documents", "count"}


def _compare(document: Document, name: str, result: ExtractResult, report: Report) -> bool:
    found = result.fields.get(name)
    wanted = document.fields.get(name)
    choices = document.fields.get("date_choices", [wanted]) if name == "date" else [wanted]
    value = found.value if isinstance(found, Field) else None
    right = any(matches(name, each, value) for each in choices)
    tally = report.fields[name]
    tally.add(right=right, near=right or similar(wanted, value), found=value is not None)
    if isinstance(found, Field):
        report.calibration.add(name, found.confidence, right=right)
    if not right:
        chance = round(found.confidence, 2) if isinstance(found, Field) else None
        report.errors.append(
            {"id": document.id, "field": name, "want": wanted, "got": value, "confidence": chance}
        )
    return right


def _table(name: str, report: Report) -> Table:
    figures = report.as_dict()
    table = Table(title=f"{name}: {report.documents} documents", title_justify="left")
    for column in (
        "field",
        "right",
        "of",
        "exact",
        "similar",
        "found",
        "> 0.9",
        "right > 0.9",
        "ECE",
    ):
        table.add_column(column, justify="left" if column == "field" else "right")
    for field_name, tally in report.fields.items():
        sure = report.calibration.of(field_name)
        table.add_row(
            field_name,
            str(tally.right),
            str(tally.all),
            f"{tally.right / max(1, tally.all):.3f}",
            f"{tally.near / max(1, tally.all):.3f}",
            f"{tally.found / max(1, tally.all):.3f}",
            f"{sure.share_above:.2f}",
            f"{sure.right_above:.3f}",
            f"{sure.ece:.3f}",
        )
    for own_name, wanted, recall, f1 in report.own.rows() if report.own else ():
        table.add_row(own_name, "", wanted, f1, "", recall)
    whole = report.calibration.overall
    table.add_section()
    table.add_row(
        "all", "", "", f"{figures['micro']:.3f}", "", "", f"{whole.share_above:.2f}",
        f"{whole.right_above:.3f}", f"{whole.ece:.3f}",
    )  # fmt: skip
    table.caption = (
        f"types right {report.typed}/{report.documents}, all fields right {report.all_right}, "
        f"line items F1 {report.lines.lenient:.3f} lenient, {report.lines.strict:.3f} strict, "
        f"{1000 * figures['seconds_per_page']:.0f} ms a page"
    )
    return table


if __name__ == "__main__":
    main()
