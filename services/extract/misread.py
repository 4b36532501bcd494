"""What tells, without the print, that something was misread, or typed wrongly."""

from collections.abc import Iterable
from itertools import combinations

from rapidfuzz.distance import Levenshtein

from services.extract.wording import count_digits

_SHORTEST_WORD = 4
_SHORTEST_NUMBER = 5  # signs: prices of fewer differ by one anyway


def is_mixed(word: str) -> bool:
    """Whether a compact ``word`` has digits among its letters: ``HAI0``."""
    return 0 < count_digits(word) < len(word)


def are_spelled_two_ways(words: Iterable[str]) -> bool:
    """Whether two compact words differ by one letter, as one name that was misread once."""
    names = sorted({word for word in words if len(word) >= _SHORTEST_WORD and word.isalpha()})
    return any(_are_near(*each) for each in combinations(names, 2))


def _are_near(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1:
        return False
    return Levenshtein.distance(one, other, score_cutoff=1) <= 1


def differ_by_one_sign(one: str, other: str) -> bool:
    """Whether two numbers of equal length could be one that was misread once."""
    if len(one) != len(other) or len(one) < _SHORTEST_NUMBER:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1
