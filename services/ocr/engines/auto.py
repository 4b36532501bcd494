"""The default engine: ``fast`` and Tesseract together, where that is installed."""

from services.ocr.engines.base import Engine, Picture
from services.ocr.engines.combining import Models, combine
from services.ocr.engines.tesseract import TesseractEngine
from services.ocr.language import language_of
from services.ocr.layout import Token


class AutoEngine:
    """Reads a picture with both and takes the better words; see ``combining``."""

    levels = True

    def __init__(self, fast: Engine, tesseract: TesseractEngine, models: Models) -> None:
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
        words = self.fallback.recognise(picture)
        languages = self._tesseract.languages
        language = language_of((word.text for word in words), languages) or languages[0]
        others = self._tesseract.read(picture, language)
        return combine(words, others, self._models, self.fallback.letters)

    def sample(self, picture: Picture) -> list[Token]:
        """Some words, read by ``fast``: it is quicker, and upside down it reads nothing."""
        return self.fallback.sample(picture)
