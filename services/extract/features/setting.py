"""How the lines of a name are set.

A word that was not read leaves a gap where it stood, or, at the end of a centred line, puts what
is left of the line off the middle of those around it.
"""

from itertools import pairwise

from services.extract.candidates.lines import LineProfile
from services.extract.features import Features
from services.extract.median import median
from services.extract.sheet import Token

_LINES = 10  # of the head
_FEWEST_OTHERS = 3
_CENTRED = 0.6  # heights from the middle
_MOST_CENTRED = 0.5  # share of the other lines
_LEAST_OFF, _MOST_OFF = 0.7, 2.2  # heights; a line farther off is set otherwise on purpose
_HOLE = 0.5  # heights by which a gap is wider than the others


def setting_features(lines: list[LineProfile], head: list[LineProfile]) -> Features:
    """What the places of ``lines`` say, which are some of ``head``."""
    return {"displaced": float(_is_displaced(lines, head)), "hole": float(_has_hole(lines))}


def _is_displaced(lines: list[LineProfile], head: list[LineProfile]) -> bool:
    """Whether one of ``lines`` is off the middle of the others, where these have one.

    One that is far off is not centred at all.
    """
    others = [each for each in head[:_LINES] if not any(each is line for line in lines)]
    if len(others) < _FEWEST_OTHERS:
        return False
    axis = median([_middle(each) for each in others])
    height = median([token.height for each in head[:_LINES] for token in each.tokens])
    centred = sum(abs(_middle(each) - axis) < _CENTRED * height for each in others)
    off = max(abs(_middle(line) - axis) for line in lines) / height
    return centred >= _MOST_CENTRED * len(others) and _LEAST_OFF <= off < _MOST_OFF


def _middle(line: LineProfile) -> float:
    return (line.tokens[0].x0 + line.tokens[-1].x1) / 2


def _has_hole(lines: list[LineProfile]) -> bool:
    """Whether one gap between words is wider than they usually are."""
    gaps = [_gap(*each) for line in lines for each in pairwise(line.tokens)]
    return bool(gaps) and max(gaps) - median(gaps) > _HOLE


def _gap(left: Token, right: Token) -> float:
    return (right.x0 - left.x1) / ((left.height + right.height) / 2)
