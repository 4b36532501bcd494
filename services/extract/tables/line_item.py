"""A line of an invoice."""

from dataclasses import dataclass, field
from decimal import Decimal

from services.extract.sheet import Token

SURE, UNSURE = 0.92, 0.62


@dataclass(slots=True)
class LineItem:
    """One line: values by concept, with the words that bear them out."""

    values: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, list[Token]] = field(default_factory=dict)
    confidence: float = UNSURE

    def put(self, concept: str, value: str, tokens: list[Token]) -> None:
        """Sets one value."""
        self.values[concept] = value
        self.tokens[concept] = tokens


def printed(number: Decimal) -> str:
    """A quantity or a price as text, without needless noughts."""
    return f"{number.normalize():f}"
