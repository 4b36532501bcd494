"""Bank statements as banks print them: marks, columns, balances and days without a year."""

from extract_samples import page, values

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from shared.models.extraction import Field, FieldSource
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.schemas import built_in


def german(closing: str = "2.514,80 H") -> list[str | list[tuple[float, str]]]:
    return [
        "Sparkasse Musterstadt",
        [(40, "Kontoauszug Nr. 3/2024"), (350, "Blatt 1")],
        "Herr Max Mustermann",
        "Gartenweg 3",
        "50667 Köln",
        [(40, "IBAN: DE89 3704 0044 0532 0130 00"), (350, "BIC: COBADEFFXXX")],
        "",
        [(40, "Buchungstag"), (120, "Wert"), (180, "Verwendungszweck"), (440, "Betrag EUR")],
        [(180, "Alter Kontostand vom 01.03.2024"), (440, "500,00 H")],
        [(40, "04.03."), (120, "04.03."), (180, "Lastschrift Stadtwerke"), (440, "85,20 S")],
        [(180, "Kundennr 4711")],
        [(40, "28.03."), (120, "28.03."), (180, "Gehalt Firma Muster"), (440, "2.100,00 H")],
        [(180, "Neuer Kontostand vom 31.03.2024"), (440, closing)],
    ]


def test_a_statement_with_marks_and_days_without_a_year() -> None:
    found = values(german(), "bank_statement")
    assert found["transactions"] == [
        {
            "date": "2024-03-04",
            "value_date": "2024-03-04",
            "description": "Lastschrift Stadtwerke Kundennr 4711",
            "amount": "-85.20",
        },
        {
            "date": "2024-03-28",
            "value_date": "2024-03-28",
            "description": "Gehalt Firma Muster",
            "amount": "2100.00",
        },
    ]
    told = ("bank_name", "account_holder", "iban", "bic", "opening_balance", "closing_balance")
    assert [found[name] for name in told] == [
        "Sparkasse Musterstadt", "Herr Max Mustermann", "DE89370400440532013000", "COBADEFFXXX",
        "500.00", "2514.80",
    ]  # fmt: skip


def test_balances_that_the_transactions_do_not_make_ask_for_review() -> None:
    reasons = {
        closing: [
            each.field
            for each in extract(ExtractRequest(pages=[page(german(closing))])).reasons
            if each.code == "rule_broken"
        ]
        for closing in ("2.514,80 H", "2.514,81 H", "2.541,80 H", "2.514,80 S")
    }
    assert reasons == {
        "2.514,80 H": [],
        "2.514,81 H": [],  # within the cent that sums may be off
        "2.541,80 H": ["closing_balance"],
        "2.514,80 S": ["closing_balance"],
    }


def test_a_statement_with_two_columns_and_days_printed_once() -> None:
    found = values(
        [
            "Albion Bank plc",
            "Statement of account",
            [(40, "Miss Jane Doe"), (350, "Sort code 20-30-40")],
            [(40, "4 Mill Lane"), (350, "Account number 12345678")],
            [(40, "Leeds LS1 4AP"), (330, "Statement period 1 March 2024 to 31 March 2024")],
            "",
            [(40, "Date"), (110, "Type"), (160, "Description"), (320, "Paid out"),
             (400, "Paid in"), (480, "Balance")],
            [(160, "BALANCE BROUGHT FORWARD"), (480, "1,200.00")],
            [(40, "02 Mar"), (110, "DD"), (160, "COUNCIL TAX"), (320, "120.00"),
             (480, "1,080.00")],
            [(40, "04 Mar"), (110, "VIS"), (160, "GREENGROCER"), (320, "15.50")],
            [(110, "CR"), (160, "ACME LTD SALARY"), (400, "2,000.00"), (480, "3,064.50")],
            [(160, "BALANCE CARRIED FORWARD"), (480, "3,064.50")],
        ],
        "bank_statement",
    )  # fmt: skip
    rows = found["transactions"]
    assert isinstance(rows, list)
    assert [(row["date"], row["amount"], row.get("balance")) for row in rows] == [
        ("2024-03-02", "-120.00", "1080.00"),
        ("2024-03-04", "-15.50", None),
        ("2024-03-04", "2000.00", "3064.50"),
    ]
    assert (found["period_start"], found["period_end"]) == ("2024-03-01", "2024-03-31")
    assert (found["account_holder"], found["account_number"]) == ("Miss Jane Doe", "12345678")
    assert (found["opening_balance"], found["closing_balance"]) == ("1200.00", "3064.50")


