"""A label with its value."""

from dataclasses import dataclass

from services.extract.sheet import Token


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value."""

    label: list[Token]
    value: list[Token]
