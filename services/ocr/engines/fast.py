"""Lines by their ink, and a recogniser in 8-bit integers: ours, or EasyOCR's."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path

from services.ocr.engines.base import Picture
from services.ocr.engines.ink import InkLines, find_lines, ink_mask
from services.ocr.engines.ink_line import InkLine
from services.ocr.engines.line_ink import LineInk
from services.ocr.engines.marks import told_apart
from services.ocr.engines.recogniser import LineReading, Recogniser
from services.ocr.engines.spacing import without_false_blanks
from services.ocr.engines.spelling import put_right
from services.ocr.engines.words import words_of
from services.ocr.layout import Token

_MARGIN_Y, _MARGIN_X = 0.15, 0.3  # of a line's height and of the glyph height
_SAMPLE = 16  # lines
_DOUBTFUL = 0.05  # readings below are specks and textures
_SMALL_GLYPHS, _LOW = 10, 20  # pixels: glyphs of a page, and lines with their margins, at most


class FastEngine:
    """Reads level lines; see ``ink`` and ``recogniser``, which knows what ``letters`` are.

    ``small_print`` reads low lines of pages with small glyphs in place of ``recogniser``, which
    costs less: enlarged, they have no more to show. ``others`` are recognisers for other
    scripts: a line is as the surest of all reads it.
    """

    levels = True
    fallback = None

    def __init__(
        self,
        recogniser: Path,
        letters: frozenset[str] | None = None,
        *,
        name: str = "fast",
        small_print: Path | None = None,
        others: Sequence[Path] = (),
    ) -> None:
        self.name = name
        self._own = Recogniser(recogniser, letters)
        self._small_print = Recogniser(small_print, letters) if small_print else self._own
        self._others = [Recogniser(it) for it in others]
        self.letters = self._own.letters.union(*(it.letters for it in self._others))

    def recognise(self, picture: Picture) -> list[Token]:
        """The words of ``picture`` (grey), boxes in its pixels."""
        return self.recognise_lines(picture, find_lines(ink_mask(picture)))

    def sample(self, picture: Picture) -> list[Token]:
        """The words of the widest lines only."""
        found = find_lines(ink_mask(picture))
        widest = sorted(found.lines, key=lambda line: -line.width)[:_SAMPLE]
        return self.recognise_lines(picture, replace(found, lines=widest))

    def sample_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        """The words of the lines ``found`` in ``picture``."""
        return self.recognise_lines(picture, found)

    def recognise_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        """The words of the lines ``found`` in ``picture``, boxes in its pixels."""
        crops = [_crop(line, found) for line in found.lines]
        pieces = [_pixels(picture, crop) for crop in crops]
        own = self._read(pieces, found.glyph_height)
        readings = surest([own, *(it.read(pieces) for it in self._others)])
        words: list[Token] = []
        for reading, crop in zip(readings, crops, strict=True):
            if reading.confidence >= _DOUBTFUL:
                ink = LineInk(found.mask, crop, found.glyph_height)
                glyphs = without_false_blanks(told_apart(reading.glyphs, ink), ink)
                words.extend(words_of(glyphs, ink))
        return put_right(words)

    def _read(self, pieces: Sequence[Picture], glyph_height: float) -> list[LineReading]:
        if glyph_height > _SMALL_GLYPHS:
            return self._own.read(pieces)
        small = [len(piece) <= _LOW for piece in pieces]
        low = iter(self._small_print.read(list(compress(pieces, small))))
        high = iter(
            self._own.read([it for it, is_low in zip(pieces, small, strict=True) if not is_low])
        )
        return [next(low if is_low else high) for is_low in small]


def surest(readings: Sequence[Sequence[LineReading]]) -> list[LineReading]:
    """Of what several recognisers read of the same lines, each line as the surest has it."""
    return [max(each, key=lambda it: it.confidence) for each in zip(*readings, strict=True)]


def _crop(line: InkLine, found: InkLines) -> InkLine:
    x = round(max(3, _MARGIN_X * found.glyph_height))
    y = round(max(2, _MARGIN_Y * line.height))
    height, width = found.mask.shape
    return InkLine(
        max(0, line.x0 - x), max(0, line.y0 - y),
        min(width, line.x1 + x), min(height, line.y1 + y),
    )  # fmt: skip


def _pixels(picture: Picture, crop: InkLine) -> Picture:
    return picture[crop.y0 : crop.y1, crop.x0 : crop.x1]
