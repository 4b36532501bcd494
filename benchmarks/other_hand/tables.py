"""Tables and lists of pairs on a sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.other_hand.sheet import Sheet
from benchmarks.other_hand.style import styled

Row = Sequence[str]
_RULE = "#777777 0.5"


@dataclass(frozen=True)
class Table:
    """Columns with their alignment (``"50 l"``, ``"300 r"``) and the look of the whole.

    ``rules``: words out of head (under it), over (above it), rows (between them), end (below
    the last), zebra (every second row shaded), grid (all, with uprights at ``edges``).
    """

    columns: Sequence[str]
    edges: Sequence[float] = (50.0, 545.0)
    rules: str = "head"
    head_style: str = "b"
    body_style: str = ""
    shade: str = ""  # colour behind the head
    gap: float = 5.0  # points between rows
    spots: Sequence[tuple[int, str]] = ()  # styles of single columns

    def draw(self, sheet: Sheet, y: float, head: Row, rows: Sequence[Row]) -> float:
        """Draw from base line ``y`` on; returns the base line for what comes below."""
        top = y - 11
        if head:
            y = self._draw_head(sheet, y, head)
        for number, row in enumerate(rows):
            y = self._draw_row(sheet, y, row, shaded="zebra" in self.rules and number % 2 == 1)
        size = styled(self.body_style, sheet.base).size
        bottom = y - size - self.gap / 2 + 2
        if "end" in self.rules or "grid" in self.rules:
            sheet.rule(self.edges[0], bottom, self.edges[-1], _RULE)
        if "grid" in self.rules:
            for edge in self.edges:
                sheet.upright(edge, top, bottom, _RULE)
        return y

    def _draw_head(self, sheet: Sheet, y: float, head: Row) -> float:
        size = styled(self.head_style, sheet.base).size
        deep = max(cell.count("\n") for cell in head) * size * 1.2
        if self.shade:
            band = (self.edges[0], y - 11, self.edges[-1], y + deep + 5)
            sheet.box(band, fill=self.shade)
        if "over" in self.rules or "grid" in self.rules:
            sheet.rule(self.edges[0], y - 11, self.edges[-1], _RULE)
        self._draw_cells(sheet, y, head, self.head_style)
        if "head" in self.rules or "grid" in self.rules:
            sheet.rule(self.edges[0], y + deep + 5, self.edges[-1], _RULE)
        return y + deep + 5 + size + self.gap / 2 + 3

    def _draw_row(self, sheet: Sheet, y: float, row: Row, *, shaded: bool) -> float:
        size = styled(self.body_style, sheet.base).size
        deep = max(cell.count("\n") for cell in row) * size * 1.2
        next_row = y + deep + size + self.gap
        if shaded:
            band = (self.edges[0], y - size - self.gap / 2 + 1, self.edges[-1])
            sheet.box((*band, next_row - size - self.gap / 2 + 1), fill="#f1f1f1")
        self._draw_cells(sheet, y, row, self.body_style)
        if "rows" in self.rules or "grid" in self.rules:
            under = next_row - size - self.gap / 2 + 2
            sheet.rule(self.edges[0], under, self.edges[-1], "#bbbbbb 0.4")
        return next_row

    def _draw_cells(self, sheet: Sheet, y: float, row: Row, style: str) -> None:
        spots = dict(self.spots) if style == self.body_style else {}
        size = styled(style, sheet.base).size
        for at, (column, cell) in enumerate(zip(self.columns, row, strict=True)):
            x, align = column.split()
            for number, line in enumerate(cell.split("\n")):
                if line:
                    look = f"{style} {spots.get(at, '')} {align}"
                    sheet.text(float(x), y + number * size * 1.2, line, look)


def pairs(  # noqa: PLR0913, PLR0917 - where, what, and how
    sheet: Sheet,
    x: float,
    y: float,
    listed: Sequence[tuple[str, str]],
    at: str,
    style: str = "",
    *,
    label: str = "",
    leading: float = 1.4,
) -> float:
    """Labels at ``x``, values beside them at ``at`` (``"200 l"``, ``"545 r"``)."""
    place, align = at.split()
    size = styled(style, sheet.base).size
    for name, value in listed:
        if name:
            sheet.text(x, y, name, f"{style} {label}")
        if value:
            sheet.text(float(place), y, value, f"{style} {align}")
        y += size * leading
    return y


def stacked(  # noqa: PLR0913, PLR0917 - where, what, and how
    sheet: Sheet,
    places: Sequence[float],
    y: float,
    listed: Sequence[tuple[str, str]],
    label: str = "7 #666666",
    style: str = "",
) -> float:
    """Labels above their values, side by side at ``places``."""
    down = styled(style, sheet.base).size * 1.35
    for x, (name, value) in zip(places, listed, strict=True):
        sheet.text(x, y, name, label)
        sheet.text(x, y + down, value, style)
    return y + down * 2.1
