"""Names, numbers and sums of invoices where something else looks like them."""

import pytest
from extract_samples import Cell, page

from benchmarks.made_invoices import page_of
from benchmarks.scores import matches
from benchmarks.varied_invoices import varied_invoices
from services.extract.candidates.contacts import find_phones
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.reading import Reading
from shared.models.extraction import Field
from shared.models.schema import FieldSpec, Schema

SUMS = ["Net 100.00", "VAT 19% 19.00", "Total EUR 119.00"]
META = ["INVOICE", "Invoice number 2024-17", "Invoice date 14.03.2024"]


Paper = list[str | list[Cell]]


def found(rows: Paper, name: str) -> object:
    value = extract(ExtractRequest(pages=[page(rows)], requested_type="invoice")).fields.get(name)
    return value.value if isinstance(value, Field) else None


def test_invoices_that_are_less_kind() -> None:
    right: list[bool] = []
    unflagged: list[bool] = []
    for document, cells in varied_invoices(64, 0.1):
        result = extract(ExtractRequest(pages=page_of(cells), requested_type="invoice"))
        flagged = {reason.field for reason in result.reasons}
        for name in ("invoice_number", "invoice_date", "total_amount", "supplier_name"):
            field = result.fields.get(name)
            if isinstance(field, Field):
                right.append(matches(name, document.fields[name], field.value))
                unflagged += [right[-1]] if name not in flagged else []
    assert sum(right) >= 0.96 * len(right)
    assert sum(unflagged) >= 0.97 * len(unflagged)
    assert len(unflagged) >= 0.8 * len(right)


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (["Nordwind", "Nordwind Handels GmbH"], "Nordwind Handels GmbH"),
        (["Nordwind", "Handels GmbH"], "Nordwind Handels GmbH"),
        (["Nordwind", "GmbH"], "Nordwind GmbH"),
        (["A member of the Südwind group", "Nordwind GmbH"], "Nordwind GmbH"),
        (["Nordwind Soluciones de Oficina SA", "DE CV"], "Nordwind Soluciones de Oficina SA DE CV"),
        (["Nordwind di Ivo Zucca &", "C. S.a.s."], "Nordwind di Ivo Zucca & C. S.a.s."),
        (["Nordwind S.p.A. con unico azionista"], "Nordwind S.p.A."),
    ],
)
def test_who_issued_it(rows: list[str], name: str) -> None:
    paper: Paper = [*rows, "Hafenstraße 3", "20457 Hamburg", "", *META, *SUMS, "", "Stadtbank plc"]
    assert found(paper, "supplier_name") == name


def test_a_trade_name_is_given_with_the_legal_form_that_stands_below() -> None:
    paper: Paper = [
        "Nordwind",
        "Hafenstraße 3",
        "20457 Hamburg",
        "",
        *META,
        *SUMS,
        "",
        "Nordwind GmbH",
    ]
    assert found(paper, "supplier_name") == "Nordwind GmbH"


def test_a_paper_without_names_has_none() -> None:
    paper: Paper = [*META, "Advice 2 50.00 100.00", *SUMS]
    assert found(paper, "supplier_name") is None
    assert found(paper, "customer_name") is None


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        (["INVOICE No. E-17 of 14.03.2024", "Order no. 2018"], "E-17"),
        (["INVOICE (380) No. 471102 of 14.03.2024"], "471102"),
        (["Tax Invoice RE37955", "Customer no. 5"], "RE37955"),
        (["INVOICE E-17", "Original invoice no. A-9"], "E-17"),
        (["Fatura FT 2026A/1187"], "FT 2026A/1187"),
        (["Rechnung 2026 / 088"], "2026/088"),
    ],
)
def test_the_number_beside_the_title(rows: list[str], number: str) -> None:
    assert found(["Nordwind GmbH", *rows, *SUMS], "invoice_number") == number


def test_two_rates_of_tax_make_the_total_with_the_net_sum() -> None:
    rows = ["Net 100.00", "VAT 19% 9.50", "VAT 7% 3.50", "Kx 113.00"]
    paper: Paper = ["Nordwind GmbH", *META, *rows]
    assert found(paper, "total_amount") == "113.00"
    assert found(paper, "net_amount") == "100.00"


