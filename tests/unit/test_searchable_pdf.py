"""Searchable PDF: the original's pages and pictures, and words where they stand on them."""

import io
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
import pypdf
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps, TiffImagePlugin

from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from services.ocr.searchable import Making, add_pages
from shared.errors import Code, Permanent
from shared.models.page import Line, Page, ReadBy, Word
from tests.samples.pages import text_pdf
from tests.samples.receipts import receipt_jpeg

NEAR = 2.0  # points
PDF, JPEG, PNG, TIFF = "application/pdf", "image/jpeg", "image/png", "image/tiff"
ORIENTATION = 0x0112
Make = Callable[..., bytes]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """The searchable PDF of a file with these pages, made with this budget per call."""

    def made(content: bytes, media_type: str, *pages: Page, budget: float = 60.0) -> bytes:
        original, path = tmp_path / "original", tmp_path / "made.pdf"
        original.write_bytes(content)
        created = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        making = Making(str(original), media_type, str(path), "A <tïtle>", created)
        contents = [page.model_dump_json().encode() for page in pages]
        while making.pages < len(contents):
            done = add_pages(making, contents[making.pages :], budget)
            assert done.failed == ()
            assert making.pages < done.pages <= making.pages + (1 if budget == 0 else len(pages))
            making = replace(making, pages=done.pages, font=done.font)
        return path.read_bytes()

    return made


def page_with(*words: Word, size: tuple[float, float], **more: Any) -> Page:
    """A page with a line per word."""
    lines = [
        Line(text=it.text, x0=it.x0, y0=it.y0, x1=it.x1, y1=it.y1, words=[place])
        for place, it in enumerate(words)
    ]
    width, height = size
    facts = {"number": 0, "read_by": ReadBy.OCR, **more}
    return Page(width=width, height=height, words=list(words), lines=lines, **facts)


def word(text: str, x0: float, y0: float, x1: float, y1: float) -> Word:
    return Word(text=text, x0=x0, y0=y0, x1=x1, y1=y1, confidence=0.9)


def hits(page: pymupdf.Page, text: str) -> list[pymupdf.Rect]:
    """Where a word is found, on the page as displayed."""
    return [it * page.rotation_matrix for it in page.search_for(text)]


def assert_found(page: pymupdf.Page, read: Page) -> None:
    """Every word is found where it was read."""
    across, down = page.rect.width / read.width, page.rect.height / read.height
    for it in read.words:
        box = (it.x0 * across, it.y0 * down, it.x1 * across, it.y1 * down)
        nearest = min(
            (max(abs(a - b) for a, b in zip(hit, box, strict=True)) for hit in hits(page, it.text)),
            default=math.inf,
        )
        assert nearest <= NEAR, (it, hits(page, it.text))


def picture(width: int = 120, height: int = 80, mode: str = "RGB") -> Image.Image:
    """Noise, darker towards the lower right, so that no two orientations are alike."""
    noise = np.random.default_rng(3).integers(0, 60, (height, width, 3))
    shade = np.linspace(0, 120, width)[None, :, None] + np.linspace(0, 60, height)[:, None, None]
    return Image.fromarray((noise + shade).astype(np.uint8)).convert(mode)


def coded(image: Image.Image, form: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def shown(content: bytes, number: int, size: tuple[int, int]) -> NDArray[np.int16]:
    """A page rendered at that many pixels, in RGB."""
    with pymupdf.open(stream=content) as document:
        page = document[number]
        scale = pymupdf.Matrix(size[0] / page.rect.width, size[1] / page.rect.height)
        pixels = page.get_pixmap(matrix=scale, colorspace=pymupdf.csRGB, alpha=False)
    array = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width, 3)
    return array.astype(np.int16)


