"""The middle value of a few numbers."""

from collections.abc import Iterable


def median(values: Iterable[float]) -> float:
    """That of ``statistics``, to the last bit, for floats: many calls, each of a few values.

    Raises:
        IndexError: there are no values.
    """
    ordered = sorted(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / 2
