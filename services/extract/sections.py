"""Sections: what stands under a head such as ``Bill to`` in the same column."""

from collections.abc import Sequence

from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import Concepts
from services.extract.sheet import Row, Segment, Sheet, Token

HEADS = frozenset({"supplier", "customer", "ship_to"})
_MOST_ROWS = 8
_COLUMN_SLACK = 2.5  # of the line height
_COLUMN_WIDTH = 12
_WIDEST_GAP = 3.5


class Sections:
    """For each segment the heads it stands under, nearest first."""

    def __init__(self, sheet: Sheet, labels: LabelMap) -> None:
        self._under: dict[int, list[tuple[Hit, int]]] = {}
        heads = [hit for hit in labels.all() if _is_head(hit, sheet)]
        self.heads = heads
        for head in heads:
            self._fill(sheet, head, heads)

    def concepts(self, segment: Segment) -> Concepts:
        """The concepts of the nearest head above ``segment``; empty where there is none."""
        found = self._under.get(id(segment))
        return found[-1][0].concepts & HEADS if found else frozenset()

    def distance(self, segment: Segment) -> int:
        """How many rows below its head ``segment`` stands; 0 where there is no head."""
        found = self._under.get(id(segment))
        return found[-1][1] if found else 0

    def _inside(self, sheet: Sheet, row: Row, head: Hit, right: float) -> list[Segment]:
        """The row's segments in the column of ``head``, and the values of labels there."""
        if _is_centred(head, sheet):
            return list(row.segments)
        slack = _COLUMN_SLACK * sheet.line_height
        widest = max(head.x1, head.x0 + _COLUMN_WIDTH * sheet.line_height)
        inside = [
            segment
            for segment in row.segments
            if head.x0 - slack < segment.x0 < min(right - 1, widest)
        ]
        if inside and inside[0] is row.segments[0] and inside[0].text.endswith(":"):
            return [segment for segment in row.segments if segment.x0 < right - 1]
        return inside

    def _fill(self, sheet: Sheet, head: Hit, heads: list[Hit]) -> None:
        row = head.segment.row
        beside = [
            each.x0
            for each in heads
            if each is not head and abs(each.segment.row - row) <= 1 and each.x0 > head.x1
        ]
        right = min(beside, default=float("inf"))
        bottom = head.segment.y1
        for index in range(row + 1, min(row + 1 + _MOST_ROWS, len(sheet.rows))):
            if sheet.rows[index].page != head.segment.page:
                break
            inside = self._inside(sheet, sheet.rows[index], head, right)
            if not inside:
                continue
            if min(s.y0 for s in inside) - bottom > _WIDEST_GAP * sheet.line_height:
                break
            bottom = max(segment.y1 for segment in inside)
            for segment in inside:
                self._under.setdefault(id(segment), []).append((head, index - row))


def _is_head(hit: Hit, sheet: Sheet) -> bool:
    """Whether a party stands below it: not a person's name behind it, nor a number beside it."""
    if not (hit.concepts & HEADS and hit.opens and hit.closes):
        return False
    if hit.tokens[-1] is not hit.segment.tokens[-1]:
        value = hit.segment.tokens[len(hit.tokens) :]
        return "salutation" not in hit.concepts and not _is_number(value)
    after = [it for it in sheet.rows[hit.segment.row].segments if it.x0 > hit.segment.x0]
    return not (after and _is_number(after[0].tokens))


def _is_number(tokens: Sequence[Token]) -> bool:
    """Whether they are digits only, as the number of a customer is."""
    return "".join(token.text for token in tokens).isdigit()


def _is_centred(head: Hit, sheet: Sheet) -> bool:
    """Whether it stands alone in the middle of its sheet, so that all below is under it."""
    if len(sheet.rows[head.segment.row].segments) > 1:
        return False
    middle = sheet.widths[head.segment.page] / 2
    return abs((head.segment.x0 + head.segment.x1) / 2 - middle) < sheet.line_height
