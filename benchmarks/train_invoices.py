"""Fits what invoices' confidences mean: ``python -m benchmarks.train_invoices --read DIR``.

The finders of invoices score by rules. On invoices made by code, kind ones some of whose labels
say nothing and those of ``benchmarks.varied_invoices``, a logistic function for each field learns
how often what they deem right is right, and what speaks for and against that:
from words as a text layer gives them, and from those of ``benchmarks.drawn_invoices`` in ``DIR``
as each engine reads them; these again where three, and where six, in ten of their labels are not
in the lexicon, as those of others will not be. Told is what folds find that never split a layout.
The same for the values of line items, on invoices some of whose columns have heads that say
nothing too.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks.dataset import Document
from benchmarks.drawn_invoices import ENGINES, drawn_documents, pages_read
from benchmarks.layouts_out import knowing_only, with_labels_hidden
from benchmarks.line_scores import lines_meant
from benchmarks.made_invoices import made_invoices, page_of
from benchmarks.scores import Calibration, matches
from benchmarks.shop_figures import REVIEW_BELOW, share_interval
from benchmarks.training import folds
from benchmarks.varied_invoices import varied_invoices
from services.extract.answers import OFTEN_MISREAD, Answers, cell_evidence
from services.extract.calibrate import finding_confidence
from services.extract.features import Features
from services.extract.linear import Linear
from services.extract.reading import Reading
from services.extract.sheet import Token
from shared.models.page import Page

SEED = 7
FOLDS = 5
MADE = 320
VARIED = 640
VARIED_ODD = (0.0, 0.1)
SHARES_ODD = (0.0, 0.15, 0.3, 0.45)
HIDDEN = (0.3, 0.6)
"""Shares of labels that are hidden from the lexicon, of documents that were read."""
CONCEPTS = (
    "invoice_number", "invoice_date", "due_date", "currency", "total_amount", "net_amount",
    "tax_amount", "amount_due", "supplier_name", "customer_name", "vat_id",
)  # fmt: skip
REQUIRED = ("invoice_number", "invoice_date", "total_amount", "supplier_name")
_TRUSTED = {"supplier_name": 0.88}
"""From which confidence on names that were read are left unseen: below, nine in ten are right."""
_DOUBT = 0.01
"""The share of values taken for wrong though right: made pages are kinder than others' are."""
_DOUBTS = {"supplier_name": 0.03, "customer_name": 0.02}
"""The same of names: those of others go over two lines, or are known without their legal form."""
_LINE_COLUMNS = ("description", "quantity", "unit_price", "line_total")
_DOUBTS |= {f"line_items.{it}": 0.04 for it in _LINE_COLUMNS} | {"line_items.description": 0.08}
_ODD_LINES = ((0.0, 0.0, 0.3), (0.3, 0.3, 0.3), (0.45, 0.6, 0.3))
"""Shares of labels and of heads of columns that say nothing, and of tables with texts and prices
only, where lines are learned from."""
_READ_COUNTS = 1.0
"""How often each page counts that an engine read."""
_HIDDEN_COUNTS = 0.25
"""The same of one whose labels are hidden; of names, which labels say little of, none counts."""
_NAMES = frozenset({"supplier_name", "customer_name"})
_SMOOTHED = 6.0
"""Twice the inverse of the strength of the L2 penalty."""
_FOR = frozenset({"deemed", "likely", "legal", "under", "beside", "domain", "named", "titled",
                  "headed", "product", "faintest"})  # fmt: skip
_AGAINST = frozenset(
    {"close", "claimed", "open", "broken", "under_other", "beside_other", "word", "digits",
     "doubts", "followed", "formless", "named_partly", "named_otherwise",
     "said_below"}
)  # fmt: skip
"""What is known beforehand to speak for and against a value, if it tells anything."""
_LEAST = {"closes": 0.02}
"""The least weight of what always tells something: that the lines make the sums."""


