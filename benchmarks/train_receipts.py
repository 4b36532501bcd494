"""Learns the weights for receipts: ``python -m benchmarks.train_receipts WORDS.jsonl --read DIR``.

``DIR`` is what ``benchmarks.drawn_receipts`` read of the same receipts: each is learned from
twice, with true words and with words as recognition gives them, and its other drawings, and what
``auto`` reads, tell the confidences more of what is misread. Five folds that never split a shop,
made in four ways, measure it and give the scores on which the confidences are calibrated; the
shipped weights are then fitted on all documents.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz
from sklearn.linear_model import LogisticRegression

from benchmarks.dataset import Document, training_receipts, true_pages
from benchmarks.drawn_receipts import ENGINES, drawings_read, pages_read
from benchmarks.shop_figures import Figures, Judged, figures_of
from benchmarks.training import Example, fit, folds
from services.extract.calibrate import calibration_features, confidence
from services.extract.features import Choice
from services.extract.features.addresses import address_choices
from services.extract.features.dates import date_choices
from services.extract.features.money import money_choices
from services.extract.features.names import company_choices
from services.extract.linear import Linear
from services.extract.reading import Reading
from services.extract.scoring import Scored, rank

SEEDS = (7, 1, 2, 3)
"""Of the ways to make folds: one shop has forty receipts, so that one way alone says little."""
FOLDS = 5
KINDS = ("true_words", *(f"read_by_{engine}" for engine in ENGINES))
REQUIRED = ("total", "date", "company")
ATTRIBUTION = (
    "Learned from the words and labels of scanned receipts of the ICDAR 2019 SROIE task "
    "(Huang et al., 'ICDAR2019 Competition on Scanned Receipt OCR and Information "
    "Extraction', 2019), data set licence CC BY 4.0. Weights only; no receipt is contained."
)
_EXACT = frozenset({"total", "date"})
_ALIKE = 80  # of a hundred: below, the name was not read at all
_SMOOTHING = {"total": 3.0, "date": 10.0, "company": 5.0, "address": 1.0}
_STRENGTH = {"total": 24.0, "date": 3.0, "company": 5.0, "address": 3.0}
# Taken off the log odds: shops to come differ more from those at hand than these among each other.
_CAUTION = {"total": 0.0, "date": 0.0, "company": 0.0, "address": 0.1}
# What confidences are fitted to: true words as much as those read, and both engines alike.
_COUNTS = dict(zip(KINDS, (1.0, 0.5, 0.5), strict=True))
# From which confidence on 98 in a hundred of the required fields are right, out of fold.
_TRUSTED = {"total": 0.88, "date": 0.85, "company": 0.92}


def _signs(plus: str, minus: str) -> dict[str, int]:
    return dict.fromkeys(plus.split(), 1) | dict.fromkeys(minus.split(), -1)


# What is known beforehand of some features: they can only help, or only hurt.
_SIGNS = {
    "total": _signs(
        "left:final_total left:total_amount any_total less_discount paid_less_change net_plus_tax"
        " rounded above:total_amount above:final_total with_extras left:amount_due with_tax"
        " surer_twin",
        "only_net only_subtotal only_cash left:change left:quantity_total zero left:discount"
        " left:rounding small twin_odd left:prepaid left:tax_amount left:net_amount"
        " left:subtotal left:other left:cash negative unlabelled tax fainter_twin"
        " net_of_pair hardly_read",
    ),
    "date": _signs("left:date above:date quality", "left:other odd_year short_year"),
    "company": _signs(
        "ends_legal legal trade tallest repeated joined_goes_on joined_last_word",
        "doubtful unbalanced torn title contact label address digits joined_address joined_number"
        " joined_title after_legal before_former before_runs deep former owner priced label_inside"
        " joined_label joined_former after_goes_on after_last_word",
    ),
    "address": _signs("", "doubtful priced past_country"),
}
# What is known and shown by too few shops to be learned: the name of a place is neither the one
# behind ``formerly known as`` nor that of who runs it. What words that were not read left behind,
# and who has read the page, say nothing of which line is meant. That something was rounded says
# nothing of which sum is meant, but that it was another one where that one was not read.
_GIVEN = {
    "company": {"before_former": -4.0, "before_runs": -3.0}
    | dict.fromkeys(("displaced", "hole", "combined"), 0.0),
    "total": {"before_rounding": 0.0},
}
_CHOICES: dict[str, Callable[[Reading], list[Choice]]] = {
    "total": lambda reading: money_choices(reading, reading.money, reading.around(reading.money)),
    "date": lambda reading: date_choices(reading, reading.dates, reading.around(reading.dates)),
    "company": company_choices,
    "address": address_choices,
}


@dataclass(frozen=True)
class Sample:
    """One receipt for one field; ``exact`` says which choices are right to the letter.

    ``kind`` says where its words come from, ``taught`` whether weights are learned from it.
    """

    choices: list[Choice]
    example: Example
    exact: list[bool]
    kind: str
    taught: bool


@dataclass(frozen=True)
class Outcome:
    """What weights that never saw its shop made of a receipt.

    ``fold`` is that of its shop in the first way to make folds, ``group`` the shop.
    """

    ranked: list[Scored]
    right: bool
    kind: str
    fold: int
    group: str


@dataclass(frozen=True)
class Read:
    """A receipt, and one way in which its words are known."""

    document: Document
    reading: Reading
    kind: str
    taught: bool


def main() -> None:
    """Trains, prints the cross-validated scores, and writes the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", type=Path)
    parser.add_argument("--read", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("services/extract/weights/receipt.json"))
    arguments = parser.parse_args()
    documents = training_receipts(arguments.words)
    models: dict[str, dict[str, float]] = {}
    calibration: dict[str, dict[str, float]] = {}
    measured: dict[str, dict[str, Figures]] = {}
    judged: dict[str, list[Judged]] = {}
    reads = list(_reads(documents, arguments.read))
    for field in _CHOICES:
        samples = _samples(reads, field)
        outcomes = cross_validate(samples, field)
        calibration[field] = _calibrate(outcomes, field)
        models[field] = _fit(samples, field)
        judged[field] = _judged(outcomes, field)
        measured[field] = {
            kind: figures_of(
                [it for it in judged[field] if it.kind == kind],
                len(SEEDS) * len(given),
                [any(sample.exact) for sample in given],
            )
            for kind in KINDS
            for given in [[it for it in samples if it.kind == kind]]
        }
        _tell(field, measured[field])
    required = _required(judged, Counter(each.kind for each in reads))
    _tell("required", required)
    found = {
        "attribution": ATTRIBUTION,
        "trained_by": f"benchmarks/train_receipts.py, seeds {SEEDS}, {len(documents)} receipts",
        "cross_validated": measured,
        "required_fields": required,
        "trusted": _TRUSTED,
        "calibration": calibration,
        "models": models,
    }
    arguments.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _tell(name: str, figures: dict[str, Figures]) -> None:
    for kind in KINDS:
        print(name, kind, figures[kind], flush=True)


