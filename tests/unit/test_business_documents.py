"""Payslips, bills, notes, forms and jobs, written as real ones look."""

from extract_samples import page, values

from services.extract.classify import UNKNOWN, classify
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.reading import Reading
from shared.models.extraction import Field
from shared.schemas import built_in


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
