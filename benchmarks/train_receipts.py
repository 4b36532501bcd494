"""Learns the weights for receipts: ``python -m benchmarks.train_receipts WORDS.jsonl --read DIR``.

``DIR`` is what ``benchmarks.drawn_receipts`` read of the same receipts: each is learned from
twice, with true words and with words as recognition gives them. Five folds that never split a
shop, made in four ways, measure it and give the scores on which the confidences are calibrated;
the shipped weights are then fitted on all documents.
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

SEEDS = (7, 1, 2, 3)
"""Of the ways to make folds: one shop has forty receipts, so that one way alone says little."""
FOLDS = 5
REVIEW_BELOW = 0.8
ATTRIBUTION = (
    "Learned from the words and labels of scanned receipts of the ICDAR 2019 SROIE task "
    "(Huang et al., 'ICDAR2019 Competition on Scanned Receipt OCR and Information "
    "Extraction', 2019), data set licence CC BY 4.0. Weights only; no receipt is contained."
)
_EXACT = frozenset({"total", "date"})
_ALIKE = 80  # of a hundred: below, the name was not read at all
_SMOOTHING = {"total": 3.0, "date": 10.0, "company": 10.0, "address": 1.0}
_STRENGTH = {"total": 24.0, "date": 3.0, "company": 5.0, "address": 3.0}
# Taken off the log odds: shops to come differ more from those at hand than these among each other.
_CAUTION = {"total": 0.1, "date": 0.0, "company": 0.1, "address": 0.1}
# From which confidence on 98 in a hundred of the required fields are right, out of fold.
_TRUSTED = {"total": 0.88, "date": 0.85, "company": 0.9}


def _signs(plus: str, minus: str) -> dict[str, int]:
    return dict.fromkeys(plus.split(), 1) | dict.fromkeys(minus.split(), -1)


# What is known beforehand of some features: they can only help, or only hurt.
_SIGNS = {
    "total": _signs(
        "left:final_total left:total_amount any_total less_discount paid_less_change net_plus_tax"
        " rounded above:total_amount above:final_total with_extras left:amount_due with_tax",
        "only_net only_subtotal only_cash left:change left:quantity_total zero left:discount"
        " left:rounding small twin_odd left:prepaid left:tax_amount left:net_amount"
        " left:subtotal left:other left:cash negative unlabelled tax",
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
# behind ``formerly known as`` nor that of who runs it.
_GIVEN = {"company": {"before_former": -4.0, "before_runs": -3.0}}
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
    """What weights that never saw its shop made of a receipt.

    ``fold`` is that of its shop in the first way to make folds, ``group`` the shop.
    """

    ranked: list[Scored]
    right: bool
    read: bool
    fold: int
    group: str


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
    measured: dict[str, dict[str, dict[str, float | list[float]]]] = {}
    true = [Reading(true_pages(each)) for each in documents]
    read = [Reading(pages_read(arguments.read, each)) for each in documents]
    for field in _CHOICES:
        samples = _samples(documents, true, field) + _samples(documents, read, field)
        outcomes = cross_validate(samples, field)
        calibration[field] = _calibrate(outcomes, field)
        models[field] = fit(
            [each.example for each in samples], _STRENGTH[field], _SIGNS[field], _GIVEN.get(field)
        )
        chances = _unseen_chances(outcomes, field)
        measured[field] = {
            words: _measure([each for each in samples if each.read == kind], sure, groups)
            for words, kind in (("true_words", False), ("read_words", True))
            for sure, groups in [_of_kind(chances, outcomes, read=kind)]
        }
        for words, figures in measured[field].items():
            print(field, words, figures, flush=True)
    found = {
        "attribution": ATTRIBUTION,
        "trained_by": f"benchmarks/train_receipts.py, seeds {SEEDS}, {len(documents)} receipts",
        "cross_validated": measured,
        "trusted": _TRUSTED,
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
    """For each receipt that has candidates: its rankings by weights not trained on its shop."""
    groups = [each.example.group for each in samples]
    first = folds(groups, FOLDS, SEEDS[0])
    outcomes: list[Outcome] = []
    for seed in SEEDS:
        numbers = folds(groups, FOLDS, seed)
        for number in range(FOLDS):
            kept = [s.example for s, n in zip(samples, numbers, strict=True) if n != number]
            model = Linear(fit(kept, _STRENGTH[field], _SIGNS[field], _GIVEN.get(field)))
            for sample, own, fold in zip(samples, numbers, first, strict=True):
                if own == number and sample.choices:
                    outcomes.append(_outcome(sample, model, fold))
    return outcomes


def _outcome(sample: Sample, model: Linear, fold: int) -> Outcome:
    ranked = rank(sample.choices, model)
    best = sample.choices.index(ranked[0].choice)
    return Outcome(ranked, sample.exact[best], sample.read, fold, sample.example.group)


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
    weights = dict(zip(names, model.coef_[0].tolist(), strict=True))
    weights["bias"] -= _CAUTION[field]
    return {name: round(weight, 3) for name, weight in weights.items()}


def _unseen_chances(outcomes: list[Outcome], field: str) -> list[tuple[float, bool]]:
    """Each outcome's confidence by a calibration that never saw its shop either."""
    models = [
        Linear(_calibrate([each for each in outcomes if each.fold != fold], field))
        for fold in range(FOLDS)
    ]
    trusted = _TRUSTED.get(field, 0.0)
    return [(confidence(it.ranked, models[it.fold], trusted), it.right) for it in outcomes]