def test_prices_that_happen_to_add_up_are_no_net_sum_and_no_tax() -> None:
    rows: Paper = [
        [(40.0, "Description"), (240.0, "Qty"), (320.0, "Price"), (420.0, "Amount")],
        [(40.0, "Desk lamp"), (240.0, "2"), (320.0, "30.00"), (420.0, "60.00")],
        [(40.0, "Standing desk"), (240.0, "1"), (320.0, "17.35"), (420.0, "17.35")],
        [(40.0, "Total incl. VAT"), (420.0, "77.35")],
        [(40.0, "VAT 19%"), (420.0, "12.35")],
    ]
    paper: Paper = ["Nordwind GmbH", *META, *rows]
    assert found(paper, "total_amount") == "77.35"
    assert found(paper, "net_amount") is None
    assert found(paper, "tax_amount") == "12.35"


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (["Invoice 4711", "Total 20.00"], "invoice"),
        (["Rechnung", "Rechnungsnummer: 4711", "Summe: 100,00 EUR"], "invoice"),
        (["Credit note", "Number: CN-1", "Total: 20.00 EUR"], "credit_note"),
        (["CORNER SHOP", "TAX INVOICE", "Coffee 3.50", "Cash 5.00", "Change 1.50"], "receipt"),
        (["Receipt no. 15", "Date 05.03.2024", "Total: 20.00 EUR"], "receipt"),
    ],
)
def test_a_short_text_is_what_its_title_says(rows: list[str], kind: str) -> None:
    result = extract(ExtractRequest(pages=[page([*rows])]))
    assert result.type is not None
    assert result.type.name == kind


def sure(rows: Paper, name: str) -> float:
    """The confidence in a field that must be there."""
    value = extract(ExtractRequest(pages=[page(rows)], requested_type="invoice")).fields[name]
    assert isinstance(value, Field)
    return value.confidence


def test_a_number_that_also_names_an_order_is_trusted_less() -> None:
    paper: Paper = ["Nordwind GmbH", "INVOICE", "No. 2018", "Invoice date 14.03.2024", *SUMS]
    ordered: Paper = [*paper, "Order no. 2018"]
    assert sure(ordered, "invoice_number") < sure(paper, "invoice_number") - 0.1


def test_a_name_at_the_head_with_a_legal_form_is_trusted_more_than_one_in_the_foot() -> None:
    head: Paper = ["Nordwind GmbH", "Hafenstraße 3", *META, *SUMS]
    foot: Paper = ["Hafenstraße 3", *META, *SUMS, "", "Miller Partners"]
    assert sure(head, "supplier_name") >= 0.9
    assert found(foot, "supplier_name") is None or sure(foot, "supplier_name") < 0.8


def test_a_sum_due_is_doubted_where_something_paid_leaves_another() -> None:
    paper: Paper = ["Nordwind GmbH", *META, *SUMS]
    rest: Paper = [*paper, "Kx 19.50", "Rubrum 99.50"]
    assert sure(paper, "amount_due") >= 0.9
    assert sure(rest, "amount_due") < 0.5


def test_a_total_that_does_not_close_is_trusted_less() -> None:
    broken: Paper = ["Nordwind GmbH", *META, "Net 100.00", "VAT 19% 18.00", "Total EUR 119.00"]
    assert found(broken, "tax_amount") == "18.00"
    assert sure(broken, "tax_amount") < sure(["Nordwind GmbH", *META, *SUMS], "tax_amount") - 0.05


def test_a_date_is_no_telephone_number() -> None:
    text = ["Datum: 05.03.2024", "Summe: 100,00 EUR", "Tel. 040 3197 5555"]
    numbers = find_phones(Reading([page([*text])]).sheet, "EUR")
    assert [each.value for each in numbers] == ["+494031975555"]


