"""Dates and numbers of invoices that sentences tell, and those of other papers."""

import pytest
from extract_samples import Cell, page

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from shared.models.extraction import Field

Paper = list[str | list[Cell]]
HEAD: Paper = ["Nordwind GmbH", "Hafenstraße 3", "20457 Hamburg", ""]
SUMS: Paper = [[(40, "Net"), (300, "100.00")], [(40, "VAT 19%"), (300, "19.00")],
               [(40, "Total EUR"), (300, "119.00")]]  # fmt: skip


def found(rows: Paper, name: str, kind: str = "invoice") -> object:
    result = extract(ExtractRequest(pages=[page([*HEAD, *rows, *SUMS])], requested_type=kind))
    value = result.fields.get(name)
    return value.value if isinstance(value, Field) else None


@pytest.mark.parametrize(
    ("sentence", "due"),
    [
        ("À régler par virement avant le 30 mars 2026.", "2026-03-30"),
        ("Wir erbitten den Betrag bis Ende März (30.03.2026) auf unser Konto.", "2026-03-30"),
        ("Payment by 30/03/2026 please.", "2026-03-30"),
        ("Betaling senest 30.03.2026", "2026-03-30"),
        ("Payments received by 30/03/2026 are in this bill.", None),
        ("Delivered by 30/03/2026.", None),
        ("Fecha de Vto. de CAE: 30/03/2026", None),
        ("Fecha de Vto. del pago: 30/03/2026", "2026-03-30"),
    ],
)
def test_the_day_by_which_a_sentence_asks_for_money_is_the_due_one(
    sentence: str, due: str | None
) -> None:
    asked: Paper = ["Invoice 17 of 2 March 2026", sentence]
    assert found(asked, "due_date") == due


def test_the_paper_that_a_credit_note_is_about_gives_it_no_date() -> None:
    rows: Paper = ["AVOIR n° AV2026-0012", "Date : 30/01/2026"]
    about = "Sur facture n° FC2025-1844 du 18/12/2025"
    assert found([*rows, about], "invoice_date", "credit_note") == "2026-01-30"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Faktura VAT nr 112/02/2026", "112/02/2026"),
        ("Rechnungsnummer 2026/02/11", "2026/02/11"),
    ],
)
def test_a_number_that_looks_like_a_day_is_one_behind_its_label(line: str, number: str) -> None:
    rows: Paper = ["18.02.2026", "", line]
    assert (found(rows, "invoice_number"), found(rows, "invoice_date")) == (number, "2026-02-18")


def test_a_day_by_itself_goes_before_those_of_contracts_and_visits() -> None:
    signed: Paper = ["18.02.2026", "", "Rechnung 17", "gemäß Vertrag vom 11.06.2024"]
    assert found(signed, "invoice_date") == "2026-02-18"
    visits: Paper = [[(40, "Datum"), (300, "Betrag")], [(40, "12.01.2026"), (300, "50.00")],
                     [(40, "19.01.2026"), (300, "50.00")]]  # fmt: skip
    assert found(["2. Februar 2026", "", "Rechnung 17", *visits], "invoice_date") == "2026-02-02"


def test_words_to_whom_it_may_concern_are_no_part_of_a_name() -> None:
    block: Paper = ["Spett.le", "Officine Brenta S.p.A.", "Via Fabio 120", "38122 Trento"]
    assert found([*block, "", "Fattura 17"], "customer_name") == "Officine Brenta S.p.A."
    line: Paper = ["Spett.le Officine Brenta S.p.A.", *block[2:]]
    assert found([*line, "", "Fattura 17"], "customer_name") == "Officine Brenta S.p.A."


def test_a_day_is_found_behind_a_number_that_a_word_joins_to_it() -> None:
    assert found(["Fattura n. 31 del 15 luglio 2026"], "invoice_date") == "2026-07-15"


def test_feet_are_no_forints() -> None:
    rows: Paper = ["Invoice 17", [(40, "Roller chain, 10 ft box"), (300, "100.00")]]
    sums: Paper = [[(40, "Total"), (300, "100.00")]]
    result = extract(ExtractRequest(pages=[page([*rows, *sums])], requested_type="invoice"))
    currency = result.fields.get("currency")
    assert currency is None or (isinstance(currency, Field) and currency.value is None)


@pytest.mark.parametrize(
    ("heads", "values", "number"),
    [
        # The heads of a box name a number and a day: both are the document's.
        (["NÚMERO", "FECHA"], ["A26-01877", "15-04-2026"], "A26-01877"),
        # A series of letters stands before the number.
        (["Serie y folio", "Fecha"], ["TV 20418", "15-04-2026"], "TV 20418"),
        (["Bill reference", "Bill date"], ["FE-26-0099", "15-04-2026"], "FE-26-0099"),
    ],
)
def test_numbers_under_heads(heads: list[str], values: list[str], number: str) -> None:
    rows: Paper = [[(40, heads[0]), (200, heads[1])], [(40, values[0]), (200, values[1])]]
    assert found(["FACTURA", "", "", "", *rows], "invoice_number") == number


def test_a_longer_label_that_names_the_paper_is_the_papers() -> None:
    rows: Paper = ["TAX INVOICE", [(40, "Consecutive number of document"), (300, "E10BG228")]]
    assert found(rows, "invoice_number") == "E10BG228"


def test_a_title_may_stand_behind_its_code() -> None:
    rows: Paper = ["Nordwind S.p.A.", "TD04 nota di credito", "Numero documento 17",
                   "Data documento 15/07/2026", "Partita IVA IT01234567890", *SUMS]  # fmt: skip
    result = extract(ExtractRequest(pages=[page(rows)]))
    assert result.type is not None
    assert result.type.name == "credit_note"


def test_the_street_below_our_details_is_no_name() -> None:
    rows: Paper = ["Noelia Barrientos", "", [(40, "DATOS DEL CLIENTE"), (300, "MIS DATOS")],
                   [(40, "Bodegas Ucero, S.L."), (300, "NIF: 71254409-K")],
                   [(40, "42300 El Burgo"), (300, "C/ Platerías, 4, 2º B")]]  # fmt: skip
    sheet = page([*rows, "FACTURA 17", *SUMS])
    result = extract(ExtractRequest(pages=[sheet], requested_type="invoice"))
    name = result.fields["supplier_name"]
    assert isinstance(name, Field)
    assert name.value == "Noelia Barrientos"


@pytest.mark.parametrize(
    ("day", "due", "region", "iso", "most", "least"),
    [
        ("03/04/2026", "05/05/2026", None, "2026-04-03", 0.75, 0.5),
        ("03/04/2026", "05/05/2026", "US", "2026-03-04", 0.9, 0.8),
        ("03.04.2026", "05.05.2026", None, "2026-04-03", 0.95, 0.9),
        ("03/04/2026", "25/05/2026", None, "2026-04-03", 1.0, 0.97),
    ],
)
def test_a_day_that_could_be_the_month_is_as_unsure_as_what_tells_it(
    day: str, due: str, region: str | None, iso: str, most: float, least: float
) -> None:
    rows: Paper = [
        "INVOICE", "Acme Trading Ltd", "", "Invoice number: AC-2026-17", f"Invoice date: {day}",
        f"Due date: {due}", "", "Net 1,000.00", "VAT 200.00", "Total 1,200.00",
    ]  # fmt: skip
    found = extract(ExtractRequest(pages=[page(rows)], region=region)).fields["invoice_date"]
    assert isinstance(found, Field)
    assert found.value == iso
    assert least < found.confidence <= most
