"""What is believed of a model's answer: values of the right type that words bear out."""

import pytest
from extract_samples import Cell, page
from llm_answers import LINES, answered, field, reasons

from services.extract.contract import (
    ExtractRequest,
    ModelAnswer,
    Stated,
    StatedValue,
)
from services.extract.engine import extract
from services.extract.engines.model.places import PlaceFinder
from services.extract.engines.model.values import meanings
from services.extract.reading import Reading
from services.extract.schemas import built_in
from shared.models.extraction import FieldSource
from shared.models.schema import FieldSpec, FieldType, Schema

SERIAL = Schema(name="pass", fields=[FieldSpec(name="colour"), FieldSpec(name="member")])


def test_a_copied_value_has_the_places_and_the_form_of_its_print() -> None:
    pages = [page(["Colour: deep  red", [(40, "Member"), (200, "ACME-77")]])]
    found = answered(pages, {"colour": "Deep red", "member": "ACME-77"}, ordered=SERIAL)
    assert found.engine == "layout/1+llm/reader-1"
    colour = field(found, "colour")
    assert (colour.value, colour.raw, colour.grounded) == ("deep red", "deep red", True)
    (box,) = colour.boxes
    assert (box.x0, box.y0) == (88.0, 40.0)


def test_a_value_that_only_a_model_has_is_less_than_sure_and_one_from_nowhere_is_flagged() -> None:
    schema = Schema(name="x", fields=[FieldSpec(name="a"), FieldSpec(name="b", required=True)])
    found = answered([page(["tall trees grow slowly"])], {"a": "tall trees", "b": "palms"},
                     ordered=schema)  # fmt: skip
    assert (field(found, "a").source, field(found, "a").confidence) == (FieldSource.LLM, 0.75)
    known = [ModelAnswer("llm", "reader-1", {"a": "tall trees"}, accuracy=0.9)]
    trusted = extract(ExtractRequest([page(["tall trees"])], ordered=schema, answers=known))
    assert field(trusted, "a").confidence == 0.9
    beyond = field(found, "b")
    assert (beyond.grounded, beyond.boxes, beyond.confidence) == (False, [], 0.15)
    assert reasons(found, "ungrounded") == ["b"]
    assert reasons(found, "low_confidence") == ["b"]


