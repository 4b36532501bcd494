"""Pictures of lines, brought to the form that EasyOCR's recogniser was trained on.

The steps are those of EasyOCR 1.7.2 (``utils.get_image_list``, ``recognition.AlignCollate``,
Apache-2.0): height 64, bilinear (its constant named LANCZOS is 1, which OpenCV takes for
bilinear), values -1..1, padded on the right with the last column to a multiple of 64.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT = 64
BATCH = 8
Line = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one padded width: which they are, how wide each is, and the pixels."""

    indexes: list[int]
    widths: list[int]
    pixels: NDArray[np.float32]


class Sized(NamedTuple):
    """A line at the recogniser's height, and the width to pad it to."""

    pixels: Line
    padded: int


def batches(lines: Sequence[Sized], size: int = BATCH) -> Iterator[Batch]:
    """``lines`` in batches of at most ``size`` that are padded to the same width."""
    by_width: dict[int, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        by_width[line.padded].append(index)
    for padded, members in sorted(by_width.items()):
        for start in range(0, len(members), size):
            indexes = members[start : start + size]
            pixels = np.stack([_padded(lines[index].pixels, padded) for index in indexes])
            widths = [lines[index].pixels.shape[1] for index in indexes]
            yield Batch(indexes, widths, pixels[:, None])


def sized(line: Line) -> Sized:
    """``line`` (grey, not empty) at the recogniser's height."""
    height, width = line.shape
    ratio = width / height
    if ratio >= 1:
        size = (max(1, int(HEIGHT * ratio)), HEIGHT)
        return Sized(_scaled(line, size, cv2.INTER_LINEAR), math.ceil(ratio) * HEIGHT)
    # EasyOCR makes tall pieces 64 wide first, and 64 high after that.
    tall = _scaled(line, (HEIGHT, int(HEIGHT / ratio)), cv2.INTER_LINEAR)
    size = (max(1, math.ceil(HEIGHT * HEIGHT / tall.shape[0])), HEIGHT)
    return Sized(_scaled(tall, size, cv2.INTER_AREA), math.ceil(1 / ratio) * HEIGHT)


def _scaled(line: Line, size: tuple[int, int], method: int) -> Line:
    return np.asarray(cv2.resize(line, size, interpolation=method), np.uint8)


def _padded(line: Line, width: int) -> NDArray[np.float32]:
    pixels = np.empty((HEIGHT, width), np.float32)
    used = min(width, line.shape[1])
    np.multiply(line[:, :used], 1 / 127.5, out=pixels[:, :used], casting="unsafe")
    pixels[:, :used] -= 1
    pixels[:, used:] = pixels[:, used - 1 : used]
    return pixels
