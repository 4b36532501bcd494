"""The built-in types: their files, their page in the docs, and what is found on made documents."""

import re
from pathlib import Path

import pytest

from benchmarks.document_types import measured
from benchmarks.type_makers import MAKERS
from shared.models.schema import FieldSpec, FieldType
from shared.schemas import built_in
from shared.schemas.listing import MARK, tables

DOCS = Path(__file__).parents[2] / "docs/document-types.md"
TYPES = {
    "receipt", "invoice", "credit_note", "resume", "identity_document", "job_description",
    "bill_of_lading", "bank_statement", "payslip", "purchase_order", "delivery_note", "w9",
    "generic",
}  # fmt: skip
# Share of fields right and F1 of cells on layouts that were looked at, and on the others.
FLOORS = {
    "bank_statement": (0.98, 0.95),
    "payslip": (0.98, 0.97),
    "purchase_order": (0.95, 0.95),
    "delivery_note": (0.9, 0.97),
    "bill_of_lading": (0.97, 0.97),
    "job_description": (0.95, 0.97),
    "w9": (0.96, 0.0),
}


def specs() -> list[tuple[str, FieldSpec]]:
    return [
        (schema.name, each)
        for schema in built_in().values()
        for spec in schema.fields
        for each in (spec, *spec.fields)
    ]


def test_all_types_are_there_with_readable_fields() -> None:
    assert set(built_in()) == TYPES
    for kind, spec in specs():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", spec.name), (kind, spec.name)
        assert spec.description, (kind, spec.name)
    for schema in built_in().values():
        names = [spec.name for spec in schema.fields]
        assert len(names) == len(set(names))
        assert schema.title
        assert any(spec.required for spec in schema.fields) or schema.name == "generic"


def test_rules_name_fields_that_are_there() -> None:
    for schema in built_in().values():
        names = {spec.name for spec in schema.fields}
        columns = {f"{spec.name}.{it.name}" for spec in schema.fields for it in spec.fields}
        for spec in schema.fields:
            for rule in spec.rules:
                assert set(getattr(rule, "of", ())) <= names | columns, (schema.name, spec.name)


def test_the_page_in_the_docs_is_made_of_the_files() -> None:
    made = DOCS.read_text("utf-8").partition(MARK)[2].strip()
    assert made == tables().strip(), f"python -m shared.schemas.listing {DOCS}"


@pytest.mark.parametrize("kind", list(MAKERS))
@pytest.mark.parametrize("untouched", [False, True])
def test_made_documents(kind: str, *, untouched: bool) -> None:
    score = measured(kind, 2, untouched=untouched)
    fields, rows = FLOORS[kind]
    assert score.documents == 14
    assert score.typed >= 13
    assert score.share >= fields, score.errors
    assert score.rows >= rows, score.errors


def test_identity_documents_are_of_text_where_no_rows_are_asked() -> None:
    kinds = {spec.type for spec in built_in()["identity_document"].fields}
    assert FieldType.ROWS not in kinds
