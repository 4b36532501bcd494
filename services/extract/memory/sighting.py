"""Describes where a value stands, and how alike two such places are."""

import math
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from services.extract.lessons import Sighting
from services.extract.memory.candidates import Place
from services.extract.reading import Reading
from services.extract.sheet import Segment
from services.extract.wording import compact

TRAITS = ("left", "above", "x", "y")
_ROWS_ABOVE = 6
_NEAR = 0.02  # of the page
_ALIKE = 80.0  # of 100, between texts that a reader may have misread
_EMPTY = 0.5  # what it says that neither of two places has anything beside it


def sighting_of(reading: Reading, place: Place) -> Sighting:
    """Where the value of ``place`` stands."""
    first = place.tokens[0]
    sheet = reading.sheet
    return Sighting(
        left=_left(reading, place),
        above=_above(reading, place),
        x=round(first.x0 / (sheet.widths[first.page] or 1.0), 4),
        y=round(first.y0 / (sheet.heights[first.page] or 1.0), 4),
        page=first.page,
        rows=place.rows,
    )


def _left(reading: Reading, place: Place) -> str:
    """The words before it in its segment, else the segment before."""
    segment = place.segment
    before = [token for token in segment.tokens if token.x1 <= place.tokens[0].x0 + 1]
    if before:
        return compact(" ".join(token.text for token in before))
    row = reading.sheet.rows[segment.row]
    earlier = [it for it in row.segments if it.x1 <= segment.x0]
    return compact(earlier[-1].text) if earlier else ""


def _above(reading: Reading, place: Place) -> str:
    x0, x1 = place.tokens[0].x0, place.tokens[-1].x1
    segment = place.segment
    for row in reversed(reading.sheet.rows[max(0, segment.row - _ROWS_ABOVE) : segment.row]):
        if row.page != segment.page:
            break
        over = [it for it in row.segments if _overlaps(it, x0, x1)]
        if over:
            return compact(over[0].text)
    return ""


def _overlaps(segment: Segment, x0: float, x1: float) -> bool:
    return segment.x0 < x1 and x0 < segment.x1


def likenesses(one: Sighting, other: Sighting) -> dict[str, float]:
    """How alike two sightings are in each of ``TRAITS``, 0..1."""
    if one.page != other.page:
        return dict.fromkeys(TRAITS, 0.0)
    return {
        "left": _text_likeness(one.left, other.left),
        "above": _text_likeness(one.above, other.above),
        "x": math.exp(-(((one.x - other.x) / _NEAR) ** 2)),
        "y": math.exp(-(((one.y - other.y) / _NEAR) ** 2)),
    }


def _text_likeness(one: str, other: str) -> float:
    if not one or not other:
        return _EMPTY if one == other else 0.0
    if one == other:
        return 1.0
    ratio = fuzz.ratio(one, other)
    return ratio / 100 if ratio >= _ALIKE else 0.0


def weights_of(sightings: Sequence[Sighting]) -> dict[str, float]:
    """What each trait counts: the square of how alike the sightings are in it."""
    pairs = [likenesses(one, other) for at, one in enumerate(sightings) for other in sightings[:at]]
    if not pairs:
        return dict.fromkeys(TRAITS, 1.0)
    steady = {it: sum(pair[it] for pair in pairs) / len(pairs) for it in TRAITS}
    return {it: round(share**2, 4) + 0.001 for it, share in steady.items()}


def likeness(here: Sighting, sightings: Sequence[Sighting], weights: Mapping[str, float]) -> float:
    """How much a place is like those of ``sightings``, 0..1: as the half of them most like it."""
    whole = sum(weights.values())
    scores = sorted(
        (
            sum(weights[it] * share for it, share in likenesses(here, there).items()) / whole
            for there in sightings
        ),
        reverse=True,
    )
    best = scores[: max(1, len(scores) // 2)]
    return sum(best) / len(best)
