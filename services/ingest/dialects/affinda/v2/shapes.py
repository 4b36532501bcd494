"""How version 2 tells invoices and job descriptions: annotations under its own keys and shapes."""

from collections.abc import Mapping
from typing import Any

from services.ingest.dialects.affinda.documents.annotations import AnnotationView

Data = dict[str, Any]
_INVOICE = {
    "dueDate": "paymentDateDue",
    "currency": "currencyCode",
    "totalAmount": "paymentAmountTotal",
    "netAmount": "paymentAmountBase",
    "taxAmount": "paymentAmountTax",
    "amountDue": "paymentAmountDue",
    "supplierName": "supplierCompanyName",
    "customerName": "customerCompanyName",
    "vatId": "supplierVat",
    "iban": "bankIban",
}
_LINES, _LINE_TOTAL = "lineItems", "lineTotal"
_JOB_DESCRIPTION = {
    "company": "organizationName",
    "employmentType": "jobType",
    "email": "contactEmail",
    "phone": "contactPhone",
    "closingDate": "endDate",
    "education": "educationLevel",
}
_SALARY = {
    "minimum": "salaryMinimum",
    "maximum": "salaryMaximum",
    "currency": "salaryCurrency",
    "unit": "salaryPeriod",
}
_OWN_SHAPES = frozenset({"jobTitle", "location", "experienceYears", "startDate", *_SALARY.values()})


def invoice_data(data: Mapping[str, Any]) -> Data:
    """The data of an invoice; its lines are the rows of its one table, as plain values."""
    shaped = {_INVOICE.get(name, name): value for name, value in data.items() if name != _LINES}
    rows = [_line(it) for it in data.get(_LINES) or () if isinstance(it, AnnotationView)]
    return {**shaped, "tables": [{"rows": rows}] if rows else []}


def job_description_data(data: Mapping[str, Any]) -> Data:
    """The data of a job description.

    When a job begins is left out: ours is as printed ("immediately"), and clients take a day.
    """
    shaped: Data = {
        _JOB_DESCRIPTION.get(name, name): _items(value) if isinstance(value, list) else value
        for name, value in data.items()
        if name not in _OWN_SHAPES
    }
    years = _parsed(data.get("experienceYears"))
    return {
        **shaped,
        "jobTitle": _as(data.get("jobTitle"), {"name": _parsed(data.get("jobTitle"))}),
        "location": _as(data.get("location"), {"rawInput": _parsed(data.get("location"))}),
        "yearsExperience": _as(data.get("experienceYears"), {"minimum": years, "maximum": None}),
        "expectedRemuneration": _salary(data),
    }


def _line(row: AnnotationView) -> Data:
    values = {name: _parsed(it) for name, it in row.parsed.items()}
    total = values.pop(_LINE_TOTAL, None)
    return {**values, "baseTotal": total}


def _salary(data: Mapping[str, Any]) -> AnnotationView | None:
    first = next((it for name in _SALARY.values() if (it := data.get(name))), None)
    return _as(first, {name: _parsed(data.get(own)) for name, own in _SALARY.items()})


def _items(rows: list[Any]) -> list[Any]:
    """Of groups with one part each, these parts."""
    parts = [it.parsed if isinstance(it, AnnotationView) else None for it in rows]
    groups = [it for it in parts if isinstance(it, dict)]
    if len(groups) < len(rows) or any(len(it) != 1 for it in groups):
        return rows
    return [part for it in groups for part in it.values() if part is not None]


def _as(value: Any, parsed: Data) -> AnnotationView | None:  # noqa: ANN401 - an annotation or null
    if not isinstance(value, AnnotationView):
        return None
    return value.model_copy(update={"parsed": parsed})


def _parsed(value: Any) -> Any:  # noqa: ANN401 - as above
    return value.parsed if isinstance(value, AnnotationView) else None
