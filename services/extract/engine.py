"""The entry point of the extract stage's child process: one document in, its fields out."""

from decimal import Decimal, InvalidOperation

from services.extract.answers import Answers
from services.extract.classify import UNKNOWN, classify
from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.einvoice import StatedInvoice, read_invoice
from services.extract.einvoice.compare import mismatches
from services.extract.einvoice.fields import stated_fields
from services.extract.engines.layout import LayoutEngine
from services.extract.reading import Reading
from services.extract.schemas import GENERIC, built_in
from services.extract.validate import review_reasons
from shared.models.extraction import ExtractionMode, Field, Fields, ReviewReason, TypeGuess
from shared.models.schema import FieldType, Schema

__all__ = ["ExtractRequest", "ExtractResult", "extract"]

_STATED = 0.995
_RECEIPT_CONCEPTS = frozenset({"company", "total"})


def extract(request: ExtractRequest) -> ExtractResult:
    """The type and the fields of one document; never raises on what a document holds."""
    schemas = built_in() | {schema.name: schema for schema in request.schemas}
    reading = Reading(request.pages)
    invoice = read_invoice(request.embedded)
    guess = _type(request, reading, schemas, invoice)
    of_type = schemas.get(guess.name if guess else GENERIC, schemas[GENERIC])
    schema = request.ordered or of_type
    answers = Answers(reading, is_receipt=_is_receipt(of_type))
    engine = LayoutEngine()
    fields = engine.find(answers, schema)
    if of_type.name == "credit_note":
        fields = _unsigned(schema, fields)
    reasons: list[ReviewReason] = []
    warnings: list[str] = []
    if invoice is not None:
        fields |= stated_fields(reading, schema, invoice)
        for each in mismatches(answers, invoice):
            detail = f"the XML states {each.stated}, the page says {each.printed}"
            reasons.append(ReviewReason(code="xml_page_mismatch", field=each.field, detail=detail))
            warnings.append(f"{each.field}: {detail}")
    if request.mode is ExtractionMode.BASIC:
        return ExtractResult(guess, fields, [], warnings, engine.name)
    if request.mode is ExtractionMode.VLM:
        warnings.append("No engine for page images is configured; the words were used.")
    reasons += review_reasons(schema, fields, request.review_threshold)
    return ExtractResult(guess, fields, reasons, warnings, engine.name)


def _type(
    request: ExtractRequest,
    reading: Reading,
    schemas: dict[str, Schema],
    invoice: StatedInvoice | None,
) -> TypeGuess | None:
    if request.requested_type in schemas:
        return TypeGuess(name=request.requested_type, confidence=1.0)
    if invoice is not None:
        return TypeGuess(name=invoice.type_name, confidence=_STATED)
    guess = classify(reading, schemas)
    return None if guess.name == UNKNOWN else guess


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
