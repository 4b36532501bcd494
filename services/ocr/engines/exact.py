"""EasyOCR's own two networks in 32-bit floats, box for box."""

from pathlib import Path

from services.ocr.engines.base import Picture
from services.ocr.engines.recogniser import Recogniser, session
from services.ocr.layout import Token


class ExactEngine:
    """Reads like ``easyocr.Reader(quantize=False)``."""

    name = "exact"
    levels = False

    def __init__(self, detector: Path, recogniser: Path) -> None:
        self._detector = session(detector)
        self._recogniser = Recogniser(recogniser)

    def recognise(self, picture: Picture) -> list[Token]:
        """The words of ``picture`` (grey), boxes in its pixels."""
        raise NotImplementedError

    def sample(self, picture: Picture) -> list[Token]:
        """Some words of ``picture``."""
        raise NotImplementedError
