"""Fits how ``auto`` chooses between the words of ``fast`` and ``tesseract``.

``python -m benchmarks.combination --data DIR [--sets a,b] [--write]
[--against easyocr,rapidocr] [--limit N] [--json FILE]``

``DIR`` is as for ``benchmarks.ocr``. Documents are parted by a digest of their names: the
models are fitted on one half, and word F1 is told for the other, with 95% intervals of the
differences (2,000 bootstrap samples of documents). ``--write`` stores the models with the
product. To be run again when either engine changes what its confidences mean.

``--against`` has other programs, as they come, read the documents of the reported half, or
``--limit`` of each set, and reports these alone. ``FILE`` gets the figures and every reading
of those programs; a run with the same ``FILE`` goes on where the last one was broken off.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np
from rich.progress import track
from sklearn.linear_model import LogisticRegression

from benchmarks.dataset import Document, evaluation
from benchmarks.ocr import true_text
from benchmarks.readers import DISTRIBUTIONS, HOW_TO_INSTALL, is_available
from benchmarks.reading import MEDIA_TYPES, character_error_rate, word_f1
from benchmarks.rival_readings import RivalReadings
from benchmarks.standings import Standing
from services.ocr.engines import combining
from services.ocr.engines.combining import CASES, SIDES, Models, combine, described, groups
from services.ocr.engines.ink import ink_mask
from services.ocr.engines.registry import loaded
from services.ocr.engines.tesseract import TesseractEngine
from services.ocr.engines.tesseract_installation import installed
from services.ocr.engines.tilt import WORTH_LEVELLING, levelled, tilt
from services.ocr.layout import Token, arrange
from services.ocr.results import ReadOptions
from services.ocr.sources import open_source

STORED = Path(combining.__file__).with_name("combination.json")
COSTS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
_SECONDS = 300.0
DEFAULT_SETS = "receipts_sroie,forms_funsd"


class Read(NamedTuple):
    """A document's first page as both engines read it, and what stands on it."""

    set: str
    truth: str
    fast: list[Token]
    tesseract: list[Token]

    def f1(self, tokens: Sequence[Token]) -> float:
        """Word F1 of ``tokens``."""
        return word_f1(self.truth, " ".join(token.text for token in tokens))

    def errors(self, tokens: Sequence[Token]) -> float:
        """The character error rate of ``tokens`` in reading order."""
        lines = [" ".join(tokens[index].text for index in line.words) for line in arrange(tokens)]
        return character_error_rate(self.truth, "\n".join(lines))


def read(document: Document) -> Read:
    """``document`` read by both."""
    assert document.file is not None
    media_type = MEDIA_TYPES[document.file.suffix.lower()]
    with open_source(str(document.file), media_type, ReadOptions()) as source:
        picture = source.picture(0).pixels
    angle = tilt(ink_mask(picture))
    level = levelled(picture, angle) if abs(angle) > WORTH_LEVELLING else picture
    both = loaded("fast").recognise(level), _tesseract().recognise(level)
    return Read(document.set, true_text(document), *both)


@cache
def _tesseract() -> TesseractEngine:
    """Given more time than pages have, lest the neighbours' work decides what it reads."""
    found = installed()
    if found is None:
        raise SystemExit(f"Tesseract is not here: {HOW_TO_INSTALL['stock-tesseract']}")
    return TesseractEngine(found, ("en",), _SECONDS)


def in_tuning_half(name: str) -> bool:
    """Whether the document of that name is fitted on, not reported."""
    return hashlib.sha256(name.encode()).digest()[-1] % 2 == 0


def fitted(pages: Sequence[Read], letters: frozenset[str]) -> Models:
    """Models of ``pages``, with the cost at which they give the best word F1.

    Only costs count at which no set has more character errors than with the better engine
    alone: F1 by itself would drop words of which one letter is wrong, and who looks for a sum
    or a name wants those.
    """
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

    tried = [Models(weights, cost) for cost in COSTS]
    sound = [models for models in tried if _is_sound(pages, models, letters)]
    return max(sound or tried[:1], key=lambda models: _f1(pages, models, letters))


