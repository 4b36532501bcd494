"""Files that hold several documents: where each begins, and how it is cut out."""

import io
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from PIL import Image

from services.extract.splitting.boundaries import pieces_of
from services.extract.splitting.numbering import PageNumber, page_number
from services.ingest.unpacking.cutting import cut, part_of
from services.ingest.unpacking.items import FileBegun
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.models.container import Piece
from shared.models.page import Page, Point, Region
from tests.samples.invoices import Invoice, invoice_pdf, many_pages_pdf, put

OTHER = Invoice(
    number="2024/77",
    seller="Südwerk Technik AG",
    buyer="Anders GmbH",
    vat_id="DE129273398",
    iban="DE02120300000000202051",
)


def joined(*files: bytes, blank: bool = False) -> bytes:
    """One PDF of several, with empty pages between if wanted."""
    with pymupdf.open() as made:
        for content in files:
            if blank and len(made):
                made.new_page()
            if not content:
                continue
            with pymupdf.open(stream=content, filetype="pdf") as one:
                made.insert_pdf(one)
        content = made.tobytes()
    return bytes(content)


def pages_of(folder: Path, content: bytes) -> list[Page]:
    path = folder / "file.pdf"
    path.write_bytes(content)
    read = read_pages(str(path), "application/pdf", 0, None, ReadOptions(engine="fast"))
    return [Page.model_validate_json(it.json) for it in read.pages]


def starts(folder: Path, content: bytes) -> list[list[int]]:
    return [it.pages for it in pieces_of(pages_of(folder, content), {})]


def two_pages(number: str) -> bytes:
    """An invoice whose sum stands on a second page, without any page number."""
    with pymupdf.open(stream=invoice_pdf(Invoice(number=number)), filetype="pdf") as made:
        page = made.new_page()
        put(page, 60, 80, f"Continued: invoice {number}", 10)
        for row in range(12):
            put(page, 60, 110 + 16 * row, f"{row + 3}  Desk lamp, white   1   30.00   30.00")
        put(page, 330, 330, "Total EUR 360.00")
        content = made.tobytes()
    return bytes(content)


def test_two_invoices_are_two(tmp_path: Path) -> None:
    assert starts(tmp_path, joined(invoice_pdf(), invoice_pdf(OTHER))) == [[0], [1]]


def test_two_invoices_of_one_supplier_are_two(tmp_path: Path) -> None:
    again = Invoice(number="RG-2024-0816", date="2024-03-15")
    assert starts(tmp_path, joined(invoice_pdf(), invoice_pdf(again))) == [[0], [1]]


def test_pages_without_print_belong_to_what_is_before_them(tmp_path: Path) -> None:
    bundle = joined(invoice_pdf(), invoice_pdf(OTHER), invoice_pdf(), blank=True)
    assert starts(tmp_path, bundle) == [[0, 1], [2, 3], [4]]
    assert starts(tmp_path, joined(invoice_pdf(), b"", blank=True)) == []


def test_a_page_that_could_not_be_read_is_in_no_hole(tmp_path: Path) -> None:
    pages = pages_of(tmp_path, joined(invoice_pdf(), invoice_pdf(OTHER)))
    lost = Page(number=1, width=0.0, height=0.0, error="TIMED_OUT")
    three = [pages[0], lost, pages[1].copy_with(number=2)]
    found = [number for it in pieces_of(three, {}) for number in it.pages]
    assert found in ([], [0, 1, 2])


def test_pages_of_one_document_stay_together(tmp_path: Path) -> None:
    assert starts(tmp_path, invoice_pdf()) == []
    assert starts(tmp_path, many_pages_pdf(5)) == []
    assert starts(tmp_path, two_pages("RG-1")) == []
    assert starts(tmp_path, joined(two_pages("RG-1"), invoice_pdf(OTHER))) == [[0, 1], [2]]