def stored_images(content: bytes) -> list[bytes]:
    """The pictures in a PDF as they are coded there."""
    with pymupdf.open(stream=content) as document:
        return [
            document.xref_stream_raw(number)
            for number in range(1, document.xref_length())
            if document.xref_is_image(number)
        ]


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


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_with_its_own_bytes(make: Make, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    content = coded(picture(), "JPEG", exif=exif, quality=95, subsampling=0)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    read = page_with(word("Total", 10, 20, 60, 32), size=upright.size)
    made = make(content, JPEG, read)
    assert stored_images(made) == [content]
    difference = shown(made, 0, upright.size) - np.asarray(upright, np.int16)
    assert np.abs(difference).mean() < 3, "but for how decoders round"
    with pymupdf.open(stream=made) as document:
        assert_found(document[0], read)


@pytest.mark.parametrize(
    ("mode", "form", "media_type", "more"),
    [
        ("RGB", "PNG", PNG, {}),
        ("L", "PNG", PNG, {}),
        ("1", "PNG", PNG, {}),
        ("P", "PNG", PNG, {}),
        ("1", "TIFF", TIFF, {"compression": "group4"}),
        ("1", "TIFF", TIFF, {"compression": "group3"}),
        ("RGB", "TIFF", TIFF, {"compression": "tiff_lzw"}),
        ("L", "TIFF", TIFF, {}),
        ("RGB", "BMP", "image/bmp", {}),
        ("P", "GIF", "image/gif", {}),
        ("RGB", "WEBP", "image/webp", {"lossless": True}),
    ],
)
def test_no_picture_changes(
    make: Make, mode: str, form: str, media_type: str, more: dict[str, Any]
) -> None:
    image = picture(mode=mode)
    content = coded(image, form, **more)
    made = make(content, media_type, page_with(size=image.size))
    reference = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), np.int16)
    assert np.array_equal(shown(made, 0, image.size), reference)
    (stored,) = stored_images(made)
    if form == "PNG" or more.get("compression") == "group4":
        assert stored in content, "not coded anew"


def test_inks_are_not_inverted(make: Make) -> None:
    """A JPEG file with Adobe's marker counts them from full to none."""
    content = coded(picture(mode="CMYK"), "JPEG", quality=95)
    made = make(content, JPEG, page_with(size=(120, 80)))
    assert stored_images(made) == [content]
    reference = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), np.int16)
    seen = shown(made, 0, (120, 80))
    assert np.abs(seen - reference).mean() < np.abs(seen - (255 - reference)).mean() / 3


@pytest.mark.parametrize("photometric", [0, 1])
def test_a_fax_is_black_on_white_either_way(make: Make, photometric: int) -> None:
    image = picture(mode="1")
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[262] = photometric
    content = coded(image, "TIFF", compression="group4", tiffinfo=tags)
    made = make(content, TIFF, page_with(size=image.size))
    reference = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), np.int16)
    assert np.array_equal(shown(made, 0, image.size), reference)


def test_transparent_parts_are_white(make: Make) -> None:
    image = picture(mode="RGBA")
    image.putalpha(0)
    made = make(coded(image, "PNG"), PNG, page_with(size=image.size))
    assert shown(made, 0, image.size).min() == 255


@pytest.mark.parametrize("budget", [0.0, 60.0])
def test_every_page_of_a_tiff_comes_in_its_stated_size(make: Make, budget: float) -> None:
    """Also when a call does one page only."""
    frames = [picture(120, 80, "1"), picture(90, 150), picture(100, 100, "L")]
    content = coded(frames[0], "TIFF", save_all=True, append_images=frames[1:], dpi=(100, 200))
    read = [
        page_with(word(f"Page{number}", 10, 10, 60, 22), size=frame.size, number=number)
        for number, frame in enumerate(frames)
    ]
    made = make(content, TIFF, *read, budget=budget)
    with pymupdf.open(stream=made) as document:
        assert len(document) == 3
        assert tuple(document[0].rect.br) == pytest.approx((120 * 0.72, 80 * 0.36))
        for page, text in zip(document, read, strict=True):
            assert_found(page, text)
        assert len({font[0] for page in document for font in page.get_fonts()}) == 1
    for number, frame in enumerate(frames):
        reference = np.asarray(frame.convert("RGB"), np.int16)
        assert np.array_equal(shown(made, number, frame.size), reference)


def test_a_tiff_turned_by_its_tag_stands_upright(make: Make, tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[274] = 6
    content = coded(picture(mode="1"), "TIFF", compression="group4", tiffinfo=tags, dpi=(200, 100))
    (tmp_path / "turned").write_bytes(content)
    read = read_page(str(tmp_path / "turned"), TIFF, 0, ReadOptions(engine="fast"))
    assert (read.width, read.height) == (80, 120)
    made = make(content, TIFF, read)
    upright = Image.open(io.BytesIO(content))
    assert np.array_equal(shown(made, 0, (80, 120)), np.asarray(upright.convert("RGB"), np.int16))
    with pymupdf.open(stream=made) as document:
        assert tuple(document[0].rect.br) == pytest.approx((80 * 0.72, 120 * 0.36))


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
        (b"text", "text/plain", Code.FILE_TYPE_NOT_SUPPORTED),
    ],
)
def test_what_cannot_be_opened_says_why(
    make: Make, content: bytes, media_type: str, code: Code
) -> None:
    with pytest.raises(Permanent) as error:
        make(content, media_type, page_with(size=(10, 10)))
    assert error.value.code is code
