"""Labels over several lines: a sample's schema has them whole, and finds their values again."""

import pytest
from extract_samples import Cell, page

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.induction.inducing import induce
from shared.models.extraction import Field
from shared.models.schema import FieldSpec

Rows = list[str | list[Cell]]


def form(values: tuple[str, str, str]) -> Rows:
    """Values beside the last line of a label, beside the first, and beside one of a single line."""
    return [
        "ACCIDENT REPORT",
        "",
        [(40, "Name of the")],
        [(40, "injured person:"), (240, values[0])],
        "",
        [(40, "Versicherungs-"), (240, values[1])],
        [(40, "nummer")],
        "",
        [(40, "Employer:"), (240, values[2])],
    ]


FIRST = ("Ada Field", "VX-20417", "Nordwind Ltd")
NEXT = ("Ben Stone", "VX-99812", "Suedwind plc")


def specs() -> dict[str, FieldSpec]:
    schema = induce(ExtractRequest(pages=[page(form(FIRST))]))
    assert schema is not None
    return {spec.name: spec for spec in schema.fields}


def test_labels_of_several_lines_are_whole() -> None:
    found = specs()
    assert {"name_of_the_injured_person", "versicherungsnummer", "employer"} <= found.keys()
    assert found["name_of_the_injured_person"].synonyms[0] == "Name of the injured person"


@pytest.mark.parametrize("at", [0, 1, 2])
def test_their_values_are_found_on_the_next_document(at: int) -> None:
    schema = induce(ExtractRequest(pages=[page(form(FIRST))]))
    found = extract(ExtractRequest(pages=[page(form(NEXT))], ordered=schema)).fields
    name = ("name_of_the_injured_person", "versicherungsnummer", "employer")[at]
    value = found.get(name)
    assert isinstance(value, Field)
    assert value.value == NEXT[at]


def test_a_heading_over_a_label_is_no_part_of_it() -> None:
    rows: Rows = [[(40, "Personal data")], [(40, "Employer:"), (240, "Nordwind Ltd")]]
    schema = induce(ExtractRequest(pages=[page(rows)]))
    assert schema is not None
    assert [spec.name for spec in schema.fields] == ["employer"]
