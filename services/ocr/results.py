"""What is asked of the reader, and what it answers."""

import math
from dataclasses import dataclass

from shared.models.read_by import ReadBy, TextLayers


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    ``engine`` names one of ``services.ocr.engines``, ``languages`` (ISO 639-1, best first)
    are those that documents may be in, ``model_dir`` is a folder with the operator's own
    weights for more of them, if there is one. Scanned PDF pages are rendered at
    ``dpi``. ``max_pages`` bounds a document, ``max_pixels`` one picture before decoding.
    ``language`` is the one that the document is said to be in, and ``text_layers`` what is made
    of words beside the pages' pictures. ``turns`` are pages (from 0) that a person has turned, with
    the clockwise degrees that bring each upright.
    ``budget`` is after how many seconds no further page is begun in one call, but one is read.
    """

    engine: str = "auto"
    languages: tuple[str, ...] = ("en",)
    model_dir: str = ""
    dpi: float = 200.0
    tables: bool = True
    max_pages: int = 5000
    max_pixels: int = 80_000_000
    budget: float = math.inf
    language: str | None = None
    text_layers: TextLayers = TextLayers.AUTO
    turns: tuple[tuple[int, int], ...] = ()

    def turn_of(self, number: int) -> int | None:
        """The turn that a person says brings the page upright, where one has."""
        return dict(self.turns).get(number)

    @property
    def expected(self) -> tuple[str, ...]:
        """The languages that the document may be in."""
        return self.languages if self.language is None else (self.language,)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What is known of a document before its pages are read.

    ``embedded`` is a ``shared.models.embedded.Embedded`` in JSON, where it holds anything.
    ``warnings`` are sentences about the file, for whoever reads the document.
    """

    pages: int
    embedded: bytes | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageResult:
    """One page: ``json`` is a ``shared.models.page.Page``, the rest is what it says there.

    ``info`` comes with the first page that one call reads.
    """

    number: int
    json: bytes
    words: int
    read_by: ReadBy
    error: str | None = None
    rescan: tuple[str, ...] = ()
    info: DocumentInfo | None = None


@dataclass(frozen=True, slots=True)
class PagesRead:
    """What is known of a document, and pages of it."""

    info: DocumentInfo
    pages: tuple[PageResult, ...]
