"""The entry point of the extract stage's child process: one document in, its fields out."""

from decimal import Decimal, InvalidOperation

from services.extract.answers import Answers
from services.extract.consensus import Consensus, consensus
from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.einvoice import StatedInvoice
from services.extract.einvoice.compare import mismatches
from services.extract.einvoice.fields import names_of, stated_fields
from services.extract.exact.finding import find_exact
from services.extract.schemas import GENERIC
from services.extract.subject import Subject, subject_of
from shared.errors import Code, Permanent
from shared.models.extraction import (
    XML_PAGE_MISMATCH,
    ExtractionMode,
    Field,
    Fields,
    ReviewReason,
)
from shared.models.schema import FieldType, Schema
from shared.validation import apply_rules, review_reasons

__all__ = ["ExtractRequest", "ExtractResult", "extract"]

_RECEIPT_CONCEPTS = frozenset({"company", "total"})


def extract(request: ExtractRequest) -> ExtractResult:
    """The type and the fields of one document; never raises on what a document holds.

    Raises:
        Permanent: ``MODEL_MISSING``: the type is pinned to an engine that is not there.
    """
    subject = subject_of(request)
    reading, invoice, schema = subject.reading, subject.invoice, subject.schema
    answers = Answers(reading, is_receipt=_is_receipt(subject.of_type))
    found = _found(request, subject, answers)
    fields, reasons = found.fields, found.reasons
    if subject.of_type.name == "credit_note":
        fields = _unsigned(schema, fields)
    exact = find_exact(request.pages, request.embedded, answers, schema, fields)
    fields |= exact.fields
    reasons = [each for each in reasons if each.field not in exact.fields] + exact.reasons
    warnings: list[str] = []
    if invoice is not None:
        stated = stated_fields(reading, schema, invoice)
        fields |= stated
        reasons = [each for each in reasons if each.field not in stated]
        unlike = _unlike(answers, schema, invoice)
        reasons += unlike
        warnings += dict.fromkeys(f"{each.field}: {each.detail}" for each in unlike)
    applied = apply_rules(schema, fields)
    fields, reasons = applied.fields, reasons + applied.reasons
    warnings += applied.warnings
    if request.mode is ExtractionMode.BASIC:
        return ExtractResult(subject.guess, fields, [], warnings, found.name)
    reasons += review_reasons(schema, fields, request.review_threshold)
    return ExtractResult(subject.guess, fields, reasons, warnings, found.name)


def _found(request: ExtractRequest, subject: Subject, answers: Answers) -> Consensus:
    """What all engines find, or the only one that the schema is pinned to."""
    schema, pinned = subject.schema, subject.schema.engine
    if pinned is None:
        lessons = None if request.ordered else request.lessons.get(subject.of_type.name)
        return consensus(answers, schema, request.answers, request.mode, lessons)
    found = consensus(answers, schema, (), request.mode)
    if found.name != pinned:
        detail = f"The type is pinned to {pinned}; there is only {found.name} here."
        raise Permanent(Code.MODEL_MISSING, detail)
    return found


def _unlike(answers: Answers, schema: Schema, invoice: StatedInvoice) -> list[ReviewReason]:
    """A reason for each field whose page says something else than the XML."""
    return [
        ReviewReason(
            code=XML_PAGE_MISMATCH,
            field=name,
            detail=f"the XML states {each.stated}, the page says {each.printed}",
        )
        for each in mismatches(answers, invoice)
        for name in names_of(schema, each.field) or [each.field]
    ]


def _is_receipt(schema: Schema) -> bool:
    return bool(_RECEIPT_CONCEPTS & {spec.concept or spec.name for spec in schema.fields}) and (
        schema.name != GENERIC
    )


def _unsigned(schema: Schema, fields: Fields) -> Fields:
    """Amounts of a credit note without their minus, as EN 16931 writes them."""
    amounts = {spec.name for spec in schema.fields if spec.type == FieldType.AMOUNT}
    unsigned = dict(fields)
    for name in amounts & set(fields):
        field = fields[name]
        if isinstance(field, Field):
            try:
                unsigned[name] = field.copy_with(value=f"{abs(Decimal(field.value)):.2f}")
            except InvalidOperation:
                continue
    return unsigned
