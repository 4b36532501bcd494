"""What a document says, as a reader would say it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """What a file holds, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LineItem(Strict):
    """One line as it is printed; what has no column is left out."""

    description: str
    line_total: str
    quantity: str | None = None
    unit_price: str | None = None


class Truth(Strict):
    """What the page says; ``None`` where it does not. Any of the names is right.

    ``tax_amount`` is the sum of the value added taxes printed. Dates are ISO 8601.
    ``order_number`` is no field of the types compared, and not asked for.
    """

    kind: Literal["invoice", "credit_note"]
    language: str
    supplier_name: list[str]
    customer_name: list[str]
    invoice_number: str
    invoice_date: str
    total_amount: str
    line_items: list[LineItem]
    due_date: str | None = None
    order_number: str | None = None
    currency: str | None = None
    net_amount: str | None = None
    tax_amount: str | None = None
    amount_due: str | None = None

    def answer(self) -> dict[str, Any]:
        """What ``benchmarks.extraction`` compares with."""
        printed = self.model_dump(exclude_none=True, exclude={"kind", "language"})
        names = {name: printed[name] for name in ("supplier_name", "customer_name")}
        fields = {**printed, **{name: either[0] for name, either in names.items()}}
        return {
            "document_type": self.kind,
            "language": self.language,
            "fields": fields,
            "on_page": [name for name in fields if name != "order_number"],
            "choices": names,
        }