def _is_sound(pages: Sequence[Read], models: Models, letters: frozenset[str]) -> bool:
    for name in _sets(pages):
        members = [page for page in pages if page.set == name]
        alone = [[getattr(page, side) for page in members] for side in SIDES]
        both = [combine(page.fast, page.tesseract, models, letters) for page in members]
        *least, errors = (
            fmean(page.errors(tokens) for page, tokens in zip(members, read, strict=True))
            for read in (*alone, both)
        )
        if errors > min(least):
            return False
    return True


def _f1(pages: Sequence[Read], models: Models, letters: frozenset[str]) -> float:
    """The mean of the sets' means."""
    return fmean(
        fmean(
            page.f1(combine(page.fast, page.tesseract, models, letters))
            for page in pages
            if page.set == name
        )
        for name in _sets(pages)
    )


def _weights(rows: list[list[float]], right: list[bool]) -> list[float]:
    model = LogisticRegression(fit_intercept=False, max_iter=2000)
    model.fit(np.array(rows), np.array(right))
    return [round(float(weight), 4) for weight in model.coef_[0]]


def _sets(pages: Sequence[Read]) -> list[str]:
    return sorted({page.set for page in pages})


def standings(
    pages: Sequence[Read],
    models: Models,
    letters: frozenset[str],
    rivals: Mapping[str, Sequence[str]],
) -> list[Standing]:
    """How all stand on ``pages`` that were not fitted on.

    ``rivals`` are the texts that other programs read on these ``pages``.
    """
    found = []
    for name in _sets(pages):
        places = [place for place, page in enumerate(pages) if page.set == name]
        members = [pages[place] for place in places]
        read = {
            "auto": [combine(it.fast, it.tesseract, models, letters) for it in members],
            "fast": [page.fast for page in members],
            "tesseract": [page.tesseract for page in members],
        }
        f1 = {
            engine: [page.f1(tokens) for page, tokens in zip(members, lists, strict=True)]
            for engine, lists in read.items()
        }
        for rival, texts in rivals.items():
            f1[rival] = [word_f1(pages[place].truth, texts[place]) for place in places]
        found.append(Standing.of(name, f1))
        for engine, lists in read.items():
            errors = fmean(page.errors(it) for page, it in zip(members, lists, strict=True))
            print(f"{name}, {engine}: character errors {errors:.4f}")
    return found


def _reported(documents: Sequence[Document], limit: int | None) -> list[Document]:
    """Those of ``documents`` that are not fitted on, at most ``limit`` of each set."""
    held = [document for document in documents if not in_tuning_half(document.id)]
    return [
        document
        for name in sorted({document.set for document in held})
        for document in [it for it in held if it.set == name][:limit]
    ]


def _documents(data: Path, sets: str) -> list[Document]:
    return [
        document
        for document in evaluation(data, sets.split(","), None)
        if document.file and document.file.suffix.lower() in MEDIA_TYPES and true_text(document)
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default=DEFAULT_SETS)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--against", default="", help="easyocr, rapidocr")
    parser.add_argument("--limit", type=int, default=None, help="reported documents of each set")
    parser.add_argument("--json", type=Path, default=None)
    return parser.parse_args()


def main() -> None:
    """Read, fit, report, and store if asked to."""
    given = _arguments()
    names = [f"stock-{name.strip()}" for name in given.against.split(",") if name.strip()]
    for name in names:
        if name not in DISTRIBUTIONS or not is_available(name):
            raise SystemExit(f"{name} is not here: {HOW_TO_INSTALL.get(name, 'no such program')}")
    quiet = not sys.stderr.isatty()
    documents = _documents(given.data, given.sets)
    tuned = [it for it in documents if in_tuning_half(it.id)]
    reported = _reported(documents, given.limit)
    pages = [read(document) for document in track(tuned + reported, "Reading", disable=quiet)]
    kept = RivalReadings(given.json)
    rivals = {
        name: [kept.read(name, it).text for it in track(reported, name, disable=quiet)]
        for name in names
    }
    letters = loaded("fast").letters
    models = fitted(pages[: len(tuned)], letters)
    found = standings(pages[len(tuned) :], models, letters, rivals)
    print(*found, sep="\n")
    kept.keep([asdict(each) for each in found])
    if given.write:
        content = {"cost": models.cost, "weights": models.weights}
        STORED.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
