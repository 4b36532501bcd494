"""The words of a page, which are all that extraction needs of it, read from stored JSON."""

from collections.abc import Sequence
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
class PrintedRegion:
    """Which words stand on a sheet of paper on a photo, and how it is turned."""

    words: list[int]
    rotation: int = 0


@dataclass(slots=True)
class PrintedCode:
    """A ``Barcode`` of ``shared.models.page``."""

    format: str
    text: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True)
class PrintedPage:
    """A ``Page`` of ``shared.models.page`` without its lines and tables."""

    number: int
    width: float
    height: float
    rotation: int = 0
    engine: str = ""
    words: list[PrintedWord] = field(default_factory=list)
    regions: list[PrintedRegion] = field(default_factory=list)
    barcodes: list[PrintedCode] = field(default_factory=list)


AnyPage = Page | PrintedPage
AnyWord = Word | PrintedWord


def sheets_of(page: AnyPage) -> Sequence[AnyPage]:
    """The page, or each sheet of paper on a photo as if it were the page."""
    if not page.regions:
        return [page]
    return [
        PrintedPage(
            page.number, page.width, page.height, region.rotation, page.engine,
            [_printed(page.words[index]) for index in region.words],
        )
        for region in page.regions
    ]  # fmt: skip


def _printed(word: AnyWord) -> PrintedWord:
    return PrintedWord(word.text, word.x0, word.y0, word.x1, word.y1, word.confidence, word.line)


_STORED_PAGE = TypeAdapter(PrintedPage)


def read_page(stored: bytes) -> PrintedPage:
    """The words of a page from its JSON.

    Raises:
        pydantic.ValidationError: it is not the JSON of a page.
    """
    return _STORED_PAGE.validate_json(stored)
