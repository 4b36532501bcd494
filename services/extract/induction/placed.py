"""A field of a schema that is made, and where it comes."""

from dataclasses import dataclass

from shared.models.schema import FieldSpec

LAST = 10**9
"""Behind all words."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A field, with the index of the first word that bears it out."""

    at: int
    spec: FieldSpec
