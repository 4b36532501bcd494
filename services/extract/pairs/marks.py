"""Ticks and crosses, each with what it is about."""

from services.extract.pairs.units import Unit

_CHECKED = frozenset({"x", "X", "XX", "☑", "☒", "✓", "✔", "[x]", "[X]"})
_BOXES = frozenset({"☑", "☒", "☐", "[x]", "[X]"})
_FAR = 4.0  # lines


def find_marked(rows: list[list[Unit]], line: float) -> list[tuple[Unit, Unit]]:
    """What is ticked, and the tick; a drawn box stands before its text, a cross on either side."""
    found = []
    for row in rows:
        for at, unit in enumerate(row):
            if unit.text not in _CHECKED:
                continue
            about = _about(row, at)
            if about is not None and _gap(about, unit) < _FAR * line:
                found.append((about, unit))
    return found


def _about(row: list[Unit], at: int) -> Unit | None:
    before = row[at - 1] if at and not row[at - 1].is_mark else None
    after = row[at + 1] if at + 1 < len(row) and not row[at + 1].is_mark else None
    if row[at].text in _BOXES and after is not None:
        return after
    near = [unit for unit in (before, after) if unit is not None]
    return min(near, key=lambda unit: _gap(unit, row[at])) if near else None


def _gap(one: Unit, two: Unit) -> float:
    return max(one.x0 - two.x1, two.x0 - one.x1)