def test_page_numbers_tell_look_alikes_apart(tmp_path: Path) -> None:
    bundle = joined(many_pages_pdf(2), many_pages_pdf(3), many_pages_pdf(1))
    assert starts(tmp_path, bundle) == [[0, 1], [2, 3, 4], [5]]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Page 2 of 3", PageNumber(2, 3)),
        ("Seite 1/4", PageNumber(1, 4)),
        ("Pagina 3 di 3", PageNumber(3, 3)),
        ("página 1 de 2", PageNumber(1, 2)),
        ("- 2 / 5 -", PageNumber(2, 5)),
        ("Page: 7", PageNumber(7)),
        ("Page 4 of 3", None),
        ("14/03/2024", None),
        ("homepage 12", None),
        ("Page 0", None),
    ],
)
def test_page_numbers(text: str, number: PageNumber | None) -> None:
    assert page_number([text]) == number


def test_sheets_of_paper_on_a_photo_are_documents() -> None:
    corners = [Point(x=0, y=0), Point(x=10, y=0), Point(x=10, y=10), Point(x=0, y=10)]
    sheet = Region(x0=0, y0=0, x1=10, y1=10, corners=corners)
    photo = Page(number=0, width=100, height=100, regions=[sheet, sheet, sheet])
    assert [it.region for it in pieces_of([photo], {})] == [0, 1, 2]
    assert pieces_of([photo.copy_with(regions=[sheet])], {}) == []
    plain = Page(number=1, width=100, height=100)
    three = [photo, plain, photo.copy_with(number=2, regions=[sheet, sheet])]
    found = [(it.pages, it.region) for it in pieces_of(three, {})]
    assert found == [([0], 0), ([0], 1), ([0], 2), ([1], None), ([2], 0), ([2], 1)]


def files(path: Path, media_type: str, pieces: list[Piece], *sheets: Any) -> dict[str, bytes]:
    """What comes of cutting, by part."""
    found: dict[str, bytes] = {}
    part = ""
    for item in cut(str(path), media_type, "scan.pdf", pieces, {0: sheets}):
        if isinstance(item, FileBegun):
            part, found[item.part] = item.part, b""
        elif isinstance(item, bytes):
            found[part] += item
    return found


def test_pages_are_cut_out_as_they_are_and_twice_the_same(tmp_path: Path) -> None:
    path = tmp_path / "b.pdf"
    path.write_bytes(joined(two_pages("RG-1"), invoice_pdf(OTHER)))
    pieces = [Piece(pages=[0, 1]), Piece(pages=[2])]
    once = files(path, "application/pdf", pieces)
    assert list(once) == ["0-1", "2-2"]
    assert once == files(path, "application/pdf", pieces)
    with pymupdf.open(stream=once["0-1"], filetype="pdf") as document:
        assert len(document) == 2
        assert "Continued" in document[1].get_text()
    with pymupdf.open(stream=once["2-2"], filetype="pdf") as document:
        assert "2024/77" in document[0].get_text()


def test_frames_and_sheets_are_cut_out(tmp_path: Path) -> None:
    path = tmp_path / "b.tif"
    frames = [Image.new("1", (40 + number, 60), 1) for number in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:], compression="group4")
    found = files(path, "image/tiff", [Piece(pages=[0, 1]), Piece(pages=[2])])
    with Image.open(io.BytesIO(found["0-1"])) as one:
        assert (one.n_frames, one.size) == (2, (40, 60))
    with Image.open(io.BytesIO(found["2-2"])) as two:
        assert two.size == (42, 60)
    swapped = files(path, "image/tiff", [Piece(pages=[2, 0])])["2-0"]
    with Image.open(io.BytesIO(swapped)) as both:
        assert (both.n_frames, both.size) == (2, (42, 60)), "in the order that was asked for"
    path = tmp_path / "photo.png"
    Image.new("RGB", (200, 100), "white").save(path)
    piece = Piece(pages=[0], region=0)
    found = files(path, "image/png", [piece], [(10, 10), (60, 10), (60, 60), (10, 60)])
    with Image.open(io.BytesIO(found[part_of(piece)])) as sheet:
        assert sheet.size == (52, 52)
    path = tmp_path / "photo.pdf"
    path.write_bytes(invoice_pdf())
    found = files(path, "application/pdf", [piece], [(0, 0), (72, 0), (72, 72), (0, 72)])
    with Image.open(io.BytesIO(found[part_of(piece)])) as sheet:
        assert sheet.size == (204, 204), "200 dpi, and a little of what lies about"
