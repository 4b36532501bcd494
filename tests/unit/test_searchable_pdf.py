"""Searchable PDF: the original's pages and pictures, and words where they stand on them."""

import io
import math
from pathlib import Path

import numpy as np
import pymupdf
import pypdf
import pytest
from searchable_making import (
    NEAR,
    Make,
    assert_found,
    coded,
    maker,
    page_with,
    picture,
    shown,
    stored_images,
    word,
)

from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from shared.errors import Code, Permanent
from shared.models.page import Line, Page
from shared.models.read_by import ReadBy
from tests.samples.pages import text_pdf
from tests.samples.receipts import receipt_jpeg

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return maker(tmp_path)


def scan(rotation: int = 0) -> bytes:
    """A PDF of one page that shows a picture, with a crop box that begins elsewhere."""
    document = pymupdf.open()
    page = document.new_page(width=500, height=400)
    page.insert_image(page.rect, stream=coded(picture(), "PNG"))
    page.set_cropbox(pymupdf.Rect(50, 30, 450, 330))
    page.set_rotation(rotation)
    return bytes(document.tobytes())


WORDS = (
    word("Total", 40, 50, 90, 62),
    word("Größe", 100, 49, 150, 63),
    word("12,50€", 200, 250, 260, 259),
)


def test_what_is_read_on_a_receipt_is_found_on_it(make: Make, tmp_path: Path) -> None:
    content = receipt_jpeg()
    (tmp_path / "receipt").write_bytes(content)
    read = read_page(str(tmp_path / "receipt"), JPEG, 0, ReadOptions(engine="fast"))
    made = make(content, JPEG, read)
    assert stored_images(made) == [content], "the very bytes of the file"
    with pymupdf.open(stream=made) as document:
        assert max(document[0].rect.br) == pytest.approx(842, abs=0.1)
        assert_found(document[0], read)
        spoken = document[0].get_text().split()
        assert document.metadata["title"] == "A <tïtle>"
        assert document.metadata["creationDate"] == "D:20260102030405Z"
    assert len(read.words) > 30
    assert sorted(spoken) == sorted(it.text for it in read.words)
    assert len(made) < len(content) + 20_000


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_are_placed_on_the_page_as_displayed(make: Make, rotation: int) -> None:
    """Whatever its crop box, and however it is turned; all that was there stays."""
    original = scan(rotation)
    size = (300.0, 400.0) if rotation in (90, 270) else (400.0, 300.0)
    read = page_with(*WORDS, size=size)
    made = make(original, PDF, read)
    assert made.startswith(original)
    with pymupdf.open(stream=made) as document:
        assert_found(document[0], read)
    pixels = (int(size[0]), int(size[1]))
    assert np.array_equal(shown(made, 0, pixels), shown(original, 0, pixels))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, 3.0, -3.0])
def test_turned_and_tilted_words_lie_as_they_are_read(
    make: Make, rotation: int, skew: float
) -> None:
    """The boxes given are those around the tilted words, as the reader gives them."""
    angle = math.radians(rotation - skew)  # counter-clockwise, as seen
    length, height, x, y = 80.0, 12.0, 150.0, 120.0
    across = abs(length * math.cos(angle)) + abs(height * math.sin(angle))
    down = abs(length * math.sin(angle)) + abs(height * math.cos(angle))
    box = word("Tilted", x - across / 2, y - down / 2, x + across / 2, y + down / 2)
    read = page_with(box, size=(400, 300), rotation=rotation, skew=skew)
    with pymupdf.open(stream=make(scan(), PDF, read)) as document:
        (quad,) = document[0].search_for("Tilted", quads=True)
        (span,) = [
            line["dir"]
            for block in document[0].get_text("dict")["blocks"]
            for line in block.get("lines", ())
        ]
        assert_found(document[0], read)
    assert span == pytest.approx((math.cos(angle), -math.sin(angle)), abs=0.01)
    assert abs(quad.ur - quad.ul) == pytest.approx(length, abs=NEAR)
    assert abs(quad.ul - quad.ll) == pytest.approx(height, abs=NEAR)


def test_a_born_digital_file_is_left_as_it_is(make: Make) -> None:
    original = text_pdf(pages=2)
    read = [
        page_with(*WORDS, size=(595, 842), number=number, read_by=ReadBy.TEXT_LAYER)
        for number in range(2)
    ]
    assert make(original, PDF, *read) == original


def test_of_a_mixed_page_only_the_recognised_words_are_added(make: Make) -> None:
    document = pymupdf.open()
    page = document.new_page(width=400, height=300)
    page.insert_text((40, 60), "Native words", fontsize=12)
    page.insert_image(pymupdf.Rect(40, 100, 300, 280), stream=coded(picture(), "PNG"))
    native = [word(text, *box) for *box, text, _, _, _ in page.get_text("words")]
    added = word("Stamped", 100, 150, 160, 162)
    read = page_with(*native, added, size=(400, 300), read_by=ReadBy.MIXED)
    with pymupdf.open(stream=make(document.tobytes(), PDF, read)) as made:
        assert sorted(made[0].get_text().split()) == ["Native", "Stamped", "words"]
        assert_found(made[0], read)


