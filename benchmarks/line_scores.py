"""Scores of line items: F1 of all, and the share found of those whose words were read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz

from benchmarks.legible import is_legible
from benchmarks.scores import Calibration, matches, plain
from shared.models.extraction import Field
from shared.models.page import Page

_SIMILAR = 80
Line = dict[str, Any]


@dataclass
class Lines:
    """Line items found against those wanted.

    Lenient: the line's total equal and its description alike. Strict: description, quantity
    and total equal. ``legible`` are those wanted whose words all stand on the page as read, so
    that reading cannot be what is wrong with them.
    """

    wanted: int = 0
    found: int = 0
    hits_lenient: int = 0
    hits_strict: int = 0
    legible: int = 0
    legible_lenient: int = 0
    legible_strict: int = 0
    cells: Calibration = field(default_factory=Calibration)

    def add(self, wanted: list[Line], found: list[dict[str, Field]], pages: Sequence[Page]) -> None:
        """Count one document; each found line serves one wanted line."""
        values = [{name: cell.value for name, cell in row.items()} for row in found]
        like, same = _hits(wanted, values, _is_like), _hits(wanted, values, _is_same)
        read = [_is_read(line, list(pages)) for line in wanted]
        for row, meant in zip(found, lines_meant(wanted, values), strict=True):
            for name, cell in row.items():
                if meant is None or meant.get(name):
                    right = meant is not None and matches(name, meant[name], cell.value)
                    self.cells.add(name, cell.confidence, right=right)
        self.wanted += len(wanted)
        self.found += len(values)
        self.hits_lenient += sum(like)
        self.hits_strict += sum(same)
        self.legible += sum(read)
        self.legible_lenient += sum(hit for hit, legible in zip(like, read, strict=True) if legible)
        self.legible_strict += sum(hit for hit, legible in zip(same, read, strict=True) if legible)

    @property
    def lenient(self) -> float:
        """F1 of the lenient count."""
        return 2 * self.hits_lenient / max(1, self.wanted + self.found)

    @property
    def strict(self) -> float:
        """F1 of the strict count."""
        return 2 * self.hits_strict / max(1, self.wanted + self.found)

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON."""
        return {
            "wanted": self.wanted,
            "found": self.found,
            "f1_lenient": round(self.lenient, 4),
            "f1_strict": round(self.strict, 4),
            "legible": self.legible,
            "legible_lenient": self.legible_lenient,
            "legible_strict": self.legible_strict,
            "calibration": self.cells.as_dict(),
        }

    def __str__(self) -> str:
        sure = self.cells.overall
        return (
            f"line items F1 {self.lenient:.3f} lenient, {self.strict:.3f} strict; of the "
            f"{self.legible} of {self.wanted} whose words were read, {self.legible_lenient} found, "
            f"{self.legible_strict} strictly; their values' confidences: ECE "
            f"{sure.ece:.3f}, {sure.share_above:.2f} above 0.9, {sure.right_above:.3f} right"
        )


def lines_meant(wanted: list[Line], found: Sequence[Line]) -> list[Line | None]:
    """For each line found the one wanted that it says, by its total or its description."""
    left = list(wanted)
    meant: list[Line | None] = []
    for line in found:
        best = max(left, key=lambda each: _likeness(each, line), default=None)
        if best is not None and max(_likeness(best, line)) < _SIMILAR:
            best = None
        if best is not None:
            left.remove(best)
        meant.append(best)
    return meant


def _likeness(wanted: Line, found: Line) -> tuple[float, float]:
    """Of 0 to 100: of the totals, then of the descriptions."""
    same = matches("line_total", wanted.get("line_total"), found.get("line_total"))
    texts = [plain(line.get("description")) for line in (wanted, found)]
    return 100.0 * same, fuzz.ratio(*texts)


def _hits(wanted: list[Line], found: list[Line], fits: Callable[[Line, Line], bool]) -> list[bool]:
    left = list(found)
    hits = []
    for line in wanted:
        match = next((each for each in left if fits(line, each)), None)
        if match is not None:
            left.remove(match)
        hits.append(match is not None)
    return hits


def _is_like(wanted: Line, found: Line) -> bool:
    if not matches("line_total", wanted.get("line_total"), found.get("line_total")):
        return False
    one, two = plain(wanted.get("description")), plain(found.get("description"))
    return fuzz.ratio(one, two) >= _SIMILAR


def _is_same(wanted: Line, found: Line) -> bool:
    names = [name for name in ("description", "quantity", "line_total") if wanted.get(name)]
    return all(matches(name, wanted.get(name), found.get(name)) for name in names)


def _is_read(line: Line, pages: list[Page]) -> bool:
    """Whether its description and its total stand on the page."""
    names = [name for name in ("description", "line_total") if line.get(name)]
    return all(
        is_legible("amount" if name == "line_total" else name, line[name], pages) for name in names
    )
