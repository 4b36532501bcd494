"""From pages to fields: receipts, invoices in several languages, custom and unknown types."""

import pickle
import random
from decimal import Decimal

import pytest
from extract_samples import Cell, page, receipt

from services.extract.assign import assign_sums
from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.engine import extract
from services.extract.schemas import built_in
from shared.models.extraction import ExtractionMode, Field
from shared.models.page import Page
from shared.models.schema import FieldSpec, FieldType, Schema


def run(*pages: Page, **options: object) -> ExtractResult:
    return extract(ExtractRequest(pages=list(pages), **options))  # type: ignore[arg-type]


def values(result: ExtractResult) -> dict[str, object]:
    return {name: field.value for name, field in result.fields.items() if isinstance(field, Field)}


def codes(result: ExtractResult) -> set[str]:
    return {reason.code for reason in result.reasons}


def invoice(words: dict[str, str], *, tax: str = "19,00", total: str = "119,00") -> Page:
    rows: list[str | list[Cell]] = [
        [(40, "Nordwind Technik GmbH")],
        [(40, "Hafenstr. 12")],
        [(40, "20457 Hamburg")],
        "",
        [(40, words["customer"]), (350, words["number"]), (480, "RE-2024-0815")],
        [(40, "Blumenladen Rosig Ltd."), (350, words["date"]), (480, "05.03.2024")],
        [(40, "Marktstr. 5"), (350, words["due"]), (480, "19.03.2024")],
        [(40, "80331 Muenchen")],
        "",
        [(40, words["description"]), (300, words["quantity"]), (380, words["price"]),
         (480, words["amount"])],
        [(40, "Wartung Pumpe"), (300, "2"), (380, "30,00"), (480, "60,00")],
        [(40, "Ersatzfilter"), (300, "4"), (380, "10,00"), (480, "40,00")],
        [(350, words["net"]), (480, "100,00")],
        [(350, words["tax"]), (480, tax)],
        [(350, words["total"]), (480, total), (540, "EUR")],
        "",
        [(40, "IBAN DE89 3704 0044 0532 0130 00"), (350, f"{words['vat']} DE136695976")],
    ]  # fmt: skip
    return page(rows)


