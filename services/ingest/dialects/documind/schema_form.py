"""Schemas as this dialect's clients write them, and what they are in ours.

``{"named_entities": {name: {"type", "title"?, "description"?}}, "required": [names]}``; an object
has ``named_entities`` of its own, an array ``items``. JSON Schema's ``properties`` are taken as
well. Parts of an object are fields of ours with dotted names, items of an array are rows.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.errors import Code, Permanent
from shared.models.schema import LIST_ITEM, FieldSpec, FieldType, Schema

SCHEMA_NAME = "ordered"
MAX_BYTES = 100_000
MAX_FIELDS = 500
MAX_DEPTH = 5
MAX_NAME = 200
MAX_TEXT = 2_000
TYPES = ("string", "number", "integer", "boolean", "array", "object")
_SCALARS = {
    "string": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "integer": FieldType.INTEGER,
    "boolean": FieldType.BOOLEAN,
}
_FORMATS = {
    "date": FieldType.DATE,
    "date-time": FieldType.DATE,
    "email": FieldType.EMAIL,
    "uri": FieldType.URL,
    "phone": FieldType.PHONE,
    "iban": FieldType.IBAN,
    "currency": FieldType.CURRENCY,
    "identifier": FieldType.IDENTIFIER,
}
_DATES = frozenset({"date", "datum", "fecha"})
_LONGEST_LABEL = 5
_DOT = "\u2024"  # looks like the dot that our names keep for parts


@dataclass(frozen=True, slots=True)
class Entity:
    """A field of a sender's schema.

    ``kind`` is one of ``TYPES``; ``parts`` are those of an object, or of an array's items;
    an array without them holds single values of ``item_kind``.
    """

    name: str
    kind: str
    title: str = ""
    description: str = ""
    format: str = ""
    required: bool = False
    item_kind: str = "string"
    parts: tuple["Entity", ...] = ()

    @property
    def own_name(self) -> str:
        """The name as a part of a name of ours."""
        return self.name.replace(".", _DOT)


@dataclass(frozen=True, slots=True)
class SchemaForm:
    """A schema that was sent: its entities, in order."""

    entities: tuple[Entity, ...]
    sent: Mapping[str, Any] = field(hash=False)

    @property
    def required(self) -> list[str]:
        """Our names of the entities that must be there."""
        return [it.own_name for it in self.entities if it.required]

    def schema(self) -> Schema:
        """The same in our words."""
        fields = [spec for it in self.entities for spec in specs_of(it)]
        return Schema(name=SCHEMA_NAME, title=_text(self.sent, "title"), fields=fields)


def read_schema(sent: object) -> SchemaForm:
    """A sender's schema; raises ``Permanent(BAD_REQUEST)``, which says what is wrong where."""
    if not isinstance(sent, dict):
        raise _wrong("schema must be an object.")
    if len(json.dumps(sent)) > MAX_BYTES:  # it is kept with every extraction
        raise _wrong(f"schema is larger than {MAX_BYTES} bytes.")
    entities = _entities(sent, "schema", 1)
    if sum(1 for it in entities for _ in _with_parts(it)) > MAX_FIELDS:
        raise _wrong(f"schema has more than {MAX_FIELDS} fields.")
    return SchemaForm(entities, sent)


def specs_of(entity: Entity, prefix: str = "", *, required: bool = True) -> Iterator[FieldSpec]:
    """The fields of ours that an entity stands for."""
    name, needed = f"{prefix}{entity.own_name}", required and entity.required
    if entity.kind == "object":
        for part in entity.parts:
            yield from specs_of(part, f"{name}.", required=needed)
        return
    columns: list[FieldSpec] = []
    if entity.kind == "array":
        single = Entity(
            LIST_ITEM, entity.item_kind, entity.title, entity.description, entity.format
        )
        parts = entity.parts or (single,)
        columns = [it for part in parts for it in specs_of(part, required=False)]
    yield FieldSpec(
        name=name,
        type=_type_of(entity),
        description=entity.description,
        synonyms=_labels(entity),
        required=needed,
        fields=columns,
    )


