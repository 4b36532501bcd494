"""Measures extraction: ``python -m benchmarks.extraction --data DIR [--words truth|ocr]``.

Documents are sent without saying what they are, so a wrong type costs all its fields.
``truth`` takes the words given with the answer or the PDF's text layer, ``ocr`` those of the
default recogniser. Values are compared after dropping everything but letters and digits,
amounts to the cent and without sign, names also by similarity. Plain regular expressions on the
same words stand beside, and invoice2data where one of its templates applies. Invoices are told
twice: the second time each supplier's without the labels that only it uses
(``benchmarks.layouts_out``). ``--report`` writes a web page with reliability plots. Sets whose
names begin with ``made_`` or ``varied_`` are made by code.
"""

import argparse
import json
import pickle
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import track

from benchmarks import forms, resumes
from benchmarks.dataset import Document, evaluation, true_pages
from benchmarks.extraction_report import OwnScores, Report, table_of, write_page
from benchmarks.layouts_out import Borne, borne_by_made, knowing_only, layouts
from benchmarks.legible import is_legible
from benchmarks.made_invoices import HEIGHT, WIDTH, Cell, made_invoices
from benchmarks.made_resumes import made_resumes
from benchmarks.regex_baseline import by_regex
from benchmarks.scores import matches, similar
from benchmarks.template_baseline import MISSING, TemplateBaseline
from benchmarks.varied_invoices import varied_invoices
from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.engine import extract
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.errors import DocstageError
from shared.models.embedded import Embedded
from shared.models.extraction import Field
from shared.models.languages import language_codes
from shared.models.page import Page

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
MADE: dict[str, Callable[[int], Iterator[tuple[Document, list[Cell]]]]] = {
    "made_invoices": made_invoices,
    "made_invoices_odd": partial(made_invoices, odd=0.3),
    "made_invoices_odd_heads": partial(made_invoices, odd_heads=0.6),
    "varied_invoices": partial(varied_invoices, odd=0.1),
}
"""Sets made by code, some with labels and heads of columns that say nothing."""
_MADE = 160
_UNSEEN = 100_000
"""The number of the first résumé made: those with lower ones were learned from."""
_INVOICES = frozenset({"invoice", "credit_note"})
_TYPES = _INVOICES | {"receipt"}
_SCORES: dict[str, type[OwnScores]] = {
    resumes.TYPE: resumes.ResumeScores,
    forms.TYPE: forms.FormScores,
}
"""Types whose answers are scored in a way of their own."""


def main() -> None:
    """Runs the sets asked for and prints a table for each."""
    arguments = _arguments()
    console = Console(width=110)
    reports = _measured(arguments, console)
    for name, report in reports.items():
        console.print(table_of(name, report))
        if arguments.errors:
            for error in report.errors:
                print(*error.values(), sep=" | ")
    if arguments.report:
        arguments.report.mkdir(parents=True, exist_ok=True)
        write_page(reports, arguments.report)
    if arguments.json:
        found = {name: report.as_dict() for name, report in reports.items()}
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(found, indent=1, ensure_ascii=False), "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--words", choices=["truth", "ocr"], default="truth")
    parser.add_argument("--sets", default=",".join(DEFAULT_SETS))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--engine", default="auto", help="which engine reads pictures")
    parser.add_argument("--languages", default="en", help="of the pages read")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--report", type=Path, help="a folder for a web page with plots")
    parser.add_argument("--cache", type=Path, help="a folder that keeps the pages read")
    parser.add_argument("--errors", action="store_true", help="print every wrong field")
    return parser.parse_args()


def _measured(arguments: argparse.Namespace, console: Console) -> dict[str, Report]:
    """What every set shows."""
    reports: dict[str, Report] = defaultdict(Report)
    sets, limit = [name for name in arguments.sets.split(",") if name], arguments.limit
    documents = [
        document
        for name in sets
        for document in (
            _made(name, limit)
            if name in MADE or name == resumes.MADE
            else evaluation(arguments.data, [name], limit)
        )
    ]
    templates = TemplateBaseline.load()
    if templates is None:
        console.print(MISSING)
    reads: list[_Read] = []
    progress = Console(file=sys.stderr)
    for document in track(documents, "reading and extracting", console=progress, transient=True):
        found = _pages(document, arguments)
        if found is not None and (document.type in _TYPES or document.type in _SCORES):
            reads.append(_Read(document, *found))
            _measure(reads[-1], reports[document.set], templates)
    for name in track(sets, "leaving layouts out", console=progress, transient=True):
        if name not in MADE and name != resumes.MADE:
            _measure_layouts_out([it for it in reads if it.document.set == name], reports)
    return reports


class _Read(NamedTuple):
    """A document with what was read of it."""

    document: Document
    pages: list[Page]
    embedded: Embedded


def _made(name: str, limit: int | None) -> Iterator[Document]:
    """Documents made by code, with their words."""
    if name == resumes.MADE:
        for number, resume in enumerate(made_resumes(min(_MADE, limit or _MADE), start=_UNSEEN)):
            given = {"pages": resume.pages}
            yield Document(str(number), name, resumes.TYPE, resume.truth, None, given)
        return
    for document, cells in MADE[name](min(_MADE, limit or _MADE)):
        words = [{"text": it.text, "box": [it.x, it.y - it.size, it.x1, it.y]} for it in cells]
        given = {"words": words, "image_size": [WIDTH, HEIGHT]}
        yield replace(document, set=name, expected=given)