@pytest.mark.parametrize(
    ("head", "supplier", "customer"),
    [
        # Words for who sends a document begin names, too.
        (["Van Houten Schilders", "Dorpsweg 5", "", "Klant: De Linde B.V."],
         "Van Houten Schilders", "De Linde B.V."),
        # A number beside the word for a customer is the customer's; no name stands below.
        (["Nordwind GmbH", "", "Sonnhalde Verwaltung", "Oberdorf 2", "3414 Oberburg", "",
          [(40, "Kunde"), (160, "5077")], [(40, "Streusalz Sack"), (300, "173.60")]],
         "Nordwind GmbH", "Sonnhalde Verwaltung"),
        # Whom to ask for is no customer where the company stands above.
        (["Nordwind Ltd", "", "Orchard Lane Bakery, Inc.", "Attn: Ms. Fern Whitlock",
          "718 Orchard Lane", "Maryville, TN 37801"],
         "Nordwind Ltd", "Orchard Lane Bakery, Inc."),
        # The addressee stands beside the letterhead, in a street without a word for one.
        ([[(40, "Brouwerij Schuim bv"), (360, "Huis De Linde")], [(360, "Kris Maes")],
          [(40, "KBC BE68 5390 0754 7034"), (360, "Mark 3")], [(360, "9400 Ninove")]],
         "Brouwerij Schuim bv", "Huis De Linde"),
        # A label with another one in brackets, both as heads.
        ([[(40, "Cedente/prestatore (fornitore)"), (300, "Cessionario/committente (cliente)")],
          [(40, "Denominazione: Caseificio Valle"), (300, "Denominazione: Gastronomia Zucca")],
          [(40, "Indirizzo: Via dei Prati 8"), (300, "Indirizzo: Calle Lunga 88")]],
         "Caseificio Valle", "Gastronomia Zucca"),
        # Forms name who issued them first, and do not say so.
        (["ORIGINAL", "Razón Social: Mariana Iriarte", "Domicilio Comercial: Av. Colón 2288", "",
          "Apellido y Nombre / Razón Social: Esteban Quiroga", "Condición de venta: Contado"],
         "Mariana Iriarte", "Esteban Quiroga"),
        # Heads in two languages, and another head beside them.
        (["Ventilation Roux inc.", "", [(40, "VENDU À / SOLD TO"), (300, "EXPÉDIÉ À / SHIP TO")],
          [(40, "Résidence Bel"), (300, "Idem / Same")], [(40, "77, rue du Pont")]],
         "Ventilation Roux inc.", "Résidence Bel"),
        (["Bell, Tan & Ruiz, P.C.", "Attorneys at Law", "", "Bill to: Orchard Lane Bakery, Inc."],
         "Bell, Tan & Ruiz, P.C.", "Orchard Lane Bakery, Inc."),
    ],
)  # fmt: skip
def test_who_is_who(head: Paper, supplier: str, customer: str) -> None:
    paper: Paper = [*head, "", *META, *SUMS]
    assert (found(paper, "supplier_name"), found(paper, "customer_name")) == (supplier, customer)


@pytest.mark.parametrize("mark", ["·", "●", ","])
def test_the_line_of_the_sender_stands_above_the_address(mark: str) -> None:
    """As the windows of envelopes show both; the letterhead names the sender once more."""
    block: list[Cell] = [(450, "Nordwind GmbH"), (450, "Kai 12"), (450, "20457 Hamburg")]
    paper: Paper = [
        *([cell] for cell in block),
        "",
        f"Nordwind GmbH {mark} Kai 12 {mark} 20457 Hamburg",
        "Theodor Ost",
        "Bahnstr. 42",
        "88802 Spielkreis",
        "",
        *META,
        *SUMS,
    ]
    assert (found(paper, "supplier_name"), found(paper, "customer_name")) == (
        "Nordwind GmbH",
        "Theodor Ost",
    )


def test_addresses_of_both_parties_may_be_asked_for() -> None:
    """Under any name; an address is none of the names, and ends with its place or country."""
    paper: Paper = [
        "Nordwind GmbH · Kai 12 · 20457 Hamburg",
        "Theodor Ost",
        "Abt. Einkauf",
        "Bahnstr. 42",
        "88802 Spielkreis",
        "Deutschland",
        "Lindenweg 7",
        "",
        *META,
        *SUMS,
    ]
    names = ("vendor_address", "Rechnungsadresse", "customer")
    asked = Schema(name="mine", fields=[FieldSpec(name=it) for it in names])
    fields = extract(ExtractRequest(pages=[page(paper)], ordered=asked)).fields
    assert {name: it.value for name, it in fields.items() if isinstance(it, Field)} == {
        "vendor_address": "Kai 12, 20457 Hamburg",
        "Rechnungsadresse": "Abt. Einkauf, Bahnstr. 42, 88802 Spielkreis, Deutschland",
        "customer": "Theodor Ost",
    }


