"""The default engine: ``fast`` and Tesseract together, where that is installed."""

from services.ocr.engines.base import InkEngine, Picture
from services.ocr.engines.combining import Models, combine
from services.ocr.engines.ink import InkLines, find_lines, ink_mask
from services.ocr.engines.tesseract import TesseractEngine
from services.ocr.language import language_of
from services.ocr.layout import Token


class AutoEngine:
    """Reads a picture with both and takes the better words; see ``combining``."""

    levels = True

    def __init__(self, fast: InkEngine, tesseract: TesseractEngine, models: Models) -> None:
        self.name = f"{fast.name}+{tesseract.name}"
        self.letters = fast.letters | tesseract.letters
        self.fallback = fast
        self._tesseract = tesseract
        self._models = models

    def recognise(self, picture: Picture) -> list[Token]:
        """The words of ``picture`` (grey), boxes in its pixels; its language is told first.

        Raises:
            AttemptFailed: Tesseract failed: ``TIMED_OUT`` or ``CRASHED``.
        """
        return self.recognise_lines(picture, find_lines(ink_mask(picture)))

    def recognise_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        """The same, where the lines of ``picture`` are ``found`` already.

        Raises:
            AttemptFailed: as ``recognise``.
        """
        words = self.fallback.recognise_lines(picture, found)
        languages = self._tesseract.languages
        language = language_of((word.text for word in words), languages) or languages[0]
        others = self._tesseract.read(picture, language)
        return combine(words, others, self._models, self.fallback.letters)

    def sample(self, picture: Picture) -> list[Token]:
        """Some words, read by ``fast``: it is quicker, and upside down it reads nothing."""
        return self.fallback.sample(picture)

    def sample_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        """The words of these lines, read by ``fast``."""
        return self.fallback.sample_lines(picture, found)