def test_pages_that_share_their_resources_keep_them(make: Make) -> None:
    """The invisible font must not hide the fonts that a page has from the tree of pages."""
    document = pymupdf.open(stream=text_pdf(pages=2))
    key = document.xref_get_key(document[0].xref, "Resources")[1]
    _, parent = document.xref_get_key(document[0].xref, "Parent")
    document.xref_set_key(int(parent.split()[0]), "Resources", key)
    for page in document:
        document.xref_set_key(page.xref, "Resources", "null")
    original = bytes(document.tobytes())
    made = make(original, PDF, page_with(*WORDS, size=(595, 842)))
    for number in range(2):
        before = shown(original, number, (595, 842))
        assert before.min() < 100
        assert np.array_equal(shown(made, number, (595, 842)), before)


def test_words_of_a_line_are_parted_by_a_space(make: Make) -> None:
    words = [word("Grand", 40, 50, 90, 62), word("total", 96, 50, 140, 62)]
    line = Line(text="Grand total", x0=40, y0=50, x1=140, y1=62, words=[0, 1])
    read = page_with(*words, size=(400, 300)).copy_with(lines=[line])
    with pymupdf.open(stream=make(scan(), PDF, read)) as document:
        assert document[0].get_text() == "Grand total\n"
        (hit,) = document[0].search_for("grand total")
        assert tuple(hit) == pytest.approx((40, 50, 140, 62), abs=NEAR)


def test_another_reader_finds_the_same_text(make: Make) -> None:
    words = [word("Grand", 40, 50, 90, 62), word("total", 130, 50, 170, 62), WORDS[2]]
    line = Line(text="Grand total", x0=40, y0=50, x1=170, y1=62, words=[0, 1])
    last = Line(text="12,50€", x0=200, y0=250, x1=260, y1=259, words=[2])
    read = page_with(*words, size=(400, 300)).copy_with(lines=[line, last])
    reader = pypdf.PdfReader(io.BytesIO(make(scan(), PDF, read)), strict=True)
    assert reader.pages[0].extract_text().splitlines() == ["Grand total", "12,50€"]


@pytest.mark.parametrize("text", ["日本語", "Ελλάδα", "Добрый", "ﬁ", "\U0001f600x", "(a)\\"])
def test_any_script_can_be_copied(make: Make, text: str) -> None:
    read = page_with(word(text, 40, 50, 90, 62), word("Total", 40, 80, 90, 92), size=(400, 300))
    with pymupdf.open(stream=make(scan(), PDF, read)) as document:
        told = document[0].get_text().split("\n")
    assert told[1] == "Total"
    if all(ord(it) < 0x10000 for it in text):
        assert told[0] == text


def test_a_page_that_was_not_read_is_there_without_text(make: Make) -> None:
    lost = Page(number=0, width=0, height=0, error="CRASHED")
    content = coded(picture(), "JPEG")
    made = make(content, JPEG, lost)
    assert stored_images(made) == [content]


def encrypted(user: str) -> bytes:
    with pymupdf.open(stream=scan()) as document:
        method = pymupdf.PDF_ENCRYPT_AES_256
        return bytes(document.tobytes(encryption=method, user_pw=user, owner_pw="owner"))


def test_a_file_that_opens_without_password_stays_encrypted(make: Make) -> None:
    read = page_with(*WORDS, size=(400, 300))
    with pymupdf.open(stream=make(encrypted(""), PDF, read)) as document:
        assert_found(document[0], read)
        assert "AES" in document.metadata["encryption"]


def test_a_damaged_file_is_mended_first(make: Make) -> None:
    original = scan()
    cut = original[: original.rindex(b"xref")]
    read = page_with(*WORDS, size=(400, 300))
    with pymupdf.open(stream=make(cut, PDF, read)) as document:
        assert_found(document[0], read)


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (encrypted("secret"), PDF, Code.FILE_ENCRYPTED),
        (b"%PDF-1.7\ngarbage", PDF, Code.FILE_CORRUPT),
        (b"", PDF, Code.FILE_EMPTY),
        (b"\xff\xd8garbage", JPEG, Code.FILE_CORRUPT),
        (b"<svg/>", "image/svg+xml", Code.FILE_TYPE_NOT_SUPPORTED),
    ],
)
def test_what_cannot_be_opened_says_why(
    make: Make, content: bytes, media_type: str, code: Code
) -> None:
    with pytest.raises(Permanent) as error:
        make(content, media_type, page_with(size=(10, 10)))
    assert error.value.code is code
