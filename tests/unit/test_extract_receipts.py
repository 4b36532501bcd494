"""What shops print at the head of receipts and around their totals."""

import json
from importlib import resources

import pytest
from extract_samples import Cell, page

from benchmarks.training import Example, fit
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.features.names import company_choices
from services.extract.lexicon.entities import entities
from services.extract.reading import Reading
from shared.models.extraction import Field

_GOODS = [("WHITE BREAD 400G", "21.40"), ("CHOCOLATE CAKE", "2.00")]


def found(head: list[str], foot: list[tuple[str, str]]) -> dict[str, str]:
    rows: list[str | list[Cell]] = [
        [(40, line)] for line in [*head, "TAX INVOICE", "DATE: 25/03/2018 14:02"]
    ]
    rows += [[(40, goods), (400, price)] for goods, price in _GOODS]
    rows += [[(40, label), (400, amount)] for label, amount in foot]
    result = extract(ExtractRequest(pages=[page(rows)], requested_type="receipt"))
    return {name: it.value for name, it in result.fields.items() if isinstance(it, Field)}


_STREET = ["NO 12, JALAN MELATI 3,", "43000 KAJANG, SELANGOR", "TEL : 03-5519 0823"]
_PAID = [("TOTAL (RM)", "23.40"), ("CASH", "50.00"), ("CHANGE", "26.60")]


@pytest.mark.parametrize(
    "head",
    [
        ["GOLDEN LEAF RESTAURANTS SDN BHD", "(65351-M)", "FORMERLY KNOWN AS",
         "SILVER OAK RESTAURANTS SDN BHD"],
        ["THANK YOU PLEASE COME AGAIN", "GOODS SOLD ARE NOT RETURNABLE",
         "GOLDEN LEAF RESTAURANTS SDN BHD (65351-M)"],
        ["GOLDEN LEAF", "RESTAURANTS SDN BHD", "65351-M"],
        ["GOLDEN LEAF RESTAURANTS SDN BHD (LICENSEE OF SILVER OAK)"],
        ["GOLDEN LEAF RESTAURANTS", "CO. NO : 65351-M"],
        ["GOLDEN LEAF RESTAURANTS SDN BHD", "( LICENSEE OF SILVER OAK )"],
        ["GOLDEN LEAF", "GOLDEN LEAF RESTAURANTS SDN BHD (65351-M)"],
        ["THE", "GOLDEN LEAF RESTAURANTS SDN BHD"],
    ],
    ids=[
        *["former name", "thanks first", "over two lines", "licence", "no form"],
        *["licence below", "said twice", "article above"],
    ],
)  # fmt: skip
def test_the_shop_is_named_whatever_stands_around_it(head: list[str]) -> None:
    company = found([*head, *_STREET], _PAID)["company"]
    assert company in {"GOLDEN LEAF RESTAURANTS SDN BHD", "GOLDEN LEAF RESTAURANTS"}


def test_an_address_ends_before_phones_and_goods() -> None:
    wanted = "NO 12, JALAN MELATI 3, 43000 KAJANG, SELANGOR"
    for last in (
        "TEL-03 55190823",
        "THANK YOU",
        "CARELINE : 1800 88 1231",
        "22241 SCISSORS 18.00 S",
        "CO. REG. NO. (65351-M)",
        "22241 SCISSORS 18.00 (S)",
    ):
        assert found(["GOLDEN LEAF SDN BHD", *_STREET[:2], last], _PAID)["address"] == wanted


def test_an_address_ends_with_its_country_and_begins_behind_a_registration() -> None:
    head = ["GOLDEN LEAF SDN BHD", "<NO. 65351-M>", "LEVEL 2, BLOCK C1,", *_STREET[:2], "MALAYSIA"]
    wanted = "LEVEL 2, BLOCK C1, NO 12, JALAN MELATI 3, 43000 KAJANG, SELANGOR MALAYSIA"
    assert found([*head, "AEON PARK SHAH ALAM", _STREET[2]], _PAID)["address"] == wanted


def test_a_street_named_after_a_country_ends_no_address() -> None:
    head = ["GOLDEN LEAF SDN BHD", "NO 12, JALAN SINGAPORE", "43000 KAJANG, SELANGOR"]
    assert found([*head, _STREET[2]], _PAID)["address"] == " ".join(head[1:])