LANGUAGES = {
    "de": "Rechnungsempfänger|Rechnungsnummer|Rechnungsdatum|Fällig am|Beschreibung|Menge"
    "|Einzelpreis|Betrag|Nettobetrag|MwSt. 19%|Gesamtbetrag|USt-IdNr.",
    "en": "Bill to|Invoice number|Invoice date|Due date|Description|Quantity|Unit price|Amount"
    "|Subtotal|VAT 19%|Total|VAT ID",
    "fr": "Facturé à|Numéro de facture|Date de facture|Date d'échéance|Désignation|Quantité"
    "|Prix unitaire|Montant|Total HT|TVA 19%|Total TTC|N° TVA",
    "es": "Cliente|Número de factura|Fecha de factura|Vencimiento|Descripción|Cantidad"
    "|Precio unitario|Importe|Base imponible|IVA 19%|Total factura|NIF",
    "it": "Destinatario|Numero fattura|Data fattura|Scadenza|Descrizione|Quantità"
    "|Prezzo unitario|Importo|Imponibile|IVA 19%|Totale fattura|Partita IVA",
    "pt": "Cliente|Número da fatura|Data de emissão|Data de vencimento|Descrição|Quantidade"
    "|Preço unitário|Valor|Total sem IVA|IVA 19%|Total a pagar|Contribuinte",
    "nl": "Factuuradres|Factuurnummer|Factuurdatum|Vervaldatum|Omschrijving|Aantal|Prijs|Bedrag"
    "|Totaal excl. btw|BTW 19%|Totaal te betalen|BTW-nummer",
    "sv": "Fakturaadress|Fakturanummer|Fakturadatum|Förfallodatum|Benämning|Antal|À-pris|Belopp"
    "|Summa exkl. moms|Moms 19%|Att betala|Momsreg.nr",
    "da": "Faktureringsadresse|Fakturanr.|Fakturadato|Forfaldsdato|Varebeskrivelse|Antal|Stk. pris"
    "|Beløb|I alt ekskl. moms|Moms 19%|I alt inkl. moms|CVR-nr.",
    "no": "Fakturamottaker|Fakturanr.|Fakturadato|Forfallsdato|Beskrivelse|Antall|Enhetspris|Beløb"
    "|Sum eks. mva|Mva 19%|Å betale|Org.nr.",
    "fi": "Laskutusosoite|Laskun numero|Laskun päiväys|Eräpäivä|Nimike|Määrä|Yksikköhinta|Summa"
    "|Veroton yhteensä|ALV 19%|Maksettava yhteensä|ALV-tunniste",
    "cs": "Odběratel|Faktura č.|Datum vystavení|Datum splatnosti|Označení dodávky|Množství"
    "|Cena za MJ|Celkem|Základ daně|DPH 19%|Celkem k úhradě|DIČ",
    "sk": "Odberateľ|Číslo faktúry|Dátum vystavenia|Dátum splatnosti|Názov položky|Množstvo"
    "|Jednotková cena|Spolu|Základ dane|DPH 19%|Spolu k úhrade|IČ DPH",
    "hu": "Vevő|Számla sorszáma|Számla kelte|Fizetési határidő|Megnevezés|Mennyiség|Egységár|Érték"
    "|Összesen nettó|Áfa 19%|Fizetendő összeg|Adószám",
    "ro": "Cumpărător|Nr. factură|Data emiterii|Data scadenței|Denumirea produselor|Cantitatea"
    "|Preț unitar|Valoarea|Total fără TVA|TVA 19%|Total de plată|Cod TVA",
}
ROLES = [
    "customer",
    "number",
    "date",
    "due",
    "description",
    "quantity",
    "price",
    "amount",
    "net",
    "tax",
    "total",
    "vat",
]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_invoice_in_each_language(language: str) -> None:
    words = dict(zip(ROLES, LANGUAGES[language].split("|"), strict=True))
    result = run(invoice(words), requested_type="invoice")
    found = values(result)
    expected = {
        "invoice_number": "RE-2024-0815",
        "invoice_date": "2024-03-05",
        "due_date": "2024-03-19",
        "currency": "EUR",
        "total_amount": "119.00",
        "net_amount": "100.00",
        "tax_amount": "19.00",
        "supplier_name": "Nordwind Technik GmbH",
        "customer_name": "Blumenladen Rosig Ltd.",
        "vat_id": "DE136695976",
        "iban": "DE89370400440532013000",
    }
    assert {name: found.get(name) for name in expected} == expected
    lines = result.fields["line_items"]
    assert isinstance(lines, list)
    assert [{name: cell.value for name, cell in line.items()} for line in lines] == [
        {
            "line_total": "60.00",
            "description": "Wartung Pumpe",
            "quantity": "2",
            "unit_price": "30",
        },
        {"line_total": "40.00", "description": "Ersatzfilter", "quantity": "4", "unit_price": "10"},
    ]


def _german(**changes: str) -> Page:
    return invoice(dict(zip(ROLES, LANGUAGES["de"].split("|"), strict=True)), **changes)


def test_invoice_is_recognised_as_one() -> None:
    found = run(_german()).type
    assert found is not None
    assert found.name == "invoice"


def test_sums_that_do_not_add_up_ask_for_review() -> None:
    assert "sum_mismatch" not in codes(run(_german(), requested_type="invoice"))
    broken = run(_german(tax="18,00"), requested_type="invoice")
    found = values(broken)
    if {"net_amount", "tax_amount", "total_amount"} <= set(found):
        assert "sum_mismatch" in codes(broken)
    assert found["total_amount"] == "119.00"


def test_receipt() -> None:
    result = run(receipt())
    assert result.type is not None
    assert result.type.name == "receipt"
    assert values(result) == {
        "company": "MORNING STAR TRADING SDN BHD",
        "date": "2018-03-25",
        "address": "NO 7, JALAN MERDEKA 3, TAMAN INDAH, 43000 KAJANG, SELANGOR",
        "total": "31.80",
        "currency": "MYR",
        "net_amount": "30.00",
        "tax_amount": "1.80",
    }


