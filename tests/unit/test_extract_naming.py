"""Names of fields that no list has: told by their words, or left alone."""

import pytest

from benchmarks.custom_schemas import mapped, vocabularies
from services.extract.naming import concept_named
from shared.models.schema import FieldType


@pytest.mark.parametrize(
    ("name", "kind", "concept"),
    [
        ("TaxExclusiveAmount", FieldType.AMOUNT, "net_amount"),
        ("invoice_total_with_vat", FieldType.NUMBER, "total_amount"),
        ("Gesamtsteuerbetrag", FieldType.AMOUNT, "tax_amount"),
        ("remainingBalance", FieldType.AMOUNT, "amount_due"),
        ("Lieferantenname", FieldType.TEXT, "supplier_name"),
        ("buyer_tax_id", FieldType.TEXT, "customer_vat_id"),
        ("Rechnungsdatum", FieldType.DATE, "invoice_date"),
        ("paymentDeadlineDate", FieldType.TEXT, "due_date"),
        ("vendorIban", FieldType.TEXT, "iban"),
        ("CodigoMoneda", FieldType.TEXT, "currency"),
    ],
)
def test_words_of_a_name_tell_what_it_means(name: str, kind: FieldType, concept: str) -> None:
    assert concept_named(name, kind) == concept


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("shippingAmount", FieldType.AMOUNT),
        ("order_date", FieldType.DATE),
        ("customer_number", FieldType.TEXT),
        ("supplier_address", FieldType.TEXT),
        ("line_total_amount", FieldType.AMOUNT),
        ("buyer_and_seller_name", FieldType.TEXT),
        ("account_name", FieldType.TEXT),
        ("data", FieldType.TEXT),
        ("number", FieldType.TEXT),
        ("", FieldType.TEXT),
    ],
)
def test_a_word_that_plays_no_part_leaves_a_name_alone(name: str, kind: FieldType) -> None:
    assert concept_named(name, kind) is None


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("blind", [False, True])
def test_nine_in_ten_names_of_others_are_known(*, plain: bool, blind: bool) -> None:
    names = [name for each in vocabularies() if each.blind == blind for name in each.fields]
    known = sum(mapped(name, plain=plain) == name.concept for name in names)
    assert known >= 0.9 * len(names)


def test_a_long_name_of_known_words_does_not_take_long() -> None:
    for name in ("net" * 60 + "q", "Netto" * 9 + "q", " ".join(["net"] * 60)):
        assert concept_named(name, FieldType.TEXT) in {None, "net_amount"}
