"""Fits how ``auto`` chooses between the words of ``fast`` and ``tesseract``.

``python -m benchmarks.combination --data DIR [--sets a,b] [--write]``

``DIR`` is as for ``benchmarks.ocr``. Documents are parted by a digest of their names: the
models are fitted on one half, and word F1 is told for the other, with 95% intervals of the
differences (2,000 bootstrap samples of documents). ``--write`` stores the models with the
product. To be run again when either engine changes what its confidences mean.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np
from rich.progress import track
from sklearn.linear_model import LogisticRegression

from benchmarks.dataset import Document, evaluation
from benchmarks.ocr import true_text
from benchmarks.reading import MEDIA_TYPES, interval, word_f1
from services.ocr.engines import combining
from services.ocr.engines.combining import CASES, SIDES, Models, combine, described, groups
from services.ocr.engines.ink import ink_mask, levelled, tilt
from services.ocr.engines.registry import loaded
from services.ocr.layout import Token
from services.ocr.results import ReadOptions
from services.ocr.sources import open_source

STORED = Path(combining.__file__).with_name("combination.json")
COSTS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45)
DEFAULT_SETS = "receipts_sroie,forms_funsd"


class Read(NamedTuple):
    """A document's first page as both engines read it, and what stands on it."""

    set: str
    tuning: bool
    truth: str
    fast: list[Token]
    tesseract: list[Token]

    def f1(self, tokens: Sequence[Token]) -> float:
        """How well ``tokens`` say what stands there."""
        return word_f1(self.truth, " ".join(token.text for token in tokens))


def read(document: Document) -> Read:
    """``document`` read by both."""
    assert document.file is not None
    media_type = MEDIA_TYPES[document.file.suffix.lower()]
    with open_source(str(document.file), media_type, ReadOptions()) as source:
        picture = source.picture(0).pixels
    angle = tilt(ink_mask(picture))
    level = levelled(picture, angle) if angle else picture
    tokens = [loaded(name).recognise(level) for name in SIDES]
    return Read(document.set, in_tuning_half(document.id), true_text(document), *tokens)


def in_tuning_half(name: str) -> bool:
    """Whether the document of that name is fitted on, not reported."""
    return hashlib.sha256(name.encode()).digest()[-1] % 2 == 0


def fitted(pages: Sequence[Read], letters: frozenset[str]) -> Models:
    """Models of ``pages``, with the cost at which these read best."""
    rows: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    right: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for page in pages:
        truth = Counter(page.truth.lower().split())
        found = groups(page.fast, page.tesseract)
        for group, features in zip(found, described(found), strict=True):
            for side, name in enumerate(SIDES):
                key = name, group.case(side)
                rows[key] += features[side]
                right[key] += [token.text.lower() in truth for token in group.sides[side]]
    weights = {
        name: {case: _weights(rows[name, case], right[name, case]) for case in CASES}
        for name in SIDES
    }

    def score(models: Models) -> float:
        return sum(_mean_f1(pages, name, models, letters) for name in _sets(pages))

    return max((Models(weights, cost) for cost in COSTS), key=score)


def _weights(rows: list[list[float]], right: list[bool]) -> list[float]:
    model = LogisticRegression(fit_intercept=False, max_iter=2000)
    model.fit(np.array(rows), np.array(right))
    return [round(float(weight), 4) for weight in model.coef_[0]]


def _sets(pages: Sequence[Read]) -> list[str]:
    return sorted({page.set for page in pages})


def _mean_f1(pages: Sequence[Read], name: str, models: Models, letters: frozenset[str]) -> float:
    return fmean(
        page.f1(combine(page.fast, page.tesseract, models, letters))
        for page in pages
        if page.set == name
    )


def report(pages: Sequence[Read], models: Models, letters: frozenset[str]) -> None:
    """Print word F1 of pages that were not fitted on."""
    for name in _sets(pages):
        members = [page for page in pages if page.set == name]
        fast = [page.f1(page.fast) for page in members]
        tesseract = [page.f1(page.tesseract) for page in members]
        auto = [page.f1(combine(page.fast, page.tesseract, models, letters)) for page in members]
        print(
            f"{name}: {len(members)} documents; fast {fmean(fast):.4f}, "
            f"tesseract {fmean(tesseract):.4f}, auto {fmean(auto):.4f}"
        )
        for other, scores in (("fast", fast), ("tesseract", tesseract)):
            low, high = interval(np.subtract(auto, scores).tolist())
            print(f"  auto - {other}: {fmean(auto) - fmean(scores):+.4f} ({low:+.4f}..{high:+.4f})")


def main() -> None:
    """Read, fit, report, and store if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default=DEFAULT_SETS)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    documents = [
        document
        for document in evaluation(arguments.data, arguments.sets.split(","), None)
        if document.file and document.file.suffix.lower() in MEDIA_TYPES and true_text(document)
    ]
    quiet = not sys.stderr.isatty()
    pages = [read(document) for document in track(documents, "Reading", disable=quiet)]
    letters = loaded("fast").letters
    models = fitted([page for page in pages if page.tuning], letters)
    report([page for page in pages if not page.tuning], models, letters)
    if arguments.write:
        content = {"cost": models.cost, "weights": models.weights}
        STORED.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