def test_the_tax_is_never_more_than_what_is_taxed() -> None:
    """In a table of rates the head of one column may stand left of the other's sum."""
    total, net, tax = map(Decimal, ("72.95", "68.82", "4.13"))
    likely, not_so = 5.0, 2.0
    found = assign_sums(
        {total: 20.0},
        {tax: likely, net: not_so},
        {net: likely, tax: not_so},
        {total: likely},
    )
    assert (found.total, found.net, found.tax, found.closes) == (total, net, tax, True)
    alone = assign_sums({total: 20.0}, {}, {net: likely}, {total: likely})
    assert alone.tax is None, "more than half of the total"


def test_prices_of_goods_are_no_net_and_tax() -> None:
    """Two prices make the total as net and tax would; nothing on the receipt says tax."""
    found = values(
        run(
            page(
                [
                    [(40, "GOLDEN LEAF BAKERY SDN BHD")],
                    [(40, "NO 12 JALAN MELATI 3, 43000 KAJANG, SELANGOR")],
                    [(40, "DATE: 25/03/2018")],
                    [(40, "WHOLEMEAL BREAD"), (400, "21.40")],
                    [(40, "BUTTER"), (400, "2.00")],
                    [(40, "TOTAL (RM)"), (400, "23.40")],
                    [(40, "CASH"), (400, "50.00")],
                    [(40, "CHANGE"), (400, "26.60")],
                ]
            ),
            requested_type="receipt",
        )
    )
    assert found["total"] == "23.40"
    assert "net_amount" not in found
    assert "tax_amount" not in found


def test_every_value_found_points_at_its_words() -> None:
    result = run(receipt())
    total = result.fields["total"]
    assert isinstance(total, Field)
    assert total.grounded
    assert total.raw == "31.80"
    assert (total.boxes[0].x0, total.boxes[0].page) == (280.0, 0)
    assert all(f.boxes for f in result.fields.values() if isinstance(f, Field))


def test_a_row_of_nothing_but_rules_is_no_trouble() -> None:
    rows: list[str | list[Cell]] = [[(40, "Date 12.03.2024")], [(40, "|"), (200, "|")]]
    assert values(run(page([*rows, [(40, "Total"), (200, "12.50")]])))


def test_words_read_badly_lower_the_confidence_and_ask_for_review() -> None:
    sharp, blurred = run(receipt()), run(receipt(confidence=0.4))
    for name, share in (("date", 0.75), ("company", 0.75), ("total", 1.0)):  # which sums bear out
        one, two = sharp.fields[name], blurred.fields[name]
        assert isinstance(one, Field)
        assert isinstance(two, Field)
        assert two.confidence < share * one.confidence
    assert "low_confidence" in codes(blurred)


def test_missing_required_fields_ask_for_review() -> None:
    result = run(page(["Nothing but a few words here"]), requested_type="receipt")
    missing = {reason.field for reason in result.reasons if reason.code == "missing_required"}
    assert {"date", "total"} <= missing


def test_basic_mode_gives_values_without_reasons() -> None:
    blurred = receipt(confidence=0.4)
    assert run(blurred).reasons
    basic = run(blurred, mode=ExtractionMode.BASIC)
    assert basic.reasons == []
    assert values(basic) == values(run(blurred))


def test_unknown_document_has_no_type_and_no_error() -> None:
    letter = page(
        [
            "Dear Sir or Madam,",
            "we would like to invite you to our summer party",
            "on the roof terrace. Please write to party@example.org",
            "Kind regards",
        ]
    )
    result = run(letter)
    assert result.type is None
    assert values(result)["email"] == "party@example.org"


