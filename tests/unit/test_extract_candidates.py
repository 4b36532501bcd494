"""The grammars: numbers, dates, identifiers, and the votes of the whole document."""

from decimal import Decimal

import pytest
from extract_samples import page

from services.extract.candidates.amounts import find_amounts, find_currency
from services.extract.candidates.dates import day_order, find_dates
from services.extract.candidates.identifiers import find_ibans, find_vat_ids
from services.extract.candidates.numerals import DecimalSign, decimal_sign, parse
from services.extract.laying import lay_out
from services.extract.reading import Reading
from shared.models.page import Page, Word


@pytest.mark.parametrize(
    ("text", "sign", "value"),
    [
        ("1.234,56", ".", "1234.56"),
        ("1,234.56", ",", "1234.56"),
        ("12,50", ".", "12.50"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("1,234", ".", "1234"),
        ("1 234,56", ",", "1234.56"),
        ("1'234.50", ".", "1234.50"),
        ("12,34,567.89", ".", "1234567.89"),
        ("3,3333", ",", "3.3333"),
        ("1.234.567", ",", "1234567"),
        ("7", ".", "7"),
    ],
)
def test_number_is_read_by_its_own_signs_and_else_by_the_vote(
    text: str, sign: DecimalSign, value: str
) -> None:
    assert parse(text, sign) == Decimal(value)


def test_document_votes_on_the_decimal_sign() -> None:
    german = lay_out([page(["Netto 10,00", "Steuer 1,90", "Summe 1.234,56", "Menge 1.500"])])
    english = lay_out([page(["Net 10.00", "Tax 1.90", "Total 1,234.56"])])
    assert decimal_sign(german) == ","
    assert decimal_sign(english) == "."


def _amounts(*rows: str, confidence: float = 1.0) -> list[str]:
    sheet = lay_out([page(list(rows), confidence=confidence)])
    return [found.value for found in find_amounts(sheet, decimal_sign(sheet))]


def test_amounts_with_currency_sign_and_minus() -> None:
    assert _amounts("Total € 12,50", "Discount -3,20 €", "Credit (4,00)") == [
        "12.50",
        "-3.20",
        "-4.00",
    ]


def test_dates_times_codes_and_fractions_are_no_amounts() -> None:
    assert _amounts("25/03/2018 15:20", "SS21/37 A4 250g", "05.03.2013", "DE123456789") == []


def test_amount_that_ocr_broke_is_mended() -> None:
    assert _amounts("TOTAL RM 12 .50", confidence=0.8) == ["12.50"]
    assert _amounts("TOTAL 1O.5O", confidence=0.8) == ["10.50"]
    rows = ("ROUNDING RMO.05", "TOTAL R8.35", "CASH e29.30", "CHANGE RM2O.95", "REF No.12")
    assert _amounts(*rows, confidence=0.4) == ["0.05", "8.35", "29.30", "20.95"]
    assert _amounts("CODE e29.30", confidence=0.8) == []


def test_mended_amount_points_at_all_its_words() -> None:
    sheet = lay_out([page(["TOTAL 12 .50"], confidence=0.8)])
    found = find_amounts(sheet, ".")[0]
    assert [token.text for token in found.tokens] == ["12", ".50"]


def test_currency_is_voted_from_signs_and_codes() -> None:
    sheet = lay_out([page(["Total 12.50 GBP", "Tax £2.50", "Paid by card"])])
    assert find_currency(sheet, find_amounts(sheet, ".")).most_common(1)[0][0] == "GBP"
    leeds = lay_out([page(["Station Road 4", "LS1 4AP Leeds", "Total 12.50 GBP"])])
    assert set(find_currency(leeds, find_amounts(leeds, "."))) == {"GBP"}


@pytest.mark.parametrize(
    ("printed", "iso"),
    [
        ("25/03/2018", "2018-03-25"),
        ("25.03.18", "2018-03-25"),
        ("2018-03-25", "2018-03-25"),
        ("7. Mai 2014", "2014-05-07"),
        ("19 april 2014", "2014-04-19"),
        ("16 novembre 2017", "2017-11-16"),
        ("3 de marzo de 2021", "2021-03-03"),
        ("August 3 , 2014", "2014-08-03"),
        ("Jan 1, 2022", "2022-01-01"),
        ("12-MAR-18", "2018-03-12"),
        ("25/03/201815:20", "2018-03-25"),
    ],
)
def test_date_forms(printed: str, iso: str) -> None:
    sheet = lay_out([page([f"Date: {printed}"])])
    assert [found.value for found in find_dates(sheet, day_order(sheet, None))] == [iso]


def test_codes_and_prices_are_no_dates() -> None:
    sheet = lay_out([page(["MI11/3-21 10/1000", "1.234,56", "12-144", "31.31.2018"])])
    assert find_dates(sheet, day_order(sheet, None)) == []


def test_one_clear_date_decides_the_order_of_the_others() -> None:
    american = lay_out([page(["Due 03/25/2026", "Issued 03/04/2026"])])
    values = [found.value for found in find_dates(american, day_order(american, "EUR"))]
    assert values == ["2026-03-25", "2026-03-04"]


@pytest.mark.parametrize(
    ("rows", "currency", "iso"),
    [
        (["Muncie, IN 47802", "Ph (812) 555-0142"], None, "2026-03-04"),
        (["Muncie, IN 47802"], "USD", "2026-03-04"),
        (["Seattle WA 98109"], "USD", "2026-03-04"),
        (["Seattle WA 98109", "Sales tax 1.20"], None, "2026-04-03"),
        (["Muncie, IN 47802", "Ph (812) 555-0142"], "CAD", "2026-04-03"),
        (["20121 Milano", "DE 10115 Berlin"], None, "2026-04-03"),
        (["Tel. 020 7946 0018", "London"], "USD", "2026-04-03"),
    ],
)
def test_the_month_comes_first_where_signs_say_it_is_american(
    rows: list[str], currency: str | None, iso: str
) -> None:
    sheet = lay_out([page(["Date 03/04/2026", *rows])])
    found = find_dates(sheet, day_order(sheet, currency))[0]
    assert (found.value, found.quality < 1) == (iso, True)


def test_times_and_phone_numbers_with_points_are_no_dates_and_decide_no_order() -> None:
    sheet = lay_out([page(["Issued 03/04/2026", "Time 11.14.00", "Tel 05.22.95.66.66"])])
    assert [found.value for found in find_dates(sheet, day_order(sheet, "EUR"))] == ["2026-04-03"]


def test_ambiguous_date_is_less_sure_than_a_proven_one() -> None:
    guessed = lay_out([page(["Date 03/04/2026"])])
    proven = lay_out([page(["Date 03/04/2026", "Due 25/04/2026"])])
    guess = find_dates(guessed, day_order(guessed, "EUR"))[0]
    proof = find_dates(proven, day_order(proven, "EUR"))[0]
    assert guess.value == proof.value == "2026-04-03"
    assert guess.quality < proof.quality == 1.0


def test_ibans_are_cut_to_their_length_and_marked_when_check_digits_fail() -> None:
    rows = ["IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFF370", "IBAN NL50INGB0683251300"]
    valid, invalid = find_ibans(lay_out([page(rows)]))
    assert (valid.value, valid.quality) == ("DE89370400440532013000", 1.0)
    assert invalid.value == "NL50INGB0683251300"
    assert invalid.quality < 1.0


def test_vat_ids_with_blanks() -> None:
    found = find_vat_ids(lay_out([page(["UStId DE 232 446 240", "BTW NL810433941B01"])]))
    assert [each.value for each in found] == ["DE232446240", "NL810433941B01"]


def test_page_on_its_side_is_laid_out_upright() -> None:
    words = [
        Word(text="Total", x0=100, y0=40, x1=112, y1=80),
        Word(text="12.50", x0=100, y0=90, x1=112, y1=130),
    ]
    turned = Page(number=0, width=800, height=600, rotation=270, words=words)
    sheet = lay_out([turned])
    assert [row.text for row in sheet.rows] == ["Total 12.50"]
    assert sheet.tokens[0].box.x0 == 100


@pytest.mark.parametrize(
    ("region", "iso", "number"),
    [(None, "2026-04-03", "1.234"), ("US", "2026-03-04", "1.234"), ("DE", "2026-04-03", "1234")],
)
def test_a_region_decides_what_the_document_leaves_open(
    region: str | None, iso: str, number: str
) -> None:
    reading = Reading([page(["Bought 03/04/2026", "Weight 1.234"])], region)
    (found,) = reading.dates
    assert found.value == iso
    assert found.quality < 1
    assert number in [str(each.number) for each in reading.numbers]


@pytest.mark.parametrize(
    ("printed", "region", "iso"),
    [("03.04.2026", "US", "2026-04-03"), ("03/04/2026", "US", "2026-03-04")],
)
def test_dots_put_the_day_first_wherever_a_document_is_from(
    printed: str, region: str, iso: str
) -> None:
    (found,) = Reading([page([printed])], region).dates
    assert found.value == iso
    assert found.quality < 1


def test_dots_follow_what_the_document_proves() -> None:
    found = Reading([page(["03.04.2026", "04.25.2026"])]).dates
    assert [it.value for it in found] == ["2026-03-04", "2026-04-25"]


@pytest.mark.parametrize("region", [None, "US", "DE"])
def test_money_has_no_three_decimals(region: str | None) -> None:
    for printed, value in (("1.234", "1234"), ("1,234", "1234")):
        rows = [[(40.0, "Total"), (200.0, "EUR"), (300.0, printed)]]
        (number,) = Reading([page(rows)], region).numbers
        assert number.number == Decimal(value), (printed, region)


@pytest.mark.parametrize(
    ("told", "country"),
    [
        ("info@winkel.nl", "NL"),
        ("www.north.co.uk", "GB"),
        ("IBAN IT60X0542811101000000123456", "IT"),
        ("VAT FR40303265045", "FR"),
        ("Tel +351 21 342 1010", "PT"),
        ("hello@start.io", None),
        ("a@b.fr c@d.es", None),
    ],
)
def test_a_sheet_tells_the_country_that_numbers_are_dialled_in(
    told: str, country: str | None
) -> None:
    assert Reading([page([told])]).country == country


def test_what_stands_on_the_document_goes_before_its_region() -> None:
    rows = ["Ordered 25/02/2026", "Bought 03/04/2026", "Sum 1.234,56", "Weight 1.234"]
    reading = Reading([page(rows)], "US")
    assert [each.value for each in reading.dates] == ["2026-02-25", "2026-04-03"]
    assert {each.quality for each in reading.dates} == {1.0}
    assert reading.sign == ","
    assert "1234" in [str(each.number) for each in reading.numbers]


@pytest.mark.parametrize(
    ("row", "values"),
    [
        ("Net 100.00", ["100.00"]),
        ("VAT 19,00", ["19.00"]),
        ("Sum 1.234,56", ["1234.56"]),
        ("AB12.50", []),
        ("No 12", []),
    ],
)
def test_a_short_label_right_before_an_amount_does_not_hide_it(row: str, values: list[str]) -> None:
    assert [each.value for each in Reading([page([row])]).numbers] == values