def test_balances_that_only_their_days_tell_apart() -> None:
    found = values(
        [
            "BANQUE DU NORD",
            "RELEVE DE COMPTE",
            [(40, "Compte n° 00012345678"), (300, "M. JEAN MARTIN")],
            [(40, "du 01/03/2024 au 31/03/2024"), (300, "4 AVENUE FOCH")],
            [(300, "69003 LYON")],
            "",
            [(40, "Date"), (100, "Valeur"), (160, "Libellé"), (400, "Débit"), (480, "Crédit")],
            [(160, "SOLDE DEBITEUR AU 29/02/2024"), (400, "250,40")],
            [(40, "04/03"), (100, "04/03"), (160, "PRLV EDF"), (400, "78,12")],
            [(40, "28/03"), (100, "28/03"), (160, "VIR SALAIRE"), (480, "1 886,17")],
            [(160, "SOLDE CREDITEUR AU 31/03/2024"), (480, "1 557,65")],
        ],
        "bank_statement",
    )
    assert (found["opening_balance"], found["closing_balance"]) == ("-250.40", "1557.65")
    assert (found["period_start"], found["period_end"]) == ("2024-03-01", "2024-03-31")
    rows = found["transactions"]
    assert isinstance(rows, list)
    assert [row["amount"] for row in rows] == ["-78.12", "1886.17"]


def test_types_of_ones_own_may_ask_for_the_same_and_for_more() -> None:
    own = Schema(
        name="account",
        fields=[
            FieldSpec(name="first_day", type=FieldType.DATE, concept="period_start",
                      synonyms=["zeitraum"]),
            FieldSpec(name="sheet", type=FieldType.IDENTIFIER, synonyms=["blatt"]),
            built_in()["bank_statement"].fields[-1].copy_with(name="bookings"),
        ],
    )  # fmt: skip
    pages = [page([*german(), "Zeitraum: 01.03.2024 bis 31.03.2024"])]
    asked = ExtractRequest(pages=pages, schemas=[own], requested_type="account")
    fields = extract(asked).fields
    singles = {name: it.value for name, it in fields.items() if isinstance(it, Field)}
    assert singles == {"first_day": "2024-03-01", "sheet": "1"}
    rows = fields["bookings"]
    assert isinstance(rows, list)
    assert [row["amount"].value for row in rows] == ["-85.20", "2100.00"]


def test_transactions_go_on_with_the_heads_of_the_next_page() -> None:
    heads: list[tuple[float, str]] = [(40, "Datum"), (180, "Verwendungszweck"), (440, "Betrag")]
    more: list[str | list[tuple[float, str]]] = [
        "Sparkasse Musterstadt", heads, [(40, "29.03."), (180, "Miete"), (440, "900,00 S")],
    ]  # fmt: skip
    pages = [page(german()), page(more, number=1)]
    rows = extract(ExtractRequest(pages=pages, requested_type="bank_statement")).fields
    found = rows["transactions"]
    assert isinstance(found, list)
    assert [row["amount"].value for row in found] == ["-85.20", "2100.00", "-900.00"]
    assert found[-1]["amount"].boxes[0].page == 1


def test_values_point_at_their_words() -> None:
    result = extract(ExtractRequest(pages=[page(german())]))
    found = [it for it in result.fields.values() if isinstance(it, Field)]
    assert found
    assert all(it.boxes and it.grounded and it.source is FieldSource.LAYOUT for it in found)
