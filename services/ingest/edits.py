"""Single values that a person changes, without a word on the rest of the document.

They lie beside the machine's fields, which stay, and become part of the review once one is given.
A value's place is the field's name, that with a row's number (``items/0``), or that with a column
(``items/0/price``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from services.ingest.changes import change
from services.ingest.corrections import MAX_ROWS, typed_value
from services.ingest.reviews import reviewable
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.document import Document
from shared.models.extraction import Extraction, Field, Fields, FieldSource, Row
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.page import Box
from shared.models.schema import LIST_ITEM, FieldSpec, FieldType
from shared.stages.outbox import Outbox
from shared.store.collections import EXTRACTIONS
from shared.store.port import Store

_CELL = 3
_TICK = timedelta(milliseconds=1)


class _Keep(Enum):
    KEEP = "keep"


KEEP: Final = _Keep.KEEP
"""The value stays as it is."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What is done to the value at a place.

    A row behind the last one is a new one. A row is given by its columns' names; ``raw`` and
    ``boxes`` are as in ``Field``, ``None`` leaves them. ``removed`` goes before all else.
    """

    place: str
    value: object = KEEP
    raw: str | None = None
    boxes: Sequence[Box] | None = None
    confirmed: bool = True
    removed: bool = False


class Edits:
    """Makes them."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox

    async def make(
        self,
        principal: Principal,
        document: Document,
        specs: Mapping[str, FieldSpec],
        edits: Sequence[Edit],
    ) -> Extraction:
        """All of them, or none. A document that was reviewed stays so, with them.

        Where values are confirmed, everyone is told.
        Raises ``Permanent``: CONFLICT for one without fields, INCOHERENT_DATA for values that do
        not fit.
        """
        now = await self._store.now()
        confirms = any(it.confirmed and not it.removed for it in edits)

        def step(extraction: Extraction) -> Extraction:
            fields = edited(extraction.current_fields, specs, edits)
            told = _told(extraction, now, confirms=confirms)
            if extraction.reviewed is None:
                return told.copy_with(edited=fields)
            return told.copy_with(reviewed=extraction.reviewed.copy_with(fields=fields))

        extractions = self._store.of(principal.tenant, EXTRACTIONS)
        stored = await change(extractions, reviewable(document), step)
        self._outbox.nudge(EXTRACTIONS, stored)
        return stored


def _told(extraction: Extraction, now: datetime, *, confirms: bool) -> Extraction:
    """With word of it for the document, which is found by other values from now on."""
    before = extraction.corrected
    at = max(now, before + _TICK) if before else now  # tells it from the one before
    entry = OutboxEntry(kind=OutboxKind.SETTLE, not_before=now, target=extraction.document)
    outbox = [*extraction.outbox, entry]
    return extraction.copy_with(corrected=at if confirms else before, outbox=outbox)


def edited(fields: Fields, specs: Mapping[str, FieldSpec], edits: Sequence[Edit]) -> Fields:
    """The fields as they are after all edits; places are those before the first removal.

    Raises ``Permanent(INCOHERENT_DATA)``.
    """
    result: Fields = {
        name: it if isinstance(it, Field) else [dict(row) for row in it]
        for name, it in fields.items()
    }
    for edit in edits:
        if not edit.removed:
            _set(result, specs, edit)
    for names in sorted((_names(it.place) for it in edits if it.removed), reverse=True):
        _remove(result, names)
    return {name: it for name, it in result.items() if isinstance(it, Field) or it}


def _names(place: str) -> tuple[str, int, str]:
    """A field's name, a row's number (-1: none) and a column's name (empty: none)."""
    name, *rest = place.split("/")
    if not rest:
        return name, -1, ""
    if not rest[0].isascii() or not rest[0].isdigit() or len(rest) >= _CELL:
        raise _wrong(place)
    return name, int(rest[0][:9]), rest[1] if len(rest) > 1 else ""


def _set(fields: Fields, specs: Mapping[str, FieldSpec], edit: Edit) -> None:
    name, number, column = _names(edit.place)
    spec = specs.get(name)
    if spec is None or (number >= 0) != (spec.type is FieldType.ROWS):
        raise _wrong(edit.place)
    before = fields.get(name)
    if number < 0:
        fields[name] = _changed(spec, before if isinstance(before, Field) else None, edit)
        return
    rows: list[Row] = [] if before is None or isinstance(before, Field) else before
    if number > len(rows) or number >= MAX_ROWS:
        raise _wrong(edit.place)
    if number == len(rows):
        rows.append({})
    columns = {it.name: it for it in spec.fields}
    own = column or (LIST_ITEM if list(columns) == [LIST_ITEM] else "")
    if own:
        if own not in columns:
            raise _wrong(edit.place)
        rows[number][own] = _changed(columns[own], rows[number].get(own), edit)
    else:
        rows[number] = _changed_row(columns, rows[number], edit)
    fields[name] = rows


def _changed_row(columns: Mapping[str, FieldSpec], row: Row, edit: Edit) -> Row:
    values = {} if edit.value is KEEP else edit.value
    if not isinstance(values, dict) or not values.keys() <= columns.keys():
        raise _wrong(edit.place)
    result = {it: cell.copy_with(confirmed=edit.confirmed) for it, cell in row.items()}
    for name, value in values.items():
        if value is None:
            result.pop(name, None)
            continue
        one = Edit(f"{edit.place}/{name}", value, confirmed=edit.confirmed)
        result[name] = _changed(columns[name], row.get(name), one)
    return result


def _changed(spec: FieldSpec, before: Field | None, edit: Edit) -> Field:
    value = _value(spec, before, edit)
    is_new = before is None or value != before.value
    boxes = edit.boxes if edit.boxes is not None else before.boxes if before else []
    raw = edit.raw if edit.raw is not None else str(value) if before is None else before.raw
    return Field(
        value=value,
        raw=raw,
        confidence=1.0 if before is None or is_new or edit.confirmed else before.confidence,
        boxes=list(boxes),
        grounded=before.grounded if before is not None and not is_new else bool(edit.boxes),
        source=FieldSource.PERSON if before is None or is_new else before.source,
        confirmed=edit.confirmed,
    )


def _value(spec: FieldSpec, before: Field | None, edit: Edit) -> object:
    if edit.value is not KEEP:
        return typed_value(spec, edit.value, edit.place)
    if before is not None and (edit.raw is None or before.value != before.raw):
        return before.value
    return typed_value(spec, edit.raw, edit.place)


def _remove(fields: Fields, names: tuple[str, int, str]) -> None:
    name, number, column = names
    before = fields.get(name)
    if number < 0:
        fields.pop(name, None)
    elif not isinstance(before, Field) and before is not None and number < len(before):
        if column:
            before[number].pop(column, None)
        else:
            del before[number]


def _wrong(place: str) -> Permanent:
    return Permanent(Code.INCOHERENT_DATA, f"There is no place {place[:100]!r} for a value.")
