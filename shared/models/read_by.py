"""How a page was read; apart from ``Page``, so that who reads does not load pydantic."""

from enum import StrEnum


class ReadBy(StrEnum):
    """How a page's words were obtained."""

    TEXT_LAYER = "text_layer"
    OCR = "ocr"
    MIXED = "mixed"
    NOTHING = "nothing"
