"""Numbers that describe how well a candidate would fill a field."""

from dataclasses import dataclass, field

from services.extract.candidates.candidate import Candidate

Features = dict[str, float]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to choose for a field, with what speaks for it.

    ``candidate`` is the place that bears it out best, ``places`` are all of them. ``is_none`` of
    what cannot be a value at all: it only takes from the likelihood of the others. ``again`` are
    the compact words of a name that was read which stand elsewhere on the document, too.
    """

    candidate: Candidate
    features: Features
    places: list[Candidate] = field(default_factory=list)
    is_none: bool = False
    again: frozenset[str] = frozenset()
