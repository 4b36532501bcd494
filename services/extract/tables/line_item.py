"""A line of an invoice."""

from dataclasses import dataclass, field
from decimal import Decimal

from services.extract.features import Features
from services.extract.sheet import Token

_CENT = Decimal("0.011")


@dataclass(slots=True)
class LineItem:
    """One line: values by concept, with the words that bear them out.

    ``headed`` says that it stands under the head of a table, ``closes`` that all lines together
    make one of the document's sums.
    """

    values: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, list[Token]] = field(default_factory=dict)
    headed: bool = False
    closes: bool = False

    def put(self, concept: str, value: str, tokens: list[Token]) -> None:
        """Sets one value."""
        self.values[concept] = value
        self.tokens[concept] = tokens

    @property
    def is_product(self) -> bool:
        """Whether quantity and price are there and make the total."""
        values = [self.values.get(it) for it in ("quantity", "unit_price", "line_total")]
        if None in values:
            return False
        quantity, price, total = (abs(Decimal(value or 0)) for value in values)
        return abs(quantity * price - total) < _CENT

    @property
    def evidence(self) -> Features:
        """What speaks for it, for the calibration."""
        told = {"headed": self.headed, "closes": self.closes, "product": self.is_product}
        return {"bias": 1.0} | {name: 1.0 for name, holds in told.items() if holds}


def printed(number: Decimal) -> str:
    """A quantity or a price as text, without needless noughts."""
    return f"{number.normalize():f}"
