"""From documents, as the server sends them, to rows of tables.

Columns: the document's own (``id``, ``name``, …), then ``fields.NAME`` and
``confidence.NAME`` of each field with one value, and ``rows.NAME`` with the number of rows
of a list. A row of a list has ``row``, counted from 1, ``NAME.COLUMN`` and
``confidence.NAME.COLUMN``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.exports.cells import Cell, Kind, cell

Json = dict[str, Any]
Row = dict[str, Cell]
Types = Mapping[str, Mapping[str, Any]]
"""By the name of a document type: its fields' types by name, those of columns as a mapping."""

DOCUMENT_COLUMNS = (
    *("id", "name", "state", "type", "confidence", "pages", "created", "updated"),
    *("workspace", "reference", "reviewed", "error"),
)


def types_of(listed: list[Json]) -> Types:
    """What ``GET /types`` says, by name."""
    return {str(it.get("name")): _types(it.get("fields", [])) for it in listed}


def columns_of(field_types: Mapping[str, Any]) -> list[str]:
    """The columns of a type's fields, in the schema's order."""
    columns: list[str] = []
    for name, kind in field_types.items():
        is_list = isinstance(kind, Mapping)
        columns += [f"rows.{name}"] if is_list else [f"fields.{name}", f"confidence.{name}"]
    return columns


def row_columns_of(field_types: Mapping[str, Any], name: str) -> list[str]:
    """The columns of the rows of a type's field."""
    kinds = field_types.get(name)
    columns = kinds if isinstance(kinds, Mapping) else {}
    return [it for column in columns for it in _names(f"{name}.{column}", f"{name}.{column}")]


def document_row(document: Json, types: Types) -> Row:
    """The document as one row."""
    kinds = types.get(type_name(document), {})
    row = _own_cells(document)
    for name, field in _fields(document).items():
        if isinstance(field, list):
            row[f"rows.{name}"] = Cell(Kind.NUMBER, str(len(field)))
        else:
            _add(row, f"fields.{name}", name, field, kinds.get(name))
    return row


def list_rows(document: Json, name: str, types: Types) -> Iterator[Row]:
    """The rows of one of the document's lists."""
    kinds = types.get(type_name(document), {}).get(name)
    columns = kinds if isinstance(kinds, Mapping) else {}
    rows = _fields(document).get(name)
    for number, fields in enumerate(rows if isinstance(rows, list) else [], start=1):
        row = {"row": Cell(Kind.NUMBER, str(number))}
        for column, field in fields.items() if isinstance(fields, dict) else ():
            place = f"{name}.{column}"
            _add(row, place, place, field, columns.get(column))
        yield row


def list_names(document: Json) -> list[str]:
    """The names of the document's lists of rows that are not empty."""
    return [name for name, it in _fields(document).items() if isinstance(it, list) and it]


def type_name(document: Json) -> str:
    """The name of the document's type, or nothing."""
    kind = document.get("type")
    return str(kind.get("name", "")) if isinstance(kind, dict) else ""


def _types(fields: list[Json]) -> dict[str, Any]:
    return {
        str(it.get("name")): _types(it.get("fields", []))
        if it.get("type") == "rows"
        else str(it.get("type"))
        for it in fields
    }


def _fields(document: Json) -> Json:
    fields = document.get("fields")
    return fields if isinstance(fields, dict) else {}


def _own_cells(document: Json) -> Row:
    kind = document.get("type") or {}
    error = document.get("error") or {}
    review = document.get("review") or {}
    moments = {it: document.get(it) for it in ("created", "updated")}
    values: dict[str, Cell | None] = {
        **{it: cell(document.get(it)) for it in DOCUMENT_COLUMNS if it not in moments},
        **{it: Cell(Kind.MOMENT, str(at)) if at else None for it, at in moments.items()},
        "type": cell(kind.get("name")),
        "confidence": cell(kind.get("confidence")),
        "reviewed": cell(bool(review.get("done"))),
        "error": cell(error.get("code")),
    }
    return {name: it for name, it in values.items() if it is not None}


def _add(row: Row, column: str, name: str, field: Any, kind: Any) -> None:  # noqa: ANN401 - JSON
    if not isinstance(field, dict):
        return
    value = cell(field.get("value"), kind if isinstance(kind, str) else "text")
    confidence = cell(field.get("confidence"))
    for place, it in zip(_names(column, name), (value, confidence), strict=True):
        if it is not None:
            row[place] = it


def _names(column: str, name: str) -> tuple[str, str]:
    return column, f"confidence.{name}"
