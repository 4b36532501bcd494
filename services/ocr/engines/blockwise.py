"""EasyOCR's detector in 8-bit integers on windows around print, and our recogniser.

For text that no line finder by ink finds, such as light print on dark and print on coloured
or textured ground.
"""

from pathlib import Path

from services.ocr.engines.base import Picture
from services.ocr.engines.blocks import inked_blocks
from services.ocr.engines.craft import TextDetector
from services.ocr.engines.exact import lines_of
from services.ocr.engines.fast import FastEngine
from services.ocr.engines.ink import InkLines, find_lines, ink_mask
from services.ocr.engines.reading_lines import words_in
from services.ocr.engines.recogniser import Recogniser
from services.ocr.engines.spelling import put_right
from services.ocr.layout import Token

_GLYPHS = 16.0  # pixels: larger ones are found as well when made so small
_LEAST = 0.5  # of its size, lest small print beside large is lost
_SHORTEST = 10  # pixels: EasyOCR drops what is shorter than 20, with most single characters
_DOUBTFUL = 0.05  # readings below are specks and textures


class CraftEngine:
    """Finds lines as ``exact`` does, at any tilt, and reads them as ``fast`` does.

    It needs no ink to find them: ink tells how large the print is, and whether it is upright.
    """

    name = "craft"
    levels = False
    fallback = None

    def __init__(
        self, detector: Path, recogniser: Path, letters: frozenset[str] | None = None
    ) -> None:
        self._detector = TextDetector(detector, inked_blocks, arena=True)
        self._recogniser = Recogniser(recogniser, letters)
        self._sampler = FastEngine(recogniser, letters)
        self.letters = self._recogniser.letters

    def recognise(self, picture: Picture) -> list[Token]:
        """The words of ``picture`` (grey), boxes in its pixels."""
        return self.recognise_lines(picture, find_lines(ink_mask(picture)))

    def recognise_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        """The same, where these lines of ink are ``found`` already."""
        size = found.glyph_height
        scale = max(_LEAST, min(1.0, _GLYPHS / size)) if size else 1.0
        quads = self._detector.detect(picture, scale)
        lines = lines_of(quads, picture, self._recogniser, _SHORTEST)
        sure = [line for line in lines if line.reading.confidence >= _DOUBTFUL]
        return put_right(words_in(sure, found.mask))

    def sample(self, picture: Picture) -> list[Token]:
        """Words in lines found by their ink: to look at the page four times takes too long."""
        return self._sampler.sample(picture)

    def sample_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        """The words of these lines, without the detector."""
        return self._sampler.sample_lines(picture, found)
