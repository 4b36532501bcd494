"""Confidences of receipts that were read: what was misread, and what bears a value out."""

import json
from importlib import resources

import pytest
from extract_samples import CHARACTER, page, receipt

from benchmarks.paper import counted, table_of
from benchmarks.shop_figures import Judged, figures_of
from services.extract.calibrate import calibration_features, confidence_if_clear
from services.extract.features.addresses import address_choices
from services.extract.features.money import money_choices
from services.extract.features.names import company_choices
from services.extract.finders.receipt import find_company, find_total
from services.extract.lexicon.entities import entities
from services.extract.linear import load
from services.extract.misread import are_spelled_two_ways, differ_by_one_sign, is_mixed
from services.extract.printed import read_page
from services.extract.reading import Reading
from services.extract.scoring import rank
from shared.models.page import Page, Region


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
    assert sure[0] > 0.5**0.5 * 1.15 >= sure[1]


def test_what_was_hardly_read_is_doubted_and_not_given_up() -> None:
    for chance in (0.06, 0.25):
        found = find_total(read({"31.80": chance}, page(["GOLDEN LEAF SDN BHD", "TOTAL 31.80"])))
        assert found is not None
        assert 1.5 * chance < found.confidence <= 1.15 * chance**0.5 + 1e-9


def test_a_total_is_doubted_where_the_rounded_one_was_not_read() -> None:
    sure = []
    for rows in (["ROUNDING 0.00"], ["ROUNDING -0.01"], ["CASH 50.00", "CHANGE 18.20"]):
        reading = read({}, page(["GOLDEN LEAF SDN BHD", "TOTAL 31.81", *rows]))
        choices = money_choices(reading, reading.money, reading.around(reading.money))
        ranked = rank(choices, load("receipt").models["total"])
        assert ranked[0].choice.candidate.value == "31.81"
        assert "paid_less_change" not in ranked[0].choice.features
        sure.append(calibration_features(ranked).get("before_rounding", 0))
    assert sure == [0, 1, 1]
    assert load("receipt").calibration["total"].weights["before_rounding"] < 0
    assert not load("receipt").models["total"].weights.get("before_rounding")


def test_a_net_sum_and_a_sum_hardly_read_are_less_likely_the_total() -> None:
    rows = ["TOTAL 30.00", "GST 1.80", "TOTAL 31.80", "CASH 33.80", "CHANGE 2.00"]
    reading = read({"31.80": 0.2}, page(["GOLDEN LEAF SDN BHD", *rows]))
    choices = money_choices(reading, reading.money, reading.around(reading.money))
    told = {it.candidate.value: it.features for it in choices}
    assert told["30.00"]["net_of_pair"] == 1
    assert "net_of_pair" not in told["31.80"]  # 33.80 is what was paid
    assert told["31.80"]["hardly_read"] == 1
    assert "hardly_read" not in told["30.00"]


def test_a_faint_word_of_a_name_is_believed_where_it_stands_again() -> None:
    rows = ["GOLDEN LEAF SDN BHD", "NO 12, JALAN MELATI 3", "DATE 25/03/2018", "TOTAL 31.80"]
    sure = []
    for last in ("HAPPY DAYS.EXAMPLE", "WWW.GOLDENLEAF.EXAMPLE"):
        found = find_company(read({"GOLDEN": 0.8}, page([*rows, last])))
        assert found is not None
        sure.append(found.confidence)
    assert sure[0] < sure[1]


HEAD = ("NO 12, JALAN MELATI 3, TAMAN INDAH", "47810 PETALING JAYA", "TEL 03-5551234", "INVOICE")


def centred(name: str, off: float) -> Page:
    """A receipt in the middle of its paper, its name ``off`` heights beside it."""
    rows = [(300.0 + off * 10 * (row == 0), text) for row, text in enumerate((name, *HEAD))]
    return page([[(middle - len(text) * CHARACTER / 2, text)] for middle, text in rows])


def test_a_name_off_the_middle_of_the_lines_below_may_have_lost_a_word() -> None:
    names = ("GOLDEN LEAF BAKERY", "GOLDEN LEAF   BAKERY")
    sure = []
    for name, off in ((names[0], 0.0), (names[0], 1.2), (names[0], 12.0), (names[1], 0.0)):
        found = find_company(read({}, centred(name, off)))
        assert found is not None
        assert found.value == names[0]
        sure.append(found.confidence)
    assert sure[1] < sure[0]
    assert sure[2] == pytest.approx(sure[0], abs=0.05)  # set at the side on purpose
    assert sure[3] < sure[0]
    given = [find_company(Reading([centred(names[0], off)])) for off in (0.0, 1.2)]
    assert given[0] is not None
    assert given[1] is not None
    assert given[0].confidence == pytest.approx(given[1].confidence, abs=0.05)  # nothing to lose


def test_a_sum_that_stands_again_with_a_digit_misread_is_the_surer_one() -> None:
    rows = ["GOLDEN LEAF SDN BHD", "TOTAL 131.80", "AMOUNT PAYABLE 137.80"]
    for doubted, value in (("131.80", "137.80"), ("137.80", "131.80")):
        reading = read({doubted: 0.6}, page([*rows]))
        choices = money_choices(reading, reading.money, reading.around(reading.money))
        told = {it.candidate.value: it.features for it in choices}
        assert told[value]["surer_twin"] == told[doubted]["fainter_twin"] == 1


