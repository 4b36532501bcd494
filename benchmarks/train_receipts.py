"""Learns the weights for receipts: ``python -m benchmarks.train_receipts WORDS.jsonl --read DIR``.

``DIR`` is what ``benchmarks.drawn_receipts`` read of the same receipts: each is learned from
twice, with true words and with words as recognition gives them. Five folds that never split a
shop measure it and give the scores on which the confidences are calibrated; the shipped weights
are then fitted on all documents.
"""

import argparse
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz
from sklearn.linear_model import LogisticRegression

from benchmarks.dataset import Document, training_receipts, true_pages
from benchmarks.drawn_receipts import pages_read
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

SEED = 7
FOLDS = 5
ATTRIBUTION = (
    "Learned from the words and labels of scanned receipts of the ICDAR 2019 SROIE task "
    "(Huang et al., 'ICDAR2019 Competition on Scanned Receipt OCR and Information "
    "Extraction', 2019), data set licence CC BY 4.0. Weights only; no receipt is contained."
)
_EXACT = frozenset({"total", "date"})
_ALIKE = 80  # of a hundred: below, the name was not read at all
_SMOOTHING = {"total": 10.0, "date": 10.0, "company": 10.0, "address": 100.0}
_STRENGTH = {"total": 8.0, "date": 3.0, "company": 3.0, "address": 3.0}


def _signs(plus: str, minus: str) -> dict[str, int]:
    return dict.fromkeys(plus.split(), 1) | dict.fromkeys(minus.split(), -1)


# What is known beforehand of some features: they can only help, or only hurt.
_SIGNS = {
    "total": _signs(
        "left:final_total left:total_amount any_total less_discount paid_less_change net_plus_tax"
        " rounded above:total_amount above:final_total with_extras left:amount_due",
        "only_net only_subtotal only_cash left:change left:quantity_total zero left:discount"
        " left:rounding small twin_odd left:prepaid left:tax_amount left:net_amount"
        " left:subtotal left:other left:cash negative unlabelled",
    ),
    "date": _signs("left:date above:date quality", "left:other odd_year short_year"),
    "company": _signs(
        "ends_legal legal trade tallest repeated",
        "doubtful unbalanced torn title contact label address digits joined_address joined_number"
        " joined_title after_legal",
    ),
    "address": _signs("", "doubtful"),
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

    ``read`` says that its words come from recognition.
    """

    choices: list[Choice]
    example: Example
    exact: list[bool]
    read: bool


@dataclass(frozen=True)
class Outcome:
    """What weights that never saw its shop made of a receipt; ``fold`` is that of its shop."""

    ranked: list[Scored]
    right: bool
    read: bool
    fold: int


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
    measured: dict[str, dict[str, dict[str, float]]] = {}
    true = [Reading(true_pages(each)) for each in documents]
    read = [Reading(pages_read(arguments.read, each)) for each in documents]
    for field in _CHOICES:
        samples = _samples(documents, true, field) + _samples(documents, read, field)
        outcomes = cross_validate(samples, field)
        calibration[field] = _calibrate(outcomes, field)
        models[field] = fit([each.example for each in samples], _STRENGTH[field], _SIGNS[field])
        chances = _unseen_chances(outcomes, field)
        measured[field] = {
            words: _measure(
                [each for each in samples if each.read == kind],
                [pair for pair, each in zip(chances, outcomes, strict=True) if each.read == kind],
            )
            for words, kind in (("true_words", False), ("read_words", True))
        }
        for words, figures in measured[field].items():
            print(field, words, figures, flush=True)
    found = {
        "attribution": ATTRIBUTION,
        "trained_by": f"benchmarks/train_receipts.py, seed {SEED}, {len(documents)} receipts",
        "cross_validated": measured,
        "calibration": calibration,
        "models": models,
    }
    arguments.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _samples(documents: list[Document], readings: list[Reading], field: str) -> list[Sample]:
    samples = []
    for document, reading in zip(documents, readings, strict=True):
        if field not in document.fields:
            continue
        choices = _CHOICES[field](reading)
        wanted = _same(document.fields[field])
        values = [_same(choice.candidate.value.lstrip("-")) for choice in choices]
        exact = [value == wanted for value in values]
        right = exact if field in _EXACT or any(exact) else _nearest(values, wanted)
        example = Example(document.group, [choice.features for choice in choices], right)
        samples.append(Sample(choices, example, exact, reading.sheet.is_ocr))
    return samples


def _same(value: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", value.upper())


def _nearest(values: list[str], wanted: str) -> list[bool]:
    """The names that are likest where misread letters leave none that is right."""
    alike = [fuzz.ratio(value, wanted) for value in values]
    return [each >= max(_ALIKE, *alike) for each in alike]


def cross_validate(samples: list[Sample], field: str) -> list[Outcome]:
    """For each receipt that has candidates: its ranking by weights not trained on its shop."""
    numbers = folds([each.example.group for each in samples], FOLDS, SEED)
    outcomes: list[Outcome] = []
    for number in range(FOLDS):
        kept = [s.example for s, n in zip(samples, numbers, strict=True) if n != number]
        model = Linear(fit(kept, _STRENGTH[field], _SIGNS[field]))
        for sample, own in zip(samples, numbers, strict=True):
            if own == number and sample.choices:
                ranked = rank(sample.choices, model)
                best = sample.choices.index(ranked[0].choice)
                outcomes.append(Outcome(ranked, sample.exact[best], sample.read, own))
    return outcomes


def _calibrate(outcomes: list[Outcome], field: str) -> dict[str, float]:
    features = [calibration_features(each.ranked) for each in outcomes]
    names = sorted({name for each in features for name in each})
    if field in _EXACT:
        # One scale for true and read words: of numbers the misread ones are few.
        names = [name for name in names if not name.endswith("sure") and "read:" not in name]
    matrix = np.array([[each.get(name, 0.0) for name in names] for each in features])
    right = np.array([each.right for each in outcomes])
    model = LogisticRegression(C=_SMOOTHING[field], fit_intercept=False, max_iter=3000).fit(
        matrix, right
    )
    return dict(zip(names, model.coef_[0].round(3).tolist(), strict=True))


def _unseen_chances(outcomes: list[Outcome], field: str) -> list[tuple[float, bool]]:
    """Each outcome's confidence by a calibration that never saw its shop either."""
    models = [
        Linear(_calibrate([each for each in outcomes if each.fold != fold], field))
        for fold in range(FOLDS)
    ]
    return [(confidence(each.ranked, models[each.fold]), each.right) for each in outcomes]


def _measure(samples: list[Sample], sure: list[tuple[float, bool]]) -> dict[str, float]:
    high = [correct for chance, correct in sure if chance > 0.9]
    bins = [[pair for pair in sure if at / 10 <= pair[0] < (at + 1) / 10] for at in range(10)]
    gaps = [abs(sum(p for p, _ in each) - sum(c for _, c in each)) for each in bins if each]
    return {
        "receipts": len(samples),
        "exact": round(sum(correct for _, correct in sure) / len(samples), 3),
        "ceiling": round(sum(any(s.exact) for s in samples) / len(samples), 3),
        "ece": round(sum(gaps) / max(1, len(sure)), 3),
        "share_above_0.9": round(len(high) / len(samples), 3),
        "exact_above_0.9": round(sum(high) / max(1, len(high)), 3),
    }


if __name__ == "__main__":
    main()
