"""What the review page shows of each value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.ingest.console.words import field_label
from services.ingest.reviewing.desk import Review
from services.ingest.reviewing.drafts import value_at
from services.ingest.reviewing.review_model import FieldState, Mark
from shared.models.extraction import Extraction, Field, Row
from shared.models.page import Box
from shared.models.schema import FieldSpec, FieldType

_MARKS: Mapping[FieldState, tuple[str, str]] = {
    FieldState.BAD: ("✕", "wrong"),
    FieldState.DOUBT: ("▲", "check"),
    FieldState.AUTO: ("•", "sure"),
    FieldState.HUMAN: ("✓", "checked"),
    FieldState.ABSENT: ("\N{EN DASH}", "not there"),
}
_NUMBERS = frozenset({FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER})


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One input with its mark; ``read`` is the machine's value where a person has another."""

    place: str
    label: str
    text: str
    mark: Mark
    boxes: str
    read: str
    machine: str
    is_number: bool = False
    is_required: bool = False

    @property
    def sign(self) -> str:
        """The mark's sign."""
        return _MARKS[self.mark.state][0]

    @property
    def word(self) -> str:
        """The mark's word; a person said it of what is not there, or nobody has found it."""
        if self.mark.state is FieldState.ABSENT and not self.mark.why:
            return "not found"
        return _MARKS[self.mark.state][1]

    @property
    def why(self) -> str:
        """Why it is so, where that is not plain."""
        plain = self.mark.state in {FieldState.AUTO, FieldState.ABSENT}
        return "" if plain else "; ".join(dict.fromkeys(self.mark.why))


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field: one value, or the rows of a table."""

    name: str
    label: str
    value: ShownValue | None
    columns: Sequence[FieldSpec] = ()
    rows: Sequence[Sequence[ShownValue]] = ()
    empty: ShownValue | None = None

    @property
    def is_table(self) -> bool:
        """Whether it has rows."""
        return self.value is None


def shown_fields(review: Review) -> list[ShownField]:
    """All fields in the schema's order."""
    return list(_fields(review))


def _fields(review: Review) -> Iterator[ShownField]:
    extraction = review.extraction
    for spec in review.schema.fields:
        label = field_label(spec.name)
        if spec.type is not FieldType.ROWS:
            yield ShownField(spec.name, label, _value(review, spec, spec.name, label))
            continue
        found = extraction.current_fields.get(spec.name)
        rows = found if isinstance(found, list) else []
        shown = [
            [
                _value(
                    review,
                    column,
                    f"{spec.name}/{number}/{column.name}",
                    f"{field_label(column.name)}, row {number + 1}",
                )
                for column in spec.fields
            ]
            for number in range(len(rows))
        ]
        empty = None if rows else _value(review, spec, spec.name, label)
        yield ShownField(spec.name, label, None, spec.fields, shown, empty)


def _value(review: Review, spec: FieldSpec, place: str, label: str) -> ShownValue:
    extraction = review.extraction
    now = value_at(extraction.current_fields, place)
    machine = _machine_value(extraction, place)
    text, was = _text(now), _text(machine)
    return ShownValue(
        place=place,
        label=label,
        text=text,
        mark=review.sheet.marks.get(place) or Mark(place, FieldState.ABSENT),
        boxes=_boxes(now.boxes if now else []),
        read=was if was and was != text else "",
        machine=was,
        is_number=spec.type in _NUMBERS,
        is_required=spec.required,
    )


def _machine_value(extraction: Extraction, place: str) -> Field | None:
    """What was read at a place; of a row that has moved, what was read in the same words."""
    name, *rest = place.split("/")
    if not rest:
        return value_at(extraction.fields, place)
    now, then = extraction.current_fields.get(name), extraction.fields.get(name)
    if not isinstance(now, list) or not isinstance(then, list):
        return None
    if len(now) == len(then):
        return value_at(extraction.fields, place)
    boxes = _row_boxes(now[int(rest[0])])
    row = next((it for it in then if boxes & _row_boxes(it)), None)
    return row.get(rest[1]) if row else None


def _row_boxes(row: Row) -> set[tuple[float, ...]]:
    return {(it.page, it.x0, it.y0, it.x1, it.y1) for cell in row.values() for it in cell.boxes}


def _boxes(boxes: Sequence[Box]) -> str:
    return ";".join(f"{it.page},{it.x0:g},{it.y0:g},{it.x1:g},{it.y1:g}" for it in boxes)


def _text(value: Field | None) -> str:
    if value is None:
        return ""
    found: Any = value.value
    if isinstance(found, bool):
        return "yes" if found else "no"
    return " ".join(str(found).split("\n"))


def counted(review: Review) -> dict[str, int]:
    """How many values are wrong, how many are to be checked, and how many there are."""
    marks = review.sheet.marks.values()
    return {
        "wrong": sum(it.state is FieldState.BAD for it in marks),
        "doubtful": sum(it.state is FieldState.DOUBT for it in marks),
        "found": sum(it.state is not FieldState.ABSENT for it in marks),
    }