def _reads(documents: list[Document], folder: Path) -> Iterator[Read]:
    """More than one drawing to learn weights from would outweigh true words."""
    for document in documents:
        yield Read(document, Reading(true_pages(document)), KINDS[0], taught=True)
    for engine in ENGINES:
        for at, document in enumerate(documents):
            for drawing in drawings_read(engine, at):
                reading = Reading(pages_read(folder, document, drawing, engine))
                taught = engine == "fast" and drawing == 0
                yield Read(document, reading, f"read_by_{engine}", taught)


def _required(judged: dict[str, list[Judged]], pages: Mapping[str, int]) -> dict[str, Figures]:
    """Of all fields together that the type requires."""
    pool = [each for field in REQUIRED for each in judged[field]]
    return {
        kind: figures_of(
            [it for it in pool if it.kind == kind], len(SEEDS) * len(REQUIRED) * pages[kind]
        )
        for kind in KINDS
    }


def _fit(samples: list[Sample], field: str) -> dict[str, float]:
    examples = [each.example for each in samples if each.taught]
    return fit(examples, _STRENGTH[field], _SIGNS[field], _GIVEN.get(field))


def _samples(reads: list[Read], field: str) -> list[Sample]:
    samples = []
    for read in reads:
        if field not in read.document.fields:
            continue
        choices = _CHOICES[field](read.reading)
        wanted = _same(read.document.fields[field])
        values = [_same(choice.candidate.value.lstrip("-")) for choice in choices]
        exact = [value == wanted for value in values]
        right = exact if field in _EXACT or any(exact) else _nearest(values, wanted)
        example = Example(read.document.group, [choice.features for choice in choices], right)
        samples.append(Sample(choices, example, exact, read.kind, read.taught))
    return samples


