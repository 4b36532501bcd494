"""Pictures of lines, brought to the form that EasyOCR's recogniser was trained on.

The steps are those of EasyOCR 1.7.2 (``utils.get_image_list``, ``recognition.AlignCollate``,
Apache-2.0): height 64, bilinear (its constant named LANCZOS is 1, which OpenCV takes for
bilinear), values -1..1, padded on the right with the last column to a multiple of 64. Our own
recogniser has learnt to do with less padding.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT = 64
SMALL_HEIGHT = 48
"""Of lines of small print, which have no more to show."""
_PIXELS = 3000 * HEIGHT  # of a batch: what the first layers hold of more is much
_MOST = 24  # lines of a batch
_STEP = 16  # pixels: tight lines are padded to a multiple of this
_NARROWEST = 32  # pixels: the network halves a width twice
_SPREAD = 0.1  # of a batch's width may a tight line be narrower: a line alone costs a fifth more
Line = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines padded to one width: which they are, how wide each is, and the pixels."""

    indexes: list[int]
    widths: list[int]
    pixels: NDArray[np.float32]


class Sized(NamedTuple):
    """A line at the recogniser's height, and the least and the greatest width to pad it to."""

    pixels: Line
    padded: int
    most: int


def batches(lines: Sequence[Sized]) -> Iterator[Batch]:
    """``lines`` in batches of like width, so few at a time that memory stays small."""
    batch: list[int] = []
    width = 0
    high = lines[0].pixels.shape[0] if lines else HEIGHT
    for index in sorted(range(len(lines)), key=lambda it: -lines[it].padded):
        fits = len(batch) < _MOST and (len(batch) + 1) * width * high <= _PIXELS
        if batch and fits and lines[index].most >= width:
            batch.append(index)
            continue
        if batch:
            yield _batch(lines, batch, width)
        batch, width = [index], lines[index].padded
    if batch:
        yield _batch(lines, batch, width)


def _batch(lines: Sequence[Sized], indexes: list[int], width: int) -> Batch:
    pixels = np.stack([_padded(lines[index].pixels, width) for index in indexes])
    return Batch(indexes, [lines[index].pixels.shape[1] for index in indexes], pixels[:, None])


def tightly(line: Sized) -> Sized:
    """``line``, to be padded by as little as its batch allows."""
    width = max(_NARROWEST, -(-line.pixels.shape[1] // _STEP) * _STEP)
    return Sized(line.pixels, width, max(width + _NARROWEST, int(width / (1 - _SPREAD))))


def sized(line: Line, high: int = HEIGHT) -> Sized:
    """``line`` (grey, not empty) at the recogniser's height, padded as EasyOCR does it."""
    height, width = line.shape
    ratio = width / height
    if ratio >= 1:
        size = (max(1, int(high * ratio)), high)
        padded = math.ceil(ratio) * high
        return Sized(_scaled(line, size, cv2.INTER_LINEAR), padded, padded)
    # EasyOCR makes tall pieces 64 wide first, and 64 high after that.
    tall = _scaled(line, (high, int(high / ratio)), cv2.INTER_LINEAR)
    size = (max(1, math.ceil(high * high / tall.shape[0])), high)
    padded = math.ceil(1 / ratio) * high
    return Sized(_scaled(tall, size, cv2.INTER_AREA), padded, padded)


def _scaled(line: Line, size: tuple[int, int], method: int) -> Line:
    return np.asarray(cv2.resize(line, size, interpolation=method), np.uint8)


def _padded(line: Line, width: int) -> NDArray[np.float32]:
    pixels = np.empty((len(line), width), np.float32)
    used = min(width, line.shape[1])
    np.multiply(line[:, :used], 1 / 127.5, out=pixels[:, :used], casting="unsafe")
    pixels[:, :used] -= 1
    pixels[:, used:] = pixels[:, used - 1 : used]
    return pixels
