"""How good a page's picture is, and what is to be said of a bad one."""

import cv2
import numpy as np
import pymupdf
import pytest

from services.ocr.engines.ink import Grey, find_lines, ink_mask
from services.ocr.quality import Print, print_of

SENTENCE = "Thank you for your order, the amount of 120.50 is due within thirty days"


def page(*, dpi: int = 150, lines: int = 24) -> Grey:
    """A page of print, black on white."""
    with pymupdf.open() as document:
        sheet = document.new_page(width=420, height=595)
        for line in range(lines):
            sheet.insert_text((60 - 3.1 * (line % 9), 60 + 20 * line), SENTENCE, fontsize=9)
        drawn = sheet.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        grey = np.frombuffer(drawn.samples, np.uint8).reshape(drawn.height, drawn.stride)
    return np.ascontiguousarray(grey[:, : drawn.width])


def blurred(pixels: Grey, sigma: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def faded(pixels: Grey, contrast: float) -> Grey:
    return np.asarray(230 - (255 - pixels.astype(np.float32)) * contrast, np.uint8)


def look(pixels: Grey) -> Print:
    return print_of(pixels, find_lines(ink_mask(pixels)))


def test_glyphs_are_as_high_as_the_resolution_makes_them() -> None:
    low, high = look(page(dpi=100)), look(page(dpi=200))
    assert high.lines == 24
    assert high.glyph_height == pytest.approx(2 * low.glyph_height, rel=0.2)


def test_contrast_is_that_of_the_ink() -> None:
    assert look(page()).contrast > 0.9
    assert look(faded(page(), 0.3)).contrast == pytest.approx(0.3, abs=0.04)


def test_blur_takes_sharpness() -> None:
    sharp, soft = look(page()), look(blurred(page(), 2.0))
    assert sharp.sharpness > 0.7
    assert soft.sharpness < 0.3


def test_lines_that_run_into_an_edge_are_counted() -> None:
    assert look(page()).cut == 0
    assert look(page()[:, 140:].copy()).cut > 0.6
    assert look(page()[:, :550].copy()).cut > 0.6


def test_nothing_printed_looks_like_nothing() -> None:
    assert look(np.full((300, 300), 255, np.uint8)) == Print()
