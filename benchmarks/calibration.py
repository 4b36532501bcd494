"""Fits what words' confidences and pages' quality scores mean, and measures them.

``python -m benchmarks.calibration --data DIR [--sets a,b] [--limit N]
[--engines fast,tesseract,auto] [--write] [--json FILE]``

``DIR`` is as for ``benchmarks.ocr``; drawn pages, good and poor ones, are read beside. All is
fitted on one half of each set (``in_tuning_half``) and told for the other: of words the
expected calibration error (ten bins), Brier score and area under the ROC curve, before and
after; of pages how the score goes with word F1, and how the hint to scan again does with
pages of which the word F1 is below one half. The models that the product has are told beside
(``shipped``), on the same pages. Nothing is kept between runs. ``--write`` stores the models of
the engines that were read with the product.
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from sklearn.linear_model import LogisticRegression

from benchmarks.calibration_report import PageFigures, page_figures, show, word_figures
from benchmarks.dataset import Document, evaluation
from benchmarks.drawn_pages import drawn_documents
from benchmarks.ocr import true_text
from benchmarks.poor_pages import poor_documents
from benchmarks.reading import MEDIA_TYPES
from benchmarks.word_truth import PageRead, read, readers
from services.ocr import confidence, quality
from services.ocr.confidence import Weights, calibrated, packaged_weights

STORED = Path(confidence.__file__).with_name("confidence.json")
DEFAULT_SETS = "receipts_sroie,forms_funsd"
DEFAULT_ENGINES = "fast,tesseract,auto"
_ARE_CHANCES = frozenset({"fast+tesseract"})
"""Engines whose confidences come from models of their own (``benchmarks.combination``), fitted
on the same half: measured on the other, a second fit only took from them (ECE 0.021 to 0.036)."""
_SMOOTHING = 30.0
"""Of the fit (sklearn's C): there are thousands of words, and some hundred pages."""


def fitted(pages: Sequence[PageRead], engine: str) -> Weights:
    """The models of ``engine``, of words first: pages are judged by calibrated words."""
    pages = [page for page in pages if engine in page.by]
    given = [page.by[engine] for page in pages]
    rows = np.concatenate([confidence.described(it.found.tokens) for it in given])
    right = np.array([right for it in given for right in it.right], np.float64)
    if engine in _ARE_CHANCES:
        words = tuple(float(name == "confidence") for name in confidence.FEATURES)
    else:
        words = _fit(rows, right, confidence.FEATURES, confidence.RISING)
    half = Weights(words, ())
    looks = np.array([_page_features(page, engine, half) for page in pages])
    f1 = np.array([it.f1 for it in given])
    return Weights(words, _fit(looks, f1, quality.FEATURES, quality.RISING))


def _page_features(page: PageRead, engine: str, weights: Weights) -> list[float]:
    found = page.by[engine].found
    sure = [token.confidence for token in calibrated(found.tokens, weights)]
    return quality.described(sure, found.coverage, found.look)


def _fit(
    rows: NDArray[np.float64],
    shares: NDArray[np.float64],
    names: Sequence[str],
    rising: Sequence[str],
) -> tuple[float, ...]:
    """Logistic weights for ``shares`` 0..1 of ``rows``; those of ``rising`` are not negative."""
    kept = list(range(len(names)))
    twice = np.concatenate([rows, rows])
    outcome = np.repeat([1, 0], len(rows))
    while True:
        model = LogisticRegression(C=_SMOOTHING, fit_intercept=False, max_iter=5000)
        model.fit(twice[:, kept], outcome, np.concatenate([shares, 1 - shares]))
        found = dict(zip(kept, model.coef_[0].tolist(), strict=True))
        falling = {i: weight for i, weight in found.items() if names[i] in rising and weight < 0}
        if not falling:
            return tuple(round(found.get(index, 0.0), 4) for index in range(len(names)))
        kept.remove(min(falling, key=lambda index: falling[index]))


def judged(pages: Iterable[PageRead], engine: str, weights: Weights) -> Iterator[PageFigures]:
    """What is said of ``pages`` as ``engine`` read them, and what is true."""
    for page in pages:
        if engine not in page.by:
            continue
        found, right, f1 = page.by[engine]
        value = quality.score(_page_features(page, engine, weights), weights)
        yield PageFigures(
            page.id,
            page.set,
            [token.confidence for token in found.tokens],
            [token.confidence for token in calibrated(found.tokens, weights)],
            right,
            f1,
            value,
            quality.rescan_reasons(value, found.coverage, found.look),
        )


def _documents(given: argparse.Namespace, drawn: Path) -> list[Document]:
    names = [name for name in given.sets.split(",") if name]
    real = [
        document
        for document in evaluation(given.data, names, given.limit)
        if document.file and document.file.suffix.lower() in MEDIA_TYPES and true_text(document)
    ]
    sets: dict[str, list[Document]] = defaultdict(list)
    for document in (*drawn_documents(drawn), *poor_documents(drawn)):
        sets[document.set].append(document)
    return real + [it for members in sets.values() for it in members[: given.limit]]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default=DEFAULT_SETS)
    parser.add_argument("--limit", type=int, default=None, help="documents of each set")
    parser.add_argument("--engines", default=DEFAULT_ENGINES)
    parser.add_argument("--langs", default="en,de", help="what the engines are told")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", type=Path, default=None)
    return parser.parse_args()


def main() -> None:
    """Read, fit, report, and store if asked to."""
    given = _arguments()
    engines = readers(given.engines.split(","), tuple(given.langs.split(",")))
    with tempfile.TemporaryDirectory() as folder:
        documents = _documents(given, Path(folder))
        quiet = not sys.stderr.isatty()
        pages = [read(each, engines) for each in track(documents, "Reading", disable=quiet)]
    tuning = [page for page in pages if page.tuning]
    unseen = [page for page in pages if not page.tuning]
    weights = {engine.name: fitted(tuning, engine.name) for engine in engines}
    report: dict[str, Any] = {}
    for engine, each in weights.items():
        shipped = packaged_weights().get(engine)
        for name, of in {engine: each, f"{engine}, shipped": shipped}.items():
            if of is not None:
                figures = list(judged(unseen, engine, of))
                report[name] = {"words": word_figures(figures), "pages": page_figures(figures)}
                show(name, report[name])
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    if given.write:
        stored = dict(packaged_weights()) if STORED.exists() else {}
        content = {
            name: {"words": each.words, "page": each.page}
            for name, each in sorted((stored | weights).items())
        }
        STORED.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
