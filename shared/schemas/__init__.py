"""The built-in document types, one readable file each."""

from functools import cache
from importlib import resources

from shared.models.schema import Schema

GENERIC = "generic"
_NAMES = (
    "receipt",
    "invoice",
    "credit_note",
    "resume",
    "identity_document",
    "job_description",
    "bill_of_lading",
    "bank_statement",
    "payslip",
    "purchase_order",
    "delivery_note",
    "w9",
    GENERIC,
)


def built_in() -> dict[str, Schema]:
    """The built-in schemas by name: receipt, invoice … ``generic`` is for all other documents."""
    return {schema.name: schema for schema in _schemas()}


@cache
def _schemas() -> tuple[Schema, ...]:
    folder = resources.files(__name__)
    return tuple(
        Schema.model_validate_json(folder.joinpath(f"{name}.json").read_bytes()) for name in _NAMES
    )
