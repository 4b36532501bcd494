"""Reasons for a person to look: missing or doubtful required fields, sums that do not add up."""

from decimal import Decimal, InvalidOperation

from shared.models.extraction import Field, Fields, FieldSource, ReviewReason
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.validation.apply import Finding

_FROM_PAGE = frozenset({FieldSource.LAYOUT, FieldSource.LLM})
_CENT = Decimal("0.011")
# The XML of an invoice may leave the sum of rounded tax lines off by some cents.
_LINES_SLACK = Decimal("0.05")


def review_reasons(schema: Schema, fields: Fields, threshold: float) -> list[ReviewReason]:
    """All reasons that the fields themselves give.

    ``threshold`` is a confidence 0..1, for fields without one of their own.
    """
    reasons: list[ReviewReason] = []
    for spec in schema.fields:
        value = fields.get(spec.name)
        if value is None or value == []:
            if spec.required:
                detail = "no value was found"
                reasons.append(
                    ReviewReason(code="missing_required", field=spec.name, detail=detail)
                )
        elif isinstance(value, Field):
            reasons.extend(_doubts(spec, value, threshold))
    reasons.extend(it.reason for it in unmet_sums(schema, fields))
    return reasons


def _doubts(spec: FieldSpec, value: Field, threshold: float) -> list[ReviewReason]:
    reasons, name = [], spec.name
    limit = threshold if spec.threshold is None else spec.threshold
    if spec.required and value.confidence < limit:
        detail = f"confidence {value.confidence:.2f} is below {limit:.2f}"
        reasons.append(ReviewReason(code="low_confidence", field=name, detail=detail))
    if not value.grounded and value.source in _FROM_PAGE:
        detail = "no words on the page bear the value out"
        reasons.append(ReviewReason(code="ungrounded", field=name, detail=detail))
    return reasons


def unmet_sums(schema: Schema, fields: Fields) -> list[Finding]:
    """Net and tax must make the total, where all three were found."""
    concepts = {spec.concept or spec.name: spec.name for spec in schema.fields}
    total_name = concepts.get("total_amount") or concepts.get("total")
    names = [concepts.get("net_amount"), concepts.get("tax_amount"), total_name]
    values = [_decimal(fields.get(name)) if name else None for name in names]
    net, tax, total = values
    if net is None or tax is None or total is None:
        return []
    if abs(net + tax - total) < max(_CENT, _LINES_SLACK if _is_xml(fields) else _CENT):
        return []
    detail = f"{net} + {tax} is not {total}"
    reason = ReviewReason(code="sum_mismatch", field=total_name, detail=detail)
    return [Finding(reason, tuple(name for name in names[:2] if name))]


def _is_xml(fields: Fields) -> bool:
    return any(isinstance(value, Field) and value.source == "xml" for value in fields.values())


def _decimal(value: object) -> Decimal | None:
    if not isinstance(value, Field):
        return None
    try:
        return Decimal(str(value.value))
    except InvalidOperation:
        return None


def is_numeric(kind: FieldType) -> bool:
    """Whether values of ``kind`` are compared as numbers."""
    return kind in {FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER}