def test_a_slip_for_paying_is_addressed_to_the_supplier() -> None:
    paper: Paper = [
        "TAX INVOICE", "", "Swan River Packaging Pty Ltd", "PO Box 884", "", "",
        "Bluegum Doors", "Malaga", "", *META[1:], *SUMS, "", "PAYMENT ADVICE", "To: Bluegum Doors",
        "17 Kestrel Way",
    ]  # fmt: skip
    assert found(paper, "supplier_name") == "Bluegum Doors"
    assert found(paper, "customer_name") == "Swan River Packaging Pty Ltd"


def test_brackets_with_inc_name_no_company() -> None:
    paper: Paper = [
        "Fenland Energy", "Ely CB6 3QT", "", *META, "Payments received", "This bill (inc. VAT)",
        *SUMS,
    ]  # fmt: skip
    assert found(paper, "supplier_name") == "Fenland Energy"


def test_two_lines_of_large_letters_at_the_head_are_one_name() -> None:
    sheet = page(["Willowbank", "Veterinary Clinic", "Main Street 3", "", *META, *SUMS])
    large = [word.model_copy(update={"y1": word.y0 + 14}) for word in sheet.words[:3]]
    sheet = sheet.model_copy(update={"words": [*large, *sheet.words[3:]]})
    result = extract(ExtractRequest(pages=[sheet], requested_type="invoice"))
    name = result.fields["supplier_name"]
    assert isinstance(name, Field)
    assert name.value == "Willowbank Veterinary Clinic"


def test_a_postcode_beside_the_label_of_another_column_is_no_number() -> None:
    paper: Paper = [
        [(40, "CREDIT NOTE"), (300, "Date"), (420, "Fen Tile Company Limited")],
        [(300, "19 Jan 2026"), (420, "Unit 3 Saxon Park")],
        [(300, "Credit Note Number"), (420, "PE15 8RA")],
        [(300, "CN-0088")],
        *SUMS,
    ]
    assert found(paper, "invoice_number") == "CN-0088"


def test_the_head_of_a_column_of_dates_is_none_of_the_document() -> None:
    rows: Paper = [[(40, f"0{day}/02/2026"), (120, "Call"), (300, "10.00")] for day in (3, 5, 6)]
    paper: Paper = ["Bell Ltd", "2 March 2026", "Invoice 220917", "", "Date", *rows, *SUMS]
    assert found(paper, "invoice_date") == "2026-03-02"


def test_the_day_without_a_discount_is_the_due_one() -> None:
    terms = ["Bis 26.02.2026 erhalten Sie 2 % Skonto", "Bis 14.03.2026 ohne Abzug"]
    paper: Paper = ["Nordwind GmbH", "Rechnung 17 vom 12.02.2026", *SUMS, *terms]
    assert found(paper, "due_date") == "2026-03-14"


def test_what_stands_below_a_head_in_the_middle_is_under_it() -> None:
    paper: Paper = [
        "INVOICE", *META[1:], [(258, "SERVICE PROVIDER")], "Araucaria Marketing Ltd", "Rua Nova 3",
        [(282, "CUSTOMER")], "Padaria Pinheiros Ltd", "pay@pinheiros.example", *SUMS,
    ]  # fmt: skip
    assert found(paper, "supplier_name") == "Araucaria Marketing Ltd"
    assert found(paper, "customer_name") == "Padaria Pinheiros Ltd"


def test_a_title_with_its_number_is_told_from_labels_that_only_look_like_a_tills() -> None:
    rows: Paper = [
        "ESCALES & LAGONS", "Facture client : 2602-0188",
        "Retour : 02-05-2026", "Vendeur : Solenn", "M. Corentin Guilloux", "35800 Dinard",
        [(40, "Assurance"), (400, "136,00")], [(40, "Montant TTC"), (400, "1 080,00")],
    ]  # fmt: skip
    result = extract(ExtractRequest(pages=[page(rows)]))
    assert result.type is not None
    assert result.type.name == "invoice"
