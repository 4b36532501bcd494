"""Tables without heads: in schemas of samples, and found by the types of their columns."""

from extract_samples import Cell, page

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.induction.inducing import induce
from shared.models.extraction import Fields
from shared.models.page import Page
from shared.models.schema import FieldSpec, FieldType, Schema

Rows = list[str | list[Cell]]


def log(*entries: tuple[str, str, str]) -> Page:
    rows: Rows = ["WORK LOG", "Foreman: Ada Field", ""]
    rows += [[(40, day), (140, done), (400, hours)] for day, done, hours in entries]
    return page([*rows, "", "Signed in the yard"])


FIRST = log(
    ("03.02.2025", "Timber unloaded", "2,50"),
    ("04.02.2025", "Frames set", "7,25"),
    ("05.02.2025", "Roof closed", "6,00"),
)
NEXT = log(
    ("11.03.2025", "Windows glazed", "8,00"),
    ("12.03.2025", "Doors hung", "3,75"),
    ("13.03.2025", "Stairs fitted", "5,50"),
    ("14.03.2025", "Floor laid", "4,00"),
)


def cells(fields: Fields, name: str) -> list[dict[str, object]]:
    rows = fields.get(name, [])
    assert isinstance(rows, list)
    return [{column: cell.value for column, cell in row.items()} for row in rows]


def test_a_sample_s_table_is_found_on_the_next_document() -> None:
    schema = induce(ExtractRequest(pages=[FIRST]))
    assert schema is not None
    (table,) = [spec for spec in schema.fields if spec.type is FieldType.ROWS]
    assert [(it.name, it.type) for it in table.fields] == [
        ("date", FieldType.DATE), ("text", FieldType.TEXT), ("amount", FieldType.AMOUNT),
    ]  # fmt: skip
    found = cells(extract(ExtractRequest(pages=[NEXT], ordered=schema)).fields, table.name)
    assert len(found) == 4
    assert found[1] == {"date": "2025-03-12", "text": "Doors hung", "amount": "3.75"}


def test_a_schema_of_somebody_s_own_takes_columns_in_their_order() -> None:
    columns = [
        FieldSpec(name="when", type=FieldType.DATE),
        FieldSpec(name="what"),
        FieldSpec(name="hours", type=FieldType.NUMBER),
    ]
    spec = FieldSpec(name="entries", type=FieldType.ROWS, fields=columns)
    request = ExtractRequest(pages=[FIRST], ordered=Schema(name="o", fields=[spec]))
    found = cells(extract(request).fields, "entries")
    assert found[0] == {"when": "2025-02-03", "what": "Timber unloaded", "hours": "2.50"}
    other = spec.copy_with(fields=[columns[0], columns[2], columns[1]])
    request = ExtractRequest(pages=[FIRST], ordered=Schema(name="o", fields=[other]))
    assert cells(extract(request).fields, "entries") == []


def test_labels_with_values_and_running_text_are_no_tables() -> None:
    rows: Rows = [
        [(40, "Name:"), (140, "Ada Field"), (300, "Born:"), (400, "03.02.1990")],
        [(40, "Town:"), (140, "Fieldham"), (300, "Since:"), (400, "04.02.2010")],
        [(40, "Club:"), (140, "Rowers"), (300, "Until:"), (400, "05.02.2020")],
    ]
    schema = induce(ExtractRequest(pages=[page(rows)]))
    assert schema is not None
    assert all(spec.type is not FieldType.ROWS for spec in schema.fields)