def _type_of(entity: Entity) -> FieldType:
    if entity.kind == "array":
        return FieldType.ROWS
    words = entity.name.lower().replace("-", "_").split("_")
    if entity.kind == "string" and (known := _FORMATS.get(entity.format)):
        return known
    is_date = bool(_DATES & {words[0], words[-1]}) or entity.name.endswith("Date")
    return FieldType.DATE if entity.kind == "string" and is_date else _SCALARS[entity.kind]


def _labels(entity: Entity) -> list[str]:
    """What may be printed beside the value, besides the name."""
    short = len(entity.description.split()) <= _LONGEST_LABEL
    given = (entity.title, entity.description.strip(" .") if short else "")
    return list(dict.fromkeys(it for it in given if it))


def _with_parts(entity: Entity) -> Iterator[Entity]:
    yield entity
    for part in entity.parts:
        yield from _with_parts(part)


def _entities(sent: Mapping[str, Any], place: str, depth: int) -> tuple[Entity, ...]:
    named = sent.get("named_entities", sent.get("properties"))
    if not isinstance(named, dict) or not named:
        raise _wrong(f"{place} must have named_entities.")
    if depth > MAX_DEPTH:
        raise _wrong(f"{place} is nested more than {MAX_DEPTH} deep.")
    required = _required(sent, named, place)
    return tuple(
        _entity(name, it, f"{place}.{name[:100]}", depth, required=name in required)
        for name, it in named.items()
    )


def _required(sent: Mapping[str, Any], named: Mapping[str, Any], place: str) -> frozenset[str]:
    required = sent.get("required") or []
    if not isinstance(required, list) or not all(isinstance(it, str) for it in required):
        raise _wrong(f"{place}.required must be a list of names.")
    unknown = next((it for it in required if it not in named), None)
    if unknown is not None:
        raise _wrong(f"{place}.required names {unknown[:100]!r}, which is no field of it.")
    return frozenset(required)


def _entity(name: str, sent: object, place: str, depth: int, *, required: bool) -> Entity:
    if not 0 < len(name) <= MAX_NAME or not name.isprintable() or not name.strip():
        raise _wrong(f"{place} is no name for a field.")
    if not isinstance(sent, dict):
        raise _wrong(f"{place} must be an object with a type.")
    kind, item_kind = _kind(sent, place), "string"
    parts: tuple[Entity, ...] = ()
    if kind == "object":
        parts = _entities(sent, place, depth + 1)
    elif kind == "array":
        items = sent.get("items") or {}
        if not isinstance(items, dict):
            raise _wrong(f"{place}.items must be an object with a type.")
        item_kind = _kind(items, f"{place}.items")
        if item_kind == "array":
            raise _wrong(f"{place}.items must not be arrays.")
        if item_kind == "object":
            parts = _entities(items, f"{place}.items", depth + 1)
    return Entity(
        name=name,
        kind=kind,
        title=_text(sent, "title"),
        description=_text(sent, "description"),
        format=_text(sent, "format").lower(),
        required=required,
        item_kind=item_kind,
        parts=parts,
    )


def _kind(sent: Mapping[str, Any], place: str) -> str:
    given = sent.get("type")
    if isinstance(given, list):  # JSON Schema: one type, or null
        given = next((it for it in given if it != "null"), None)
    if given is None:
        has_parts = "named_entities" in sent or "properties" in sent
        return "object" if has_parts else "array" if "items" in sent else "string"
    if given not in TYPES:
        raise _wrong(f"{place}.type must be one of {', '.join(TYPES)}.")
    return str(given)


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _wrong(detail: str) -> Permanent:
    return Permanent(Code.BAD_REQUEST, detail)
