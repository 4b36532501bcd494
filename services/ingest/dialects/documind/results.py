"""Our fields as the results of a sender's schema, and a reviewer's results as our fields."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any

from services.ingest.dialects.documind.schema_form import Entity, SchemaForm, specs_of
from shared.errors import Code, Permanent
from shared.models.extraction import Extraction, ExtractionMode, Field, Fields, confidence_of
from shared.models.schema import LIST_ITEM, FieldSpec

_TENTH = Decimal("0.1")


def results(form: SchemaForm, fields: Fields) -> dict[str, Any]:
    """Every field of the schema, in its order: ``null``, or ``[]``, where nothing was found."""
    return {it.name: _value(it, fields, "") for it in form.entities}


def scores(form: SchemaForm, extraction: Extraction) -> dict[str, float]:
    """How sure each field of the schema is, 0..100, rounded down to tenths; none in mode basic.

    Rounded down, so that what is below a threshold never looks as if it were not.
    """
    if extraction.mode is ExtractionMode.BASIC:
        return {}
    return {it.name: _percent(extraction.fields, it.own_name) for it in form.entities}


def flags(form: SchemaForm, extraction: Extraction) -> dict[str, bool]:
    """Whether a person should look at each field of the schema; none in mode basic."""
    if extraction.mode is ExtractionMode.BASIC:
        return {}
    doubtful = set(extraction.doubtful)
    return {it.name: it.own_name in doubtful for it in form.entities}


def corrections(form: SchemaForm, given: Mapping[str, Any]) -> dict[str, object]:
    """A reviewer's results as values by our names; raises ``Permanent(BAD_REQUEST)``."""
    known = {it.name: it for it in form.entities}
    unknown = next((it for it in given if it not in known), None)
    if unknown is not None:
        raise Permanent(Code.BAD_REQUEST, f"The schema has no field {unknown[:100]!r}.")
    return {
        own: value
        for name, given_value in given.items()
        for own, value in _given(known[name], given_value, "")
    }


def specs(form: SchemaForm) -> dict[str, FieldSpec]:
    """The fields of ours that the schema stands for, by name."""
    return {spec.name: spec for it in form.entities for spec in specs_of(it)}


def _percent(fields: Fields, name: str) -> float:
    exact = Decimal(str(confidence_of(fields, name))) * 100
    return float(exact.quantize(_TENTH, ROUND_FLOOR))


def _value(entity: Entity, fields: Mapping[str, Any], prefix: str) -> Any:  # noqa: ANN401 - JSON
    name = f"{prefix}{entity.own_name}"
    if entity.kind == "object":
        parts = {it.name: _value(it, fields, f"{name}.") for it in entity.parts}
        return parts if any(it not in (None, []) for it in parts.values()) else None
    found = fields.get(name)
    if entity.kind == "array":
        return [_item(entity, row) for row in found] if isinstance(found, list) else []
    return _scalar(entity.kind, found.value) if isinstance(found, Field) else None


def _item(entity: Entity, row: Mapping[str, Field]) -> Any:  # noqa: ANN401 - JSON
    if not entity.parts:
        return _scalar(entity.item_kind, row[LIST_ITEM].value) if LIST_ITEM in row else None
    return {it.name: _value(it, row, "") for it in entity.parts}


def _scalar(kind: str, value: object) -> Any:  # noqa: ANN401 - JSON
    match kind:
        case "boolean":
            return value if isinstance(value, bool) else None
        case "number" | "integer":
            return _number(kind, value)
        case _:
            return None if value is None else str(value)


def _number(kind: str, value: object) -> int | float | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    return int(number) if kind == "integer" else float(number)


def _given(entity: Entity, value: object, prefix: str) -> Iterator[tuple[str, object]]:
    name = f"{prefix}{entity.own_name}"
    if entity.kind == "object":
        given = dict.fromkeys(it.name for it in entity.parts) if value is None else value
        for part, own in _known_parts(entity, given):
            yield from _given(part, own, f"{name}.")
    elif entity.kind == "array" and isinstance(value, list):
        yield name, [dict(_cells(entity, it)) for it in value]
    else:
        yield name, value


def _cells(entity: Entity, item: object) -> Iterator[tuple[str, object]]:
    if not entity.parts:
        yield LIST_ITEM, item
        return
    for part, own in _known_parts(entity, item):
        yield from _given(part, own, "")


def _known_parts(entity: Entity, given: object) -> Iterator[tuple[Entity, object]]:
    """The parts that are given, each with its value; raises ``Permanent(BAD_REQUEST)``."""
    place, parts = entity.name[:100], {it.name: it for it in entity.parts}
    if not isinstance(given, dict) or not given.keys() <= parts.keys():
        raise Permanent(Code.BAD_REQUEST, f"{place} must have the parts {', '.join(parts)}.")
    for name, value in given.items():
        yield parts[name], value
