"""PDF files: what opens and what does not, words and pictures in displayed coordinates."""

import os
from pathlib import Path

import numpy as np
import pymupdf
import pytest

from shared.errors import Code, Permanent
from shared.pdf import PdfFile
from shared.pdf.text import _is_garbled
from tests.samples import pages

ROOT = Path(__file__).parents[2]
ODD = Path(os.environ.get("DOCSTAGE_EVAL_DIR", ROOT.parent / "shared" / "eval")) / "odd"


def open_bytes(tmp_path: Path, content: bytes, max_pages: int = 10):  # noqa: ANN201
    path = tmp_path / "file"
    path.write_bytes(content)
    return PdfFile.open(str(path), max_pages=max_pages)


def test_hyphens_are_hyphens_whatever_the_writer_took_them_for(tmp_path: Path) -> None:
    """A font draws several characters with one glyph, and the writer here takes another."""
    with pymupdf.open() as document:
        page = document.new_page()
        printed = pymupdf.TextWriter(page.rect)
        for down, text in enumerate(("2026\u00ad03\u00ad01", "A\u201017", "B\u201118")):
            printed.append((50, 50 + 20 * down), text, font=pymupdf.Font())
        printed.write_text(page)
        content = document.tobytes()
    with open_bytes(tmp_path, content) as pdf:
        assert [it.text for it in pdf.text_layer(0).words] == ["2026-03-01", "A-17", "B-18"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Code.FILE_EMPTY),
        (b"no pdf at all" * 50, Code.FILE_CORRUPT),
        (pages.text_pdf()[:200], Code.FILE_CORRUPT),
        (b"<html><body>an error page</body></html>", Code.FILE_CORRUPT),
        (pages.encrypted_pdf(), Code.FILE_ENCRYPTED),
        (pages.text_pdf(pages=11), Code.TOO_MANY_PAGES),
    ],
)
def test_what_does_not_open(tmp_path: Path, content: bytes, code: Code) -> None:
    with pytest.raises(Permanent) as failed, open_bytes(tmp_path, content):
        pass
    assert failed.value.code == code


def test_file_without_its_end_is_repaired(tmp_path: Path) -> None:
    content = pages.text_pdf()
    with open_bytes(tmp_path, content[: content.index(b"xref")]) as file:
        assert file.text_layer(0).words[0].text == "Northwind"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_stand_where_the_picture_has_ink(tmp_path: Path, rotation: int) -> None:
    with open_bytes(tmp_path, pages.text_pdf(rotation=rotation)) as file:
        layer = file.text_layer(0)
        pixels, scale = file.render(0, 144)
        assert file.size(0) == ((400, 600) if rotation in (0, 180) else (600, 400))
    assert layer.rotation == (360 - rotation) % 360
    assert [word.text for word in layer.words[:2]] == ["Northwind", "Trading"]
    unexplained = pixels < 128
    for word in layer.words:
        x0, y0 = int(word.x0 * scale) - 1, int(word.y0 * scale) - 1
        x1, y1 = int(word.x1 * scale) + 2, int(word.y1 * scale) + 2
        assert unexplained[y0:y1, x0:x1].mean() > 0.05, word
        unexplained[y0:y1, x0:x1] = False
    assert unexplained.sum() < 0.02 * (pixels < 128).sum()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turn_of_the_text_is_known(tmp_path: Path, turn: int) -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=400)
        for index, line in enumerate(pages.LINES):
            page.insert_text((200 + 14 * index, 200 + 14 * index), line, rotate=turn)
        page.insert_text((20, 20), "Another direction", rotate=(turn + 90) % 360)
        content = document.tobytes()
    with open_bytes(tmp_path, content) as file:
        assert file.text_layer(0).rotation == turn


def test_garbled_layers_are_known(tmp_path: Path) -> None:
    with open_bytes(tmp_path, pages.garbled_pdf()) as file:
        assert file.text_layer(0).garbled
    with open_bytes(tmp_path, pages.text_pdf(invisible=True)) as file:
        assert not file.text_layer(0).garbled


