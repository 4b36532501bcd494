"""What of a page says which document it belongs to."""

import re
from dataclasses import dataclass

from services.extract.candidates.identifiers import find_ibans
from services.extract.classify import UNKNOWN, classify, titles_of
from services.extract.finders.identifiers import find_number
from services.extract.median import median
from services.extract.printed import AnyPage
from services.extract.reading import Reading
from services.extract.schemas import built_in
from services.extract.sheet import Row, Sheet
from services.extract.splitting.numbering import PageNumber, page_number
from services.extract.wording import compact, count_digits
from shared.models.schema import Schema

_FEWEST_WORDS = 4
_EDGE = 0.12  # of the page's height
_HEAD = 0.25
_EDGE_ROWS = 8
_MARK_LENGTH, _MARK_DIGITS = 6, 4
_CARRIED = re.compile(
    r"\b(?:carried forward|brought forward|continued|[üu]bertrag|fortsetzung|[àa] reporter|report"
    r" de la page|suite|riporto|segue|suma y sigue|continuaci[óo]n|transporte|vervolg)\b",
    re.IGNORECASE,
)
_REACHED = re.compile(
    r"\S@\S+\.\S|www\.|https?:|\+\d[\d ()/-]{7,}|\btel\b|\bphone\b", re.IGNORECASE
)
_HEAD_ROWS = 12
_LARGE = 1.35
_ENDINGS = frozenset({"total_amount", "amount_due", "total"})


@dataclass(frozen=True)
class Leaf:
    """A page as splitting sees it.

    ``kind`` is the type that the page alone looks like, ``number`` the printed page number,
    ``own_number`` the number of the document, ``head`` and ``foot`` the words at the edges,
    ``marks`` what is long and mostly digits. ``ends`` if a sum stands on it that a document ends
    with, ``goes_on`` if it says that it carries on another page. ``openings`` counts what stands
    at the head of a first page: large print, an address, a way to be reached, a date. ``filled`` is
    how far down the page print goes (0..1), ``letters`` the typical height of a line in points
    and ``margin`` where most lines begin (0..1).
    """

    size: tuple[float, float]
    is_blank: bool
    is_read: bool
    kind: str | None = None
    sure: float = 0.0
    titled: bool = False
    number: PageNumber | None = None
    own_number: str | None = None
    account: str | None = None
    head: frozenset[str] = frozenset()
    foot: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    ends: bool = False
    goes_on: bool = False
    openings: int = 0
    filled: float = 0.0
    letters: float = 0.0
    margin: float = 0.0


def leaf_of(page: AnyPage, schemas: dict[str, Schema]) -> Leaf:
    """What is to be seen on a page."""
    size = (page.width, page.height)
    if len(page.words) < _FEWEST_WORDS:
        is_lost = page.width <= 0  # it could not be read: it may hold anything
        return Leaf(size, is_blank=not is_lost, is_read=False)
    reading = Reading([page])
    sheet = reading.sheet
    guess = classify(reading, built_in() | schemas)
    number = find_number(reading)
    accounts = find_ibans(sheet)
    edges = _edges(sheet, page.height)
    hits = [hit for hit in reading.labels.all() if hit.opens]
    return Leaf(
        size,
        is_blank=False,
        is_read=sheet.is_ocr,
        kind=None if guess.name == UNKNOWN else guess.name,
        sure=guess.confidence,
        titled=bool(titles_of(reading)),
        number=page_number(edges),
        own_number=compact(str(number.value)) if number is not None else None,
        account=compact(str(accounts[0].value)) if accounts else None,
        head=_words(sheet, 0.0, _HEAD * page.height),
        foot=_words(sheet, (1 - _EDGE) * page.height, page.height),
        marks=_marks(sheet),
        ends=any(hit.concepts & _ENDINGS for hit in hits),
        openings=_openings(reading, page.height),
        filled=max(token.y1 for token in sheet.tokens) / max(1.0, page.height),
        letters=sheet.line_height,
        margin=median([row.segments[0].x0 for row in sheet.rows if row.segments])
        / max(1.0, page.width),
        goes_on=any(_CARRIED.search(row.text) for row in _top(sheet, page.height)),
    )


def _openings(reading: Reading, height: float) -> int:
    sheet = reading.sheet
    head = [row for row in sheet.rows if row.y0 < _HEAD * height][:_HEAD_ROWS]
    text = "\n".join(row.text for row in head)
    indexes = {token.index for row in head for token in row.tokens}
    large = any(
        segment.height > _LARGE * sheet.line_height for row in head for segment in row.segments
    )
    addressed = any(line.postcode for line in reading.lines[:_HEAD_ROWS])
    dated = any(found.indexes & indexes for found in reading.dates)
    return sum((large, addressed, dated, _REACHED.search(text) is not None))


def _edges(sheet: Sheet, height: float) -> list[str]:
    rows = [row for row in sheet.rows if row.text.strip()]
    upper = [row for row in rows if row.y0 < _HEAD * height][:_EDGE_ROWS]
    lower = [row for row in rows if row.y1 > (1 - _EDGE) * height][-_EDGE_ROWS:]
    return [segment.text for row in (*lower, *upper) for segment in row.segments]


def _top(sheet: Sheet, height: float) -> list[Row]:
    return [row for row in sheet.rows if row.y0 < 2 * _HEAD * height]


def _words(sheet: Sheet, upper: float, lower: float) -> frozenset[str]:
    found = (compact(it.text) for it in sheet.tokens if upper <= it.middle <= lower)
    return frozenset(word for word in found if len(word) > 1)


def _marks(sheet: Sheet) -> frozenset[str]:
    """Numbers that are hardly there by chance: of customers, orders, accounts, tax offices."""
    found = (compact(it.text) for it in sheet.tokens)
    return frozenset(
        word for word in found if len(word) >= _MARK_LENGTH and count_digits(word) >= _MARK_DIGITS
    )
