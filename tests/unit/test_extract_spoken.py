"""The languages of a document, and the labels that are none in them."""

from extract_samples import page

from services.extract.laying import lay_out
from services.extract.lexicon import LANGUAGES
from services.extract.reading import Reading
from services.extract.spoken import languages_of

ENGLISH = ["INVOICE", "Invoice number 17", "Invoice date 14.03.2024", "Total 119.00"]
DANISH = ["FAKTURA", "Fakturanr. 17", "Forfaldsdato 14.03.2024", "I alt 119,00"]
SAID = ["Taman Dato Onn", "Ms Cas Dan 4"]


def concepts(rows: list[str]) -> set[str]:
    return {concept for hit in Reading([page([*rows])]).labels.all() for concept in hit.concepts}


def test_words_of_a_language_that_a_page_does_not_speak_are_no_labels_there() -> None:
    assert "date" not in concepts([*ENGLISH, *SAID])
    assert "date" in concepts([*DANISH, "Dato 12.03.2024"])


def test_english_is_spoken_everywhere_and_all_where_too_little_is_said() -> None:
    assert languages_of(lay_out([page([*ENGLISH])])) == {"en"}
    assert {"da", "en"} <= languages_of(lay_out([page([*DANISH])])) < set(LANGUAGES)
    assert languages_of(lay_out([page(["Dato 12.03.2024"])])) == set(LANGUAGES)


def test_a_stroke_between_what_is_no_label_makes_none() -> None:
    assert "description" not in concepts([*ENGLISH, "CODE/TERMS N/VAT 4"])
    assert "payment_terms" not in concepts([*ENGLISH, "CODE/TERMS N/VAT 4"])
