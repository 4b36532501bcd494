"""The detector is shown bands of a page: bounded, seamless, and none where nothing is printed."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from services.ocr.engines.bands import HIGHEST, Part, inked_bands, whole
from services.ocr.engines.registry import loaded
from tests.samples import pages

PICTURE = np.asarray(pages.drawn_page())


def own_rows(parts: list[Part]) -> set[int]:
    return {row for part in parts for row in range(part.start, part.end)}


def test_empty_paper_is_not_looked_at() -> None:
    assert inked_bands(np.full((900, 600), 240, np.uint8)) == []
    picture = np.full((2400, 1000), 250, np.uint8)
    picture[300:1000], picture[1700:] = PICTURE, PICTURE
    parts = inked_bands(picture)
    seen = sum((part.bottom - part.top) * (part.right - part.left) for part in parts)
    assert seen < 0.4 * picture.size
    printed = np.flatnonzero(picture.min(1) < 100).tolist()
    assert own_rows(parts).issuperset(printed)


def test_one_huge_band_is_cut_into_bounded_ones_without_a_seam() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (2531, 701)).astype(np.uint8)
    parts = inked_bands(noise)
    assert len(parts) > 3
    assert own_rows(parts) == set(range(2532))
    for part in parts:
        assert part.bottom - part.top <= HIGHEST
        assert part.top <= max(0, part.start - 16)
        assert part.bottom >= min(2531, part.end + 16)
    assert all(a.end == b.start for a, b in pairwise(parts))


def test_a_frame_does_not_keep_a_page_from_being_cut_between_lines() -> None:
    picture = np.full((1800, 1000), 250, np.uint8)
    for y in range(60, 1700, 90):
        cv2.putText(picture, "Northwind Trading 1,248.90", (80, y + 30), 0, 1.2, (20,), 2)
    printed = picture.min(1) < 100
    cv2.rectangle(picture, (20, 10), (980, 1790), (0,), 3)
    for part in inked_bands(picture):
        for cut in (part.start, part.end):
            assert cut >= 1790 or not printed[cut]


def test_whole_is_what_easyocr_looks_at() -> None:
    assert whole(np.zeros((700, 1001), np.uint8)) == [Part(0, 704, 0, 1024, 0, 704)]


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
