"""Document classes, and the annotations each has.

``financial-document`` is the dialect's own class for invoices, receipts and credit notes,
with a fixed list of fields. All other classes are our types, with their own fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.document_types import DocumentTypes
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.document import Document, DocumentState
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.schemas import GENERIC

FINANCIAL = "financial-document"
FINANCIAL_TYPES = ("invoice", "receipt", "credit_note")
DOCUMENT_TYPE = "document_type"
UNKNOWN = GENERIC


@dataclass(frozen=True, slots=True)
class ClassField:
    """A field of the class, with the concepts of ours that it may stand for."""

    name: str
    concepts: tuple[str, ...]
    type: FieldType = FieldType.TEXT


# Names as public clients of the API read them.
FINANCIAL_FIELDS = (
    ClassField("document_identifier", ("invoice_number", "reference"), FieldType.IDENTIFIER),
    ClassField("issue_date", ("invoice_date", "date"), FieldType.DATE),
    ClassField("due_date", ("due_date",), FieldType.DATE),
    ClassField("supplier_name", ("supplier_name", "company"), FieldType.NAME),
    ClassField("supplier_tax_number", ("vat_id",), FieldType.IDENTIFIER),
    ClassField("recipient_name", ("customer_name",), FieldType.NAME),
    ClassField("recipient_tax_number", ("customer_vat_id",), FieldType.IDENTIFIER),
    ClassField("currency", ("currency",), FieldType.CURRENCY),
    ClassField("amount_total", ("total_amount", "total"), FieldType.AMOUNT),
    ClassField("amount_base_total", ("net_amount",), FieldType.AMOUNT),
    ClassField("amount_tax_total", ("tax_amount",), FieldType.AMOUNT),
    ClassField("amount_rounding", ("rounding",), FieldType.AMOUNT),
    ClassField("amount_due", ("amount_due",), FieldType.AMOUNT),
    ClassField("amount_paid", ("prepaid",), FieldType.AMOUNT),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The class a sender asked for: its name, and the type it fixes, if it fixes one."""

    name: str
    type: str | None


async def asked_class(types: DocumentTypes, principal: Principal, name: str) -> Asked:
    """The class of that name; raises ``Permanent(NOT_FOUND)``."""
    if name == FINANCIAL:
        return Asked(FINANCIAL, None)
    for candidate in (name, name.replace("-", "_")):
        if await types.find(principal, candidate) is not None:
            return Asked(class_name(candidate), candidate)
    raise Permanent(Code.NOT_FOUND, "There is no such document class.")


def class_of(document: Document) -> str | None:
    """The document's class; ``None`` while nobody knows it."""
    if document.requested_class is not None:
        return document.requested_class
    if document.type is not None:
        is_financial = document.type.name in FINANCIAL_TYPES
        return FINANCIAL if is_financial else class_name(document.type.name)
    settled = document.state in {DocumentState.READY, DocumentState.NEEDS_REVIEW}
    return UNKNOWN if settled else None


def class_name(type_name: str) -> str:
    """The class of a type."""
    return type_name.replace("_", "-")


def key_of(document_class: str, field: str) -> str:
    """The key of an annotation."""
    return f"document:{document_class}:{field}"


def own_fields(document_class: str, schema: Schema | None) -> dict[str, FieldSpec]:
    """The fields of a class by their name in the dialect, named by our own in the spec."""
    if document_class != FINANCIAL:
        return {spec.name: spec for spec in schema.fields} if schema else {}
    names = _names_by_concept(schema)
    return {it.name: FieldSpec(name=_own_name(it, names), type=it.type) for it in FINANCIAL_FIELDS}


def _own_name(field: ClassField, names: Mapping[str, str]) -> str:
    known = (names[it] for it in field.concepts if it in names)
    return next(known, field.concepts[0])


def _names_by_concept(schema: Schema | None) -> dict[str, str]:
    fields = schema.fields if schema else []
    return {spec.concept or spec.name: spec.name for spec in fields}
