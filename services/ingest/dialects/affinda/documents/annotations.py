"""A document's data with all about each value: as this dialect's annotations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.ingest.dialects.affinda.types.identifiers import identifier_of
from services.ingest.dialects.affinda.wire import WireModel
from services.ingest.modelling.keys import camel, keys_of
from services.ingest.modelling.values import is_list, plain_value
from shared.models.extraction import Field, Fields, Row
from shared.models.page import Box
from shared.models.schema import LIST_ITEM, FieldSpec, FieldType, Schema

_CONTENT: Mapping[FieldType, str] = {
    FieldType.DATE: "date",
    FieldType.AMOUNT: "decimal",
    FieldType.NUMBER: "decimal",
    FieldType.INTEGER: "integer",
    FieldType.BOOLEAN: "boolean",
    FieldType.URL: "url",
    FieldType.ROWS: "group",
}
_TEXT = "text"


class Rectangle(WireModel):
    """A place on a page, in points; pages count from 0."""

    page_index: int
    x0: float
    y0: float
    x1: float
    y1: float


class AnnotationView(WireModel):
    """A value with where it stands and how sure it is; the parts of a group are in ``parsed``."""

    id: int
    rectangle: Rectangle | None
    rectangles: list[Rectangle]
    document: str
    page_index: int | None
    raw: str | None
    parsed: Any
    confidence: float | None
    classification_confidence: float | None
    text_extraction_confidence: float | None
    is_verified: bool
    is_client_verified: bool
    is_auto_verified: bool
    data_point: str
    field: str
    content_type: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Annotated:
    """A document's fields by a schema; ``confirmed`` by a person, or ``passed`` without one."""

    document: str
    schema: Schema
    fields: Fields
    confirmed: bool
    passed: bool

    def names(self) -> list[str]:
        """The names of all annotations: ``total``, ``items/0``, ``items/0/price``."""
        return list(self._names())

    def data(self, numbers: Mapping[str, int]) -> dict[str, Any]:
        """The annotations by the fields' keys, with the numbers of their names.

        ``None``, or an empty list, where nothing was found.
        """
        keys = keys_of(self.schema.fields, camel)
        return {
            keys[spec.name]: self._value(spec, keys[spec.name], numbers)
            for spec in self.schema.fields
        }

    def flat(self, numbers: Mapping[str, int]) -> Iterator[AnnotationView]:
        """All annotations one after the other, groups before their parts."""
        for value in self.data(numbers).values():
            yield from _flattened(value)

    def _names(self) -> Iterator[str]:
        for spec in self.schema.fields:
            found = self.fields.get(spec.name)
            if spec.type is not FieldType.ROWS:
                if isinstance(found, Field):
                    yield spec.name
                continue
            for place, row in enumerate(_rows(found)):
                yield f"{spec.name}/{place}"
                if not is_list(spec):
                    columns = {it.name for it in spec.fields}
                    yield from (f"{spec.name}/{place}/{it}" for it in row if it in columns)

    def _value(self, spec: FieldSpec, key: str, numbers: Mapping[str, int]) -> object:
        found = self.fields.get(spec.name)
        if spec.type is not FieldType.ROWS:
            if not isinstance(found, Field):
                return None
            return self._annotation(spec, spec.name, key, found, numbers)
        rows = enumerate(_rows(found))
        if is_list(spec):
            (item,) = spec.fields
            return [
                self._annotation(item, f"{spec.name}/{place}", key, row[LIST_ITEM], numbers)
                for place, row in rows
                if LIST_ITEM in row
            ]
        return [self._group(spec, place, key, row, numbers) for place, row in rows]

    def _group(
        self, spec: FieldSpec, place: int, key: str, row: Row, numbers: Mapping[str, int]
    ) -> AnnotationView:
        name, keys = f"{spec.name}/{place}", keys_of(spec.fields, camel)
        own = numbers[name]
        parts = {
            keys[it.name]: self._annotation(
                it, f"{name}/{it.name}", keys[it.name], row[it.name], numbers, own
            )
            if it.name in row
            else None
            for it in spec.fields
        }
        cells = [row[it.name] for it in spec.fields if it.name in row]
        whole = Field(
            value=None,
            raw=" ".join(it.raw for it in cells if it.raw),
            confidence=min((it.confidence for it in cells), default=0.0),
            boxes=_around([box for it in cells for box in it.boxes]),
            confirmed=bool(cells) and all(it.confirmed for it in cells),
        )
        group = self._annotation(spec, name, key, whole, numbers)
        return group.model_copy(update={"parsed": parts})

    def _annotation(  # noqa: PLR0913, PLR0917 - what an annotation is of
        self,
        spec: FieldSpec,
        name: str,
        key: str,
        found: Field,
        numbers: Mapping[str, int],
        parent: int | None = None,
    ) -> AnnotationView:
        places = [
            Rectangle(page_index=it.page, x0=it.x0, y0=it.y0, x1=it.x1, y1=it.y1)
            for it in found.boxes
        ]
        points = [it for it in name.split("/") if not it.isdigit()]
        return AnnotationView(
            id=numbers[name],
            rectangle=places[0] if places else None,
            rectangles=places,
            document=self.document,
            page_index=places[0].page_index if places else None,
            raw=found.raw or None,
            parsed=plain_value(spec, found.value),
            confidence=found.confidence,
            classification_confidence=found.confidence,
            text_extraction_confidence=None,
            is_verified=self.confirmed or self.passed or found.confirmed,
            is_client_verified=self.confirmed or found.confirmed,
            is_auto_verified=self.passed,
            data_point=".".join([identifier_of(self.schema.name), *points]),
            field=key,
            content_type=_CONTENT.get(spec.type, _TEXT),
            parent=parent,
        )


def _rows(found: Field | Sequence[Row] | None) -> Sequence[Row]:
    return () if found is None or isinstance(found, Field) else found


def _around(boxes: Sequence[Box]) -> list[Box]:
    """A box for each page, around those on it."""
    pages = sorted({it.page for it in boxes})
    return [_hull([it for it in boxes if it.page == page]) for page in pages]


def _hull(boxes: Sequence[Box]) -> Box:
    return Box(
        page=boxes[0].page,
        x0=min(it.x0 for it in boxes),
        y0=min(it.y0 for it in boxes),
        x1=max(it.x1 for it in boxes),
        y1=max(it.y1 for it in boxes),
    )


def _flattened(value: object) -> Iterator[AnnotationView]:
    if isinstance(value, list):
        for it in value:
            yield from _flattened(it)
    elif isinstance(value, AnnotationView):
        yield value
        if isinstance(value.parsed, dict):
            for part in value.parsed.values():
                yield from _flattened(part)
