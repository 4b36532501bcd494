"""The JSON Schema that a model's answer is to follow, made from a schema of ours.

In the subset that endpoints enforce strictly: every property required, none besides, and what
may be missing is null. Values are wanted as printed; what they mean is read by our own grammars.
"""

from typing import Any

from shared.models.schema import FieldSpec, FieldType, Schema

_AS_PRINTED = {
    FieldType.AMOUNT: "an amount of money as printed, without its currency",
    FieldType.NUMBER: "a number as printed",
    FieldType.INTEGER: "a whole number as printed",
    FieldType.DATE: "a date as printed",
    FieldType.TIME: "a time of day as printed",
    FieldType.CURRENCY: "a currency as its ISO 4217 code",
    FieldType.COUNTRY: "a country as its ISO 3166 code of two letters",
    FieldType.ADDRESS: "an address as printed, its lines joined by commas",
    FieldType.BOOLEAN: "true or false",
}


def json_schema(schema: Schema) -> dict[str, Any]:
    """The JSON Schema of an answer with the fields of ``schema``."""
    return _object(schema.fields)


def _object(specs: list[FieldSpec]) -> dict[str, Any]:
    properties = {spec.name: _property(spec) for spec in specs if is_asked(spec)}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _property(spec: FieldSpec) -> dict[str, Any]:
    if spec.type == FieldType.ROWS:
        columns = [column for column in spec.fields if column.type != FieldType.ROWS]
        return {"type": "array", "description": _described(spec), "items": _object(columns)}
    kind = "boolean" if spec.type == FieldType.BOOLEAN else "string"
    return {"type": [kind, "null"], "description": _described(spec)}


def is_asked(spec: FieldSpec) -> bool:
    """Whether a model can be asked for it: rows need columns, what is derived is not asked."""
    return not spec.derived and (spec.type != FieldType.ROWS or bool(spec.fields))


def _described(spec: FieldSpec) -> str:
    parts = [spec.description.strip(), _AS_PRINTED.get(spec.type, "as printed")]
    if spec.synonyms:
        parts.append("printed for instance as " + ", ".join(spec.synonyms[:8]))
    return "; ".join(part for part in parts if part)