def test_huge_page_is_drawn_small(tmp_path: Path) -> None:
    with open_bytes(tmp_path, pages.huge_pdf()) as file:
        pixels, scale = file.render(0, 300, max_pixels=1_000_000)
        assert pixels.size <= 1_001_000
        assert scale == pytest.approx(1000 / 14400, rel=0.01)
        assert np.ptp(pixels) > 100


def test_form_fields(tmp_path: Path) -> None:
    with open_bytes(tmp_path, pages.form_pdf("total", "42.00")) as file:
        (found,) = file.form_fields()
    assert (found.name, found.value) == ("total", "42.00")
    assert (found.box.page, found.box.x0, found.box.y1) == (0, 50, 420)
    assert found.ticked is None


@pytest.mark.parametrize("ticked", [True, False])
def test_check_boxes_are_told_though_they_are_empty(tmp_path: Path, *, ticked: bool) -> None:
    with open_bytes(tmp_path, pages.form_pdf("news", ticked)) as file:
        (found,) = file.form_fields()
    assert (found.name, found.ticked) == ("news", ticked)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_attached_xml_comes_as_text(tmp_path: Path, encoding: str) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?>\n<Seller>Müller</Seller>'
    content = pages.attached_pdf("factur-x.xml", xml.encode(encoding))
    with open_bytes(tmp_path, content) as file:
        (found,) = file.embedded_files()
    assert (found.name, found.media_type) == ("factur-x.xml", "application/xml")
    assert found.text.strip() == "<Seller>Müller</Seller>"


def test_binary_attachments_are_left_out(tmp_path: Path) -> None:
    with open_bytes(tmp_path, pages.attached_pdf("logo.png", bytes(range(256)))) as file:
        assert file.embedded_files() == []


def test_words_are_as_high_as_their_font_says_and_not_as_their_letters(tmp_path: Path) -> None:
    """Whether PyMuPDF corrects this is a setting of the process: extraction is fitted to it."""
    document = pymupdf.open()
    document.new_page().insert_text((60, 100), "moon", fontsize=100)  # Helvetica
    with open_bytes(tmp_path, document.tobytes()) as file:
        (word,) = file.text_layer(0).words
    assert word.y1 - word.y0 == pytest.approx(137.4, abs=0.1)  # ascender 1.075, descender -.299


def test_large_files_are_read_as_small_ones_are(tmp_path: Path) -> None:
    document = pymupdf.open(stream=pages.text_pdf())
    document.embfile_add("noise", np.random.default_rng(1).bytes(1_200_000))
    large = document.tobytes()
    assert len(large) > 1_100_000
    with open_bytes(tmp_path, pages.text_pdf()) as small:
        expected = small.text_layer(0)
    with open_bytes(tmp_path, large) as file:
        assert (file.page_count, file.text_layer(0)) == (1, expected)


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        ("The quick brown fox jumps over the lazy dog and reads all these letters again", False),
        (
            "Der schnelle Fuchs springt \xfcber den faulen Hund, \xf6fter als \xe4rgerlich w\xe4re",
            False,
        ),
        ("Wkh txlfn eurzq ira mxpsv ryhu wkh odcb grj dqg uhdgv doo wkhvh ohwwhuv djdlq", True),
        ("short \ufffd\ufffd\ufffd\ufffd", True),
        ("\u0410\u0431\u0432\u0433 " * 20 + "xyz qwv kjh", False),
    ],
)
def test_text_that_is_no_language_is_garbled(text: str, garbled: bool) -> None:  # noqa: FBT001
    assert _is_garbled(text) is garbled


@pytest.mark.eval
def test_odd_files_have_the_pages_that_pymupdf_finds() -> None:
    """Also those that it mends only as it looks for their metadata."""
    if not ODD.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the evaluation documents; there are none at {ODD}")
        pytest.skip("no evaluation documents")
    for path in sorted(ODD.glob("*.pdf")):
        try:
            with pymupdf.open(path, filetype="pdf") as document:
                readable = document.is_pdf and not document.needs_pass
                expected = document.page_count if readable else 0
        except RuntimeError:
            expected = 0
        try:
            with PdfFile.open(str(path), max_pages=5000) as file:
                found = file.page_count
        except Permanent:
            found = 0
        assert found == expected, path.name
