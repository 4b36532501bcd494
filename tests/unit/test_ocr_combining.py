"""Two readings of one page become one: by place, by chances, and never twice."""

import string

import pytest

from services.ocr.engines.combining import (
    CASES,
    FEATURES,
    SIDES,
    Models,
    combine,
    described,
    groups,
    packaged_models,
)
from services.ocr.layout import Token

ASCII = frozenset(string.printable)


def word(text: str, x: float, y: float = 0, confidence: float = 0.9) -> Token:
    return Token(text, x, y, x + 10 * len(text), y + 20, confidence)


def by_confidence(cost: float = 0.35) -> Models:
    """Models that believe the engines."""
    row = [0.0] * len(FEATURES)
    row[FEATURES.index("confidence")] = 1.0
    return Models({side: dict.fromkeys(CASES, row) for side in SIDES}, cost)


def texts(tokens: list[Token]) -> list[str]:
    return [token.text for token in tokens]


def test_words_that_overlap_are_a_group() -> None:
    ours = [word("Total", 0), word("12.50", 100), word("below", 0, 18)]
    theirs = [word("Tot", 0), word("al", 30), word("12.50", 103), word("far", 500)]
    found = sorted(groups(ours, theirs), key=lambda it: (len(it.sides[1]), it.text(0), it.text(1)))
    assert [(texts(it.sides[0]), texts(it.sides[1])) for it in found] == [
        (["below"], []), ([], ["far"]), (["12.50"], ["12.50"]), (["Total"], ["Tot", "al"]),
    ]  # fmt: skip
    assert [it.case(1) for it in found[1:]] == ["alone", "same", "other"]


def test_the_more_likely_side_is_taken() -> None:
    ours, theirs = [word("Tota1", 0, confidence=0.5)], [word("Total", 0, confidence=0.9)]
    assert texts(combine(ours, theirs, by_confidence(), ASCII)) == ["Total"]
    assert texts(combine(theirs, ours, by_confidence(), ASCII)) == ["Total"]


def test_what_both_doubt_is_left_out() -> None:
    assert combine([word("x~", 0, confidence=0.1)], [], by_confidence(), ASCII) == []


def test_what_one_side_misses_is_kept() -> None:
    ours, theirs = [word("faint", 0)], [word("other", 300)]
    assert texts(combine(ours, theirs, by_confidence(), ASCII)) == ["faint", "other"]
    assert texts(combine(ours, [], by_confidence(), ASCII)) == ["faint"]
    assert texts(combine([], theirs, by_confidence(), ASCII)) == ["other"]
    assert combine([], [], by_confidence(), ASCII) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "taken"),
    [
        ("Munchen", "München", "München"),
        ("Muenchen", "München", "Muenchen"),
        ("Munster", "München", "Munster"),
        ("Total", "Tota1", "Total"),
    ],
)
def test_letters_that_one_side_cannot_write_are_taken_from_the_other(
    ours: str, theirs: str, taken: str
) -> None:
    sure, doubtful = word(ours, 0, confidence=0.99), word(theirs, 0, confidence=0.6)
    assert texts(combine([sure], [doubtful], by_confidence(), ASCII)) == [taken]


def test_where_both_can_write_them_likelihood_decides() -> None:
    sure, doubtful = word("Munchen", 0, confidence=0.99), word("München", 0, confidence=0.6)
    assert texts(combine([sure], [doubtful], by_confidence(), ASCII | {"ü"})) == ["Munchen"]


def test_the_models_shipped_fit_the_features() -> None:
    models = packaged_models()
    assert 0 < models.cost < 1
    for side in SIDES:
        assert {len(models.weights[side][case]) for case in CASES} == {len(FEATURES)}


def test_agreement_counts_for_more_than_what_an_engine_says() -> None:
    agreed = combine([word("Total", 0)], [word("Total", 0)], packaged_models(), ASCII)
    alone = combine([word("Total", 0)], [word("other", 300)], packaged_models(), ASCII)
    assert agreed[0].confidence > 0.9
    assert agreed[0].confidence > max((it.confidence for it in alone), default=0)


def test_features_do_not_depend_on_the_scale() -> None:
    small = groups([word("Total", 0), word("12.5", 90)], [word("Total", 0)])
    large = [
        type(it)(tuple([t._replace(x0=9 * t.x0, x1=9 * t.x1, y0=9 * t.y0, y1=9 * t.y1) for t in s]
                       for s in it.sides))
        for it in small
    ]  # fmt: skip
    assert described(small) == described(large)
