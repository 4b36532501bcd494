"""What holds on layouts that nobody wrote for: labels misread or unknown, sums told by place."""

import pytest
from extract_samples import Cell, page

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.labels import LabelMap
from services.extract.laying import lay_out
from services.extract.lexicon import lexicon
from shared.models.extraction import Field

HEAD = ["Nordwind GmbH", "INVOICE", "Invoice number 2024-17", "Invoice date 14.03.2024"]
SUMS = ["Net 100.00", "VAT 19% 19.00", "Total EUR 119.00"]
Paper = list[str | list[Cell]]


def found(rows: Paper, name: str, confidence: float = 1.0) -> Field | None:
    pages = [page(rows, confidence=confidence)]
    value = extract(ExtractRequest(pages=pages, requested_type="invoice")).fields.get(name)
    return value if isinstance(value, Field) else None


def value(rows: Paper, name: str, confidence: float = 1.0) -> object:
    field = found(rows, name, confidence)
    return field and field.value


def concepts(row: str, confidence: float) -> set[str]:
    labels = LabelMap(lay_out([page([row], confidence=confidence)]), lexicon().labels)
    return {concept for hit in labels.all() for concept in hit.concepts}


@pytest.mark.parametrize(
    ("row", "confidence", "concept"),
    [
        ("Date d'6ch6ance: 05/12/2017", 0.6, "due_date"),
        ("Termnin platnosti 12.06.2024", 0.6, "due_date"),
        ("Do zaplaty 100,00", 0.99, "amount_due"),  # printed with the l that has a stroke
        ("Fecha devencimiento 12.06.2024", 0.99, "due_date"),
        ("VAT/TIN: 29670869006", 0.99, "vat_id"),
        ("VAT/TIN: 29670869006", 1.0, "vat_id"),
    ],
)
def test_a_label_survives_what_recognition_makes_of_it(
    row: str, confidence: float, concept: str
) -> None:
    assert concept in concepts(row, confidence)


@pytest.mark.parametrize(
    ("row", "concept"),
    [
        ("Cable 9.50", "cashier"),
        ("Importo 9,50", "tax_amount"),
        ("MwSt-Betrag 9,50", "amount_due"),  # words end alike more often than they begin so
    ],
)
@pytest.mark.parametrize("confidence", [0.6, 0.99])
def test_a_word_that_looks_like_a_label_is_none(row: str, concept: str, confidence: float) -> None:
    if confidence > 0.9 or row.startswith("MwSt"):
        assert concept not in concepts(row, confidence)


def test_a_rate_behind_a_label_is_none_of_its_letters() -> None:
    assert "tax_amount" in concepts("VAT 20% 9.50", 0.8)  # ``VAT 20`` is nearly ``VAT no``


def test_a_label_ends_with_its_sentence() -> None:
    told = "Please state the amount due when paying. Reminder fee 5.00"
    assert value([*HEAD, *SUMS, told], "amount_due") == "119.00"


def test_net_sum_and_tax_are_known_by_their_place_under_any_name() -> None:
    rows: Paper = [
        *HEAD,
        [(40.0, "Insurance of a house"), (420.0, "1000.00")],
        [(40.0, "Premium"), (420.0, "1000.00")],
        [(40.0, "Levy for the insurance of a house"), (420.0, "163.40")],
        [(40.0, "Total"), (420.0, "1163.40")],
    ]
    assert [value(rows, it) for it in ("net_amount", "tax_amount")] == ["1000.00", "163.40"]


def test_what_is_left_below_the_total_is_due() -> None:
    paid: list[Cell] = [(40.0, "Kx"), (420.0, " 19.50")]
    rows: Paper = [*HEAD, *SUMS[:2], [(40.0, "Total"), (420.0, "119.00")], paid]
    assert value([*rows, [(40.0, "Rubrum"), (420.0, " 99.50")]], "amount_due") == "99.50"
    assert value([*rows, [(40.0, "Rubrum"), (420.0, " 98.50")]], "amount_due") == "119.00"


def test_a_rebate_makes_no_total_with_the_net_sum() -> None:
    # 808.55 and the rebate of 5.25 make the first sum; one digit of the tax was misread.
    sums = ["Net amount 813.80", "Discount -5.25", "Net amount 808.55", "VAT 19% 163.62"]
    assert value([*HEAD, *sums, "Invoice total 962.17"], "total_amount") == "962.17"


def test_a_tax_of_nothing_makes_no_total() -> None:
    sums = ["Net amount 1033400.00", "VAT 27% 0.00", "VAT 21% 217014.00", "Levy 31002.00"]
    rows: Paper = [*HEAD, *sums, "Total amount 1281416.00"]
    assert value(rows, "total_amount") == "1281416.00"


def test_a_usual_term_after_the_date_of_issue_is_when_it_is_due() -> None:
    assert value([*HEAD, "Rubrum: 28.03.2024", *SUMS], "due_date") == "2024-03-28"
    assert value([*HEAD, "Rubrum: 25.03.2024", *SUMS], "due_date") is None
    assert value([*HEAD, "Delivery date: 28.03.2024", *SUMS], "due_date") is None


