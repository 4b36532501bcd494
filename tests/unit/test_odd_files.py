"""Files that are damaged, bare or oddly made: what can be read is, and what was done is told."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

from services.ocr.reader import probe, read_pages
from services.ocr.results import ReadOptions
from services.ocr.sources import MENDED
from shared.errors import Code, Permanent
from shared.pdf import PdfFile
from tests.samples import hostile
from tests.samples.pages import drawn_page, encoded, form_pdf, text_pdf

PDF = "application/pdf"
OPTIONS = ReadOptions(engine="fast")
Save = Callable[[bytes], str]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def saved(content: bytes) -> str:
        path = tmp_path / "file"
        path.write_bytes(content)
        return str(path)

    return saved


def texts(path: str, kind: str) -> list[str]:
    pages = [json.loads(it.json) for it in read_pages(path, kind, 0, None, OPTIONS).pages]
    return [" ".join(word["text"] for word in page["words"]) for page in pages]


def _encrypted_without_id() -> bytes:
    """AES-256 makes its keys without the ``/ID`` that all encrypted files must have."""
    with pymupdf.open(stream=text_pdf()) as document:
        content = document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="o", user_pw="")
    return content.replace(b"/ID", b"/XX")


@pytest.mark.parametrize(
    ("content", "mended"),
    [
        (text_pdf(), False),
        (text_pdf()[:-300], True),
        (text_pdf().replace(b"startxref", b"startxxxx"), True),
        (b"\n".join(text_pdf().split(b"\n")[1:]), True),
        (_encrypted_without_id(), True),
    ],
    ids=["sound", "cut off", "no table", "no header", "no id"],
)
def test_a_mended_file_says_so(save: Save, content: bytes, *, mended: bool) -> None:
    info = probe(save(content), PDF, OPTIONS)
    assert (info.pages, info.warnings) == (1, (MENDED,) * mended)


def test_a_damaged_picture_is_to_be_sent_again(save: Save) -> None:
    content = encoded(drawn_page(), "JPEG")
    (page,) = read_pages(save(content[: len(content) // 2]), "image/jpeg", 0, None, OPTIONS).pages
    assert "the file is damaged" in page.rescan
    (page,) = read_pages(save(content), "image/jpeg", 0, None, OPTIONS).pages
    assert not page.rescan


def test_a_picture_of_a_billion_pixels_costs_its_page(save: Save) -> None:
    content = hostile.joined(text_pdf(), hostile.drawing_bomb_pdf(), text_pdf())
    pages = read_pages(save(content), PDF, 0, None, OPTIONS).pages
    assert [page.error for page in pages] == [None, Code.FILE_TOO_LARGE, None]
    with (
        PdfFile.open(save(content), max_pages=9) as file,
        pytest.raises(Permanent, match="35000 x 35000"),
    ):
        file.render_colour(1, 100)


def test_only_a_page_without_any_content_is_not_drawn(save: Save) -> None:
    with pymupdf.open() as document:
        document.new_page()
        document.new_page().draw_line((0, 0), (99, 99))
        bare = document.tobytes()
    with PdfFile.open(save(bare), max_pages=9) as file:
        assert [file.text_layer(it).nothing_drawn for it in (0, 1)] == [True, False]
    with PdfFile.open(save(form_pdf("a", "")), max_pages=9) as file:
        assert not file.text_layer(0).nothing_drawn


def test_cmyk_and_turned_jpegs_are_read_upright(save: Save) -> None:
    expected = texts(save(encoded(drawn_page(), "JPEG", quality=95)), "image/jpeg")
    assert "Northwind" in expected[0]
    cmyk = encoded(drawn_page().convert("CMYK"), "JPEG", quality=95)
    assert texts(save(cmyk), "image/jpeg") == expected
    exif = Image.Exif()
    exif[0x0112] = 8
    turned = drawn_page().rotate(-90, expand=True)
    path = save(encoded(turned, "JPEG", quality=95, exif=exif.tobytes()))
    assert texts(path, "image/jpeg") == expected


def test_a_fax_of_several_pages_is_read_page_by_page(save: Save) -> None:
    frames = [drawn_page((f"Page number {it} of the fax",)).convert("1") for it in (1, 2, 3)]
    more = {"save_all": True, "append_images": frames[1:], "compression": "group4"}
    found = texts(save(encoded(frames[0], "TIFF", **more)), "image/tiff")
    assert [re.findall(r"\d", text) for text in found] == [["1"], ["2"], ["3"]]
