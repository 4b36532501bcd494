"""The schema of a sample, in this dialect's form."""

from typing import Any

from services.ingest.dialects.documind.context import DocumindParts
from shared.models.document import Document
from shared.models.schema import FieldSpec, FieldType, Schema

_TYPES: dict[FieldType, dict[str, str]] = {
    FieldType.AMOUNT: {"type": "number"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.EMAIL: {"type": "string", "format": "email"},
    FieldType.URL: {"type": "string", "format": "uri"},
    FieldType.PHONE: {"type": "string", "format": "phone"},
    FieldType.IBAN: {"type": "string", "format": "iban"},
    FieldType.CURRENCY: {"type": "string", "format": "currency"},
    FieldType.IDENTIFIER: {"type": "string", "format": "identifier"},
}


async def sample_schema(parts: DocumindParts, document: Document) -> dict[str, Any]:
    """The schema of what stands on a document that has been read, or cannot be.

    Raises ``Permanent(BAD_REQUEST)`` where there is nothing to make one of, and ``Transient``.
    """
    return named_entities(await parts.induced.of(document))


def named_entities(schema: Schema) -> dict[str, Any]:
    """A schema of ours, as this dialect writes it."""
    return {
        **_parts(schema.fields),
        "required": [it.name for it in schema.fields if it.required],
    }


def _parts(specs: list[FieldSpec]) -> dict[str, Any]:
    return {"named_entities": {it.name: _entity(it) for it in specs}}


def _entity(spec: FieldSpec) -> dict[str, Any]:
    entity: dict[str, Any] = dict(_TYPES.get(spec.type, {"type": "string"}))
    if spec.synonyms:
        entity["title"] = spec.synonyms[0]
    if spec.description:
        entity["description"] = spec.description
    if spec.type is FieldType.ROWS:
        entity["type"] = "array"
        entity["items"] = {"type": "object", **_parts(spec.fields)}
    return entity
