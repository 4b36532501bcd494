"""All exact data of a document, as fields that replace what was found by looking."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.extract.answers import Answers
from services.extract.exact.barcodes import barcode_fields
from services.extract.exact.codes import coded_fields, disagreements, payment_of
from services.extract.exact.forms import form_fields, form_pairs
from services.extract.exact.zones import zone_doubts, zone_fields, zone_of
from services.extract.mapping import concept_of
from services.extract.printed import AnyPage
from shared.models.embedded import Embedded
from shared.models.extraction import Fields, ReviewReason, Row
from shared.models.schema import FieldType, Schema

_PAIRS = "pairs"


@dataclass(frozen=True, slots=True)
class Exact:
    """``fields`` replace those of the same name; ``reasons`` are for a person to look."""

    fields: Fields = field(default_factory=dict)
    reasons: list[ReviewReason] = field(default_factory=list)


def find_exact(
    pages: Sequence[AnyPage], embedded: Embedded, answers: Answers, schema: Schema, fields: Fields
) -> Exact:
    """What form fields, zones and payment codes state of ``schema``; most documents have none.

    ``fields`` are those found on the page.
    """
    exact: Fields = {}
    reasons: list[ReviewReason] = []
    if embedded.form_fields:
        exact |= form_fields(schema, embedded.form_fields, answers)
        exact |= _pairs(schema, fields, form_pairs(embedded.form_fields))
    exact |= barcode_fields(pages, schema, fields | exact)
    zone = zone_of(answers.reading.sheet)
    if zone is not None:
        exact |= zone_fields(answers.reading, schema, zone)
        reasons += zone_doubts(schema, zone)
    found = payment_of(pages)
    if found is not None:
        payment, box = found
        exact |= coded_fields(answers.reading, schema, fields, payment, box)
        if exact.keys() & {"iban", "amount_due", "total_amount"}:
            reasons += disagreements(answers.reading, payment)
    return Exact(exact, reasons)


def _pairs(schema: Schema, fields: Fields, stated: list[Row]) -> Fields:
    """The pairs of the form's fields in place of guesses about the same words."""
    for spec in schema.fields:
        if spec.type == FieldType.ROWS and concept_of(spec, frozenset({_PAIRS})) == _PAIRS:
            guessed = fields.get(spec.name, [])
            known = {str(row["answer"].value) for row in stated}
            rest = [
                row
                for row in (guessed if isinstance(guessed, list) else [])
                if "answer" in row and not any(text in str(row["answer"].value) for text in known)
            ]
            names = {column.concept or column.name: column.name for column in spec.fields}
            rows = [{names[k]: v for k, v in row.items() if k in names} for row in stated]
            return {spec.name: rows + rest}
    return {}
