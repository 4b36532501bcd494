"""Turns what a payment code states into fields, and says where the page disagrees with it."""

from collections.abc import Sequence

from services.extract.candidates.identifiers import find_ibans
from services.extract.einvoice.compare import KINDS
from services.extract.exact.payment import PaymentCode, read_payment
from services.extract.grounding import locate
from services.extract.mapping import concept_of
from services.extract.printed import AnyPage
from services.extract.reading import Reading
from services.extract.sheet import boxes_of
from shared.models.extraction import Field, Fields, FieldSource, ReviewReason
from shared.models.page import Box
from shared.models.schema import FieldType, Schema

_STATED = 0.99
_ALIASES = {"total": "amount_due", "company": "supplier_name", "date": "invoice_date"}
_SURE_NAME = 0.9
# A code may name the account's holder in another way than the page names the supplier.
_WEAK = frozenset({"supplier_name", "customer_name"})


def payment_of(pages: Sequence[AnyPage]) -> tuple[PaymentCode, Box] | None:
    """The payment that the pages' codes order and where; ``None`` where there is not just one.

    Two different payments, as in a file of several invoices, are no data for one of them.
    """
    found: dict[tuple[tuple[str, str], ...], tuple[PaymentCode, Box]] = {}
    for page in pages:
        for code in page.barcodes:
            if code.format == "qr_code" and (payment := read_payment(code.text)) is not None:
                box = Box(page=page.number, x0=code.x0, y0=code.y0, x1=code.x1, y1=code.y1)
                found.setdefault(tuple(sorted(payment.fields.items())), (payment, box))
    return next(iter(found.values())) if len(found) == 1 else None


def coded_fields(
    reading: Reading, schema: Schema, fields: Fields, payment: PaymentCode, box: Box
) -> Fields:
    """The fields of ``schema`` that the code states, those found on the page given.

    A name is taken only where the page gives none that is sure. The sum to be paid stands in
    for the total where the page gives none.
    """
    coded: Fields = {}
    for spec in schema.fields:
        if spec.type == FieldType.ROWS:
            continue
        concept = concept_of(spec, frozenset(KINDS)) or spec.name
        concept = _ALIASES.get(concept, concept)
        present = fields.get(spec.name)
        if concept == "total_amount" and present is None:
            concept = "amount_due"
        value = payment.fields.get(concept)
        if value is None:
            continue
        if concept in _WEAK and isinstance(present, Field) and present.confidence >= _SURE_NAME:
            continue
        if spec.name in {"total", "date"} and present is not None:
            continue
        coded[spec.name] = _field(reading, concept, value, box)
    return coded


def disagreements(reading: Reading, payment: PaymentCode) -> list[ReviewReason]:
    """Where the page prints another account or not the amount that the code orders."""
    reasons = []
    account = payment.fields["iban"]
    printed = {found.value for found in find_ibans(reading.sheet)}
    if printed and account not in printed:
        detail = f"the code states {account}, the page says {', '.join(sorted(printed))}"
        reasons.append(ReviewReason(code="code_page_mismatch", field="iban", detail=detail))
    amount = payment.fields.get("amount_due")
    if amount is not None and reading.money and not locate(reading, FieldType.AMOUNT, amount):
        detail = f"the code states {amount}, which the page does not say"
        reasons.append(ReviewReason(code="code_page_mismatch", field="amount_due", detail=detail))
    return reasons


def _field(reading: Reading, concept: str, value: str, box: Box) -> Field:
    tokens = locate(reading, KINDS[concept], value)
    return Field(
        value=value,
        raw=" ".join(token.text for token in tokens) or value,
        confidence=_STATED,
        boxes=boxes_of(tokens) or [box],
        grounded=True,
        source=FieldSource.BARCODE,
    )
