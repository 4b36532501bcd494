"""PDF files: what opens and what does not, words and pictures in displayed coordinates."""

from pathlib import Path

import numpy as np
import pymupdf
import pytest

from shared.errors import Code, Permanent
from shared.pdf import PdfFile
from tests.samples import pages


def open_bytes(tmp_path: Path, content: bytes, max_pages: int = 10):  # noqa: ANN201
    path = tmp_path / "file"
    path.write_bytes(content)
    return PdfFile.open(str(path), max_pages=max_pages)


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