def _pages(document: Document, arguments: argparse.Namespace) -> tuple[list[Page], Embedded] | None:
    words, cache = arguments.words, arguments.cache
    if words == "truth" and not {"words", "pages"}.isdisjoint(document.expected):
        return document.expected.get("pages") or true_pages(document), Embedded()
    if document.file is None or (media := _MEDIA.get(document.file.suffix.lower())) is None:
        return None
    if words == "truth" and media != "application/pdf":
        return None
    kept = cache / f"{words}-{document.set}-{document.id}.pickle" if cache else None
    if kept is not None and kept.exists():
        pages, embedded = pickle.loads(kept.read_bytes())  # noqa: S301 (our own file)
        return pages, embedded
    languages = language_codes(arguments.languages)
    options = ReadOptions(engine=arguments.engine, budget=600.0, languages=languages)
    try:
        read = read_pages(str(document.file), media, 0, None, options)
    except DocstageError as error:
        print(document.set, document.id, error, file=sys.stderr)
        return [], Embedded()
    pages = [Page.model_validate_json(result.json) for result in read.pages]
    embedded = Embedded.model_validate_json(read.info.embedded or b"{}")
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps((pages, embedded)))
    return pages, embedded


def _measure_layouts_out(reads: Sequence[_Read], reports: dict[str, Report]) -> None:
    """Once more the invoices without XML, each supplier's without the labels that only it uses."""
    invoices = [it for it in reads if it.document.type in _INVOICES and not it.embedded.files]
    if len({it.document.group for it in invoices}) < 2:
        return
    pages = [(it.document, it.pages) for it in invoices]
    for suffix, made in (("unknown labels", borne_by_made()), ("labels of others alone", Borne())):
        report = reports[f"{invoices[0].document.set} ({suffix})"]
        for group, borne in layouts(pages, made).items():
            with knowing_only(borne):
                for each in invoices:
                    if each.document.group == group:
                        _measure(each, report, None)


def _measure(read: _Read, report: Report, templates: TemplateBaseline | None) -> None:
    document, pages, embedded = read
    begun = time.process_time()
    result = extract(ExtractRequest(pages=pages, embedded=embedded))
    report.seconds += time.process_time() - begun
    report.documents += 1
    report.pages += len(pages)
    name = result.type.name if result.type else None
    report.typed += name == (None if document.type == forms.TYPE else document.type)
    if document.type in _SCORES:
        report.own = report.own or _SCORES[document.type]()
        report.own.add(document, result)
        report.errors = report.own.errors
        return
    baseline = by_regex([line.text for page in pages for line in page.lines])
    right: dict[str, bool] = {}
    known = len(report.errors)
    for name in document.scored:
        if name == "line_items":
            rows = result.fields.get(name, [])
            found = rows if isinstance(rows, list) else []
            report.lines.add(document.fields[name], found, pages)
        elif _is_asked(name):
            right[name] = _compare(document, name, result, report, pages)
            simple = matches(name, document.fields.get(name), baseline.get(name))
            report.baseline[name].add(right=simple, near=simple, found=name in baseline)
    if document.type in _INVOICES and templates is not None:
        report.templates.add(document, right, templates.find(pages))
    report.all_right += all(right.values())
    report.pooled.add(list(right.values()))
    causes = {error["field"]: error["cause"] for error in report.errors[known:]}
    report.reviews.add(document.type, result, right, causes)


def _is_asked(name: str) -> bool:
    return name not in {"time", "receipt_number", "date_choices", "documents", "count"}


def _compare(
    document: Document, name: str, result: ExtractResult, report: Report, pages: list[Page]
) -> bool:
    found = result.fields.get(name)
    wanted = document.fields.get(name)
    if wanted is None and not isinstance(found, Field):
        return True
    either = document.expected.get("choices", {}).get(name, [wanted])
    choices = document.fields.get("date_choices", either) if name == "date" else either
    value = found.value if isinstance(found, Field) else None
    right = any(matches(name, each, value) for each in choices)
    tally = report.fields[name]
    tally.add(right=right, near=right or similar(wanted, value), found=value is not None)
    legible = wanted is not None and is_legible(name, wanted, pages)
    tally.legible += legible
    tally.legible_right += legible and right
    if isinstance(found, Field):
        report.calibration.add(name, found.confidence, right=right)
    report.missing += not isinstance(found, Field)
    if not right:
        chance = round(found.confidence, 2) if isinstance(found, Field) else None
        cause = _cause(wanted, value, legible=legible) if wanted else "not on the page"
        report.causes[name][cause] += 1
        report.errors.append(
            {"id": document.id, "field": name, "want": wanted, "got": value, "confidence": chance,
             "cause": cause}
        )  # fmt: skip
    return right


def _cause(wanted: object, value: object, *, legible: bool) -> str:
    """Why a field is wrong; ``not in the words`` says misread, or labelled unlike the print."""
    if not legible:
        return "not in the words"
    if value is None:
        return "not found"
    return "a word too many or too few" if similar(wanted, value) else "another value"


if __name__ == "__main__":
    main()
