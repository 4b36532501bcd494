"""A scatter plot as SVG, without a plotting library."""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _HEIGHT, _LEFT, _BELOW, _ABOVE, _RIGHT = 760, 460, 70, 60, 40, 200
_COLOURS = ("#0b6e99", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#be123c", "#334155")
_TICKS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class Point(NamedTuple):
    """What was measured of one series (a colour) and one group (written beside it)."""

    series: str
    group: str
    x: float
    y: float


def scatter(title: str, x_name: str, y_name: str, points: Sequence[Point]) -> str:
    """An SVG of ``points``: x to a logarithmic scale, y from 0 to 1."""
    low = min(point.x for point in points) / 1.5
    high = max(point.x for point in points) * 1.5
    span = math.log(high / low)

    def across(x: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log(x / low) / span

    def up(y: float) -> float:
        return _HEIGHT - _BELOW - (_HEIGHT - _BELOW - _ABOVE) * y

    series = list(dict.fromkeys(point.series for point in points))
    colours = {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(series)}
    parts = [_text(_LEFT, 24, title, size=16)]
    for tick in (tick / 10 for tick in range(0, 11, 2)):
        parts.append(_line(_LEFT, up(tick), _WIDTH - _RIGHT, up(tick)))
        parts.append(_text(_LEFT - 34, up(tick) + 4, f"{tick:.1f}"))
    for tick in (tick for tick in _TICKS if low <= tick <= high):
        parts.append(_line(across(tick), up(0), across(tick), up(1)))
        parts.append(_text(across(tick) - 8, up(0) + 18, f"{tick:g}"))
    parts.append(_text(_LEFT, _HEIGHT - 16, f"across: {x_name}; up: {y_name}"))
    for point in points:
        x, y, colour = across(point.x), up(point.y), colours[point.series]
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        parts.append(_text(x + 8, y + 4, point.group, size=10))
    for index, name in enumerate(series):
        y = _ABOVE + 20 * index
        colour = colours[name]
        parts.append(f'<circle cx="{_WIDTH - _RIGHT + 60}" cy="{y}" r="5" fill="{colour}"/>')
        parts.append(_text(_WIDTH - _RIGHT + 72, y + 4, name))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>'
        f"\n{body}\n</svg>\n"
    )


def _text(x: float, y: float, text: str, *, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}">{escape(text)}</text>'


def _line(x0: float, y0: float, x1: float, y1: float) -> str:
    place = f'x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"'
    return f'<line {place} stroke="#ddd"/>'
