"""How good a page's picture is, and what is to be said of a bad one."""

from pathlib import Path

import cv2
import numpy as np
import pymupdf
import pytest

from services.ocr.engines.ink import Grey, find_lines, ink_mask
from services.ocr.quality import CUT_OFF, Print, print_of, rescan_reasons
from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from shared.models.page import Page

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


def test_a_dash_at_the_top_edge_is_no_trouble() -> None:
    pixels = page().copy()
    pixels[2:4, 300:340] = 0
    found = find_lines(ink_mask(pixels))
    assert min(line.y0 for line in found.lines) < 0
    assert print_of(pixels, found).contrast > 0.9


def read(pixels: Grey, folder: Path) -> Page:
    path = folder / "page.png"
    cv2.imwrite(str(path), pixels)
    return read_page(str(path), "image/png", 0, ReadOptions(engine="fast"))


def test_a_good_page_needs_no_other_scan(tmp_path: Path) -> None:
    found = read(page(), tmp_path)
    assert (found.needs_rescan, found.rescan_reasons) == (False, [])
    assert (found.quality or 0) > 0.8


def test_a_bad_scan_is_owned_up_to_with_its_reasons(tmp_path: Path) -> None:
    small = cv2.resize(page(), None, fx=0.36, fy=0.36, interpolation=cv2.INTER_AREA)
    found = read(np.asarray(small, np.uint8), tmp_path)
    assert found.needs_rescan
    assert (found.quality or 1) < 0.5
    assert any(reason.startswith("the resolution is too low") for reason in found.rescan_reasons)


def test_a_page_cut_off_is_incomplete_however_well_it_is_read(tmp_path: Path) -> None:
    found = read(page()[:, :550].copy(), tmp_path)
    assert (found.needs_rescan, found.rescan_reasons) == (True, [CUT_OFF])


def test_nothing_is_said_of_an_empty_page(tmp_path: Path) -> None:
    found = read(np.full((400, 300), 255, np.uint8), tmp_path)
    assert (found.quality, found.needs_rescan) == (None, False)


def test_each_fault_is_named() -> None:
    def said(**figures: float) -> list[str]:
        return rescan_reasons(0.3, 0.6, Print(30, **({"glyph_height": 18.0} | figures)))

    assert said(glyph_height=6.4) == ["the resolution is too low: letters are 6 pixels high"]
    assert said(contrast=0.1) == ["the print is too faint"]
    assert said(sharpness=0.2) == ["the picture is blurred"]
    assert said() == ["most words were read with little confidence"]
    assert rescan_reasons(0.3, 0.1, Print(30, 18.0)) == ["most lines could not be read"]
    assert rescan_reasons(0.6, 0.1, Print(30, 6.0, 0.1, 0.1)) == []
