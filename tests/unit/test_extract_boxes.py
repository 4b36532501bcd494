"""Check boxes: what is ticked is true, what is not is false, and a sample's schema has them."""

import pytest
from extract_samples import Cell, page

from services.extract.boxes import find_choices
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.induction.inducing import induce
from services.extract.reading import Reading
from shared.models.extraction import Field
from shared.models.page import Page
from shared.models.schema import FieldSpec, FieldType, Schema

Rows = list[str | list[Cell]]


def value(content: Page, spec: FieldSpec) -> object:
    schema = Schema(name="ordered", fields=[spec])
    found = extract(ExtractRequest(pages=[content], ordered=schema)).fields.get(spec.name)
    return found.value if isinstance(found, Field) else None


def boolean(name: str, *labels: str) -> FieldSpec:
    return FieldSpec(name=name, type=FieldType.BOOLEAN, synonyms=list(labels))


@pytest.mark.parametrize("empty", ["\u2610", "[ ]", "\uf06f", "[]"])
@pytest.mark.parametrize("full", ["\u2612", "[x]", "[ X ]", "\uf0fe", "\u2714"])
def test_boxes_of_all_kinds_before_their_texts(empty: str, full: str) -> None:
    content = page(["MEMBERSHIP", f"{full} Family membership {empty} Newsletter by post"])
    assert value(content, boolean("family", "Family membership")) is True
    assert value(content, boolean("newsletter_by_post")) is False
    assert value(content, boolean("garden")) is None


def test_boxes_behind_their_texts_and_apart() -> None:
    content = page([[(40, "Smoker"), (200, "\u2611"), (260, "Diabetic"), (400, "\u2610")]])
    assert value(content, boolean("smoker")) is True
    assert value(content, boolean("diabetic")) is False


@pytest.mark.parametrize(
    ("row", "truth"),
    [
        ("Versichert: \u2610 ja \u2612 nein", False),
        ("Versichert: \u2612 ja \u2610 nein", True),
        ("Versichert: \u2610 ja \u2610 nein", None),
        ("Versichert: \u2612 ja \u2612 nein", None),
        ("Versichert: ja", True),
        ("Versichert: nein", False),
        ("Versichert: vielleicht", None),
    ],
)
def test_yes_and_no_are_one_choice(row: str, *, truth: bool | None) -> None:
    assert value(page(["ANTRAG", row]), boolean("versichert")) is truth


def test_a_cross_by_itself_says_yes_to_what_is_beside_it() -> None:
    content = page([[(40, "X"), (60, "Urgent")], [(60, "Fragile")]])
    assert value(content, boolean("urgent")) is True
    assert value(content, boolean("fragile")) is None


def test_one_option_of_two_questions_is_told_by_its_question() -> None:
    rows: Rows = [
        "Payment: \u2612 Cash \u2610 Other",
        "Delivery: \u2610 Post \u2612 Other",
    ]
    choices = {it.labels[0]: it.value for it in find_choices(Reading([page(rows)]))}
    assert choices == {
        "Payment Cash": True, "Payment Other": False, "Delivery Post": False,
        "Delivery Other": True,
    }  # fmt: skip
    assert value(page(rows), boolean("payment_other")) is False
    assert value(page(rows), boolean("delivery_other")) is True


def test_a_schema_of_a_sample_has_its_boxes_and_reads_the_next_one() -> None:
    def form(first: str, second: str) -> Page:
        rows = [
            "Name: Ada Field",
            "Insured: \u2612 yes \u2610 no",
            f"{first} Smoker {second} Driver",
        ]
        return page([*rows])

    schema = induce(ExtractRequest(pages=[form("\u2610", "\u2612")]))
    assert schema is not None
    kinds = {spec.name: spec.type for spec in schema.fields}
    truths = [name for name, kind in kinds.items() if kind is FieldType.BOOLEAN]
    assert sorted(truths) == ["driver", "insured", "smoker"]
    found = extract(ExtractRequest(pages=[form("\u2612", "\u2610")], ordered=schema)).fields
    values = {name: it.value for name, it in found.items() if isinstance(it, Field)}
    assert (values["insured"], values["smoker"], values["driver"]) == (True, True, False)
    assert values["name"] == "Ada Field"
