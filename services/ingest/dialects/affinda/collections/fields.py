"""Fields of a type as data fields, and data fields as fields of a type.

What a person reads beside a field is its first synonym, or its name with blanks.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from services.ingest.dialects.affinda.collections.models import (
    DataFieldCreate,
    DataFieldView,
    DataPointView,
    FieldCategory,
    FieldOfGroup,
    FieldsLayout,
    FieldUpdate,
    FieldView,
)
from services.ingest.dialects.affinda.types.identifiers import identifier_of
from services.ingest.modelling.values import is_list
from shared.errors import Code, Permanent
from shared.models.schema import LIST_ITEM, FieldSpec, FieldType

CATEGORY = "Fields"
MAX_FIELDS, MAX_COLUMNS = 200, 50
_WORDS = re.compile("[A-Za-z0-9]+")
_GROUPS = frozenset({"group", "table", "table_deprecated"})
_KINDS: Mapping[str, FieldType] = {
    "integer": FieldType.INTEGER,
    "float": FieldType.NUMBER,
    "decimal": FieldType.AMOUNT,
    "date": FieldType.DATE,
    "datetime": FieldType.DATE,
    "boolean": FieldType.BOOLEAN,
    "location": FieldType.ADDRESS,
    "phonenumber": FieldType.PHONE,
    "url": FieldType.URL,
}
_NAMES: Mapping[FieldType, str] = {
    FieldType.DATE: "date",
    FieldType.AMOUNT: "decimal",
    FieldType.NUMBER: "decimal",
    FieldType.INTEGER: "integer",
    FieldType.BOOLEAN: "boolean",
    FieldType.URL: "url",
    FieldType.ROWS: "group",
}


def fields_layout(type_name: str, specs: Sequence[FieldSpec]) -> FieldsLayout:
    """All fields of a type."""

    def of_group(spec: FieldSpec, place: str) -> FieldOfGroup:
        point = f"{place}.{spec.name}"
        children = [] if is_list(spec) else [of_group(it, point) for it in spec.fields]
        return FieldOfGroup(
            label=_label(spec),
            field_type=_kind(spec),
            mandatory=spec.required,
            data_point=point,
            enabled_child_fields=children,
        )

    fields = [of_group(it, identifier_of(type_name)) for it in specs]
    return FieldsLayout(default_category=FieldCategory(label=CATEGORY, enabled_fields=fields))


def data_field(type_name: str, path: Sequence[str], specs: Sequence[FieldSpec]) -> DataFieldView:
    """The field at ``path``: its name, or a group's and its part's.

    Raises ``Permanent(NOT_FOUND)``.
    """
    spec = _found(specs, path)
    place = identifier_of(type_name)
    return DataFieldView(
        category_label=CATEGORY,
        field=FieldView(label=_label(spec), field_type=_kind(spec), mandatory=spec.required),
        data_point=DataPointView(
            identifier=".".join([place, *path]),
            name=_label(spec),
            slug=spec.name,
            description=spec.description or None,
            type=_kind(spec),
            multiple=spec.type is FieldType.ROWS,
            parent=".".join([place, *path[:-1]]) if len(path) > 1 else None,
        ),
    )


def path_of(identifier: str, type_name: str) -> list[str]:
    """The names in a data point's identifier, with the type's before them or without."""
    names = identifier.strip().split(".")
    return names[1:] if names[0] == identifier_of(type_name) else names


def with_field(
    specs: Sequence[FieldSpec], wish: DataFieldCreate, type_name: str
) -> tuple[list[FieldSpec], list[str]]:
    """The fields with one more, and the path of that.

    Raises ``Permanent``: NOT_FOUND for a parent that is no group, CONFLICT for too many.
    """
    point = wish.data_point
    parent = path_of(point.parent, type_name) if point.parent else []
    beside = list(specs) if not parent else _found(specs, parent).fields
    if len(beside) >= (MAX_COLUMNS if parent else MAX_FIELDS):
        raise Permanent(Code.CONFLICT, "There are as many fields as there can be.")
    made = _spec(wish, {it.name for it in beside})
    if not parent:
        return [*specs, made], [made.name]
    if made.type is FieldType.ROWS or _found(specs, parent).type is not FieldType.ROWS:
        detail = "A part of a group is a single value, and its parent is a group."
        raise Permanent(Code.BAD_REQUEST, detail, field="dataPoint.parent")
    changed = _changed(specs, parent, lambda it: it.copy_with(fields=[*_real(it.fields), made]))
    return changed, [*parent, made.name]


def with_change(
    specs: Sequence[FieldSpec], path: Sequence[str], wish: FieldUpdate
) -> list[FieldSpec]:
    """The fields with one of them changed; raises ``Permanent(NOT_FOUND)``."""

    def change(spec: FieldSpec) -> FieldSpec:
        required = spec.required if wish.mandatory is None else wish.mandatory
        synonyms = spec.synonyms
        if wish.label is not None:
            synonyms = [wish.label, *(it for it in spec.synonyms if it != wish.label)]
        return spec.copy_with(required=required, synonyms=synonyms)

    _found(specs, path)
    return _changed(specs, path, change)


def _spec(wish: DataFieldCreate, taken: set[str]) -> FieldSpec:
    point, label = wish.data_point, wish.field.label
    kind = (point.type or wish.field.field_type or "text").lower()
    name = _name(point.slug or point.name or label, taken)
    fields: list[FieldSpec] = []
    spec_type = _KINDS.get(kind, FieldType.TEXT)
    if kind in _GROUPS:  # its first part replaces this one
        spec_type, fields = FieldType.ROWS, [FieldSpec(name=LIST_ITEM)]
    elif point.multiple:
        spec_type, fields = FieldType.ROWS, [FieldSpec(name=LIST_ITEM, type=spec_type)]
    return FieldSpec(
        name=name,
        type=spec_type,
        description=point.description or "",
        synonyms=[label],
        required=wish.field.mandatory,
        fields=fields,
    )


def _real(columns: Sequence[FieldSpec]) -> list[FieldSpec]:
    """Without the one that only stands for those to come."""
    return [it for it in columns if it.name != LIST_ITEM]


def _changed(
    specs: Sequence[FieldSpec], path: Sequence[str], change: Callable[[FieldSpec], FieldSpec]
) -> list[FieldSpec]:
    first, *rest = path

    def step(spec: FieldSpec) -> FieldSpec:
        if rest:
            return spec.copy_with(fields=_changed(spec.fields, rest, change))
        return change(spec)

    return [step(it) if it.name == first else it for it in specs]


def _found(specs: Sequence[FieldSpec], path: Sequence[str]) -> FieldSpec:
    found = next((it for it in specs if path and it.name == path[0]), None)
    if found is None:
        raise Permanent(Code.NOT_FOUND, "Field not found.")
    return _found(found.fields, path[1:]) if len(path) > 1 else found


def _label(spec: FieldSpec) -> str:
    return spec.synonyms[0] if spec.synonyms else spec.name.replace("_", " ").capitalize()


def _kind(spec: FieldSpec) -> str:
    if is_list(spec):
        return _kind(spec.fields[0])
    return _NAMES.get(spec.type, "text")


def _name(text: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    wanted = "_".join(_WORDS.findall(plain))[:90].lstrip("_0123456789") or "field"
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name
