"""Words in their places on a PDF page: from boxes of a page as displayed to slopes and sizes."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.models.page import Page, Word
from shared.pdf import Matrix, NativeWord, PlacedWord

_SAME = 0.3  # of a word's area under a native one: it is that word
_FLATTEST = 0.3  # of its box's sides is a tilted word at least


def placed_words(page: Page, to_pdf: Matrix, native: Sequence[NativeWord] = ()) -> list[PlacedWord]:
    """The words of ``page``, without those that are among ``native``, line by line.

    ``to_pdf`` takes points of ``page`` to where PDF has them.
    """
    turn = math.radians(page.text_angle)
    along, upwards = (math.cos(turn), -math.sin(turn)), (-math.sin(turn), -math.cos(turn))
    boxes = np.array([word[1:] for word in native], np.float64).reshape(-1, 4)
    placed: list[PlacedWord] = []
    for line in page.lines:
        words = [page.words[index] for index in line.words]
        words = [
            it for it in words if it.x1 > it.x0 and it.y1 > it.y0 and not _is_native(it, boxes)
        ]
        for place, word in enumerate(words, 1):
            length, height = _sides(word, page.rotation, page.skew)
            across = along[0] * length, along[1] * length
            up = upwards[0] * height, upwards[1] * height
            x = (word.x0 + word.x1 - across[0] - up[0]) / 2
            y = (word.y0 + word.y1 - across[1] - up[1]) / 2
            placed.append(
                PlacedWord(
                    word.text,
                    *to_pdf.point(x, y),
                    to_pdf.vector(*across),
                    to_pdf.vector(*up),
                    last=place == len(words),
                )
            )
    return placed


def _sides(word: Word, rotation: int, skew: float) -> tuple[float, float]:
    """Length and height of a word of which the box around it, tilted by ``skew``, is known.

    Solves ``width = l cos + h sin``, ``height = l sin + h cos``.
    """
    width, height = word.x1 - word.x0, word.y1 - word.y0
    if rotation in (90, 270):
        width, height = height, width
    sine, cosine = abs(math.sin(math.radians(skew))), math.cos(math.radians(skew))
    of_both = cosine * cosine - sine * sine
    length = (width * cosine - height * sine) / of_both
    tall = (height * cosine - width * sine) / of_both
    return max(length, _FLATTEST * width), max(tall, _FLATTEST * height)


def _is_native(word: Word, boxes: NDArray[np.float64]) -> bool:
    """Whether a native word covers as much of it as it takes for the reader to drop it."""
    x0, y0, x1, y1 = boxes.T
    width = np.minimum(x1, word.x1) - np.maximum(x0, word.x0)
    height = np.minimum(y1, word.y1) - np.maximum(y0, word.y0)
    own = (word.x1 - word.x0) * (word.y1 - word.y0)
    return bool(np.any(np.maximum(width, 0) * np.maximum(height, 0) > _SAME * own))