def test_a_paper_of_a_sale_that_may_be_of_two_kinds_is_the_likeliest_and_asks_for_a_review() -> (
    None
):
    """As wide as an invoice, called a receipt: its sums are wanted all the same."""
    rows: list[str | list[Cell]] = [
        [(40, "Receipt"), (430, "Folio 31")],
        [(40, "Pedro Paz"), (430, "RFC PAPX800101AB1")],
        "Customer Ana Ruiz",
        "04/03/2026",
        "Advice on books and accounts of the months from January to February 100.00",
        "VAT 16.00",
        "Total 116.00",
    ]
    result = run(page(rows))
    assert result.type is not None
    assert (result.type.name, result.type.confidence < 0.6) == ("receipt", True)
    assert values(result)["total"] == "116.00"
    assert "type_unsure" in {each.code for each in result.reasons}
    asked = run(page(rows), among=["receipt"])
    assert "type_unsure" not in {each.code for each in asked.reasons}


@pytest.mark.parametrize("pages", [[], [page([])], [page(["."])]])
def test_empty_documents_are_no_error(pages: list[Page]) -> None:
    result = run(*pages)
    assert result.type is None


@pytest.mark.parametrize("seed", range(12))
def test_noise_of_any_kind_is_no_error(seed: int) -> None:
    chance = random.Random(seed)
    signs = "0123456789.,/-:€$()#%| RMabcTOTALtotal\u2022\uf0b7"
    rows: list[str | list[Cell]] = [
        [
            (chance.uniform(0, 500), "".join(chance.choices(signs, k=chance.randint(1, 14))))
            for _ in range(chance.randint(0, 5))
        ]
        for _ in range(40)
    ]
    noise = page(rows, confidence=chance.choice([1.0, 0.5]))
    for name in (None, "receipt", "invoice", "credit_note", "generic"):
        assert run(noise, requested_type=name).engine


def test_credit_note_amounts_are_positive() -> None:
    note = page(
        [
            "Credit note CN-2024-7",
            [(40, "Date"), (200, "12.02.2024")],
            [(40, "Net amount"), (200, "-50,00 €")],
            [(40, "VAT"), (200, "-9,50 €")],
            [(40, "Total"), (200, "-59,50 €")],
        ]
    )
    result = run(note)
    assert result.type is not None
    assert result.type.name == "credit_note"
    assert values(result)["total_amount"] == "59.50"


def test_custom_schema_by_synonym_concept_and_plain_label() -> None:
    schema = Schema(
        name="bill",
        fields=[
            FieldSpec(name="invoiceNo", type=FieldType.IDENTIFIER),
            FieldSpec(name="montant_ttc", type=FieldType.AMOUNT),
            FieldSpec(name="rechnungsdatum", type=FieldType.DATE),
            FieldSpec(name="seller", type=FieldType.NAME, concept="supplier_name"),
            FieldSpec(name="pump_serial", type=FieldType.IDENTIFIER, synonyms=["Serial of pump"]),
        ],
    )
    sample = _german()
    extra = page(["", "", "Serial of pump: XK-99812"], number=1)
    found = values(run(sample, extra, schemas=[schema], requested_type="bill"))
    assert found == {
        "invoiceNo": "RE-2024-0815",
        "montant_ttc": "119.00",
        "rechnungsdatum": "2024-03-05",
        "seller": "Nordwind Technik GmbH",
        "pump_serial": "XK-99812",
    }


def test_result_travels_between_processes() -> None:
    result = run(receipt())
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301 (our own bytes)


def test_built_in_names_are_those_of_the_api() -> None:
    names = {name: [spec.name for spec in schema.fields] for name, schema in built_in().items()}
    assert names["receipt"] == (
        ["company", "date", "address", "total", "currency", "net_amount", "tax_amount"]
    )
    assert names["invoice"] == [
        "invoice_number",
        "invoice_date",
        "due_date",
        "currency",
        "total_amount",
        "net_amount",
        "tax_amount",
        "amount_due",
        "supplier_name",
        "customer_name",
        "vat_id",
        "iban",
        "line_items",
    ]
    lines = built_in()["invoice"].fields[-1]
    assert [c.name for c in lines.fields] == ["description", "quantity", "unit_price", "line_total"]
