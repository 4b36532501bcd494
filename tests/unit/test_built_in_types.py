"""The built-in types: their files, their page in the docs, and what is found on made documents."""

import re
from pathlib import Path

import pytest
from extract_samples import page

from benchmarks.document_types import measured
from benchmarks.type_makers import MAKERS
from services.extract.classify import UNKNOWN, classify
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.reading import Reading
from shared.models.extraction import Field, FieldSource
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.schemas import built_in
from shared.schemas.listing import MARK, tables

DOCS = Path(__file__).parents[2] / "docs/document-types.md"
TYPES = {
    "receipt", "invoice", "credit_note", "resume", "identity_document", "job_description",
    "bill_of_lading", "bank_statement", "payslip", "purchase_order", "delivery_note", "w9",
    "generic",
}  # fmt: skip
# Share of fields right and F1 of cells on layouts that were looked at, and on the others.
FLOORS = {
    "bank_statement": (0.98, 0.95),
    "payslip": (0.98, 0.97),
    "purchase_order": (0.95, 0.95),
    "delivery_note": (0.9, 0.97),
    "bill_of_lading": (0.97, 0.97),
    "job_description": (0.95, 0.97),
    "w9": (0.96, 0.0),
}


def specs() -> list[tuple[str, FieldSpec]]:
    return [
        (schema.name, each)
        for schema in built_in().values()
        for spec in schema.fields
        for each in (spec, *spec.fields)
    ]


def test_all_types_are_there_with_readable_fields() -> None:
    assert set(built_in()) == TYPES
    for kind, spec in specs():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", spec.name), (kind, spec.name)
        assert spec.description, (kind, spec.name)
    for schema in built_in().values():
        names = [spec.name for spec in schema.fields]
        assert len(names) == len(set(names))
        assert schema.title
        assert any(spec.required for spec in schema.fields) or schema.name == "generic"


def test_rules_name_fields_that_are_there() -> None:
    for schema in built_in().values():
        names = {spec.name for spec in schema.fields}
        columns = {f"{spec.name}.{it.name}" for spec in schema.fields for it in spec.fields}
        for spec in schema.fields:
            for rule in spec.rules:
                assert set(getattr(rule, "of", ())) <= names | columns, (schema.name, spec.name)


def test_the_page_in_the_docs_is_made_of_the_files() -> None:
    made = DOCS.read_text("utf-8").partition(MARK)[2].strip()
    assert made == tables().strip(), f"python -m shared.schemas.listing {DOCS}"


@pytest.mark.parametrize("kind", list(MAKERS))
@pytest.mark.parametrize("untouched", [False, True])
def test_made_documents(kind: str, *, untouched: bool) -> None:
    score = measured(kind, 2, untouched=untouched)
    fields, rows = FLOORS[kind]
    assert score.documents == 14
    assert score.typed >= 13
    assert score.share >= fields, score.errors
    assert score.rows >= rows, score.errors


def values(rows: list[str | list[tuple[float, str]]], kind: str) -> dict[str, object]:
    result = extract(ExtractRequest(pages=[page(rows)]))
    assert result.type is not None
    assert result.type.name == kind
    return {
        name: found.value
        if isinstance(found, Field)
        else [{column: cell.value for column, cell in row.items()} for row in found]
        for name, found in result.fields.items()
    }


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


def test_sums_since_new_year_are_no_pay_of_the_month() -> None:
    found = values(
        [
            "Acme Ltd",
            "PAYSLIP",
            [(40, "Employee Name"), (200, "Employee No."), (340, "Pay Date")],
            [(40, "Jane Doe"), (200, "1042"), (340, "28/03/2024")],
            "",
            [(40, "Payments"), (150, "Units"), (200, "Rate"), (250, "Amount"),
             (330, "Deductions"), (430, "Amount"), (500, "YTD")],
            [(40, "Basic pay"), (150, "160.00"), (200, "15.00"), (250, "2,400.00"),
             (330, "PAYE tax"), (430, "270.40"), (500, "811.20")],
            [(40, "Overtime"), (150, "5.00"), (200, "20.00"), (250, "100.00"),
             (330, "Pension"), (430, "125.00"), (500, "375.00")],
            "",
            [(40, "Total Gross Pay"), (250, "2,500.00"), (330, "Total Deductions"),
             (430, "395.40")],
            [(330, "Net Pay"), (430, "2,104.60")],
        ],
        "payslip",
    )  # fmt: skip
    assert [row["amount"] for row in found["earnings"]] == ["2400.00", "100.00"]  # type: ignore[attr-defined]
    assert found["deductions"] == [
        {"description": "PAYE tax", "amount": "270.40"},
        {"description": "Pension", "amount": "125.00"},
    ]
    assert (found["gross_pay"], found["net_pay"]) == ("2500.00", "2104.60")


