"""Earnings and deductions of a payslip: texts with sums under a heading.

The heading names the column of texts, stands above both columns, or names the column of sums where
one table has both earnings and deductions.
"""

from services.extract.business.asked import Asked, found_at
from services.extract.candidates.candidate import Candidate
from services.extract.finders import FoundRow
from services.extract.labels import Hit
from services.extract.mapping import own_labels
from services.extract.sheet import Row, Segment, Sheet, Token
from services.extract.wording import compact

_SURE = 0.85
_GAP = 2.6  # line heights between rows
_MOST = 60
_SINCE_NEW_YEAR = frozenset(
    map(compact, ("ytd", "year to date", "y.t.d.", "cumulative", "kumuliert", "jahreswerte",
                  "aufgelaufen", "cumul", "cumulé", "acumulado", "acumulados", "progressivo",
                  "progressivi", "cumulatief", "total to date"))
)  # fmt: skip
_SLACK = 1.0  # line heights left of the heading


def find_pay(asked: Asked) -> list[FoundRow]:
    """The rows under the best heading of the field."""
    best: list[FoundRow] = []
    for hit in asked.hits(own_labels(asked.spec)):
        if hit.opens and hit.closes:
            rows = _rows(asked, hit)
            best = rows if len(rows) > len(best) else best
    return best


def _rows(asked: Asked, hit: Hit) -> list[FoundRow]:
    sheet = asked.reading.sheet
    right = min(_right(asked, hit), _so_far(asked, hit))
    found: list[FoundRow] = []
    bottom = hit.segment.y1
    for row in sheet.rows[hit.segment.row + 1 :]:
        if row.page != hit.segment.page or row.y0 - bottom > _GAP * sheet.line_height:
            break
        inside = _inside(sheet, row, hit, right)
        number = _sum(asked, inside)
        if inside and _is_label(asked, inside[0]) and (found or number is not None):
            break
        bottom = row.y1
        text = _text(row, inside, number)
        if text is not None and _is_label(asked, sheet.places[text[0].index]):
            break
        if number is not None and text is not None:
            found.append(_row(text, number))
        elif found and inside and number is None:
            break
        if len(found) == _MOST:
            break
    return found


def _right(asked: Asked, hit: Hit) -> float:
    """Where the region under ``hit`` ends: at the heading of other rows beside it."""
    row = asked.reading.sheet.rows[hit.segment.row]
    others = {
        it.segment.x0
        for it in asked.labels.hits
        if it.segment.row == row.index and it.x0 > hit.x1 and _is_rows(asked, it)
    }
    return min(others, default=float("inf"))


def _so_far(asked: Asked, hit: Hit) -> float:
    """Where the sums since the beginning of the year stand, which are none of this period."""
    line = asked.reading.sheet.line_height
    rows = asked.reading.sheet.rows[hit.segment.row : hit.segment.row + 2]
    places = [
        segment.x0 - line
        for row in rows
        for segment in row.segments
        if segment.x0 > hit.x1 and "".join(segment.words) in _SINCE_NEW_YEAR
    ]
    return min(places, default=float("inf"))


def _is_rows(asked: Asked, hit: Hit) -> bool:
    rows = {spec.name for spec in asked.fields if spec.fields} - {asked.spec.name}
    return bool(rows & hit.concepts)


def _inside(sheet: Sheet, row: Row, hit: Hit, right: float) -> list[Segment]:
    left = hit.x0 - _SLACK * sheet.line_height
    return [it for it in row.segments if it.x1 > left and it.x0 < right - 0.5 * sheet.line_height]


def _is_label(asked: Asked, segment: Segment) -> bool:
    """Whether a sum or another heading begins here: a label with nothing but a number behind it."""
    for hit in asked.labels.hits:
        if hit.segment is segment and hit.opens and asked.spec.name not in hit.concepts:
            last = hit.tokens[-1].index
            rest = [it for it in segment.tokens if it.index > last]
            if not any(char.isalpha() for it in rest for char in it.text):
                return True
    return False


def _sum(asked: Asked, inside: list[Segment]) -> Candidate | None:
    indexes = {token.index for segment in inside for token in segment.tokens}
    own = [it for it in asked.reading.money if it.indexes <= indexes and "decimals:2" in it.traits]
    return own[-1] if own else None


def _text(row: Row, inside: list[Segment], number: Candidate | None) -> list[Token] | None:
    """The words of what the sum is for: under the heading, else at the left of the row."""
    taken = number.indexes if number is not None else frozenset()
    for segment in (*inside, *row.segments[:1]):
        tokens = [it for it in segment.tokens if it.index not in taken]
        if any(char.isalpha() for it in tokens for char in it.text):
            return tokens
    return None


def _row(text: list[Token], number: Candidate) -> FoundRow:
    return {
        "description": found_at(" ".join(it.text for it in text), text, _SURE),
        "amount": found_at(f"{abs(number.number):.2f}", number.tokens, _SURE * number.quality),
    }
