"""The detector is shown what is printed: little, bounded, seamless, nothing where nothing is."""

import cv2
import numpy as np
import pytest

from services.ocr.engines.blocks import HIGHEST, Box, Part, inked_blocks, whole
from services.ocr.engines.craft import TextDetector
from services.ocr.engines.registry import loaded
from services.ocr.models import ModelName, model_path
from tests.samples import pages

PICTURE = np.asarray(pages.drawn_page())


def marked(boxes: list[Box], shape: tuple[int, ...]) -> np.ndarray:
    """Which pixels of a picture of that ``shape`` are in one of ``boxes``."""
    inside = np.zeros(shape, bool)
    for box in boxes:
        inside[box.y0 : box.y1, box.x0 : box.x1] = True
    return inside


def seen(parts: list[Part]) -> int:
    return sum(part.window.height * part.window.width for part in parts)


def column(picture: np.ndarray, x: int) -> None:
    for y in range(100, 1500, 60):
        cv2.putText(picture, "Northwind 42", (x, y), 0, 0.8, (20,), 2)


def test_empty_paper_is_not_looked_at() -> None:
    assert inked_blocks(np.full((900, 600), 240, np.uint8)) == []
    picture = np.full((2400, 1000), 250, np.uint8)
    picture[300:1000], picture[1700:] = PICTURE, PICTURE
    parts = inked_blocks(picture)
    assert seen(parts) < 0.4 * picture.size
    assert marked([part.own for part in parts], picture.shape)[picture < 100].all()


def test_paper_between_columns_is_not_looked_at() -> None:
    picture = np.full((1600, 1400), 250, np.uint8)
    column(picture, 40)
    column(picture, 1150)
    parts = inked_blocks(picture)
    assert seen(parts) < 0.4 * picture.size
    assert marked([part.own for part in parts], picture.shape)[picture < 100].all()
    assert not marked([part.window for part in parts], picture.shape)[:, 400:1000].any()


def test_each_part_is_seen_with_its_surroundings() -> None:
    picture = np.full((1500, 1203), 250, np.uint8)
    picture[200:900, : PICTURE.shape[1]] = PICTURE
    cv2.putText(picture, "42.10", (1100, 1493), 0, 0.8, (20,), 2)  # at the very edge
    parts = inked_blocks(picture)
    assert len(parts) > 1
    for window, own in parts:
        assert (window.height % 8, window.width % 8) == (0, 0)
        assert not any(edge % 2 for edge in (*window, *own))
        ink = np.argwhere(picture[own.y0 : own.y1, own.x0 : own.x1] < 100)
        (top, left), (bottom, right) = ink.min(0), ink.max(0)
        assert window.y0 <= max(0, own.y0 + top - 8)
        assert window.x0 <= max(0, own.x0 + left - 8)
        assert window.y1 >= min(1500, own.y0 + bottom + 8)
        assert window.x1 >= min(1203, own.x0 + right + 8)


def test_one_huge_block_is_cut_into_bounded_ones_without_a_seam() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (2531, 701)).astype(np.uint8)
    parts = inked_blocks(noise)
    assert len(parts) > 3
    assert marked([part.own for part in parts], noise.shape).all()
    assert max(part.window.height for part in parts) <= HIGHEST


def test_rules_do_not_keep_a_page_from_being_cut_between_lines() -> None:
    picture = np.full((1800, 1000), 250, np.uint8)
    for y in range(60, 1700, 90):
        cv2.putText(picture, "Northwind Trading 1,248.90", (80, y + 30), 0, 1.2, (20,), 2)
    printed = picture < 100
    before = inked_blocks(picture)
    cv2.rectangle(picture, (20, 10), (980, 1790), (0,), 3)
    cv2.line(picture, (20, 855), (980, 855), (0,), 2)
    parts = inked_blocks(picture)
    assert seen(parts) < 1.1 * seen(before)
    assert marked([part.own for part in parts], picture.shape)[printed].all()


def test_whole_is_what_easyocr_looks_at() -> None:
    everything = Box(0, 704, 0, 1024)
    assert whole(np.zeros((700, 1001), np.uint8)) == [Part(everything, everything)]


@pytest.mark.slow
def test_what_is_looked_at_smaller_is_found_where_it_stands() -> None:
    detector = TextDetector(model_path(ModelName.DETECTOR_INT8), inked_blocks, arena=True)
    larger = np.asarray(cv2.resize(PICTURE, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))

    def found(picture: np.ndarray, scale: float) -> np.ndarray:
        quads = detector.detect(picture, scale)
        boxes = [Box(*quad[:, 1][[0, 2]], *quad[:, 0][[0, 2]]) for quad in quads]
        return marked(boxes, picture.shape)

    small, large = found(PICTURE, 1.0), found(larger, 0.5)[::2, ::2]
    assert (small & large).sum() > 0.85 * (small | large).sum() > 0


@pytest.mark.slow
def test_light_words_on_dark_texture_are_read_where_they_stand() -> None:
    texture = np.random.default_rng(2).normal(0, 10, PICTURE.shape)
    dark = (255 - PICTURE.astype(np.float32) * 0.8 + texture).clip(0, 255).astype(np.uint8)
    words = set(" ".join(pages.LINES).lower().split())
    engine = loaded("craft")
    for picture in (PICTURE, dark):
        tokens = engine.recognise(picture)
        assert len(words & {token.text.lower() for token in tokens}) > 0.75 * len(words)
        for token in tokens:
            window = PICTURE[int(token.y0) : int(token.y1), int(token.x0) : int(token.x1)]
            assert window.min() < 100, token
