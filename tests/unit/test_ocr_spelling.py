"""Slips of any recogniser that show by themselves, or beside the other words, are undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ocr.engines.spelling import corrected, evened, put_right
from services.ocr.layout import Token


def row(*words: str, gap: float = 5.0, y: float = 0.0) -> list[Token]:
    """Words side by side, ten pixels high."""
    tokens, x = [], 0.0
    for word in words:
        tokens.append(Token(word, x, y, x + 6.0 * len(word), y + 10.0, 0.9))
        x += 6.0 * len(word) + gap
    return tokens


def texts(tokens: list[Token]) -> list[str]:
    return [token.text for token in tokens]


@pytest.mark.parametrize(
    ("read", "printed"), [("01./05/16", "01/05/16"), ("01/.05/16", "01/05/16"), ("12..50", "12.50")]
)
def test_a_mark_too_many_is_left_out(read: str, printed: str) -> None:
    assert corrected(read) == printed


@pytest.mark.parametrize("text", ["1.234", "...", "12.05.2018", "3-4", "1/2"])
def test_other_marks_are_kept(text: str) -> None:
    assert corrected(text) == text


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        (["Total", "62.", "80"], ["Total", "62.80"]),
        (["RM", "62", ".80"], ["RM", "62.80"]),
        (["62", "80"], ["62", "80"]),
        (["No.", "62.", "805"], ["No.", "62.", "805"]),
    ],
)
def test_amounts_in_two_pieces_become_one(read: list[str], printed: list[str]) -> None:
    assert texts(evened(row(*read))) == printed


def test_pieces_of_an_amount_stand_together() -> None:
    (whole,) = evened(row("62.", "80"))
    assert whole[1:] == (0.0, 0.0, 35.0, 10.0, pytest.approx(0.81))
    assert texts(evened(row("62.", "80", gap=9.0))) == ["62.", "80"]
    below = [*row("62."), Token("80", 20.0, 12.0, 32.0, 22.0)]
    assert texts(evened(below)) == ["62.", "80"]


def test_a_page_has_one_decimal_mark() -> None:
    amounts = ["1.50", "RM12.00", "3.20"]
    assert texts(evened(row(*amounts, "4,70", gap=30)))[-1] == "4.70"
    assert texts(evened(row(*amounts, "1,234.50", gap=30)))[-1] == "1,234.50"
    assert texts(evened(row("1,50", "12,00", "3.20", "12.05.18", gap=30)))[1] == "12,00"
    dates = ["12.05.18", "13.05.18", "14.05.18"]
    assert texts(evened(row(*dates, "4,70", gap=30)))[-1] == "4,70"


def test_strokes_at_the_ends_of_words_are_none_of_theirs() -> None:
    assert texts(evened(row("Name_", "|Date", "a_b", "_", gap=30))) == ["Name", "Date", "a_b", "_"]


@given(st.lists(st.text("_~|-=.,:/0123]lO€ax", min_size=1, max_size=6), max_size=4))
def test_no_word_becomes_empty(words: list[str]) -> None:
    assert all(texts(evened(row(*words, gap=30))))
    assert all(map(corrected, words))


def test_rules_read_as_letters_are_left_out() -> None:
    words = row("OOOOOOOO", "XXXXXXXX", "1111111", "Sum")
    assert texts(put_right(words)) == ["XXXXXXXX", "1111111", "Sum"]