def test_one_table_of_earnings_and_deductions() -> None:
    found = values(
        [
            "SARL DUPONT MENUISERIE",
            "12 rue des Lilas",
            [(40, "69002 LYON"), (300, "BULLETIN DE SALAIRE")],
            [(40, "Matricule : 0042"), (300, "Période : Mars 2024")],
            [(40, "Emploi : Menuisier"), (300, "M. Jean MARTIN")],
            [(40, "N° SS : 1 85 05 69 123 456 78"), (300, "4 avenue Foch")],
            [(300, "69003 LYON")],
            "",
            [(40, "Désignation"), (220, "Base"), (290, "Taux"), (350, "Gains"), (430, "Retenues")],
            [(40, "Salaire de base"), (220, "151,67"), (290, "13,50"), (350, "2 047,55")],
            [(40, "Heures supplémentaires"), (220, "8,00"), (290, "16,88"), (350, "135,04")],
            [(40, "Sécurité sociale"), (220, "2 182,59"), (290, "6,90"), (430, "150,60")],
            [(40, "CSG déductible"), (220, "2 144,39"), (290, "6,80"), (430, "145,82")],
            [(40, "Salaire brut"), (350, "2 182,59")],
            [(40, "Total des retenues"), (430, "296,42")],
            "",
            [(40, "Net à payer"), (430, "1 886,17")],
        ],
        "payslip",
    )
    assert found["earnings"] == [
        {"description": "Salaire de base", "amount": "2047.55"},
        {"description": "Heures supplémentaires", "amount": "135.04"},
    ]
    assert found["deductions"] == [
        {"description": "Sécurité sociale", "amount": "150.60"},
        {"description": "CSG déductible", "amount": "145.82"},
    ]
    told = ("employer_name", "employee_name", "period_start", "period_end", "job_title", "net_pay")
    assert [found[name] for name in told] == [
        "SARL DUPONT MENUISERIE", "M. Jean MARTIN", "2024-03-01", "2024-03-31", "Menuisier",
        "1886.17",
    ]  # fmt: skip
    assert found["social_security_number"] == "1 85 05 69 123 456 78"


def test_goods_with_units_and_the_boxes_of_a_bill() -> None:
    found = values(
        [
            [(40, "Shipper"), (320, "BILL OF LADING FOR OCEAN TRANSPORT")],
            [(40, "ACME EXPORT GMBH"), (320, "B/L No. MAEU123456789")],
            [(40, "HAFENSTR 5, 20457 HAMBURG"), (320, "Booking No. 123456789")],
            "Consignee",
            "TO ORDER OF BANK OF EXAMPLE",
            "12 MAIN STREET, NEW YORK",
            [(40, "Port of Loading"), (180, "Port of Discharge"), (320, "Place of Delivery")],
            [(40, "HAMBURG"), (180, "NEWARK")],
            "",
            [(40, "Container No./Seal No."), (200, "Description of goods"), (400, "Weight"),
             (500, "Measurement")],
            [(40, "MSKU1234565 / ML-DE12345"), (200, "Said to contain 20 PALLETS"),
             (400, "18500.000 KGS"), (500, "25.500 CBM")],
            [(200, "MACHINE PARTS")],
            "",
            [(40, "Number of Original B/L"), (200, "Place of Issue of B/L"),
             (360, "Date of Issue of B/L")],
            [(40, "THREE (3)"), (200, "HAMBURG"), (360, "2024-03-15")],
        ],
        "bill_of_lading",
    )  # fmt: skip
    assert found["goods"] == [
        {
            "container_number": "MSKU1234565",
            "seal_number": "ML-DE12345",
            "description": "Said to contain 20 PALLETS MACHINE PARTS",
            "gross_weight": "18500.000",
            "measurement": "25.500",
        }
    ]
    assert (
        found.items()
        >= {
            "shipper_name": "ACME EXPORT GMBH",
            "shipper_address": "HAFENSTR 5, 20457 HAMBURG",
            "consignee_name": "TO ORDER OF BANK OF EXAMPLE",
            "port_of_loading": "HAMBURG",
            "port_of_discharge": "NEWARK",
            "original_bills": "THREE (3)",
            "issue_place": "HAMBURG",
            "issue_date": "2024-03-15",
            "gross_weight": "18500.000",
        }.items()
    )
    assert "place_of_delivery" not in found


