"""Schemas of samples whose words stand as forms and programs put them, on the second of each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.induction.inducing import induce
from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from shared.models.extraction import Field
from shared.models.page import Page
from shared.models.schema import FieldSpec, Schema
from tests.samples import placed

Paper = Callable[[int], list[placed.Text]]


def page(tmp_path: Path, paper: Paper, which: int) -> Page:
    path = tmp_path / "paper.pdf"
    path.write_bytes(placed.placed(paper(which)))
    return read_page(str(path), "application/pdf", 0, ReadOptions())


def second(tmp_path: Path, paper: Paper) -> tuple[Schema, dict[str, str | list[list[str]]]]:
    """The schema of the first paper, and what it finds on the second, by labels, as printed."""
    schema = induce(ExtractRequest(pages=[page(tmp_path, paper, 0)]))
    assert schema is not None
    request = ExtractRequest(pages=[page(tmp_path, paper, 1)], ordered=schema)
    labels = {it.name: it.synonyms[0] if it.synonyms else it.name for it in schema.fields}
    return schema, {
        labels[name]: found.raw
        if isinstance(found, Field)
        else [[cell.raw for cell in row.values()] for row in found]
        for name, found in extract(request).fields.items()
    }


@pytest.mark.parametrize(
    ("paper", "wanted"),
    [
        (
            placed.earnings,
            {
                "Employee Name": "Dwayne Fisher",
                "Pay Date": "04/05/2026",
                "table": [
                    ["Regular", "80.00", "1,444.00", "9,800.00"],
                    ["Overtime", "6.00", "152.00", "661.50"],
                ],
                "Gross Pay": "1,596.00",
                "Total Deductions": "301.67",
                "Net Pay": "$1,294.33",
            },
        ),
        (
            placed.delivery,
            {
                "Nº albarán": "A26/00902",
                "Nº pedido": "PC-5540",
                "table": [["1010", "Anchoa", "12", "288"], ["1407", "Rape", "8", "192"]],
            },
        ),
        (
            placed.statement,
            {
                "Kontonummer": "5520 1190",
                "Auszug-Nr": "4/2026",
                "Blatt": "1 von 1",
                "Datum": "30.04.2026",
            },
        ),
        (placed.offer, {"Preventivo n": "63/2026", "Oggetto": "Bancone"}),
        (
            placed.policy,
            {
                "Numéro de contrat": "HAB 7 311",
                "Souscripteur": "M. Le Goff",
                "Échéance annuelle": "15 juin",
            },
        ),
        (
            placed.lease,
            {
                "Commencement date": "July 15, 2026",
                "Lease term": "12 months",
                "Date": "June 20, 2026",
            },
        ),
        (
            placed.requisition,
            {
                "Requested by": "Marco Diaz",
                "Department": "Stores",
                "Born": "30/11/1939",
                "table": [["KF 4", "8", "Crates", "0.71"], ["KF 9", "113", "Bags", "1.20"]],
            },
        ),
        (
            placed.waybill,
            {
                "Name": "Nordkapp Laks",
                "Phone": "+47 77 60 11 30",
                "RECEIVER Name": "Pescaderia Lago",
                "RECEIVER Phone": "+34 986 22 41 07",
                "Vehicle plate": "EL 19077",
            },
        ),
        (
            placed.booking,
            {
                "Passenger": "FERRARI / LUISA MRS",
                "Ticket number": "921-2400891044",
                "From": "Milano",
                "To": "Oslo",
            },
        ),
    ],
)
def test_what_stands_on_a_sample_is_found_on_the_next(
    tmp_path: Path, paper: Paper, wanted: dict[str, str | list[list[str]]]
) -> None:
    _, found = second(tmp_path, paper)
    assert {label: found.get(label) for label in wanted} == wanted


def test_who_asks_for_the_head_and_the_label_in_one_gets_the_value_below(tmp_path: Path) -> None:
    fields = [FieldSpec(name="receiver_name"), FieldSpec(name="sender phone")]
    asked = Schema(name="asked", fields=fields)
    found = extract(ExtractRequest(pages=[page(tmp_path, placed.waybill, 0)], ordered=asked)).fields
    assert {name: it.raw for name, it in found.items() if isinstance(it, Field)} == {
        "receiver_name": "Mercato Blu",
        "sender phone": "+47 77 60 11 22",
    }


def test_columns_of_days_without_a_year_are_no_numbers(tmp_path: Path) -> None:
    schema, _ = second(tmp_path, placed.statement)
    (table,) = [it for it in schema.fields if it.fields]
    assert {it.type.value for it in table.fields[:2]} <= {"text", "identifier"}
