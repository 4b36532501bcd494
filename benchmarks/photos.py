"""Photos: word F1, places and CPU of drawn receipts seen from the side, whole and by sheet.

``python -m benchmarks.photos [--count N] [--engine fast] [--seed S]``

Receipts with known words are laid on a woven ground, leaning, turned and half in shadow, one or
two in a picture. A word is found where it is read letter by letter, but for case, with the
middle of its box within 25 pixels of the true one. ``whole`` reads the picture as a page, as
pictures that are no photos are; ``sheets`` is what the reader does.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.ocr.engines.registry import loaded
from services.ocr.geometry import Frame
from services.ocr.layout import Token
from services.ocr.reader import read_page, warm
from services.ocr.recognition import in_points, recognise
from services.ocr.results import ReadOptions
from services.ocr.sources import Picture
from tests.samples.photos import OTHER, RECEIPT, Photo, photo

_NEAR = 25.0  # pixels
_SIZES = {1: (1200, 1500), 2: (1600, 1500)}


def drawn(count: int, seed: int) -> Iterator[Photo]:
    """Photos of one receipt and of two, in turn."""
    random = np.random.default_rng(seed)
    for number in range(count):
        receipts = 1 + number % 2
        tilt, wide, lean, shake = (12, 640, 60, 35) if receipts == 1 else (6, 590, 25, 20)
        left = 260 if receipts == 1 else 110
        sheets = [
            (lines, _quad(random, left + 760 * place, wide, (tilt, lean, shake)))
            for place, lines in enumerate((RECEIPT, OTHER)[:receipts])
        ]
        ground, shadow = int(random.uniform(40, 150)), float(random.uniform(0.2, 0.55))
        size = _SIZES[receipts]
        yield photo(sheets, size=size, ground=ground, shadow=shadow, seed=seed + number)


def _quad(
    random: np.random.Generator, left: float, wide: float, by: tuple[float, float, float]
) -> tuple[tuple[float, float], ...]:
    """A rectangle that leans back, is turned, and has no right angle left."""
    tilt, lean, shake = by
    corners = [(0, 0), (wide, 0), (wide, 1180), (0, 1180)]
    quad = np.array(corners, np.float64) + np.array([left, 140])
    quad[:2, 0] += np.array([1, -1]) * random.uniform(0, lean)
    quad += random.uniform(-shake, shake, (4, 2))
    angle = np.radians(random.uniform(-tilt, tilt))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned: NDArray[np.float64] = (quad - quad.mean(0)) @ turn + quad.mean(0)
    return tuple((float(x), float(y)) for x, y in turned)


def score(words: Sequence[Token], truth: Photo) -> tuple[float, list[float]]:
    """Word F1, and how far off the found words are in pixels."""
    left = list(words)
    apart: list[float] = []
    placed = [word for sheet in truth.sheets for word in sheet]
    for word in placed:
        for index, it in enumerate(left):
            off = float(np.hypot((it.x0 + it.x1) / 2 - word.x, (it.y0 + it.y1) / 2 - word.y))
            if it.text.lower() == word.text.lower() and off < _NEAR:
                apart.append(off)
                del left[index]
                break
    return 2 * len(apart) / max(1, len(placed) + len(words)), apart


def measure(
    path: Path, truth: Photo, options: ReadOptions
) -> tuple[dict[str, tuple[float, float, float]], bool]:
    """By kind: word F1, how far off in pixels, CPU seconds; and whether the regions are right."""
    truth.image.save(path)
    begun = time.process_time()
    picture = Picture(np.asarray(truth.image), Frame())
    whole = in_points(recognise(picture, loaded(options.engine)))
    between = time.process_time()
    page = read_page(str(path), "image/png", 0, options)
    ended = time.process_time()
    words = [Token(it.text, it.x0, it.y0, it.x1, it.y1) for it in page.words]
    rows = {}
    for kind, read, took in (("whole", whole, between - begun), ("sheets", words, ended - between)):
        f1, apart = score(read, truth)
        rows[kind] = (f1, float(np.mean(apart or [np.nan])), took)
    return rows, len(page.regions) == len(truth.sheets)


def main() -> None:
    """Draw, read in both ways, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--engine", default="fast")
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    options = ReadOptions(engine=asked.engine)
    warm(options)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.png"
        found = [measure(path, truth, options) for truth in drawn(asked.count, asked.seed)]
    for kind in ("whole", "sheets"):
        f1, off, cpu = np.nanmean(np.array([rows[kind] for rows, _ in found]), axis=0).tolist()
        print(f"{kind:7} word F1 {f1:.3f}  off by {off:.1f} px  {cpu:.2f} CPU s a photo")
    print(f"regions right on {sum(right for _, right in found)} of {asked.count} photos")


if __name__ == "__main__":
    main()
