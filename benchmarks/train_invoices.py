"""Fits what invoices' confidences mean: ``python -m benchmarks.train_invoices --read DIR``.

The finders of invoices score by rules. On invoices made by code, some of whose labels say
nothing, a logistic function for each field learns how often what they deem right is right:
from words as a text layer gives them, and from those of ``benchmarks.drawn_invoices`` in ``DIR``
as recognition does. Told is what folds find that never split a layout. The same for the values of
line items, on invoices some of whose columns have heads that say nothing too.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.dataset import Document
from benchmarks.drawn_invoices import COUNT, ODD, pages_read
from benchmarks.line_scores import lines_meant
from benchmarks.made_invoices import made_invoices, page_of
from benchmarks.scores import Calibration, matches
from benchmarks.training import folds
from services.extract.answers import Answers, cell_evidence
from services.extract.calibrate import finding_confidence
from services.extract.features import Features
from services.extract.linear import Linear
from services.extract.reading import Reading
from services.extract.sheet import Token
from shared.models.page import Page

SEED = 7
FOLDS = 5
MADE = 320
SHARES_ODD = (0.0, 0.15, 0.3, 0.45)
CONCEPTS = (
    "invoice_number", "invoice_date", "due_date", "currency", "total_amount", "net_amount",
    "tax_amount", "amount_due", "supplier_name", "customer_name", "vat_id",
)  # fmt: skip
_DOUBT = 0.02
"""The share of values taken for wrong though right: made pages are kinder than others' are."""
_DOUBTS = {"supplier_name": 0.05, "customer_name": 0.03}
"""The same of names: those of others go over two lines, or are known without their legal form."""
_LINE_COLUMNS = ("description", "quantity", "unit_price", "line_total")
_DOUBTS |= {f"line_items.{it}": 0.04 for it in _LINE_COLUMNS} | {"line_items.description": 0.08}
_ODD_LINES = ((0.0, 0.0, 0.3), (0.3, 0.3, 0.3), (0.45, 0.6, 0.3))
"""Shares of labels and of heads of columns that say nothing, and of tables with texts and prices
only, where lines are learned from."""
_READ_COUNTS = 4.0
"""How often each page that was read counts, as they are few."""
_SMOOTHING = 3.0


@dataclass(frozen=True)
class Finding:
    """A value that was found, and what spoke for it."""

    features: Features
    tokens: list[Token]
    right: bool
    layout: str
    read: bool


def main() -> None:
    """Fits, prints what unseen layouts show, and writes the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--read", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("services/extract/weights/invoice.json"))
    arguments = parser.parse_args()
    findings: dict[str, list[Finding]] = defaultdict(list)
    for document, pages, read in _documents(arguments.read):
        for concept, finding in _findings(document, pages, read=read):
            findings[concept].append(finding)
    for document, pages, read in _line_documents(arguments.read):
        for concept, finding in _line_findings(document, pages, read=read):
            findings[concept].append(finding)
    concepts = [*CONCEPTS, *(f"line_items.{it}" for it in _LINE_COLUMNS)]
    measured: dict[str, dict[str, dict[str, float]]] = {}
    for concept in concepts:
        measured[concept] = _unseen(findings[concept], _doubt(concept))
        print(concept, json.dumps(measured[concept]), flush=True)
    found = {
        "trained_by": f"benchmarks/train_invoices.py, seed {SEED}, on invoices made by code",
        "unseen_layouts": measured,
        "calibration": {it: _fit(findings[it], _doubt(it)) for it in concepts},
        "models": {},
    }
    arguments.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def _documents(read: Path) -> Iterator[tuple[Document, list[Page], bool]]:
    for odd in SHARES_ODD:
        for document, cells in made_invoices(MADE, odd):
            yield document, page_of(cells), False
    for document, _ in made_invoices(COUNT, ODD):
        yield document, pages_read(read, document), True


def _findings(
    document: Document, pages: list[Page], *, read: bool
) -> Iterator[tuple[str, Finding]]:
    answers = Answers(Reading(pages), is_receipt=False)
    wanted = dict(document.fields)
    wanted.setdefault("amount_due", wanted["total_amount"])
    for concept in CONCEPTS:
        found = answers.deemed(concept)
        if found is not None:
            right = concept in wanted and matches(concept, wanted[concept], found.value)
            features = answers.evidence(concept, found)
            yield concept, Finding(features, found.tokens, right, document.set, read)


def _line_documents(read: Path) -> Iterator[tuple[Document, list[Page], bool]]:
    for shares in _ODD_LINES:
        for document, cells in made_invoices(MADE, *shares):
            yield document, page_of(cells), False
    for document, _ in made_invoices(COUNT, ODD):
        yield document, pages_read(read, document), True


def _line_findings(
    document: Document, pages: list[Page], *, read: bool
) -> Iterator[tuple[str, Finding]]:
    items = Answers(Reading(pages), is_receipt=False).line_items
    values = [item.values for item in items]
    for item, wanted in zip(items, lines_meant(document.fields["line_items"], values), strict=True):
        for concept, value in item.values.items():
            if wanted is None or wanted.get(concept):
                right = wanted is not None and matches(concept, wanted[concept], value)
                features = cell_evidence(item, concept)
                finding = Finding(features, item.tokens[concept], right, document.set, read)
                yield f"line_items.{concept}", finding


def _doubt(concept: str) -> float:
    return _DOUBTS.get(concept, _DOUBT)


def _fit(findings: list[Finding], doubt: float) -> dict[str, float]:
    names = sorted({name for each in findings for name in each.features})
    matrix = np.array([[each.features.get(name, 0.0) for name in names] for each in findings])
    right = np.array([each.right for each in findings])
    counts = np.array([_READ_COUNTS if each.read else 1.0 for each in findings])
    model = LogisticRegression(C=_SMOOTHING, fit_intercept=False, max_iter=3000)
    model.fit(
        np.vstack([matrix, matrix]),
        np.concatenate([right, np.zeros(len(right), bool)]),
        sample_weight=np.concatenate([counts * (1 - doubt), counts * doubt]),
    )
    return dict(zip(names, model.coef_[0].round(3).tolist(), strict=True))


def _unseen(findings: list[Finding], doubt: float) -> dict[str, dict[str, float]]:
    """Figures of each half, words given and words read, by weights that never saw a layout."""
    numbers = folds([each.layout for each in findings], FOLDS, SEED)
    models = [
        Linear(_fit([f for f, own in zip(findings, numbers, strict=True) if own != number], doubt))
        for number in range(FOLDS)
    ]
    halves = {"words_given": Calibration(), "words_read": Calibration()}
    for finding, number in zip(findings, numbers, strict=True):
        chance = finding_confidence(finding.features, models[number], finding.tokens)
        half = halves["words_read" if finding.read else "words_given"]
        half.add("all", chance, right=finding.right)
    return {
        name: {"values": len(half.outcomes["all"]), "right": _share(half)} | half.as_dict()["all"]
        for name, half in halves.items()
    }


def _share(half: Calibration) -> float:
    pairs = half.outcomes["all"]
    return round(sum(right for _, right in pairs) / len(pairs), 4)


if __name__ == "__main__":
    main()
