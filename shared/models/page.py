"""What was read on one page.

All coordinates are PDF points (1/72 inch) of the *original* page as its file shows it,
origin top-left, y downwards. In an image one pixel of the upright picture counts as one point.
"""

from pydantic import Field

from shared.models.base import StoredModel
from shared.models.read_by import ReadBy


class Box(StoredModel):
    """A rectangle on a page: ``page`` counts from 0, the rest is in points."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class Word(StoredModel):
    """A run of characters without white space. ``confidence`` is 0..1, text layers have 1.

    ``line`` is the index of its line in ``Page.lines``.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float = 1.0
    line: int = 0


class Line(StoredModel):
    """Words on one base line in one column, in reading order; ``words`` are indexes."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    words: list[int] = Field(default_factory=list)
    block: int = 0


class Cell(StoredModel):
    """One table cell; ``row`` and ``column`` count from 0."""

    row: int
    column: int
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    row_span: int = 1
    column_span: int = 1


class Table(StoredModel):
    """A table found on the page, with its cells row by row."""

    x0: float
    y0: float
    x1: float
    y1: float
    rows: int
    columns: int
    cells: list[Cell] = Field(default_factory=list)


class Point(StoredModel):
    """A place on a page, in points."""

    x: float
    y: float


class Region(StoredModel):
    """A sheet of paper of its own on a photo, such as one of several receipts.

    ``corners`` are its own top left, top right, bottom right and bottom left, or those of its
    text where it has no clear edges; the box is around them. ``rotation`` and ``skew`` are as in
    ``Page``, of this sheet; ``words`` and ``lines`` are the indexes of those that stand on it.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    corners: list[Point] = Field(default_factory=list)
    rotation: int = 0
    skew: float = 0.0
    words: list[int] = Field(default_factory=list)
    lines: list[int] = Field(default_factory=list)


class Barcode(StoredModel):
    """A barcode or QR code on a page; ``text`` is what it says.

    ``format`` is ``qr_code``, ``code_128``, ``code_39``, ``ean_13`` or ``itf``.
    """

    format: str
    text: str
    x0: float
    y0: float
    x1: float
    y1: float


class Page(StoredModel):
    """One page as read. ``width`` and ``height`` are points, ``number`` counts from 0.

    ``rotation`` is the clockwise turn (0, 90, 180, 270) that brings the page upright,
    ``skew`` the remaining tilt in degrees; boxes are given before either is undone.
    A photo of sheets of paper has a region for each, in reading order, and its words and lines
    are those of one after the other; ``rotation`` and ``skew`` are those of the sheet with the
    most text. Any other page has no regions.
    ``quality`` is the word F1 to be expected, 0..1 (``None`` for a text layer and for a blank
    page); ``needs_rescan``, that a better picture of the page should be made, and
    ``rescan_reasons`` why. ``error`` is set when this page alone
    could not be read, with a code of ``shared.errors``.
    """

    number: int
    width: float
    height: float
    rotation: int = 0
    skew: float = 0.0
    read_by: ReadBy = ReadBy.NOTHING
    engine: str = ""
    language: str | None = None
    quality: float | None = None
    needs_rescan: bool = False
    rescan_reasons: list[str] = Field(default_factory=list)
    words: list[Word] = Field(default_factory=list)
    lines: list[Line] = Field(default_factory=list)
    tables: list[Table] = Field(default_factory=list)
    regions: list[Region] = Field(default_factory=list)
    barcodes: list[Barcode] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    error: str | None = None

    @property
    def text(self) -> str:
        """The page as plain text, a line of it per line, in reading order."""
        return "\n".join(line.text for line in self.lines)

    @property
    def text_angle(self) -> float:
        """How far its text is turned counter-clockwise, in degrees from -180 to 180."""
        angle = (self.rotation - self.skew + 180) % 360 - 180
        return round(angle, 2) or 0.0
