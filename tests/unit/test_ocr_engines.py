"""The engines find the drawn words where they stand; the ink corrects what they read."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from services.ocr.engines.grouping import group
from services.ocr.engines.ink import find_lines, ink_mask
from services.ocr.engines.ink_line import InkLine
from services.ocr.engines.line_ink import LineInk
from services.ocr.engines.marks import told_apart
from services.ocr.engines.recogniser import Glyph
from services.ocr.engines.registry import loaded
from services.ocr.engines.spacing import without_false_blanks
from services.ocr.engines.spelling import corrected, put_right
from services.ocr.engines.tilt import levelled, tilt
from services.ocr.engines.words import words_of
from services.ocr.layout import Token
from shared.errors import Code, Permanent
from tests.samples import pages

PICTURE = np.asarray(pages.drawn_page())


@pytest.mark.parametrize("engine", ["fast", "exact"])
def test_engine_reads_drawn_words_where_they_stand(engine: str) -> None:
    tokens = loaded(engine).recognise(PICTURE)
    read = {token.text.lower() for token in tokens}
    words = set(" ".join(pages.LINES).lower().split())
    assert len(words & read) > 0.75 * len(words)
    for token in tokens:
        window = PICTURE[int(token.y0) : int(token.y1), int(token.x0) : int(token.x1)]
        assert window.min() < 100, token
        assert 0 < token.confidence <= 1


def test_there_is_no_other_engine() -> None:
    with pytest.raises(Permanent) as failed:
        loaded("crystal-ball")
    assert failed.value.code == Code.MODEL_MISSING


def test_lines_are_found_beside_rules_and_pictures() -> None:
    picture = PICTURE.copy()
    cv2.rectangle(picture, (10, 20), (990, 24), 0, -1)
    cv2.rectangle(picture, (760, 440), (980, 680), 60, -1)
    found = find_lines(ink_mask(picture))
    assert len(found.lines) == len(pages.LINES)
    assert all(line.x0 >= 78 for line in found.lines)


def test_faint_print_is_found_beside_a_black_border() -> None:
    faint = (255 - (255 - PICTURE.astype(np.float32)) * 0.2).astype(np.uint8)
    faint[:, :30] = 0
    assert len(find_lines(ink_mask(faint)).lines) >= len(pages.LINES)


@pytest.mark.parametrize("degrees", [-4.2, -1.0, -0.15, 0.0, 0.2, 0.37, 2.5])
def test_tilt_is_measured(degrees: float) -> None:
    turned = levelled(PICTURE, degrees)
    assert tilt(ink_mask(turned)) == pytest.approx(-degrees, abs=0.06)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2000), (300, 400)])
def test_blank_pages_are_level(shape: tuple[int, int]) -> None:
    assert tilt(np.zeros(shape, np.uint8)) == 0


def line_ink(text: str) -> tuple[LineInk, list[Glyph]]:
    """A drawn line, and its glyphs at their true places."""
    font = ImageFont.load_default(40)
    image = Image.new("L", (900, 80), 255)
    draw = ImageDraw.Draw(image)
    draw.text((20, 15), text, fill=0, font=font)
    mask = (np.asarray(image) < 128).astype(np.uint8)
    glyphs = []
    for index, character in enumerate(text):
        start = 20 + font.getlength(text[:index])
        end = 20 + font.getlength(text[: index + 1])
        glyphs.append(Glyph(character, start / 900, end / 900, 0.99))
    return LineInk(mask, InkLine(0, 0, 900, 80), 29.0), glyphs


def text_of(glyphs: list[Glyph]) -> str:
    return "".join(glyph.text for glyph in glyphs)


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("12.50", "12,50"),
        ("12,50", "12,50"),
        ("14:32", "14;32"),
        ("14:32", "14.32"),
        ("No. 5", "No, 5"),
    ],
)
def test_marks_are_as_printed(printed: str, read: str) -> None:
    ink, glyphs = line_ink(printed)
    misread = [glyph._replace(text=text) for glyph, text in zip(glyphs, read, strict=True)]
    assert text_of(told_apart(misread, ink)) == printed


def test_blanks_without_room_are_dropped() -> None:
    ink, glyphs = line_ink("Total 62.80")
    point = next(i for i, glyph in enumerate(glyphs) if glyph.text == ".")
    place = glyphs[point].end
    misread = [*glyphs[: point + 1], Glyph(" ", place, place, 0.99), *glyphs[point + 1 :]]
    assert text_of(misread) == "Total 62. 80"
    assert text_of(without_false_blanks(misread, ink)) == "Total 62.80"


def test_blanks_elsewhere_are_believed() -> None:
    ink, glyphs = line_ink("Totally")
    place = glyphs[4].end
    parted = [*glyphs[:5], Glyph(" ", place, place, 0.5), *glyphs[5:]]
    assert text_of(without_false_blanks(parted, ink)) == "Total ly"


def test_words_have_boxes_around_their_ink() -> None:
    ink, glyphs = line_ink("Total 62.80")
    total, amount = words_of(glyphs, ink)
    assert (total.text, amount.text) == ("Total", "62.80")
    columns = np.flatnonzero(ink.window.max(0))
    assert (total.x0, amount.x1) == (columns[0], columns[-1] + 1)
    assert total.x1 < amount.x0
    assert not ink.window[:, int(total.x1) : int(amount.x0)].any()


def test_runs_of_characters_become_lines_as_in_easyocr() -> None:
    def quad(x: int, y: int, width: int, height: int) -> np.ndarray:
        return np.array(
            [[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.int32
        )

    leaning = np.array([[300, 300], [400, 340], [390, 360], [290, 320]], np.int32)
    level, tilted = group([quad(0, 0, 50, 20), quad(55, 1, 50, 20), quad(200, 0, 50, 20), leaning])
    assert [(box.x0, box.x1) for box in level] == [(-2, 107), (198, 252)]
    assert len(tilted) == 1


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("Tota]", "Total"),
        ("CTOO]", "CTOOl"),
        ("[2]", "[2]"),
        ("1O.5O", "10.50"),
        ("($l2.00)", "($12.00)"),
        ("2O18-O3-l5", "2018-03-15"),
        ("SOB", "SOB"),
        ("B1", "B1"),
        ("SO1", "SO1"),
        ("IBAN", "IBAN"),
    ],
)
def test_usual_confusions_are_put_right(read: str, printed: str) -> None:
    assert corrected(read) == printed


def test_noise_is_dropped() -> None:
    def token(text: str, confidence: float) -> Token:
        return Token(text, 0, 0, 1, 1, confidence)

    words = [
        token("-", 0.3),
        token("7", 0.3),
        token("Sum", 0.3),
        token("xq;", 0.01),
        token("a", 0.9),
        token("-----=", 0.9),
        token("...", 0.9),
    ]
    assert [word.text for word in put_right(words)] == ["7", "Sum", "a", "..."]
