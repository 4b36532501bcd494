"""Machine-readable zones: the standard's own examples, misread and broken ones."""

import pytest
from extract_samples import page

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.exact.mrz import check_digit, read_zone
from shared.models.extraction import Field, FieldSource
from shared.models.schema import FieldSpec, FieldType, Schema

NAMES = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
DATA = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
# ICAO Doc 9303, parts 4, 6, 5 and 7.
PASSPORT = [NAMES, DATA]
CARD = ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"]
SMALL_CARD = [
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
]
VISA = ["V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"]  # fmt: skip
WHO = {"surname": "ERIKSSON", "given_names": "ANNA MARIA", "birth_date": "1974-08-12", "sex": "F"}


def test_check_digits_are_those_of_the_standard() -> None:
    assert check_digit("520727") == 3
    assert check_digit("AB2134<<<") == 5


@pytest.mark.parametrize(
    ("rows", "form", "number"),
    [
        (PASSPORT, "TD3", "L898902C3"),
        (CARD, "TD2", "D23145890"),
        (SMALL_CARD, "TD1", "D23145890"),
    ],
)
def test_the_standards_examples(rows: list[str], form: str, number: str) -> None:
    zone = read_zone(["UTOPIA", *rows])
    assert zone is not None
    assert (zone.form, zone.first, zone.is_whole) == (form, 1, True)
    assert zone.fields.items() >= WHO.items()
    assert zone.fields["document_number"] == number
    assert zone.fields["expiry_date"] == "2012-04-15"
    assert {"document_number", "birth_date", "expiry_date"} <= zone.proven


def test_a_visa_has_no_digit_over_all() -> None:
    zone = read_zone(VISA)
    assert zone is not None
    assert (zone.form, zone.is_whole) == ("MRV-A", False)
    assert zone.fields["document_number"] == "L8988901C"
    assert zone.fields["birth_date"] == "1940-09-07"


def test_a_number_longer_than_its_place_goes_on_in_the_optional_data() -> None:
    number, rest = "59220015", "X7"
    whole = f"B12{number}"
    upper = f"IDUTO{whole[:9]}<{whole[9:]}{check_digit(whole)}<{rest}".ljust(30, "<")
    lower = "7408122F1204159UTO".ljust(29, "<")
    total = check_digit(upper[5:] + lower[:7] + lower[8:15] + lower[18:29])
    zone = read_zone([upper, f"{lower}{total}", "ERIKSSON<<ANNA<MARIA".ljust(30, "<")])
    assert zone is not None
    assert (zone.fields["document_number"], zone.fields["optional_data"]) == (whole, rest)
    assert "document_number" in zone.proven
    assert zone.is_whole
    assert not zone.broken
    wrong = read_zone([f"IDUTOC{upper[6:]}", f"{lower}{total}", "A<<B".ljust(30, "<")])
    assert wrong is not None
    assert "document_number" not in wrong.proven


def test_a_small_visa_and_what_is_optional() -> None:
    zone = read_zone(
        ["V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109AB<12<<<"]
    )
    assert zone is not None
    assert (zone.form, zone.fields["optional_data"]) == ("MRV-B", "AB 12")


@pytest.mark.parametrize(
    "data",
    [
        "L8989O2C36UTO7408122F1204159ZE184226B<<<<<10",  # O for 0 in the number
        "L898902C36UTO74O8I22F12O4159ZE184226B<<<<<10",  # letters in dates
        "L898902C36UTO7408122F1204159ZE184226B<<<<<<10",  # a filler too many
        "L898902C36UTO7408122F1204159ZE184226B<<<10",  # two too few
        "L898902C36UT07408122F1204159ZE184226B<<<<<10",  # a digit in the country
        "L898902C36 UTO 7408122 F1204159 ZE184226B««<1O",
    ],
)
def test_what_was_misread_is_put_right_where_it_can_be_proven(data: str) -> None:
    right, zone = read_zone(PASSPORT), read_zone([NAMES, data])
    assert right is not None
    assert zone is not None
    assert zone.fields == right.fields


def test_what_no_check_digit_proves_is_not_put_right() -> None:
    zone = read_zone([NAMES, "L898902X36UTO7408122F1204159ZE184226B<<<<<10"])
    assert zone is not None
    assert "document_number" not in zone.proven
    assert zone.fields["document_number"] == "L898902X3"
    assert not zone.is_whole


def test_a_country_with_a_digit_that_nothing_bears_out_is_left_out() -> None:
    zone = read_zone([NAMES.replace("UTO", "GBR"), DATA.replace("UTO", "UT0")])
    assert zone is not None
    assert "nationality" not in zone.fields
    assert zone.fields["issuing_country"] == "GBR"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [NAMES],
        ["a << b << c", "for (i = 0; i << 3; i++) << << <<"],
        [NAMES, "L898902C35UTO7408121F1204158ZE184226B<<<<<10"],  # no digit fits
        [NAMES, "<" * 44],
    ],
)
def test_what_is_no_zone_is_none(rows: list[str]) -> None:
    assert read_zone(rows) is None


def test_a_passport_is_known_by_its_zone_and_its_fields_point_at_it() -> None:
    document = page(["UTOPIA", "Passport", "", *PASSPORT], confidence=0.97)
    result = extract(ExtractRequest(pages=[document]))
    assert result.type is not None
    assert result.type.name == "identity_document"
    found = result.fields["expiry_date"]
    assert isinstance(found, Field)
    assert (found.value, found.source) == ("2012-04-15", FieldSource.MRZ)
    assert found.confidence > 0.99
    assert [box.y0 for box in found.boxes] == [85.0, 100.0]
    assert not result.reasons


def test_a_number_whose_check_digit_does_not_fit_asks_for_review() -> None:
    rows = [NAMES, "L898902X36UTO7408122F1204159ZE184226B<<<<<10"]
    result = extract(ExtractRequest(pages=[page(rows)]))
    assert [(each.code, each.field) for each in result.reasons] == [
        ("check_digit_mismatch", "document_number"),
        ("low_confidence", "document_number"),
    ]


def test_a_misread_of_what_only_the_digit_over_all_covers_asks_for_review() -> None:
    data = DATA[:43] + "5"
    result = extract(ExtractRequest(pages=[page([NAMES, data])]))
    assert [(each.code, each.field) for each in result.reasons] == [("check_digit_mismatch", None)]


def test_types_of_ones_own_get_what_the_zone_says() -> None:
    own = Schema(
        name="guest",
        fields=[
            FieldSpec(name="surname", type=FieldType.NAME),
            FieldSpec(name="born", type=FieldType.DATE, synonyms=["birth date"]),
        ],
    )
    asked = ExtractRequest(pages=[page(PASSPORT)], schemas=[own], requested_type="guest")
    fields = extract(asked).fields
    values = {name: field.value for name, field in fields.items() if isinstance(field, Field)}
    assert values == {"surname": "ERIKSSON", "born": "1974-08-12"}


def test_names_that_are_printed_above_the_zone_are_sure_though_they_have_no_check_digit() -> None:
    def surname(*printed: str) -> float:
        rows: list[str | list[tuple[float, str]]] = [*printed, *PASSPORT]
        found = extract(ExtractRequest(pages=[page(rows)])).fields["surname"]
        assert isinstance(found, Field)
        return found.confidence

    assert surname("Surname", "ERIKSSON") > 0.95 > surname("Surname", "ERIKSEN")