def _of_kind(
    chances: list[tuple[float, bool]], outcomes: list[Outcome], *, read: bool
) -> tuple[list[tuple[float, bool]], list[str]]:
    """The confidences of outcomes with words of one kind, and their shops."""
    kept = [at for at, each in enumerate(outcomes) if each.read == read]
    return [chances[at] for at in kept], [outcomes[at].group for at in kept]


def _measure(
    samples: list[Sample], sure: list[tuple[float, bool]], groups: list[str]
) -> dict[str, float | list[float]]:
    high = [correct for chance, correct in sure if chance > 0.9]
    unflagged = [correct for chance, correct in sure if chance >= REVIEW_BELOW]
    bins = [[pair for pair in sure if at / 10 <= pair[0] < (at + 1) / 10] for at in range(10)]
    gaps = [abs(sum(p for p, _ in each) - sum(c for _, c in each)) for each in bins if each]
    count = len(samples) * len(SEEDS)
    return {
        "receipts": len(samples),
        "exact": round(sum(correct for _, correct in sure) / count, 3),
        "interval": _interval(sure, groups, count),
        "ceiling": round(sum(any(s.exact) for s in samples) / len(samples), 3),
        "ece": round(sum(gaps) / max(1, len(sure)), 3),
        "share_above_0.9": round(len(high) / count, 3),
        "exact_above_0.9": round(sum(high) / max(1, len(high)), 3),
        "share_unflagged": round(len(unflagged) / count, 3),
        "exact_unflagged": round(sum(unflagged) / max(1, len(unflagged)), 3),
    }


def _interval(sure: list[tuple[float, bool]], groups: list[str], count: int) -> list[float]:
    """Of the share that is right, 95%: shops drawn anew a thousand times."""
    shops = sorted(set(groups))
    place = {shop: at for at, shop in enumerate(shops)}
    right, sizes = np.zeros(len(shops)), np.zeros(len(shops))
    for (_, correct), group in zip(sure, groups, strict=True):
        right[place[group]] += correct
        sizes[place[group]] += 1
    drawn = np.random.default_rng(SEEDS[0]).integers(0, len(shops), (1000, len(shops)))
    shares = right[drawn].sum(axis=1) / sizes[drawn].sum(axis=1) * (sizes.sum() / count)
    return [round(float(each), 3) for each in np.percentile(shares, (2.5, 97.5))]


if __name__ == "__main__":
    main()
