"""The package RapidOCR (the extra ``rapidocr``): PaddleOCR's networks without Paddle.

Reads better than our own networks, for some five times the CPU. Its models (PP-OCRv6 small,
Apache-2.0) come inside its wheel: nothing is downloaded.
"""

import importlib
import logging
from collections.abc import Iterable
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ocr.engines.base import Engine, InkEngine, Picture
from services.ocr.engines.grouping import Corners, LevelBox
from services.ocr.engines.ink import InkLines, ink_mask
from services.ocr.engines.reading_lines import ReadLine, words_in
from services.ocr.engines.recogniser import Glyph, LineReading
from services.ocr.layout import Token
from shared.errors import Code, Permanent

INSTALL = "pip install 'docstage[rapidocr]'"
_LEVEL = 0.02  # of a box's width, between its ends


class Character(NamedTuple):
    """A character as the package gives it: with its chance and four corners."""

    text: str
    chance: float
    corners: Corners


class RapidOcrEngine:
    """Reads with ``rapidocr.RapidOCR``; ``quick`` tells which way up a page is, in its stead.

    Raises:
        Permanent: ``MODEL_MISSING``: the package is not installed.
    """

    name = "rapidocr"
    levels = False

    def __init__(self, quick: Engine) -> None:
        try:
            package = importlib.import_module("rapidocr")
        except ImportError as error:
            detail = f"RapidOCR is not here ({error.name} is missing): {INSTALL}."
            raise Permanent(Code.MODEL_MISSING, detail) from None
        self._reader: Any = package.RapidOCR(
            params={
                "Global.log_level": "error",
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # we scale by processes
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        logging.getLogger("RapidOCR").setLevel(logging.ERROR)
        self._reader(_word())  # it loads its networks at the first one
        self.letters = frozenset(self._reader.text_rec.postprocess_op.character)
        self.fallback: Engine | None = quick
        self._quick = quick

    def recognise(self, picture: Picture) -> list[Token]:
        """The words of ``picture`` (grey), boxes in its pixels."""
        return words_in(self._lines(picture), ink_mask(picture))

    def recognise_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        """The same: it finds lines of its own."""
        del found
        return self.recognise(picture)

    def sample(self, picture: Picture) -> list[Token]:
        """Some words, by the quick engine."""
        return self._quick.sample(picture)

    def sample_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        """The words of these lines, by the quick engine."""
        if isinstance(self._quick, InkEngine):
            return self._quick.sample_lines(picture, found)
        return self._quick.sample(picture)

    def _lines(self, picture: Picture) -> Iterable[ReadLine]:
        found = self._reader(
            np.stack([picture] * 3, axis=-1),
            use_cls=False,
            return_word_box=True,
            return_single_char_box=True,
        )
        if found.boxes is None:
            return
        for corners, text, characters in zip(
            found.boxes, found.txts, found.word_results, strict=True
        ):
            yield _as_read(np.asarray(corners, np.float32), text, characters)


def _word() -> NDArray[np.uint8]:
    picture = np.full((120, 400, 3), 255, np.uint8)
    cv2.putText(picture, "Hello 123", (30, 75), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (0, 0, 0), 3)
    return picture


def _as_read(corners: Corners, text: str, characters: Iterable[Any]) -> ReadLine:
    """The line with each character where it was seen, as shares of the line's length."""
    seen = [Character(it[0], float(it[1]), np.asarray(it[2], np.float32)) for it in characters]
    along = corners[1] - corners[0]
    length = float(along @ along) or 1.0
    glyphs = [
        Glyph(
            it.text,
            _share(it.corners[0], corners[0], along, length),
            _share(it.corners[1], corners[0], along, length),
            it.chance,
        )
        for it in seen
    ]
    glyphs = _with_blanks(text, glyphs)
    confidence = float(np.mean([it.chance for it in glyphs])) if glyphs else 0.0
    return ReadLine(corners, LineReading(glyphs, confidence), _level(corners))


def _share(point: NDArray[Any], start: NDArray[Any], along: NDArray[Any], length: float) -> float:
    return min(1.0, max(0.0, float((point - start) @ along) / length))


def _with_blanks(text: str, glyphs: list[Glyph]) -> list[Glyph]:
    """The blanks of ``text`` between the characters, which come without them."""
    whole: list[Glyph] = []
    left = iter(glyphs)
    for character in text:
        if character == " ":
            at = whole[-1].end if whole else 0.0
            whole.append(Glyph(" ", at, at, 1.0))
        elif (glyph := next(left, None)) is not None:
            whole.append(glyph)
    return whole


def _level(corners: Corners) -> LevelBox | None:
    """The box of ``corners`` where they are nearly level."""
    (x0, y0), (x1, y1) = corners.min(0).tolist(), corners.max(0).tolist()
    rise = abs(float(corners[1][1] - corners[0][1]))
    if rise > _LEVEL * (x1 - x0):
        return None
    return LevelBox(int(x0), int(x1), int(y0), int(y1))
