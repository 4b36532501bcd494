"""A document as its file describes it: marks on paper, and what they say."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from benchmarks.other_hand.sheet import A4, LETTER, Sheet
from benchmarks.other_hand.tables import Table, pairs, stacked

FOLDER = Path(__file__).parent / "layouts"
_PAPERS = {"a4": A4, "letter": LETTER}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LineItem(_Strict):
    """One line as it is printed; what has no column is left out."""

    description: str
    line_total: str
    quantity: str | None = None
    unit_price: str | None = None


class Truth(_Strict):
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


class Layout(_Strict):
    """One document: ``type`` is family and size of its running text (see ``style``).

    A mark is a method of ``Sheet``, ``table``, ``pairs`` or ``stacked``, with its arguments as a
    list or by name; they are drawn in their order. ``seen``: what the engine got wrong on it was
    looked at when rules were made; on the others, chosen by lot, it was not.
    """

    about: str
    seen: bool
    paper: Literal["a4", "letter"]
    type: str
    truth: Truth
    marks: list[dict[str, Any]]

    def draw(self) -> Sheet:
        """The document.

        Raises:
            ValueError: A mark that is not known.
        """
        family, size = self.type.split()
        sheet = Sheet(family, float(size), _PAPERS[self.paper])
        for mark in self.marks:
            for name, given in mark.items():
                _set(sheet, name, given)
        return sheet


def names() -> list[str]:
    """The names of all layouts."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name: str) -> Layout:
    """The layout of this name; raises ``OSError`` or pydantic's ``ValidationError``."""
    return Layout.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8")))


_OF_SHEET = frozenset(
    {"turn", "text", "lines", "rule", "upright", "box", "disc", "shape", "picture", "squares"}
)
_MARKS: dict[str, Callable[..., object]] = {"pairs": pairs, "stacked": stacked}


def _set(sheet: Sheet, name: str, given: Sequence[Any] | Mapping[str, Any]) -> None:
    if name == "table" and isinstance(given, Mapping):
        looks = {key: value for key, value in given.items() if key not in {"y", "head", "rows"}}
        Table(**looks).draw(sheet, given["y"], given["head"], given["rows"])
        return
    if name in _OF_SHEET:
        mark: Callable[..., object] = getattr(sheet, name)
    elif name in _MARKS:
        mark = _mark_on(sheet, _MARKS[name])
    else:
        raise ValueError(f"No mark is called {name}")
    mark(**given) if isinstance(given, Mapping) else mark(*given)


def _mark_on(sheet: Sheet, draw: Callable[..., object]) -> Callable[..., object]:
    return lambda **given: draw(sheet, **given)
