"""The words of a page, which are all that extraction needs of it, read from stored JSON."""

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from shared.models.page import Page, Word


@dataclass(slots=True)
class PrintedWord:
    """A ``Word`` of ``shared.models.page``, lighter to make: a page has hundreds."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float = 1.0
    line: int = 0


@dataclass(slots=True)
class PrintedPage:
    """A ``Page`` of ``shared.models.page`` without its lines and tables."""

    number: int
    width: float
    height: float
    rotation: int = 0
    words: list[PrintedWord] = field(default_factory=list)


AnyPage = Page | PrintedPage
AnyWord = Word | PrintedWord

_STORED_PAGE = TypeAdapter(PrintedPage)


def read_page(stored: bytes) -> PrintedPage:
    """The words of a page from its JSON.

    Raises:
        pydantic.ValidationError: it is not the JSON of a page.
    """
    return _STORED_PAGE.validate_json(stored)