def test_doubts_weigh_otherwise_where_two_recognisers_were_asked() -> None:
    paper = page(["GOLDEN LEAF SDN BHD", *HEAD], confidence=0.8)
    sure = {}
    for engine in ("fast", "fast+tesseract"):
        told = paper.model_copy(update={"engine": engine})
        for pages in ([told], [read_page(told.model_dump_json().encode())]):
            found = find_company(Reading(pages))
            assert found is not None
            assert found.value == "GOLDEN LEAF SDN BHD"
            assert sure.setdefault(engine, found.confidence) == found.confidence
    assert abs(sure["fast"] - sure["fast+tesseract"]) > 0.01
    assert sure["fast"] == pytest.approx(sure_of_sheets("fast", "fast+tesseract"), abs=0.001)
    assert sure["fast+tesseract"] == pytest.approx(
        sure_of_sheets("fast+tesseract", "fast"), abs=0.001
    )


def sure_of_sheets(first: str, second: str) -> float:
    """How sure the name on the first of two pages is, its words on a sheet of their own."""
    pages = []
    for number, engine in enumerate((first, second)):
        paper = page(["GOLDEN LEAF SDN BHD", *HEAD], confidence=0.8)
        sheet = Region(
            x0=0, y0=0, x1=paper.width, y1=paper.height, words=[*range(len(paper.words))]
        )
        changed = {"engine": engine, "number": number, "regions": [sheet]}
        pages.append(paper.model_copy(update=changed))
    pages[1] = pages[1].model_copy(update={"words": pages[1].words[-2:], "regions": []})
    found = find_company(Reading(pages))
    assert found is not None
    return found.confidence


def test_who_read_a_name_says_nothing_of_whether_it_is_the_shop_s() -> None:
    weights = load("receipt")
    for name in ("combined", "displaced", "hole"):
        assert not weights.models["company"].weights.get(name)
    paper = page(["GOLDEN LEAF SDN BHD", *HEAD], confidence=0.8)
    clear = set()
    for engine in ("fast", "fast+tesseract"):
        reading = Reading([paper.model_copy(update={"engine": engine})])
        ranked = rank(company_choices(reading), weights.models["company"])
        clear.add(confidence_if_clear(ranked, weights.calibration["company"]))
    assert len(clear) == 1


def test_each_true_word_makes_one_word_right_whatever_its_case() -> None:
    paper = page(["Total TOTAL Totai", "31.80 50.00"], confidence=0.8)
    found = [*counted("drawn", paper, ["total", "31.80"])]
    assert [(it.of, it.right) for it in found] == [
        *(("drawn, words", right) for right in (True, False, False)),
        *(("drawn, numbers", right) for right in (True, False)),
    ]
    assert [*table_of(found).columns[1].cells][4] == "0.333 of 3"


def test_two_totals_make_the_rounded_one_no_surer_and_the_other_less_sure() -> None:
    reading = read({}, page(["GOLDEN LEAF SDN BHD", "TOTAL 31.82", "ROUNDED TOTAL 31.80"]))
    choices = money_choices(reading, reading.money, reading.around(reading.money))
    weights = load("receipt")
    ranked = rank(choices, weights.models["total"])
    assert [it.choice.candidate.value for it in ranked] == ["31.80", "31.82"]
    rounded, before = (calibration_features([one, two]) for one, two in (ranked, ranked[::-1]))
    assert not [name for name in rounded if name.startswith("twin")]
    assert before["twin_odd"] == 1
    assert weights.calibration["total"].weights["twin_odd"] < 0


def test_rounding_makes_the_total_that_can_be_paid_in_coins() -> None:
    rows = ["GOLDEN LEAF SDN BHD", "TOTAL 31.82", "ROUNDING -0.02", "TOTAL PAYABLE 31.80"]
    reading = Reading([page([*rows])])
    choices = money_choices(reading, reading.money, reading.around(reading.money))
    told = {it.candidate.value: it.features.get("rounded", 0.0) for it in choices}
    assert (told["31.80"], told["31.82"]) == (1.0, 0.0)


def test_the_chance_that_all_words_of_an_address_were_read_makes_it_surer() -> None:
    told = []
    for last in (0.97, 0.5):
        reading = read({"KAJANG,": last})
        ranked = rank(address_choices(reading), load("receipt").models["address"])
        words = ranked[0].choice.candidate.tokens
        told.append(calibration_features(ranked)["read:all"])
        assert told[-1] == pytest.approx(0.97 ** (len(words) - 1) * last)
    assert told[0] > told[1]
    assert load("receipt").calibration["address"].weights["read:all"] > 0


def test_what_tells_that_something_was_misread() -> None:
    assert is_mixed("hai0")
    assert not is_mixed("haio")
    assert not is_mixed("12")
    assert are_spelled_two_ways(["jalan", "wangsa", "maju", "angsa"])
    assert are_spelled_two_ways(["majo", "maju"])
    assert not are_spelled_two_ways(["jalan", "jalan", "maju", "ria", "rio"])
    assert differ_by_one_sign("131.80", "137.80")
    assert not differ_by_one_sign("131.80", "31.80")
    assert not differ_by_one_sign("5.00", "6.00")


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


@pytest.mark.parametrize("name", ["GOLDEN SCOOP SDN BHD", "ACEITES VERDES S. COOP."])
def test_a_form_of_two_words_is_none_where_it_reads_as_one(name: str) -> None:
    assert entities().legal_end(name) == len(name)
    assert entities().legal_end("GOLDEN SCOOP") is None


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


@pytest.mark.parametrize("words", ["true_words", "read_by_auto"])
def test_sure_values_of_shops_never_seen_are_right_and_many(words: str) -> None:
    path = resources.files("services.extract.weights").joinpath("receipt.json")
    measured = json.loads(path.read_bytes())["cross_validated"]
    for field, share in (("total", 0.85), ("company", 0.65)):
        assert measured[field][words]["exact_above_0.9"] >= 0.97
        assert measured[field][words]["share_above_0.9"] >= share
        assert measured[field][words]["ece"] <= 0.05