def _same(value: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", value.upper())


def _nearest(values: list[str], wanted: str) -> list[bool]:
    """The names that are likest where misread letters leave none that is right."""
    alike = [fuzz.ratio(value, wanted) for value in values]
    return [each >= max(_ALIKE, *alike) for each in alike]


def cross_validate(samples: list[Sample], field: str) -> list[Outcome]:
    """For each receipt that has candidates: its rankings by weights not trained on its shop."""
    groups = [each.example.group for each in samples]
    first = folds(groups, FOLDS, SEEDS[0])
    outcomes: list[Outcome] = []
    for seed in SEEDS:
        numbers = folds(groups, FOLDS, seed)
        for number in range(FOLDS):
            kept = [each for each, n in zip(samples, numbers, strict=True) if n != number]
            model = Linear(_fit(kept, field))
            for sample, own, fold in zip(samples, numbers, first, strict=True):
                if own == number and not all(each.is_none for each in sample.choices):
                    outcomes.append(_outcome(sample, model, fold))
    return outcomes


def _outcome(sample: Sample, model: Linear, fold: int) -> Outcome:
    ranked = rank(sample.choices, model)
    best = sample.choices.index(ranked[0].choice)
    return Outcome(ranked, sample.exact[best], sample.kind, fold, sample.example.group)


def _calibrate(outcomes: list[Outcome], field: str) -> dict[str, float]:
    features = [calibration_features(each.ranked) for each in outcomes]
    names = sorted({name for each in features for name in each})
    if field in _EXACT:
        # One scale for true and read words: of numbers the misread ones are few.
        names = [name for name in names if not name.endswith("sure") and "read:" not in name]
    matrix = np.array([[each.get(name, 0.0) for name in names] for each in features])
    right = np.array([each.right for each in outcomes])
    known = Counter(each.kind for each in outcomes)
    counts = [_COUNTS[it.kind] * known[KINDS[0]] / known[it.kind] for it in outcomes]
    model = LogisticRegression(C=_SMOOTHING[field], fit_intercept=False, max_iter=3000).fit(
        matrix, right, counts
    )
    weights = dict(zip(names, model.coef_[0].tolist(), strict=True))
    weights["bias"] -= _CAUTION[field]
    return {name: round(weight, 3) for name, weight in weights.items()}


def _judged(outcomes: list[Outcome], field: str) -> list[Judged]:
    """Each outcome's confidence by a calibration that never saw its shop either."""
    models = [
        Linear(_calibrate([each for each in outcomes if each.fold != fold], field))
        for fold in range(FOLDS)
    ]
    trusted = _TRUSTED.get(field, 0.0)
    return [
        Judged(confidence(it.ranked, models[it.fold], trusted), it.right, it.group, it.kind)
        for it in outcomes
    ]


if __name__ == "__main__":
    main()
