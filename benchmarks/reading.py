"""How the reading of a page is scored."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

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
