"""Finders: for each concept, the value a document bears out best, with its confidence."""

from dataclasses import dataclass, field

from services.extract.sheet import Token


@dataclass(frozen=True, slots=True)
class Found:
    """A value found. ``tokens`` are the words that bear it out, empty when none do.

    ``is_derived`` says that it was worked out from other values, ``told`` names what speaks for
    and against it.
    """

    value: str
    raw: str
    confidence: float
    tokens: list[Token] = field(default_factory=list)
    is_derived: bool = False
    told: frozenset[str] = frozenset()


FoundRow = dict[str, Found]
"""A row of a table by the concepts of its columns."""