@pytest.mark.parametrize(
    ("kind", "stated", "meaning"),
    [
        (FieldType.AMOUNT, "1.234,50 €", "1234.50"),
        (FieldType.AMOUNT, "1,234.50", "1234.50"),
        (FieldType.AMOUNT, "1.234", "1234.00"),
        (FieldType.AMOUNT, "-3,10", "-3.10"),
        (FieldType.AMOUNT, "free", None),
        (FieldType.AMOUNT, "12 or 13", None),
        (FieldType.AMOUNT, "9" * 300, None),
        (FieldType.NUMBER, "2,500", "2.5"),
        (FieldType.INTEGER, "3", 3),
        (FieldType.INTEGER, "3,5", None),
        (FieldType.DATE, "05/03/2024", "2024-03-05"),
        (FieldType.DATE, "2024-03-05", "2024-03-05"),
        (FieldType.DATE, "5. März 2024", "2024-03-05"),
        (FieldType.DATE, "soon", None),
        (FieldType.CURRENCY, "€", "EUR"),
        (FieldType.CURRENCY, "money", None),
        (FieldType.IBAN, "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        (FieldType.EMAIL, "Mail: A.B@Example.org", "a.b@example.org"),
        (FieldType.COUNTRY, "de", "DE"),
        (FieldType.COUNTRY, "Germany", None),
        (FieldType.BOOLEAN, True, True),
        (FieldType.BOOLEAN, "maybe", None),
        (FieldType.TEXT, True, None),
        (FieldType.TEXT, " n/a ", None),
        (FieldType.TEXT, " a  b ", "a b"),
    ],
)
def test_values_are_read_by_the_grammars_of_the_page(
    kind: FieldType, stated: StatedValue, meaning: object
) -> None:
    found = meanings(Reading([page(LINES)]), kind, stated)
    assert (found[0] if found else None) == meaning


def test_words_that_a_model_has_mended_are_found_where_they_were_misread() -> None:
    shop = FieldSpec(name="shop", type=FieldType.NAME)
    schema = Schema(name="x", fields=[shop, FieldSpec(name="code", type=FieldType.IDENTIFIER)])
    pages = [page(["M0RNING STAR TRADlNG SDN BHD", "AB-12345O78"], confidence=0.9)]
    stated: dict[str, Stated] = {"shop": "Morning Star Trading Sdn Bhd", "code": "AB-12345078"}
    found = answered(pages, stated, ordered=schema)
    assert (field(found, "shop").grounded, field(found, "shop").boxes[0].y0) == (True, 40.0)
    assert 0.5 < field(found, "shop").confidence < 0.75 * 0.9
    assert not field(found, "code").grounded  # an identifier is the same or it is another


def test_texts_made_up_by_the_hundred_are_not_all_looked_for_in_every_way() -> None:
    """The search is what is counted: a page of 40 rows, and a text that goes on over two."""
    pages = [page(["first half of it", "second half of it", *["row after row"] * 38])] * 100
    finder = PlaceFinder(Reading([it.copy_with(number=at) for at, it in enumerate(pages)]))
    wanted = "first half of it second half of it"
    assert finder.find(FieldType.TEXT, wanted, wanted)
    for number in range(60):
        assert finder.find(FieldType.TEXT, "", f"a text that stands nowhere {number}") == []
    other = "second half of it row after row"
    assert finder.find(FieldType.TEXT, other, other) == []
    assert finder.find(FieldType.TEXT, wanted, wanted)  # known by now
    assert finder.find(FieldType.TEXT, "row after", "row after")  # costs next to nothing


def test_rows_are_laid_on_their_own_lines() -> None:
    schema = built_in()["invoice"].model_copy(
        update={"fields": [FieldSpec(name="items", type=FieldType.ROWS, fields=[
            FieldSpec(name="what"), FieldSpec(name="count", type=FieldType.NUMBER),
            FieldSpec(name="sum", type=FieldType.AMOUNT)])]}
    )  # fmt: skip
    stated: list[dict[str, StatedValue]] = [
        {"what": "Desk", "count": "2", "sum": "38.00"},
        {"what": "Lamp", "count": "2", "sum": "10,00", "secret": "x"},
        {"what": "Sofa", "count": "2", "sum": "900,00"},
    ]
    found = answered([page(LINES)], {"items": stated}, ordered=schema)
    items = found.fields["items"]
    assert isinstance(items, list)
    assert [{name: cell.value for name, cell in row.items()} for row in items] == [
        {"what": "Desk", "count": "2", "sum": "38.00"},
        {"what": "Lamp", "count": "2", "sum": "10.00"},
        {"what": "Sofa", "count": "2", "sum": "900.00"},
    ]
    lines = [{box.y0 for cell in row.values() for box in cell.boxes} for row in items]
    assert lines[:2] == [{100.0}, {115.0}]
    assert not items[2]["what"].grounded
    assert not items[2]["sum"].grounded


def test_rows_that_say_the_same_stand_on_lines_of_their_own() -> None:
    table = FieldSpec(name="items", type=FieldType.ROWS, fields=[
        FieldSpec(name="what"), FieldSpec(name="count", type=FieldType.NUMBER)])  # fmt: skip
    lines: list[str | list[Cell]] = [[(40, "Lamp"), (300, "2")]] * 3
    pages = [page([*lines, "", "", "", "", [(40, "Page"), (300, "9")]])]
    stated: list[dict[str, StatedValue]] = [
        {"what": "Lamp", "count": "2"},
        {"what": "Lamp", "count": "2"},
        {"what": "Lamp", "count": "9"},
    ]
    schema = Schema(name="x", fields=[table])
    items = answered(pages, {"items": stated}, ordered=schema).fields["items"]
    assert isinstance(items, list)
    places = [{name: [box.y0 for box in cell.boxes] for name, cell in row.items()} for row in items]
    assert places == [
        {"what": [40.0], "count": [40.0]},
        {"what": [55.0], "count": [55.0]},
        {"what": [70.0], "count": []},  # the 9 stands too far away to be of this row
    ]
