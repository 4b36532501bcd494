"""Schemas made of papers in a proportional font, with narrow columns, find the next paper."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from extract_samples import Cell
from extract_samples import page as sheet_of

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.induction.inducing import induce
from services.extract.mapping import concept_of
from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from shared.models.extraction import Field, Fields
from shared.models.page import Page
from shared.models.schema import FieldSpec, FieldType, Schema
from tests.samples import typeset
from tests.samples.typeset import typeset as set_in_type

Paper = Callable[[int], str]
TABLES: dict[Paper, list[list[str]]] = {
    typeset.payslip: [["Salaire de base", "Mutuelle", "Retraite complémentaire"]] * 2,
    typeset.packing_list: [["1", "2"]] * 2,
    typeset.bank_statement: [
        ["2026-03-03", "2026-03-10", "2026-03-27"],
        ["2026-04-02", "2026-04-15"],
    ],
}


def page(tmp_path: Path, paper: Paper, which: int) -> Page:
    path = tmp_path / "paper.pdf"
    path.write_bytes(set_in_type(paper(which)))
    return read_page(str(path), "application/pdf", 0, ReadOptions())


def both(tmp_path: Path, paper: Paper) -> tuple[Schema, list[dict[str, Any]]]:
    """The schema of the first paper, and what it finds on both, by the labels as printed."""
    pages = [page(tmp_path, paper, which) for which in (0, 1)]
    schema = induce(ExtractRequest(pages=pages[:1]))
    assert schema is not None
    labels = {it.name: it.synonyms[0] if it.synonyms else it.name for it in schema.fields}
    found = [extract(ExtractRequest(pages=[it], ordered=schema)).fields for it in pages]
    return schema, [{labels[name]: value_of(it) for name, it in each.items()} for each in found]


def value_of(found: object) -> Any:
    if isinstance(found, Field):
        return found.value
    assert isinstance(found, list)
    return [{name: cell.value for name, cell in row.items()} for row in found]


@pytest.mark.parametrize(
    ("paper", "wanted"),
    [
        (
            typeset.payslip,
            [
                {
                    "Salarié": "DA SILVA Paul",
                    "Matricule": "00377",
                    "Emploi": "Soudeur",
                    "Entrée": "2026-04-01",
                    "SIRET": "482 913 556 00027",
                    "Code NAF": "2562B",
                    "Salaire brut": "2483.05",
                    "Net à payer": "2359.00",
                },
            ],
        ),
        (
            typeset.packing_list,
            [
                {
                    "Packing List No": "PL-26-0502",
                    "PO Ref": "4500013311",
                    "Carrier": "DSV",
                    "Total cartons": "2",
                    "Total volume": "45.8754",
                }
            ],
        ),
        (typeset.bank_statement, [{"Saldo iniziale": "9100.10", "Saldo finale": "7650.00"}]),
        (
            typeset.application,
            [{"Naam": "Bram Jansen", "Telefoon": "+31383334455", "Lidnummer": "20260398"}],
        ),
        (
            typeset.meter_reading,
            [{"Meter type": "Smart", "Previous": "9310", "Current": "9795", "Units used": "485"}],
        ),
    ],
)
def test_what_is_labelled_is_found_again(
    tmp_path: Path, paper: Paper, wanted: list[dict[str, str]]
) -> None:
    _, (_, second) = both(tmp_path, paper)
    assert {label: second.get(label) for label in wanted[0]} == wanted[0]


@pytest.mark.parametrize("paper", TABLES)
def test_columns_are_told_apart_and_sums_below_are_no_rows(tmp_path: Path, paper: Paper) -> None:
    schema, found = both(tmp_path, paper)
    (table,) = [it for it in schema.fields if it.type is FieldType.ROWS]
    label = table.synonyms[0] if table.synonyms else table.name
    for each, rows in zip(found, TABLES[paper], strict=True):
        assert [row[table.fields[0].name] for row in each[label]] == rows
    assert len(table.fields) == 5


def test_types_are_those_of_the_values(tmp_path: Path) -> None:
    schema, _ = both(tmp_path, typeset.bank_statement)
    (table,) = [it for it in schema.fields if it.type is FieldType.ROWS]
    kinds = [it.type for it in table.fields]
    amount = FieldType.AMOUNT
    assert kinds == [FieldType.DATE, FieldType.TEXT, amount, amount, amount]


def test_a_column_that_stays_empty_is_empty(tmp_path: Path) -> None:
    _, (_, second) = both(tmp_path, typeset.bank_statement)
    (rows,) = [it for it in second.values() if isinstance(it, list)]
    assert [row.get("dare") for row in rows] == ["250.00", "1200.10"]
    assert all("avere" not in row for row in rows)


def test_only_invoices_have_fields_of_invoices(tmp_path: Path) -> None:
    for paper in (typeset.payslip, typeset.packing_list):
        schema, _ = both(tmp_path, paper)
        assert not {"invoice_date", "due_date", "amount_due"} & {it.name for it in schema.fields}


def test_a_type_of_ones_own_is_told_by_what_its_documents_are_called(tmp_path: Path) -> None:
    """Also where they have the labels of an invoice."""
    bill = page(tmp_path, typeset.electricity_bill, 0)
    labels = ("Account number", "Meter serial number", "Tariff", "Contract ends")
    fields = [FieldSpec(name=it.lower().replace(" ", "_"), synonyms=[it]) for it in labels]

    def called(*titles: str) -> str | None:
        own = Schema(name="power", title="Power", titles=list(titles), fields=fields)
        found = extract(ExtractRequest(pages=[bill], schemas=[own])).type
        return found.name if found else None

    assert called() == "invoice"
    assert called("Your electricity bill") == "power"
    assert called("Your gas bill") == "invoice"


@pytest.mark.parametrize(
    ("paper", "asked", "wanted"),
    [
        (
            typeset.payslip,
            {"employee name": "text", "employee no": "text", "gross salary": "amount"},
            {"employee name": "MOREAU Julie", "employee no": "00412", "gross salary": "2153.71"},
        ),
        (
            typeset.bank_statement,
            {"opening balance": "number", "endsaldo": "number"},
            {"opening balance": "1250.00", "endsaldo": "2481.35"},
        ),
    ],
)
def test_fields_may_be_asked_for_in_another_language(
    tmp_path: Path, paper: Paper, asked: dict[str, str], wanted: dict[str, str]
) -> None:
    fields = [FieldSpec(name=name, type=FieldType(kind)) for name, kind in asked.items()]
    found = extracted(page(tmp_path, paper, 0), *fields)
    assert {name: it.value for name, it in found.items() if isinstance(it, Field)} == wanted


def test_columns_may_be_asked_for_in_another_language(tmp_path: Path) -> None:
    names = ("date", "details", "debit", "credit", "balance")
    columns = [FieldSpec(name=it) for it in names]
    rows = FieldSpec(name="movements", type=FieldType.ROWS, fields=columns)
    found = extracted(page(tmp_path, typeset.bank_statement, 0), rows)["movements"]
    assert isinstance(found, list)
    assert [row["details"].value for row in found][:2] == [
        "Pagamento POS",
        "Bonifico a vostro favore",
    ]
    assert [it["credit"].value for it in found if "credit" in it] == ["1.830,00"]


def extracted(read: Page, *fields: FieldSpec) -> Fields:
    schema = Schema(name="asked", fields=list(fields))
    return extract(ExtractRequest(pages=[read], ordered=schema)).fields


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [("account", "8841 2093 7"), ("meter serial", "E10BG22871"), ("units used", "612")],
)
def test_a_label_may_go_on_behind_what_was_asked_for(asked: str, wanted: str) -> None:
    rows: list[list[Cell]] = [
        [(40, "Account number"), (200, "8841 2093 7")],
        [(40, "Meter serial number"), (200, "E10BG22871")],
        [],
        [(40, "Reading"), (200, "Units used (kWh)")],
        [(40, "Smart"), (200, "612")],
    ]
    found = extracted(sheet_of(list(rows)), FieldSpec(name=asked))[asked]
    assert isinstance(found, Field)
    assert found.value == wanted


@pytest.mark.parametrize("name", ["meter", "plate", "place", "gender", "water", "train", "class"])
def test_names_of_fields_are_words_of_their_own(name: str) -> None:
    """However near a label of some language is to them; nobody has misread them."""
    assert concept_of(FieldSpec(name=name), frozenset()) is None