def test_places_without_blanks_are_places() -> None:
    words = ["selangor", "darulehsan", "kualalumpur", "alamanda", "supermarket"]
    assert [entities().count_areas(word) for word in words] == [1, 2, 2, 0, 0]


def test_edges_of_the_paper_are_no_print() -> None:
    """A lone sign that was read badly, by itself or far from its line; a house number stays."""
    rows = ["y", "GOLDEN LEAF SDN BHD", "12 JALAN MELATI 3,", "43000 KAJANG", "TAX INVOICE"]
    paper = page(rows, confidence=0.9)
    name = paper.words[1]
    doubtful = {"confidence": 0.4}
    speck = name.model_copy(update=doubtful | {"text": "1", "x0": 2.0, "x1": 6.0})
    number = paper.words[5].model_copy(update=doubtful)
    words = [paper.words[0].model_copy(update=doubtful), speck]
    words += [*paper.words[1:5], number, *paper.words[6:]]
    sheet = Reading([paper.model_copy(update={"words": words})])
    assert [line.text for line in sheet.lines] == rows[1:]


def test_a_name_hardly_read_or_with_half_a_bracket_is_none() -> None:
    paper = page(["GOLDEN LEAF (SUNNY", "PARK) SDN BHD", "ME(ATI M/-T"], confidence=0.9)
    faint = [word.model_copy(update={"confidence": 0.1}) for word in paper.words[-2:]]
    choices = company_choices(
        Reading([paper.model_copy(update={"words": [*paper.words[:-2], *faint]})])
    )
    none = {each.candidate.value for each in choices if each.is_none}
    assert none == {"PARK) SDN BHD", "PARK) SDN BHD ME(ATI M/-T", "ME(ATI M/-T"}


def test_the_tax_in_a_total_is_no_total() -> None:
    foot = [
        ("QTY 2", "23.40"),
        ("DUE", "23.40"),
        ("PAY", "50.00"),
        ("CHANGE", "26.60"),
        ("(TOTAL INCLUDED GST @ 6% :", "1.32)"),
    ]
    assert found(["GOLDEN LEAF SDN BHD", *_STREET], foot)["total"] == "23.40"


def test_what_a_label_tells_is_no_shop() -> None:
    paper = page(["CASHIER: MARY LEE", "TABLE: GARDEN", "TERMINAL: NORTH"])
    choices = company_choices(Reading([paper]))
    assert choices
    assert all(each.is_none for each in choices)
    result = extract(ExtractRequest(pages=[paper], requested_type="receipt"))
    assert "company" not in result.fields
    assert "missing_required" in {each.code for each in result.reasons}


def test_weights_given_are_kept_and_others_learned() -> None:
    examples = [
        Example("a", [{"one": 1.0, "two": 1.0}, {"one": 1.0}], [True, False]) for _ in range(5)
    ]
    weights = fit(examples, 1.0, given={"one": -4.0})
    assert weights["one"] == -4.0
    assert weights["two"] > 0


def test_the_weights_reached_their_floors_on_shops_that_they_never_saw() -> None:
    path = resources.files("services.extract.weights").joinpath("receipt.json")
    given = {
        field: figures["true_words"]
        for field, figures in json.loads(path.read_bytes())["cross_validated"].items()
    }
    floors = {"company": 0.88, "date": 0.96, "address": 0.82, "total": 0.94}
    assert {field for field, floor in floors.items() if given[field]["exact"] < floor} == set()
    assert max(figures["ece"] for figures in given.values()) <= 0.05
    assert given["total"]["share_above_0.9"] >= 0.85
    assert given["company"]["share_above_0.9"] >= 0.65
    for field in ("company", "date", "total"):
        assert given[field]["exact_above_0.9"] >= 0.97


@pytest.mark.parametrize("words", ["true_words", "read_by_fast", "read_by_auto"])
def test_what_nobody_looks_at_was_right_on_shops_never_seen(words: str) -> None:
    path = resources.files("services.extract.weights").joinpath("receipt.json")
    measured = json.loads(path.read_bytes())["cross_validated"]
    given = {field: figures[words] for field, figures in measured.items()}
    assert max(figures["ece"] for figures in given.values()) <= 0.05
    required = [given[field] for field in ("company", "date", "total")]
    for kind, floor in (("above_0.9", 0.97), ("unflagged", 0.98)):
        shares = [each[f"share_{kind}"] for each in required]
        right = sum(each[f"share_{kind}"] * each[f"exact_{kind}"] for each in required)
        assert right / sum(shares) >= floor
