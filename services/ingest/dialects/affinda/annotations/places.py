"""From what callers say of values to the places where they are."""

from collections.abc import Mapping, Sequence

from services.ingest.dialects.affinda.annotations.models import (
    AnnotationCreate,
    AnnotationUpdate,
    RectangleWish,
)
from services.ingest.dialects.affinda.types.identifiers import PREFIX
from services.ingest.edits import KEEP, Edit
from services.ingest.modelling.keys import camel, keys_of
from shared.errors import Code, Permanent
from shared.models.extraction import Field, Fields
from shared.models.page import Box
from shared.models.schema import FieldSpec, FieldType, Schema


def edit_of(
    place: str, wish: AnnotationUpdate | AnnotationCreate, specs: Sequence[FieldSpec]
) -> Edit:
    """What a wish does to the value at a place."""
    value = KEEP if wish.parsed is None else wish.parsed
    boxes = _boxes(wish.rectangles, wish.page_index)
    confirmed = wish.is_client_verified is not False
    return Edit(place, _by_names(place, value, specs), wish.raw, boxes, confirmed)


def new_place(wish: AnnotationCreate, parent: str | None, schema: Schema, fields: Fields) -> str:
    """Where a new value goes: to its field, into a new row of it, or into its parent's row.

    Raises ``Permanent(BAD_REQUEST)``.
    """
    name, column = _named(wish, schema, parent)
    if parent is not None and "/" in parent:
        return f"{parent}/{column or name}"
    spec = next((it for it in schema.fields if it.name == name), None)
    if spec is None:
        raise _unknown()
    if spec.type is not FieldType.ROWS:
        return name
    found = fields.get(name)
    count = 0 if found is None or isinstance(found, Field) else len(found)
    return f"{name}/{count}/{column}" if column else f"{name}/{count}"


def _named(wish: AnnotationCreate, schema: Schema, parent: str | None) -> tuple[str, str]:
    """The names of the field and of its column."""
    if wish.data_point:
        points = wish.data_point.strip().split(".")
        if points[0].startswith(PREFIX):
            points = points[1:]
    elif wish.field:
        points = [wish.field.strip()]
    else:
        detail = "Say which field it is of, by dataPoint or field."
        raise Permanent(Code.BAD_REQUEST, detail, field="dataPoint")
    if parent is not None and len(points) == 1:
        points = [parent.split("/")[0], *points]
    name = _own(points[0], schema.fields)
    spec = next((it for it in schema.fields if it.name == name), None)
    if spec is None or not 1 <= len(points) <= 2:  # noqa: PLR2004 - a field and its column
        raise _unknown()
    return name, _own(points[1], spec.fields) if len(points) > 1 else ""


def _own(text: str, specs: Sequence[FieldSpec]) -> str:
    """A field's name, given as that or as its key."""
    names = {key: name for name, key in keys_of(specs, camel).items()}
    if text in {it.name for it in specs}:
        return text
    if text not in names:
        raise _unknown()
    return names[text]


def _by_names(place: str, value: object, specs: Sequence[FieldSpec]) -> object:
    """A row's values by the names of its columns, given by their keys; each may be wrapped."""
    if not isinstance(value, Mapping):
        return value
    spec = next((it for it in specs if it.name == place.split("/", maxsplit=1)[0]), None)
    if spec is None:
        return value
    return {_own(str(key), spec.fields): _unwrapped(it) for key, it in value.items()}


def _unwrapped(value: object) -> object:
    return value.get("parsed") if isinstance(value, Mapping) and "parsed" in value else value


def _boxes(rectangles: Sequence[RectangleWish] | None, page: int | None) -> list[Box] | None:
    if rectangles is None:
        return None
    return [
        Box(
            page=it.page_index if it.page_index is not None else page or 0,
            x0=it.x0,
            y0=it.y0,
            x1=it.x1,
            y1=it.y1,
        )
        for it in rectangles
    ]


def _unknown() -> Permanent:
    return Permanent(Code.BAD_REQUEST, "The document's type has no such field.", field="dataPoint")
