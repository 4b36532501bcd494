"""Confidences of receipts that were read: what was misread, and what bears a value out."""

import json
from importlib import resources

import pytest
from extract_samples import page, receipt

from benchmarks.shop_figures import Judged, figures_of
from services.extract.calibrate import calibration_features
from services.extract.features.money import money_choices
from services.extract.features.names import company_choices
from services.extract.finders.receipt import find_company, find_total
from services.extract.linear import load
from services.extract.reading import Reading
from services.extract.scoring import rank
from shared.models.page import Page


def read(doubted: dict[str, float], paper: Page | None = None) -> Reading:
    """A receipt whose words were read for nearly certain, but for the ``doubted`` ones."""
    paper = paper or receipt()
    words = [
        word.model_copy(update={"confidence": doubted.get(word.text, 0.97)}) for word in paper.words
    ]
    return Reading([paper.model_copy(update={"words": words})])


def sure_of_company(doubted: dict[str, float]) -> float:
    found = find_company(read(doubted))
    assert found is not None
    assert found.value == "MORNING STAR TRADING SDN BHD"
    return found.confidence


def test_a_word_that_no_other_name_has_is_doubted_more_than_one_that_many_have() -> None:
    sure = sure_of_company({})
    assert sure > sure_of_company({"TRADING": 0.7}) > sure_of_company({"MORNING": 0.7})


def test_places_that_were_read_alike_make_a_total_surer() -> None:
    rows = ["GOLDEN LEAF SDN BHD", "DATE 25/03/2018", "TOTAL 31.80", "CASH 50.00"]
    agreed = []
    for more in ([], ["AMOUNT PAYABLE 31.80"]):
        reading = read({}, page([*rows, *more]))
        choices = money_choices(reading, reading.money, reading.around(reading.money))
        ranked = rank(choices, load("receipt").models["total"])
        assert ranked[0].choice.candidate.value == "31.80"
        agreed.append(calibration_features(ranked)["agreed"])
    assert agreed[0] == 0 < agreed[1]
    assert load("receipt").calibration["total"].weights["agreed"] > 0


def test_a_total_that_was_hardly_read_is_believed_where_cash_less_change_makes_it() -> None:
    sure = []
    for change in ("18.20", "18.70"):
        rows = ["GOLDEN LEAF SDN BHD", "TOTAL 31.80", "CASH 50.00", f"CHANGE {change}"]
        found = find_total(read({"31.80": 0.5}, page([*rows])))
        assert found is not None
        assert found.value == "31.80"
        sure.append(found.confidence)
    assert sure[0] > 0.5 * 1.45 >= sure[1]


def test_a_faint_word_of_a_name_is_believed_where_it_stands_again() -> None:
    rows = ["GOLDEN LEAF SDN BHD", "NO 12, JALAN MELATI 3", "DATE 25/03/2018", "TOTAL 31.80"]
    sure = []
    for last in ("HAPPY DAYS.EXAMPLE", "WWW.GOLDENLEAF.EXAMPLE"):
        found = find_company(read({"GOLDEN": 0.8}, page([*rows, last])))
        assert found is not None
        sure.append(found.confidence)
    assert sure[0] < sure[1]


def test_a_name_behind_a_label_points_at_its_own_words() -> None:
    reading = Reading([page(["OWNED BY: GOLDEN LEAF SDN BHD", "NO 12, JALAN MELATI 3"])])
    choices = {it.candidate.value: it.candidate for it in company_choices(reading)}
    tokens = choices["GOLDEN LEAF SDN BHD"].tokens
    assert [token.text for token in tokens] == ["GOLDEN", "LEAF", "SDN", "BHD"]


def test_a_legal_form_alone_is_no_shop() -> None:
    reading = Reading([page(["GOLDEN LEAF TRADING", "SDN BHD", "NO 12, JALAN MELATI 3"])])
    alone = {it.candidate.value: it.is_none for it in company_choices(reading)}
    assert alone["SDN BHD"]
    assert not alone["GOLDEN LEAF TRADING"]


def test_figures_of_shops() -> None:
    outcomes = ((0.95, True, "a"), (0.95, True, "a"), (0.95, True, "b"), (0.95, False, "b"),
                (0.5, True, "c"))  # fmt: skip
    judged = [Judged(chance, right, shop, "read_by_auto") for chance, right, shop in outcomes]
    figures = figures_of(judged, 6, [True] * 5 + [False])
    assert figures["exact"] == round(4 / 6, 3)
    assert figures["ceiling"] == round(5 / 6, 3)
    assert figures["exact_above_0.9"] == figures["exact_unflagged"] == 0.75
    assert figures["share_above_0.9"] == round(4 / 6, 3)
    assert figures["ece"] == round((4 * 0.95 - 3 + 0.5) / 5, 3)
    assert figures["interval_above_0.9"] == [0.5, 1.0]


@pytest.mark.parametrize("words", ["true_words", "read_by_fast", "read_by_auto"])
def test_required_fields_that_nobody_looks_at_were_right_on_shops_never_seen(words: str) -> None:
    path = resources.files("services.extract.weights").joinpath("receipt.json")
    measured = json.loads(path.read_bytes())["required_fields"][words]
    assert measured["exact_unflagged"] >= 0.98
    assert measured["exact_above_0.9"] >= 0.97
    assert measured["ece"] <= 0.05