@dataclass(frozen=True)
class Guise:
    """How the words of a document come: given, or read, maybe with a share of labels hidden."""

    engine: str | None = None
    hidden: float = 0.0

    @property
    def name(self) -> str:
        """What its figures are called."""
        read = f"words_read_by_{self.engine}" if self.engine else "words_given"
        return f"{read}_{self.hidden:.0%}_of_labels_hidden" if self.hidden else read

    def knowing(self, document: Document, pages: list[Page]) -> AbstractContextManager[None]:
        """While it lasts, the lexicon knows no hidden label of ``document``."""
        if not self.hidden:
            return nullcontext()
        seed = f"{document.id}-{self.hidden}"
        return knowing_only(with_labels_hidden(pages, self.hidden, seed))


GIVEN = Guise()
READ = tuple(Guise(engine) for engine in ENGINES)
GUISES = (GIVEN, *READ, *(Guise(engine, share) for engine in ENGINES for share in HIDDEN))


@dataclass(frozen=True)
class Finding:
    """A value that was found, and what spoke for it."""

    concept: str
    features: Features
    tokens: list[Token]
    right: bool
    layout: str
    guise: Guise


def main() -> None:
    """Fits, prints what unseen layouts show, and writes the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--read", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("services/extract/weights/invoice.json"))
    arguments = parser.parse_args()
    findings: dict[str, list[Finding]] = defaultdict(list)
    for document, pages, guise in _documents(arguments.read):
        with guise.knowing(document, pages):
            for concept, finding in _findings(document, pages, guise):
                findings[concept].append(finding)
    for document, pages, guise in _line_documents(arguments.read):
        for concept, finding in _line_findings(document, pages, guise):
            findings[concept].append(finding)
    concepts = [*CONCEPTS, *(f"line_items.{it}" for it in _LINE_COLUMNS)]
    unseen = {it: _unseen(findings[it], _doubt(it)) for it in concepts}
    pools = {it: [it] for it in concepts} | {
        "required": list(REQUIRED),
        "header": list(CONCEPTS),
        "line_items": concepts[len(CONCEPTS) :],
    }
    measured = {it: _figures([unseen[each] for each in pool]) for it, pool in pools.items()}
    for name, figures in measured.items():
        print(name, json.dumps(figures), flush=True)
    found = {
        "trained_by": f"benchmarks/train_invoices.py, seed {SEED}, on invoices made by code",
        "unseen_layouts": measured,
        "trusted": _TRUSTED,
        "calibration": {it: _fit(findings[it], _doubt(it)) for it in concepts},
        "models": {},
    }
    arguments.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def _documents(read: Path) -> Iterator[tuple[Document, list[Page], Guise]]:
    for odd in SHARES_ODD:
        for document, cells in made_invoices(MADE, odd):
            yield document, page_of(cells), GIVEN
    yield from _varied()
    yield from _as_read(read, GUISES[1:])


def _varied() -> Iterator[tuple[Document, list[Page], Guise]]:
    for odd in VARIED_ODD:
        for document, cells in varied_invoices(VARIED, odd):
            yield document, page_of(cells), GIVEN


def _as_read(read: Path, guises: Sequence[Guise]) -> Iterator[tuple[Document, list[Page], Guise]]:
    for guise in guises:
        for document, _ in drawn_documents():
            yield document, pages_read(read, document, engine=guise.engine or ""), guise


def _findings(document: Document, pages: list[Page], guise: Guise) -> Iterator[tuple[str, Finding]]:
    answers = Answers(Reading(pages), is_receipt=False)
    wanted = dict(document.fields)
    wanted.setdefault("amount_due", wanted["total_amount"])
    for concept in CONCEPTS:
        found = answers.deemed(concept)
        if found is not None:
            right = concept in wanted and matches(concept, wanted[concept], found.value)
            features = answers.evidence(concept, found)
            yield concept, Finding(concept, features, found.tokens, right, document.set, guise)


def _line_documents(read: Path) -> Iterator[tuple[Document, list[Page], Guise]]:
    for shares in _ODD_LINES:
        for document, cells in made_invoices(MADE, *shares):
            yield document, page_of(cells), GIVEN
    yield from _varied()
    yield from _as_read(read, READ)


def _line_findings(
    document: Document, pages: list[Page], guise: Guise
) -> Iterator[tuple[str, Finding]]:
    items = Answers(Reading(pages), is_receipt=False).line_items
    values = [item.values for item in items]
    for item, wanted in zip(items, lines_meant(document.fields["line_items"], values), strict=True):
        for concept, value in item.values.items():
            if wanted is None or wanted.get(concept):
                right = wanted is not None and matches(concept, wanted[concept], value)
                features = cell_evidence(item, concept)
                name, tokens = f"line_items.{concept}", item.tokens[concept]
                yield name, Finding(name, features, tokens, right, document.set, guise)


def _doubt(concept: str) -> float:
    return _DOUBTS.get(concept, _DOUBT)


def _count(finding: Finding) -> float:
    if finding.guise.hidden:
        return 0.0 if finding.concept in _NAMES else _HIDDEN_COUNTS
    return _READ_COUNTS if finding.guise.engine else 1.0


def _fit(findings: list[Finding], doubt: float) -> dict[str, float]:
    names = sorted({name for each in findings for name in each.features})
    matrix = np.array([[each.features.get(name, 0.0) for name in names] for each in findings])
    right = np.array([each.right for each in findings])
    counts = np.array([_count(each) for each in findings])
    share = np.where(right, 1 - doubt, 0.0)  # how far each is taken for right

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = matrix @ weights
        value = counts @ (np.logaddexp(0, scores) - share * scores) + weights @ weights / _SMOOTHED
        pull = matrix.T @ (counts * (1 / (1 + np.exp(-scores)) - share))
        return float(value), pull + 2 * weights / _SMOOTHED

    limits = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    bounds = [
        (_LEAST[name], None) if name in _LEAST else limits[(name in _FOR) - (name in _AGAINST)]
        for name in names
    ]
    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds)
    return dict(zip(names, found.x.round(3).tolist(), strict=True))


Parts = dict[str, list[tuple[float, bool, str]]]
"""Confidences with their outcomes and layouts, by the guise of the words."""
Figures = dict[str, float | list[float]]


def _unseen(findings: list[Finding], doubt: float) -> Parts:
    """What is said of each value by weights that never saw its layout."""
    numbers = folds([each.layout for each in findings], FOLDS, SEED)
    models = [
        Linear(_fit([f for f, own in zip(findings, numbers, strict=True) if own != number], doubt))
        for number in range(FOLDS)
    ]
    parts: Parts = {it.name: [] for it in GUISES}
    for finding, number in zip(findings, numbers, strict=True):
        chance = finding_confidence(
            finding.features,
            models[number],
            finding.tokens,
            limited=finding.concept not in OFTEN_MISREAD,
            trusted=_TRUSTED.get(finding.concept, 0.0) if finding.guise.engine else 0.0,
        )
        parts[finding.guise.name].append((chance, finding.right, finding.layout))
    return parts


def _figures(pool: list[Parts]) -> dict[str, Figures]:
    """What the confidences of some concepts together are worth."""
    figures: dict[str, Figures] = {}
    for name in [it.name for it in GUISES]:
        found = [each for parts in pool for each in parts[name]]
        if not found:
            continue
        right = np.array([each for _, each, _ in found])
        unflagged = np.array([chance >= REVIEW_BELOW for chance, *_ in found])
        low, high = share_interval(right, unflagged, [layout for *_, layout in found])
        chances = Calibration({"all": [(chance, each) for chance, each, _ in found]}).overall
        figures[name] = {
            "values": len(found),
            "right": round(float(right.mean()), 4),
            "ece": round(chances.ece, 4),
            "share_above_0.9": round(chances.share_above, 4),
            "right_above_0.9": round(chances.right_above, 4),
            "share_unflagged": round(float(unflagged.mean()), 4),
            "right_unflagged": round(float(right[unflagged].sum() / max(1, unflagged.sum())), 4),
            "interval_unflagged": [round(low, 4), round(high, 4)],
        }
    return figures


if __name__ == "__main__":
    main()
