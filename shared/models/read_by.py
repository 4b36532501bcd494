"""How a page is and was read; apart from ``Page``, so that who reads loads no pydantic."""

from enum import StrEnum


class ReadBy(StrEnum):
    """How a page's words were obtained."""

    TEXT_LAYER = "text_layer"
    OCR = "ocr"
    MIXED = "mixed"
    NOTHING = "nothing"


class TextLayers(StrEnum):
    """What is made of words that a file carries beside what its pages show.

    ``auto``: they are used where they fit the page. ``never``: every page is read from its
    picture. ``only``: no picture is read.
    """

    AUTO = "auto"
    NEVER = "never"
    ONLY = "only"
