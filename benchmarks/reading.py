"""What the benchmark of reading runs in a child process, and how a page is scored."""

import resource
import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.models.page import Page

MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".webp": "image/webp",
}


class Measured(NamedTuple):
    """What was read, the CPU seconds it took, and the child's peak memory in MiB so far."""

    text: str
    pages: int
    cpu_seconds: float
    peak_mib: float


def read_measured(path: str, media_type: str, engine: str) -> tuple[str, int, float, float]:
    """Read the file at ``path`` with ``engine``; the parts of a ``Measured``.

    Plain, because a child's answer may hold no classes but the product's own.
    """
    begun = time.process_time()
    options = ReadOptions(engine=engine, budget=3600)
    results = read_pages(path, media_type, 0, None, options).pages
    seconds = time.process_time() - begun
    text = "\n".join(Page.model_validate_json(result.json).text for result in results)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return text, len(results), seconds, peak


def word_f1(truth: str, found: str) -> float:
    """F1 of the words as multisets, without regard to case and order."""
    expected, got = Counter(truth.lower().split()), Counter(found.lower().split())
    if not expected and not got:
        return 1.0
    return 2 * (expected & got).total() / (expected.total() + got.total())


def character_error_rate(truth: str, found: str) -> float:
    """Edits per true character, without regard to case; wrong order counts as edits."""
    expected, got = (" ".join(text.lower().split()) for text in (truth, found))
    return Levenshtein.distance(expected, got) / max(1, len(expected))


def interval(values: Sequence[float], samples: int = 2000) -> tuple[float, float]:
    """The 95% interval of the mean of ``values``, by resampling them (bootstrap, seeded)."""
    drawn = np.random.default_rng(1).choice(values, (samples, len(values)))
    low, high = np.percentile(drawn.mean(1), (2.5, 97.5)).tolist()
    return low, high
