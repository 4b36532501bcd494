"""Tesseract, where it is installed: the program is started anew for each picture."""

import string
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from services.ocr.engines.base import Picture
from services.ocr.engines.ink import evened, find_lines, ink_mask
from services.ocr.engines.tesseract_installation import Installation
from services.ocr.language import language_of
from services.ocr.layout import Token
from shared.errors import Code, Permanent
from shared.models.languages import LANGUAGES, special_letters

SECONDS = 20.0
"""For one run of the program; a page needs one or two, within ``DOCSTAGE_PAGE_TIMEOUT``."""

_SEGMENTATION = "3"  # automatic, without looking for the orientation
# Small print is read much better when made larger: word F1 on 100-dpi forms .53 -> .62.
_GLYPH_HEIGHT = 22.0  # pixels
_MOST_ENLARGED = 3.0
# Of faint print it may find nothing at all; with the contrast evened out it reads that, but
# sharp print worse, so that is tried only where it found too little.
_FEW_LETTERS, _BELIEVED = 2, 0.3  # by line of ink, confidence
_SIGNS = string.printable.strip() + "€£§°“”‘’„–—©®«»"  # noqa: RUF001
_WORD = "5"  # the level of a word's row
_COLUMNS = 12


class TesseractEngine:
    """Reads with ``tesseract``, in one language at a time: each more costs as much again.

    ``languages`` are ISO 639-1 codes, best first; those without data are left out.

    Raises:
        Permanent: ``MODEL_MISSING``: there is no data for any of them.
    """

    name = "tesseract"
    levels = True
    fallback = None

    def __init__(
        self, installation: Installation, languages: Sequence[str], seconds: float = SECONDS
    ) -> None:
        self.languages = available(installation, languages)
        if not self.languages:
            has = ", ".join(installation.languages) or "none"
            detail = (
                f"Tesseract has no data for {', '.join(languages)}; it has {has}. "
                "Install more, or set DOCSTAGE_OCR_LANGS."
            )
            raise Permanent(Code.MODEL_MISSING, detail)
        scripts = {LANGUAGES[code].sign for code in self.languages if not LANGUAGES[code].latin}
        self.letters = frozenset(_SIGNS) | special_letters(self.languages) | scripts
        self._installation = installation
        self._seconds = seconds

    def recognise(self, picture: Picture) -> list[Token]:
        """The words of ``picture`` (grey), boxes in its pixels.

        Raises:
            AttemptFailed: ``TIMED_OUT`` or ``CRASHED``.
        """
        first = self.languages[0]
        tokens = self.read(picture, first)
        language = language_of((token.text for token in tokens), self.languages)
        if language is None or language == first:
            return tokens
        return self.read(picture, language)

    def read(self, picture: Picture, language: str) -> list[Token]:
        """The words of ``picture``, read as ``language``, one of ``languages``.

        Raises:
            AttemptFailed: ``TIMED_OUT`` or ``CRASHED``.
        """
        found = find_lines(ink_mask(picture))
        size = found.glyph_height
        factor = min(_MOST_ENLARGED, max(1.0, _GLYPH_HEIGHT / size)) if size else 1.0
        tokens = self._run(picture, language, factor)
        if _believed(tokens) >= _FEW_LETTERS * len(found.lines):
            return tokens
        again = self._run(evened(picture), language, factor)
        return again if _believed(again) > _believed(tokens) else tokens

    def _run(self, picture: Picture, language: str, factor: float) -> list[Token]:
        given = picture if factor == 1 else _enlarged(picture, factor)
        data = LANGUAGES[language].iso3
        arguments = ["stdin", "stdout", "-l", data, "--psm", _SEGMENTATION, "tsv"]
        written = self._installation.run(arguments, portable_grey_map(given), self._seconds)
        words = parse_tsv(written.decode("utf-8", "replace"))
        return [
            Token(text, x0 / factor, y0 / factor, x1 / factor, y1 / factor, confidence)
            for text, x0, y0, x1, y1, confidence in words
        ]

    def sample(self, picture: Picture) -> list[Token]:
        """All words: it cannot be asked for some."""
        return self.read(picture, self.languages[0])


def available(installation: Installation, languages: Sequence[str]) -> tuple[str, ...]:
    """Those of ``languages`` (ISO 639-1) for which there is data."""
    return tuple(code for code in languages if LANGUAGES[code].iso3 in installation.languages)


def _believed(tokens: Sequence[Token]) -> int:
    return sum(len(token.text) for token in tokens if token.confidence > _BELIEVED)


def _enlarged(picture: Picture, factor: float) -> Picture:
    larger = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger, np.uint8)


def portable_grey_map(picture: Picture) -> bytes:
    """``picture`` in the simplest format there is (binary PGM): nothing to compress."""
    height, width = picture.shape
    return b"P5 %d %d 255\n" % (width, height) + picture.tobytes()


def parse_tsv(written: str) -> Iterator[Token]:
    """The words in Tesseract's table; rows that are none, or broken, are passed over."""
    for row in written.split("\n"):
        cells = row.rstrip("\r").split("\t", _COLUMNS - 1)
        if len(cells) != _COLUMNS or cells[0] != _WORD:
            continue
        text = cells[-1].strip()
        try:
            left, top, width, height = (int(cell) for cell in cells[6:10])
            confidence = float(cells[10])
        except ValueError:
            continue
        if not text or width <= 0 or height <= 0:
            continue
        box = (float(left), float(top), float(left + width), float(top + height))
        for word, x0, x1 in _parted(text, box[0], box[2]):
            yield Token(word, x0, box[1], x1, box[3], min(1.0, max(0.0, confidence / 100)))


def _parted(text: str, x0: float, x1: float) -> Iterator[tuple[str, float, float]]:
    """``text`` by its white space, which a word of Tesseract's has in rare cases."""
    words = text.split()
    width = (x1 - x0) / len(text)
    at = 0
    for word in words:
        at = text.index(word, at)
        yield word, x0 + at * width, x0 + (at + len(word)) * width
        at += len(word)