def test_a_delivery_note_whose_title_has_its_number() -> None:
    found = values(
        [
            "Nordlicht GmbH, Hafenstraße 1, 20457 Hamburg",
            "Firma Muster OHG",
            "Gartenweg 3",
            "50667 Köln",
            "",
            [(40, "Lieferschein Nr. 2024-0815"), (350, "Datum 12.03.2024")],
            [(40, "Ihre Bestellung: 4711 vom 01.03.2024"), (350, "Kunden-Nr. 10042")],
            "",
            [(40, "Pos."), (80, "Art.-Nr."), (170, "Bezeichnung"), (400, "Menge"),
             (470, "Einheit")],
            [(40, "1"), (80, "A-100"), (170, "Schrauben M6"), (400, "200"), (470, "Stk")],
            [(40, "2"), (80, "B-200"), (170, "Winkel verzinkt"), (400, "12"), (470, "Stk")],
            "Ware erhalten: ____________",
        ],
        "delivery_note",
    )  # fmt: skip
    assert (
        found.items()
        >= {
            "delivery_note_number": "2024-0815",
            "delivery_date": "2024-03-12",
            "order_number": "4711",
            "customer_number": "10042",
            "supplier_name": "Nordlicht GmbH",
            "customer_name": "Firma Muster OHG",
        }.items()
    )
    rows = found["line_items"]
    assert isinstance(rows, list)
    assert [row["quantity"] for row in rows] == ["200", "12"]


def test_what_nothing_speaks_for_takes_nothing_of_the_chance_of_others() -> None:
    rows: list[str | list[tuple[float, str]]] = [
        "Nordwind GmbH", "Net 100.00", "VAT 19% 19.00", "Total EUR 119.00", "VAT ID DE123456789",
        "IBAN DE89 3704 0044 0532 0130 00", "Due date 14.04.2024",
    ]  # fmt: skip
    reading = Reading([page(rows)])
    without = {name: it for name, it in built_in().items() if not it.titles}
    assert classify(reading, built_in()) == classify(reading, without)
    post_box = Reading([page(["Acme Ltd", "P. O. BOX 7566", "Dear Sir or Madam,"])])
    assert classify(post_box, built_in()).name == UNKNOWN


def test_a_form_filled_in_below_its_labels() -> None:
    found = values(
        [
            [(40, "Form W-9"), (150, "Request for Taxpayer"), (420, "Give form to the")],
            "1 Name of entity/individual. An entry is required. (For a sole proprietor or",
            "John A Doe",
            "2 Business name/disregarded entity name, if different from above.",
            "Doe Consulting LLC",
            "3a Check the appropriate box for federal tax classification.",
            "☐ Individual/sole proprietor ☐ C corporation ☒ S corporation ☐ Partnership",
            "5 Address (number, street, and apt. or suite no.). See instructions.",
            "123 Main Street, Apt 4",
            "6 City, state, and ZIP code",
            "Springfield, IL 62701",
            [(350, "Social security number")],
            [(350, "1 2 3 - 4 5 - 6 7 8 9")],
            [(40, "Sign Here"), (120, "Signature of U.S. person"), (350, "Date 4/5/2024")],
        ],
        "w9",
    )
    assert (
        found.items()
        >= {
            "name": "John A Doe",
            "business_name": "Doe Consulting LLC",
            "address": "123 Main Street, Apt 4",
            "city_state_zip": "Springfield, IL 62701",
            "ssn": "123-45-6789",
            "signature_date": "2024-04-05",
            "is_s_corporation": True,
            "is_c_corporation": False,
        }.items()
    )