def test_a_name_behind_an_unknown_label_is_borne_out_by_its_own_words() -> None:
    rows: Paper = ["Nordwind GmbH", "", "QQ RR: Ivory Labs Limited", "93 Sai Yu Chung", *HEAD[1:]]
    field = found([*rows, *SUMS], "customer_name")
    assert field is not None
    assert field.value == "Ivory Labs Limited"
    assert field.boxes[0].x0 * 595.0 >= 40.0 + len("QQ RR: ") * 6.0 - 1.0


def test_the_sign_of_the_zloty_is_known_when_it_was_misread() -> None:
    rows: Paper = ["FAKTURA", "Netto z/10.538,01", "VAT 23% z12.423,74", "Brutto zI12.961,75"]
    assert value(rows, "total_amount", 0.8) == "12961.75"


@pytest.mark.parametrize(
    ("title", "number", "issued", "due", "heads", "net", "tax", "total"),
    [
        (
            "KREDITFAKTURA", "Fakturanr", ("Fakturadatum", "3 oktober 2025"),
            ("Förfallodatum", "2 november 2025"), ("Benämning", "Antal", "À-pris", "Belopp"),
            "Summa exkl. moms", "Moms 25 %", "Att betala SEK",
        ),
        (
            "Kreditnota", "Fakturanummer", ("Fakturadato", "3. oktober 2025"),
            ("Forfaldsdato", "2. november 2025"), ("Beskrivelse", "Antal", "Enhedspris", "Beløb"),
            "Subtotal ekskl. moms", "Moms 25 %", "I alt inkl. moms DKK",
        ),
        (
            "Opravný daňový doklad", "Číslo dokladu", ("Datum vystavení", "3. října 2025"),
            ("Datum splatnosti", "2. listopadu 2025"),
            ("Označení dodávky", "Množství", "Jednotková cena", "Částka"),
            "Celkem bez DPH", "DPH 25 %", "Celkem k úhradě CZK",
        ),
    ],
)  # fmt: skip
def test_swedish_danish_and_czech_are_read(
    title: str, number: str, issued: tuple[str, str], due: tuple[str, str],
    heads: tuple[str, ...], net: str, tax: str, total: str,
) -> None:  # fmt: skip
    def row(*texts: str) -> list[Cell]:
        return list(zip((40.0, 260.0, 340.0, 440.0), texts, strict=False))

    def sums(label: str, amount: str) -> list[Cell]:
        return [(300.0, label), (460.0, amount)]

    rows: Paper = [
        "Nordwind AB", title, f"{number} 2025-17", " ".join(issued), " ".join(due), "",
        row(*heads), row("Rubrum", "2", "350,00", "700,00"), row("Ivory", "1", "300,00", "300,00"),
        sums(net, "1 000,00"), sums(tax, "250,00"), sums(total, "1 250,00"),
    ]  # fmt: skip
    result = extract(ExtractRequest(pages=[page(rows)]))
    assert result.type is not None
    assert result.type.name == "credit_note"
    values = {k: v.value for k, v in result.fields.items() if isinstance(v, Field)}
    wanted = {
        "invoice_number": "2025-17", "invoice_date": "2025-10-03", "due_date": "2025-11-02",
        "net_amount": "1000.00", "tax_amount": "250.00", "total_amount": "1250.00",
    }  # fmt: skip
    assert {name: values.get(name) for name in wanted} == wanted
    lines = result.fields["line_items"]
    assert isinstance(lines, list)
    assert [line["line_total"].value for line in lines] == ["700.00", "300.00"]
    assert [line["quantity"].value for line in lines] == ["2", "1"]


def test_words_for_without_behind_a_label_of_another_type_are_no_sum() -> None:
    rows: Paper = ["BILL OF LADING", "Total gross weight excl. pallets: 1200 kg"]
    result = extract(ExtractRequest(pages=[page(rows)]))
    assert result.type is not None
    assert result.type.name == "bill_of_lading"


def test_days_from_one_to_another_are_no_date_of_issue() -> None:
    rows: Paper = ["Nordwind GmbH", "INVOICE No. 47110815 of 31.10.2024", *SUMS]
    assert value(
        [*rows, "from 17 December 2024 to 6 January 2025 we are closed"], "invoice_date"
    ) == ("2024-10-31")
    spanned = ["Nordwind GmbH", "RECHNUNG", "Handelsrechnung | 47110815 vom 31.10.2018"]
    told = "Vom 17. Dezember 2018 bis 6. Januar 2019 haben wir Betriebsferien."
    assert value([*spanned, *SUMS, told], "invoice_date") == "2018-10-31"


def test_a_date_beside_words_that_nobody_listed_is_no_letter_s() -> None:
    other: list[Cell] = [(40.0, "Rubrum"), (120.0, "09/08/2024")]
    town: list[Cell] = [(40.0, "Invoice 2024-17"), (300.0, "Hull, 02/09/2024")]
    assert value(["Nordwind GmbH", "", town, other, *SUMS], "invoice_date") == "2024-09-02"
    alone: list[Cell] = [(40.0, "Prof. Kahn"), (400.0, "02/09/2024")]
    assert value(["Nordwind GmbH", alone, "INVOICE", other, *SUMS], "invoice_date") == "2024-09-02"
