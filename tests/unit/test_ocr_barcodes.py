"""Codes on pages: found on scans however they lie, beside text layers only where they may be."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from services.ocr.barcodes import codes_beside_text, find_codes
from services.ocr.geometry import Frame
from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from services.ocr.sources import Picture, open_source
from shared.models.read_by import ReadBy
from tests.samples.codes import EPC, SWISS, code, pdf_with_code, scan_with, searchable_scan

PDF = "application/pdf"
OPTIONS = ReadOptions(engine="fast")


@pytest.mark.parametrize("turned", [0.0, 4.0, 90.0, 180.0])
def test_a_qr_code_is_read_however_it_lies(turned: float) -> None:
    picture = Picture(scan_with([(code(EPC), 300, 700)], turned=turned), Frame())
    assert [(each.format, each.text) for each in find_codes(picture)] == [("qr_code", EPC)]


def test_boxes_are_in_points_of_the_page() -> None:
    pixels = scan_with([(code("AB-1234567", "Code128", scale=3), 200, 400)])
    (found,) = find_codes(Picture(pixels, Frame.scaled(0.5)))
    assert (found.format, found.text) == ("code_128", "AB-1234567")
    assert found.x0 == pytest.approx(100, abs=20)
    assert 200 <= found.y0 < found.y1 + 1 < 300


def test_a_large_photo_is_searched_in_a_smaller_copy() -> None:
    pixels = cv2.resize(scan_with([(code(SWISS, scale=5), 300, 700)]), None, fx=3, fy=3)
    (found,) = find_codes(Picture(np.asarray(pixels, np.uint8), Frame()))
    assert found.text == SWISS
    assert found.x0 == pytest.approx(900, abs=60)


def test_a_page_without_codes_has_none() -> None:
    assert find_codes(Picture(scan_with([]), Frame())) == []


def test_a_scanned_page_keeps_its_codes(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    cv2.imwrite(str(path), scan_with([(code(EPC), 300, 700)]))
    page = read_page(str(path), "image/png", 0, OPTIONS)
    assert [each.text for each in page.barcodes] == [EPC]


@pytest.mark.parametrize(
    ("words", "drawn", "found"),
    [
        ("Please pay the sum within ten days", "as a picture", [EPC]),
        ("Bezahlen Sie bequem per GiroCode", "as lines", [EPC]),
        ("Please pay the sum within ten days", "as lines", []),  # nothing speaks of a code
    ],
)
def test_beside_a_text_layer_codes_are_looked_for_where_they_may_be(
    tmp_path: Path, words: str, drawn: str, found: list[str]
) -> None:
    path = tmp_path / "invoice.pdf"
    path.write_bytes(pdf_with_code(EPC, words, as_lines=drawn == "as lines"))
    with open_source(str(path), PDF, OPTIONS) as source:
        codes = codes_beside_text(source, 0, source.text_layer(0))
    assert [each.text for each in codes] == found
    assert all(each.x0 == pytest.approx(400, abs=15) for each in codes)
    page = read_page(str(path), PDF, 0, OPTIONS)
    assert [each.text for each in page.barcodes] == found


def test_a_scan_with_a_text_layer_of_its_own_is_searched_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "searchable.pdf"
    path.write_bytes(searchable_scan(EPC, "Please pay within ten days"))
    page = read_page(str(path), PDF, 0, OPTIONS)
    assert page.read_by is not ReadBy.OCR
    assert [each.text for each in page.barcodes] == [EPC]
