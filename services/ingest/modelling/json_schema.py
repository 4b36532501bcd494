"""JSON Schema (2020-12) of the plain data of a type, as ``values`` writes it.

Every member may be null and none is required; nothing else is there. What a field of rows holds
stands under ``$defs``, so that generators give it a name.
"""

from collections.abc import Mapping
from typing import Any

from services.ingest.modelling.keys import KeyOf, camel, keys_of, pascal
from services.ingest.modelling.values import is_list
from shared.models.schema import FieldSpec, FieldType, Schema

Json = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Mapping[FieldType, Json] = {
    FieldType.AMOUNT: {"type": "number"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
}
_TEXT: Json = {"type": "string"}


def data_schema(
    schema: Schema, title: str, key: KeyOf = camel, further: Mapping[str, Json] | None = None
) -> Json:
    """The schema of a type's plain data, called ``title``.

    ``further`` are members by their keys that are there unless a field has the key.
    """
    definitions = _Definitions(title, key)
    keys = keys_of(schema.fields, key)
    members = {keys[it.name]: definitions.member(it) for it in schema.fields}
    more = {name: it for name, it in (further or {}).items() if name not in members}
    described: Json = {"$schema": DIALECT, "title": title, **_object(members | more)}
    if definitions.made:
        described["$defs"] = definitions.made
    return described


class _Definitions:
    """What stands under ``$defs``, named by where it is used."""

    def __init__(self, title: str, key: KeyOf) -> None:
        self._title = title
        self._key = key
        self.made: dict[str, Json] = {}

    def member(self, spec: FieldSpec) -> Json:
        """A field as a member of its object."""
        if spec.type is not FieldType.ROWS:
            return _described(_nullable(_TYPES.get(spec.type, _TEXT)), spec)
        items = _of_list(spec) if is_list(spec) else self._row(spec)
        return _described({"type": ["array", "null"], "items": items}, spec)

    def _row(self, spec: FieldSpec) -> Json:
        keys = keys_of(spec.fields, self._key)
        name = self._unused(f"{self._title}{pascal(spec.name) or 'Row'}")
        self.made[name] = _object({keys[it.name]: self.member(it) for it in spec.fields})
        return {"$ref": f"#/$defs/{name}"}

    def _unused(self, wanted: str) -> str:
        found, number = wanted, 2
        while any(it.lower() == found.lower() for it in self.made):
            found, number = f"{wanted}{number}", number + 1
        return found


def _of_list(spec: FieldSpec) -> Json:
    return dict(_TYPES.get(spec.fields[0].type, _TEXT))


def _object(members: Mapping[str, Json]) -> Json:
    return {"type": "object", "additionalProperties": False, "properties": dict(members)}


def _nullable(plain: Json) -> Json:
    return {**plain, "type": [plain["type"], "null"]}


def _described(member: Json, spec: FieldSpec) -> Json:
    return {**member, "description": spec.description} if spec.description else member
