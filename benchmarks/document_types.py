"""The built-in types on documents made by code: ``python -m benchmarks.document_types``.

Seven languages, layouts drawn by number. Half of the layouts, and other labels, are kept apart:
``--half tuned`` may be looked at while the engine is changed, ``untouched`` is measured only.
Documents are sent without saying what they are, so a wrong type costs all of its fields. Told are
the share of documents whose type is right, of fields right (by letters and digits, numbers with
their sign), the F1 of the cells of rows, how far confidences are off (ECE), and values found where
there are none. ``--errors`` prints what is wrong of the tuned half.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.made_invoices import Cell, page_of
from benchmarks.made_types import made_documents
from benchmarks.report import Figures, Report, parser
from benchmarks.scores import Calibration, plain
from benchmarks.type_makers import MAKERS
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.schemas import built_in
from shared.models.extraction import Field, Fields
from shared.models.schema import FieldSpec, FieldType
from shared.validation import is_numeric

LAYOUTS = 12
"""Layouts of each half."""
_HALVES = {"tuned": False, "untouched": True}


@dataclass
class Score:
    """Counts of one type: documents, their types, fields and cells of rows."""

    documents: int = 0
    typed: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    cells: int = 0
    cells_found: int = 0
    cells_right: int = 0
    invented: int = 0
    calibration: Calibration = field(default_factory=Calibration)
    errors: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The fields that are right, of those that stand on the pages."""
        return self.right.total() / max(1, self.fields.total())

    @property
    def rows(self) -> float:
        """F1 of the cells of rows."""
        return 2 * self.cells_right / max(1, self.cells + self.cells_found)

    def figures(self, kind: str, half: str) -> Figures:
        """One line of the report."""
        return {
            "type": kind, "layouts": half, "documents": self.documents,
            "typed": round(self.typed / max(1, self.documents), 3),
            "fields": self.fields.total(), "right": round(self.share, 3),
            "cells": self.cells, "rows F1": round(self.rows, 3),
            "ECE": round(self.calibration.overall.ece, 3), "invented": self.invented,
        }  # fmt: skip


def main() -> None:
    """Prints a line for each type and half."""
    options = parser(__doc__)
    options.add_argument("--types", default=",".join(MAKERS))
    options.add_argument("--half", choices=[*_HALVES, "all"], default="all")
    options.add_argument("--layouts", type=int, default=LAYOUTS)
    options.add_argument("--errors", action="store_true")
    given = options.parse_args()
    figures: list[Figures] = []
    for kind in given.types.split(","):
        for half, untouched in _HALVES.items():
            if given.half not in {half, "all"}:
                continue
            score = measured(kind, given.layouts, untouched=untouched)
            figures.append(score.figures(kind, half))
            if given.errors and not untouched:
                print(*score.errors, sep="\n")
    Report("document types", {"layouts": given.layouts}, figures).finish(given.json)


def measured(kind: str, layouts: int, *, untouched: bool) -> Score:
    """What is found on documents of ``kind`` in so many layouts."""
    score = Score()
    documents = made_documents(kind, MAKERS[kind], layouts, untouched=untouched)
    for document, cells in documents:
        _measure(score, kind, document.id, document.fields, cells)
    return score


def _measure(
    score: Score, kind: str, name: str, wanted: dict[str, object], cells: list[Cell]
) -> None:
    result = extract(ExtractRequest(pages=page_of(cells)))
    told = result.type.name if result.type else None
    score.documents += 1
    score.typed += told == kind
    found = result.fields if told == kind else {}
    if told != kind:
        score.errors.append(f"{kind} {name}: taken for {told}")
    for spec in built_in()[kind].fields:
        if spec.type is FieldType.ROWS:
            _rows(score, f"{kind} {name}", spec, wanted.get(spec.name), found.get(spec.name))
        else:
            _field(score, f"{kind} {name}", spec, wanted.get(spec.name), found)


def _field(score: Score, name: str, spec: FieldSpec, wanted: object, fields: Fields) -> None:
    got = fields.get(spec.name)
    value = got.value if isinstance(got, Field) else None
    if wanted is None:
        score.invented += value is not None
        if value is not None:
            score.errors.append(f"{name} {spec.name}: invented {value!r}")
        return
    right = value is not None and _alike(spec, wanted, value)
    score.fields[spec.name] += 1
    score.right[spec.name] += right
    if isinstance(got, Field):
        score.calibration.add(spec.name, got.confidence, right=right)
    if not right:
        score.errors.append(f"{name} {spec.name}: wanted {wanted!r}, got {value!r}")


def _rows(score: Score, name: str, spec: FieldSpec, wanted: object, got: object) -> None:
    """Cells are compared as sets, so that one row lost costs its own cells only."""
    columns = {column.name: column for column in spec.fields}
    asked = _cells(columns, wanted if isinstance(wanted, list) else [])
    rows = got if isinstance(got, list) else []
    told = _cells(columns, ({column: cell.value for column, cell in row.items()} for row in rows))
    both = (asked & told).total()
    score.cells += asked.total()
    score.cells_found += told.total()
    score.cells_right += both
    if both < max(asked.total(), told.total()):
        score.errors.append(f"{name} {spec.name}: missing {asked - told}, wrong {told - asked}")


def _cells(
    columns: dict[str, FieldSpec], rows: Iterable[dict[str, object]]
) -> Counter[tuple[str, str]]:
    return Counter(
        (name, f"{float(str(value)):g}" if is_numeric(columns[name].type) else plain(value))
        for row in rows
        for name, value in row.items()
    )


def _alike(spec: FieldSpec, wanted: object, found: object) -> bool:
    if is_numeric(spec.type):
        return float(str(wanted)) == float(str(found))
    if spec.type is FieldType.BOOLEAN:
        return wanted is found
    return plain(wanted) == plain(found)


if __name__ == "__main__":
    main()
