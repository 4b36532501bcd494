"""The entry point of the extract stage's child process: one document in, its fields out."""

from decimal import Decimal, InvalidOperation

from services.extract.answers import Answers
from services.extract.borrowing import in_all_languages
from services.extract.classify import SURE
from services.extract.consensus import Consensus, consensus
from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.einvoice.compare import mismatches
from services.extract.einvoice.fields import names_of, stated_fields
from services.extract.einvoice.reader import unreadable
from services.extract.exact.finding import find_exact
from services.extract.schemas import GENERIC
from services.extract.subject import Subject, subject_of
from shared.errors import Code, Permanent
from shared.models.embedded import Embedded
from shared.models.extraction import (
    SUSPICIOUS,
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
    schema = subject.schema
    answers = Answers(
        subject.reading,
        is_receipt=_is_receipt(subject.of_type),
        others=subject.of_type.fields if _is_borrowing(request, subject) else (),
        by_labels=_is_borrowing(request, subject) or subject.guess is None,
    )
    found = _found(request, subject, answers)
    fields, reasons = found.fields, found.reasons
    if subject.of_type.name == "credit_note":
        fields = _unsigned(schema, fields)
    exact = find_exact(request.pages, request.embedded, answers, schema, fields)
    fields |= exact.fields
    reasons = [each for each in reasons if each.field not in exact.fields] + exact.reasons
    stated, odd = _by_xml(subject, answers, request.embedded)
    fields |= stated
    reasons = [each for each in reasons if each.field not in stated]
    told = [each for each in reasons if each.code == SUSPICIOUS] + odd
    warnings = [": ".join(filter(None, (each.field, each.detail))) for each in told]
    applied = apply_rules(schema, fields)
    fields, reasons = applied.fields, _of_type(request, subject) + reasons + odd + applied.reasons
    warnings += applied.warnings
    if request.mode is ExtractionMode.BASIC:
        return ExtractResult(subject.guess, fields, [], warnings, found.name)
    reasons += review_reasons(schema, fields, request.review_threshold)
    return ExtractResult(subject.guess, fields, reasons, warnings, found.name)


def _found(request: ExtractRequest, subject: Subject, answers: Answers) -> Consensus:
    """What all engines find, or the only one that the schema is pinned to."""
    schema, pinned = subject.schema, subject.schema.engine
    if _is_borrowing(request, subject):
        schema = in_all_languages(schema, subject.of_type, subject.reading.sheet)
    if pinned is None:
        lessons = None if request.ordered else request.lessons.get(subject.of_type.name)
        return consensus(answers, schema, request.answers, request.mode, lessons)
    found = consensus(answers, schema, (), request.mode)
    if found.name != pinned:
        detail = f"The type is pinned to {pinned}; there is only {found.name} here."
        raise Permanent(Code.MODEL_MISSING, detail)
    return found


def _is_borrowing(request: ExtractRequest, subject: Subject) -> bool:
    """Whether somebody's own fields are looked for on a document of a type that titles tell.

    Fields of other types are known by concept.
    """
    return request.ordered is not None and bool(subject.of_type.titles)


def _of_type(request: ExtractRequest, subject: Subject) -> list[ReviewReason]:
    """That the type itself is in doubt, where its fields were not asked for by anybody."""
    guess = subject.guess
    is_asked_for = request.ordered is not None or len(request.among) == 1
    if guess is None or guess.confidence >= SURE or is_asked_for:
        return []
    detail = f"it may be no {subject.of_type.title or guess.name} ({guess.confidence:.0%} sure)"
    return [ReviewReason(code="type_unsure", detail=detail.lower())]


def _by_xml(
    subject: Subject, answers: Answers, embedded: Embedded
) -> tuple[Fields, list[ReviewReason]]:
    """What the XML of an e-invoice states, and what is odd about it: it goes before the page."""
    schema, invoice = subject.schema, subject.invoice
    if invoice is None:
        name = unreadable(embedded)
        detail = f"{name} is no e-invoice that can be read; values are those of the page"
        return {}, [ReviewReason(code="xml_unreadable", detail=detail)] if name else []
    unlike = [
        ReviewReason(
            code=XML_PAGE_MISMATCH,
            field=name,
            detail=f"the XML states {each.stated}, the page says {each.printed}",
        )
        for each in mismatches(answers, invoice)
        for name in names_of(schema, each.field) or [each.field]
    ]
    return stated_fields(subject.reading, schema, invoice), unlike


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
