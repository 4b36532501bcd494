"""Words of a line, each to its column."""

import pytest

from services.ingest.reviewing.row_words import PickedWord, by_column
from shared.models.extraction import Field, Row
from shared.models.page import Box
from shared.models.schema import FieldSpec, FieldType

COLUMNS = [
    FieldSpec(name="description"),
    FieldSpec(name="quantity", type=FieldType.NUMBER),
    FieldSpec(name="line_total", type=FieldType.AMOUNT),
]
LINE = (
    ("Desk", 50, 75),
    ("lamp,", 79, 110),
    ("brass", 114, 180),
    ("2", 304, 310),
    ("59.50", 480, 520),
)


def turned(turn: int, x0: float, y0: float, x1: float, y1: float) -> Box:
    """A box on an upright page of 600 by 800, on the page as it lies."""
    match turn:
        case 90:
            return Box(page=1, x0=y0, y0=600 - x1, x1=y1, y1=600 - x0)
        case 180:
            return Box(page=1, x0=600 - x1, y0=800 - y1, x1=600 - x0, y1=800 - y0)
        case 270:
            return Box(page=1, x0=800 - y1, y0=x0, x1=800 - y0, y1=x1)
        case _:
            return Box(page=1, x0=x0, y0=y0, x1=x1, y1=y1)


def row(turn: int, y: float) -> Row:
    """A row whose cells stand at ``y``."""
    spans = {"description": (50, 130), "quantity": (300, 310), "line_total": (470, 520)}
    return {
        name: Field(value="", boxes=[turned(turn, x0, y, x1, y + 10)])
        for name, (x0, x1) in spans.items()
    }


def picked(turn: int, *words: tuple[str, float, float], y: float = 220) -> list[PickedWord]:
    return [PickedWord(text, turned(turn, x0, y, x1, y + 10)) for text, x0, x1 in words]


def told(found: dict[str, list[PickedWord]]) -> dict[str, str]:
    return {name: " ".join(it.text for it in words) for name, words in found.items()}


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_words_go_to_the_columns_that_they_stand_in(turn: int) -> None:
    words = picked(turn, *LINE)[::-1] + picked(turn, ("dimmable", 50, 100), y=232)
    expected = {"description": "Desk lamp, brass dimmable", "quantity": "2", "line_total": "59.50"}
    for rows in ([row(turn, 200)], [row(turn, 200), row(turn, 180)]):
        assert told(by_column(COLUMNS, rows, words, turn)) == expected


def test_words_that_reach_over_columns_are_told_apart() -> None:
    words = picked(0, ("Lamp", 100, 296), ("2", 299, 306))
    assert told(by_column(COLUMNS, [row(0, 200)], words, 0)) == {
        "description": "Lamp",
        "quantity": "2",
    }


def test_without_other_rows_words_go_to_the_next_column_of_their_kind() -> None:
    words = picked(0, *LINE)
    expected = {"description": "Desk lamp, brass", "quantity": "2", "line_total": "59.50"}
    assert told(by_column(COLUMNS, [], words, 0)) == expected
    assert told(by_column(COLUMNS, [{}], words[3:], 0)) == {"quantity": "2", "line_total": "59.50"}
    assert by_column(COLUMNS, [], [], 0) == {}
