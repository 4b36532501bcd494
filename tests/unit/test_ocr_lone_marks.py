"""Colons and dashes that stand alone belong to the line beside them; specks hide no text."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from services.ocr.engines.ink import find_lines, ink_mask
from services.ocr.engines.ink_line import InkLine
from services.ocr.engines.lone_marks import with_lone_marks
from services.ocr.engines.registry import loaded

SIZE = 20.0
LINE = InkLine(100, 100, 300, 124)
COLON = (InkLine(60, 106, 63, 109), InkLine(60, 117, 63, 120))


def drawn(*texts: tuple[int, int, str]) -> np.ndarray:
    image = Image.new("L", (900, 420), 245)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(36)
    for x, y, text in texts:
        draw.text((x, y), text, fill=20, font=font)
    return np.asarray(image)


def test_colons_between_label_and_value_are_read() -> None:
    rows = [
        ("Telephone", ":", "0742614733"),
        ("Receipt number", ":", "Returned"),
        ("Date", ":", "Monday"),
    ]
    placed = [
        (x, 40 + 90 * row, text)
        for row, texts in enumerate(rows)
        for x, text in zip((60, 440, 480), texts, strict=True)
    ]
    read = [token.text for token in loaded("fast").recognise(drawn(*placed))]
    assert read.count(":") == 3, read


def test_a_line_takes_the_colon_beside_it() -> None:
    assert with_lone_marks([LINE], COLON, SIZE) == [InkLine(60, 100, 300, 124)]


def test_a_dash_goes_to_the_nearest_line() -> None:
    left, dash = InkLine(10, 100, 50, 124), InkLine(80, 110, 92, 113)
    found = with_lone_marks([left, dash, LINE], (), SIZE)
    assert sorted(found, key=lambda it: it.x0) == [left, InkLine(80, 100, 300, 124)]


@pytest.mark.parametrize(
    "moved",
    [
        lambda dot: InkLine(dot.x0 - 40, dot.y0, dot.x1 - 40, dot.y1),  # too far away
        lambda dot: InkLine(dot.x0, dot.y0 + 40, dot.x1, dot.y1 + 40),  # of no line
        lambda dot: InkLine(dot.x0 + dot.y0, dot.y0, dot.x1 + dot.y0, dot.y1),  # no colon
        lambda dot: InkLine(dot.x0 + 60, dot.y0, dot.x1 + 60, dot.y1),  # within the line
    ],
)
def test_other_dots_change_nothing(moved: Callable[[InkLine], InkLine]) -> None:
    assert with_lone_marks([LINE], [moved(dot) for dot in COLON], SIZE) == [LINE]


def test_texture_is_no_punctuation() -> None:
    dots = [InkLine(it.x0, it.y0, it.x1, it.y1) for it in COLON for _ in range(600)]
    assert with_lone_marks([LINE], dots, SIZE) == [LINE]


def test_specks_do_not_tell_the_size_of_the_print() -> None:
    picture = drawn(*((60, 40 + 70 * row, "Northwind Trading 1,248.90") for row in range(4))).copy()
    clean = find_lines(ink_mask(picture))
    grain = np.random.default_rng(2)
    for x, y in zip(grain.integers(5, 890, 250), grain.integers(330, 410, 250), strict=True):
        picture[y : y + 6, x : x + 3] = 20
    found = find_lines(ink_mask(picture))
    assert found.glyph_height == pytest.approx(clean.glyph_height, rel=0.2)
    tops = [line.y0 for line in found.lines if line.width > 300]
    assert len(tops) >= 4
