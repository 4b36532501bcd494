"""What people type, and what words of a page say, as values."""

import pytest

from services.ingest.reviewing.typed_text import read_text
from shared.errors import Permanent
from shared.models.extraction import Field, Fields
from shared.models.schema import FieldSpec, FieldType

COMMA: Fields = {"total": Field(value="1.50", raw="1,50")}


def read(kind: FieldType, text: str, fields: Fields, region: str | None = None) -> object:
    return read_text(FieldSpec(name="f", type=kind), text, "f", fields, region)


@pytest.mark.parametrize(
    ("text", "wanted", "on_comma"),
    [
        ("12.50", "12.50", "12.50"),
        ("1.234,50 €", "1234.50", "1234.50"),
        ("$1,234.50", "1234.50", "1234.50"),
        ("1.234", "1.234", "1234"),
        ("1,234", "1234", "1.234"),
        ("1,234,567", "1234567", "1234567"),
        ("1234.567", "1234.567", "1234.567"),
        ("1'234.50", "1234.50", "1234.50"),
        ("12,5", "12.5", "12.5"),
        (",50", "0.50", "0.50"),
        ("12.50-", "-12.50", "-12.50"),
        ("(12.50)", "-12.50", "-12.50"),
        ("\N{MINUS SIGN}3", "-3", "-3"),
        ("EUR 7", "7", "7"),
    ],
)
def test_amounts(text: str, wanted: str, on_comma: str) -> None:
    assert read(FieldType.AMOUNT, text, {}) == wanted
    assert read(FieldType.AMOUNT, text, COMMA) == on_comma


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-01-31", "2026-01-31"),
        ("31.01.2026", "2026-01-31"),
        ("31/1/26", "2026-01-31"),
        ("01/31/2026", "2026-01-31"),
        ("3/4/2026", "2026-04-03"),
        ("14 March 2024", "2024-03-14"),
        ("March 14, 2024", "2024-03-14"),
        ("14. März 2024", "2024-03-14"),
        ("Mittwoch, 14. Mai 2025", "2025-05-14"),
        ("2024 March 14", "2024-03-14"),
        ("14 août 2024", "2024-08-14"),
    ],
)
def test_dates(text: str, wanted: str) -> None:
    assert read(FieldType.DATE, text, {}) == wanted


def test_the_month_comes_first_where_it_does() -> None:
    assert read(FieldType.DATE, "3/4/2026", {}, "US") == "2026-03-04"


def test_other_types() -> None:
    assert read(FieldType.BOOLEAN, "Ja", {}) is True
    assert read(FieldType.BOOLEAN, "no", {}) is False
    assert read(FieldType.CURRENCY, "€", {}) == "EUR"
    assert read(FieldType.INTEGER, "1.234", COMMA) == 1234
    assert read(FieldType.TEXT, "  two \n words ", {}) == "two words"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FieldType.AMOUNT, "much"),
        (FieldType.AMOUNT, ""),
        (FieldType.DATE, "soon"),
        (FieldType.DATE, "31.02.2026"),
        (FieldType.DATE, "14 Foo 2024"),
        (FieldType.BOOLEAN, "perhaps"),
        (FieldType.INTEGER, "1.5"),
        (FieldType.CURRENCY, "Euros"),
    ],
)
def test_what_does_not_fit_is_refused(kind: FieldType, text: str) -> None:
    with pytest.raises(Permanent, match="f must be"):
        read(kind, text, {})