def test_a_job_that_is_told_by_its_sections() -> None:
    found = values(
        [
            "Senior Software Engineer",
            "Blue Harbour Ltd · Leeds, UK",
            "What you'll do",
            "• Design and run services",
            "• Review code and help colleagues grow, in a team that cares about",
            "quality and calm",
            "What we're looking for",
            "• 5+ years of experience with distributed systems",
            "Nice to have",
            "Kubernetes, Terraform",
            "What we offer",
            "• £70,000 - £85k a year",
            "Apply by 30 April 2024",
        ],
        "job_description",
    )
    assert (
        found.items()
        >= {
            "job_title": "Senior Software Engineer",
            "salary_minimum": "70000.00",
            "salary_maximum": "85000.00",
            "salary_currency": "GBP",
            "salary_period": "year",
            "experience_years": "5",
            "closing_date": "2024-04-30",
            "skills": [{"skill": "Kubernetes"}, {"skill": "Terraform"}],
        }.items()
    )
    assert found["responsibilities"] == [
        {"responsibility": "Design and run services"},
        {"responsibility": "Review code and help colleagues grow, in a team that cares about "
                           "quality and calm"},
    ]  # fmt: skip


def test_a_job_open_to_all_whose_title_stands_in_a_sentence() -> None:
    found = values(
        [
            "Nordwind GmbH",
            "Wir suchen zum nächstmöglichen Zeitpunkt eine/n",
            "Buchhalter (m/w/d)",
            "in Vollzeit am Standort Hamburg",
            "Ihre Aufgaben",
            "- Vorbereitung der Monatsabschlüsse",
            "Ihr Profil",
            "- Mindestens 3 Jahre Berufserfahrung",
            "Wir bieten",
            "- Jahresgehalt von 42.000 bis 48.000 € brutto",
            "Bewerbungen bis 30.04.2024 an jobs@nordwind.example",
            "Ansprechpartnerin: Frau Anna Keller, Tel. 040 1234567",
        ],
        "job_description",
    )
    assert (
        found.items()
        >= {
            "job_title": "Buchhalter (m/w/d)",
            "company": "Nordwind GmbH",
            "salary_minimum": "42000.00",
            "salary_maximum": "48000.00",
            "salary_period": "year",
            "contact_name": "Frau Anna Keller",
            "closing_date": "2024-04-30",
            "experience_years": "3",
        }.items()
    )


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


def test_a_label_is_no_misread_other_label() -> None:
    rows: list[str | list[tuple[float, str]]] = [
        "Nordlicht plc", "Mill Lane 76", "Payslip", "Employee", "Carmen Ruiz", "Mill Lane 94",
        [(40, "Total iliquido:"), (300, "4.984,02 EUR")],
        [(40, "Total descontos:"), (300, "1.196,16 EUR")],
        [(40, "Liquido a receber:"), (300, "3.787,86 EUR")],
    ]  # fmt: skip
    result = extract(ExtractRequest(pages=[page(rows, confidence=0.97)], requested_type="payslip"))
    found = {name: it.value for name, it in result.fields.items() if isinstance(it, Field)}
    assert (
        found.items()
        >= {
            "employer_name": "Nordlicht plc",
            "employee_name": "Carmen Ruiz",
            "gross_pay": "4984.02",
            "total_deductions": "1196.16",
            "net_pay": "3787.86",
        }.items()
    )


def test_values_point_at_their_words() -> None:
    result = extract(ExtractRequest(pages=[page(german())]))
    found = [it for it in result.fields.values() if isinstance(it, Field)]
    assert found
    assert all(it.boxes and it.grounded and it.source is FieldSource.LAYOUT for it in found)


def test_identity_documents_are_of_text_where_no_rows_are_asked() -> None:
    kinds = {spec.type for spec in built_in()["identity_document"].fields}
    assert FieldType.ROWS not in kinds
