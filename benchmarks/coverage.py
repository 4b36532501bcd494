"""How much is left to itself at a threshold of confidence, and how much of that is right."""

import html
from collections.abc import Iterable

from benchmarks.scores import Calibration

THRESHOLDS = (0.5, 0.8, 0.9, 0.95)
ALL = "all"
Coverage = dict[str, dict[str, dict[str, float]]]


def coverage(calibration: Calibration) -> Coverage:
    """By field and for ``all``: for each threshold the share above it, and right of these."""
    outcomes = calibration.outcomes | {ALL: calibration.pairs}
    return {
        name: {str(threshold): _above(pairs, threshold) for threshold in THRESHOLDS}
        for name, pairs in outcomes.items()
        if pairs
    }


def _above(pairs: list[tuple[float, bool]], threshold: float) -> dict[str, float]:
    right = [correct for chance, correct in pairs if chance > threshold]
    return {
        "values": len(pairs),
        "share": round(len(right) / len(pairs), 4),
        "right": round(sum(right) / max(1, len(right)), 4),
    }


def coverage_table(calibration: Calibration) -> str:
    """The same as a table of a web page."""
    heads = [f"above {threshold}: share, right" for threshold in THRESHOLDS]
    rows = [
        [name, str(next(iter(found.values()))["values"]), *map(_cell, found.values())]
        for name, found in coverage(calibration).items()
    ]
    lines = [_row("th", ["field", "values", *heads]), *(_row("td", row) for row in rows)]
    return f"<table>{''.join(lines)}</table>"


def _cell(figures: dict[str, float]) -> str:
    return f"{figures['share']:.2f}, {figures['right']:.3f}"


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"
