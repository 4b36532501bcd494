"""Pages drawn by code as a bad scan gives them: faint, blurred, grainy, too small, cut off.

Each is one of the clean drawn pages, spoilt in one way to one degree.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.dataset import Document
from benchmarks.drawn_pages import drawn_documents

Pixels = NDArray[np.uint8]
_Draw = np.random.Generator

DEGREES = {
    # share of the contrast that is left
    "faint": (0.2, 0.12, 0.07, 0.04),
    # pixels at 200 dpi
    "blurred": (1.5, 2.2, 3.0, 4.0),
    # share of the size
    "small": (0.5, 0.4, 0.33, 0.27),
    # grey levels of noise
    "grainy": (25.0, 45.0, 65.0, 85.0),
    # share of the width
    "cut": (0.15, 0.25, 0.35, 0.45),
}


def poor_documents(folder: Path) -> Iterator[Document]:
    """Forty pages, written to ``folder`` as PNG files."""
    draw = np.random.default_rng(21)
    clean = [it for it in drawn_documents(folder) if it.set == "drawn_clean"]
    for index, (way, degrees) in enumerate(DEGREES.items()):
        for place, document in enumerate(clean):
            assert document.file is not None
            pixels = np.asarray(cv2.imread(str(document.file), cv2.IMREAD_GRAYSCALE), np.uint8)
            degree = degrees[(place + index) % len(degrees)]
            name = f"{document.id}-{way}-{degree}"
            path = folder / f"{name}.png"
            cv2.imwrite(str(path), _WAYS[way](pixels, degree, draw))
            yield replace(document, id=name, set=f"drawn_{way}", file=path)


def _faint(pixels: Pixels, degree: float, draw: _Draw) -> Pixels:
    pale = 225 - (255 - pixels.astype(np.float32)) * degree
    return _grainy(pale, 2.5, draw)


def _blurred(pixels: Pixels, degree: float, draw: _Draw) -> Pixels:
    return _grainy(cv2.GaussianBlur(pixels, (0, 0), degree), 3.0, draw)


def _small(pixels: Pixels, degree: float, draw: _Draw) -> Pixels:
    smaller = cv2.resize(pixels, None, fx=degree, fy=degree, interpolation=cv2.INTER_AREA)
    return _grainy(smaller, 3.0, draw)


def _grainy(pixels: NDArray[np.generic], degree: float, draw: _Draw) -> Pixels:
    noise = draw.normal(0, degree, pixels.shape)
    return np.asarray((pixels.astype(np.float32) + noise).clip(0, 255), np.uint8)


def _cut(pixels: Pixels, degree: float, draw: _Draw) -> Pixels:
    ink = np.flatnonzero(pixels.min(0) < 128)
    left = int(ink[0] + degree * (ink[-1] - ink[0]))
    return _grainy(pixels[:, left:], 3.0, draw)


_WAYS: dict[str, Callable[[Pixels, float, _Draw], Pixels]] = {
    "faint": _faint, "blurred": _blurred, "small": _small, "grainy": _grainy, "cut": _cut,
}  # fmt: skip
