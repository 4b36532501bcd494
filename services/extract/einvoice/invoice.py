"""What an e-invoice states, in the field names of the built-in invoice type."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml.etree import _Element

from services.extract.einvoice.tree import text_of
from services.extract.wording import compact

# UNTDID 1001 codes that EN 16931 counts among the credit notes.
CREDIT_NOTE_CODES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458"})


@dataclass(frozen=True, slots=True)
class StatedInvoice:
    """Only what the XML states: no key where it says nothing.

    ``dialect`` is ``cii`` or ``ubl``, ``type_name`` a built-in type. Amounts and numbers
    are decimal strings, dates ISO. ``others`` are further accounts and tax numbers that it states,
    such as the customer's, compact: a page may print these.
    """

    dialect: str
    type_name: str
    fields: dict[str, str]
    lines: list[dict[str, str]] = field(default_factory=list)
    others: frozenset[str] = frozenset()


def type_of(code: str | None) -> str:
    """The built-in type for a UNTDID 1001 document code."""
    return "credit_note" if code in CREDIT_NOTE_CODES else "invoice"


def numbers_of(nodes: Iterable[_Element]) -> frozenset[str]:
    """The texts of ``nodes``, compact."""
    return frozenset(compact(found) for node in nodes if (found := text_of(node)))


def stated(**values: str | None) -> dict[str, str]:
    """``values`` without those that are absent."""
    return {name: value for name, value in values.items() if value is not None}
