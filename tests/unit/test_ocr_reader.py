"""Documents are read page by page: from the layer where it is sound, else by recognition."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from services.ocr.reader import each_page, probe, read_page, read_pages, render_preview
from services.ocr.results import DocumentInfo, ReadOptions
from shared.errors import Code, Permanent
from shared.models.embedded import Embedded
from shared.models.page import Page
from shared.models.read_by import ReadBy
from shared.pdf import Area
from tests.samples import pages
from tests.samples.invoices import invoice_pdf

PDF = "application/pdf"
OPTIONS = ReadOptions(engine="fast")
WORDS = " ".join(pages.LINES).lower().split()


@pytest.fixture
def stored(tmp_path: Path):  # noqa: ANN201
    def store(content: bytes) -> str:
        path = tmp_path / "document"
        path.write_bytes(content)
        return str(path)

    return store


def read(path: str, media_type: str = PDF) -> Page:
    return read_page(path, media_type, 0, OPTIONS)


def found_share(page: Page) -> float:
    """The share of the drawn words that were read."""
    read_words = [word.text.lower() for word in page.words]
    return sum(word in read_words for word in WORDS) / len(WORDS)


def test_text_layer(stored) -> None:  # noqa: ANN001
    result = read_pages(stored(pages.text_pdf(pages=3)), PDF, 0, None, OPTIONS)
    assert (result.info.pages, len(result.pages)) == (3, 3)
    page = Page.model_validate_json(result.pages[0].json)
    assert (page.read_by, page.engine, page.error) == (ReadBy.TEXT_LAYER, "", None)
    assert page.text == "\n".join(pages.LINES)
    assert all(word.text in page.lines[word.line].text.split() for word in page.words)
    assert result.pages[0].words == len(page.words)


def test_range_and_budget(stored) -> None:  # noqa: ANN001
    path = stored(pages.text_pdf(pages=5))
    result = read_pages(path, PDF, 1, 4, OPTIONS)
    assert [page.number for page in result.pages] == [1, 2, 3]
    hurried = read_pages(path, PDF, 1, 4, ReadOptions(engine="fast", budget=0))
    assert [page.number for page in hurried.pages] == [1]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_text_layer_is_read_upright(stored, rotation: int) -> None:  # noqa: ANN001
    page = read(stored(pages.text_pdf(rotation=rotation)))
    assert page.text == "\n".join(pages.LINES)
    assert page.rotation == 360 - rotation
    assert all(0 <= w.x0 < w.x1 <= page.width for w in page.words)
    assert all(0 <= w.y0 < w.y1 <= page.height for w in page.words)


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/png", "PNG"), ("image/jpeg", "JPEG"), ("image/tiff", "TIFF"),
        ("image/bmp", "BMP"), ("image/gif", "GIF"), ("image/webp", "WEBP"),
    ],
)  # fmt: skip
def test_images_of_all_kinds(stored, media_type: str, kind: str) -> None:  # noqa: ANN001
    page = read(stored(pages.encoded(pages.drawn_page(), kind)), media_type)
    assert (page.read_by, page.engine) == (ReadBy.OCR, "fast")
    assert (page.width, page.height) == (1000, 700)
    assert found_share(page) > 0.75
    first = page.words[0]
    assert abs(first.x0 - 80) < 6
    assert 70 < first.y0 < first.y1 < 125


def test_scan_in_a_pdf_has_boxes_in_points(stored) -> None:  # noqa: ANN001
    page = read(stored(pages.scan_pdf(pages.noisy(pages.drawn_page()))))
    assert (page.read_by, page.width, page.height) == (ReadBy.OCR, 500, 350)
    assert found_share(page) > 0.75
    assert abs(page.words[0].x0 - 40) < 4


@pytest.mark.parametrize("degrees", [-3.0, 0.2, 2.0])
def test_tilted_scan(stored, degrees: float) -> None:  # noqa: ANN001
    image = pages.tilted(pages.drawn_page(), degrees)
    page = read(stored(pages.encoded(image, "PNG")), "image/png")
    assert page.skew == pytest.approx(-degrees, abs=0.06)
    assert found_share(page) > 0.8
    _assert_on_ink(page, image)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_scan(stored, turn: int) -> None:  # noqa: ANN001
    image = pages.drawn_page().rotate(turn, expand=True)  # counter-clockwise
    page = read(stored(pages.encoded(image, "PNG")), "image/png")
    assert page.rotation == turn
    assert found_share(page) > 0.75
    _assert_on_ink(page, image)


def _assert_on_ink(page: Page, image: Image.Image) -> None:
    for word in page.words:
        piece = image.crop((int(word.x0), int(word.y0), int(word.x1) + 1, int(word.y1) + 1))
        assert piece.getextrema()[0] < 120, word


def test_exif_turn_is_undone(stored) -> None:  # noqa: ANN001
    exif = Image.Exif()
    exif[0x0112] = 6  # show it turned clockwise by 90 degrees
    image = pages.drawn_page().rotate(90, expand=True)
    page = read(stored(pages.encoded(image, "JPEG", exif=exif)), "image/jpeg")
    assert (page.width, page.height, page.rotation) == (1000, 700, 0)
    assert found_share(page) > 0.75


def test_pages_of_a_tiff(stored) -> None:  # noqa: ANN001
    first, second = pages.drawn_page(("First page here",)), pages.drawn_page(("Second one",))
    path = stored(pages.encoded(first, "TIFF", save_all=True, append_images=[second]))
    assert probe(path, "image/tiff").pages == 2
    result = read_pages(path, "image/tiff", 0, None, ReadOptions(budget=60))
    texts = [Page.model_validate_json(page.json).text for page in result.pages]
    assert [text.split()[0] for text in texts] == ["First", "Second"]


def test_transparent_image_is_read_on_white(stored) -> None:  # noqa: ANN001
    drawn = pages.drawn_page()
    image = Image.new("RGBA", drawn.size, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), mask=drawn.point(lambda value: 255 - value))
    assert found_share(read(stored(pages.encoded(image, "PNG")), "image/png")) > 0.75


def test_lying_layers_are_not_believed(stored) -> None:  # noqa: ANN001
    garbled = read(stored(pages.garbled_pdf()))
    assert garbled.read_by == ReadBy.OCR
    assert garbled.warnings
    nonsense = tuple("completely different words" for _ in range(3))
    blank = Image.new("L", (1000, 700), 250)
    lying = read(stored(pages.scan_pdf(blank, hidden=nonsense)))
    assert lying.words == []
    assert lying.warnings


def test_fitting_invisible_layer_is_believed(stored) -> None:  # noqa: ANN001
    page = read(stored(pages.scan_pdf(pages.drawn_page(), hidden=pages.LINES)))
    assert page.read_by == ReadBy.TEXT_LAYER
    assert page.text == "\n".join(pages.LINES)


def test_picture_on_a_page_is_read_besides_its_text(stored) -> None:  # noqa: ANN001
    page = read(stored(pages.mixed_pdf(pages.drawn_page())))
    assert page.read_by == ReadBy.MIXED
    assert page.lines[0].text == "Printed heading above the picture"
    assert found_share(page) > 0.75
    area = Area(0, 100, 500, 450)
    assert all(area.y0 < w.y0 < w.y1 < area.y1 for w in page.words if w.line)


def test_blank_page_has_no_words(stored) -> None:  # noqa: ANN001
    page = read(stored(pages.text_pdf(())))
    assert (page.words, page.error, page.read_by) == ([], None, ReadBy.NOTHING)


def test_huge_page_is_read(stored) -> None:  # noqa: ANN001
    page = read(stored(pages.huge_pdf()))
    assert page.error is None
    assert found_share(page) > 0.5
    assert max(word.x1 for word in page.words) > 5000


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"", "image/png", Code.FILE_EMPTY),
        (b"nothing", "image/png", Code.FILE_CORRUPT),
        (b"nothing", "application/zip", Code.FILE_TYPE_NOT_SUPPORTED),
        (b"nothing", PDF, Code.FILE_CORRUPT),
    ],
)
def test_what_does_not_open(stored, content: bytes, media_type: str, code: Code) -> None:  # noqa: ANN001
    with pytest.raises(Permanent) as failed:
        probe(stored(content), media_type)
    assert failed.value.code == code


def test_too_many_pixels_are_refused_before_decoding(stored) -> None:  # noqa: ANN001
    path = stored(pages.encoded(pages.drawn_page(), "PNG"))
    with pytest.raises(Permanent) as failed:
        probe(path, "image/png", ReadOptions(max_pixels=1000))
    assert failed.value.code == Code.FILE_TOO_LARGE


def test_broken_page_costs_that_page(stored) -> None:  # noqa: ANN001
    whole = pages.encoded(
        pages.drawn_page(("First page",)), "TIFF", save_all=True,
        append_images=[pages.drawn_page(("Second page",))], compression="tiff_lzw",
    )  # fmt: skip
    broken = bytearray(whole)
    broken[16:400] = b"\xff" * 384  # inside the first page's compressed pixels
    result = read_pages(stored(bytes(broken)), "image/tiff", 0, None, ReadOptions(budget=60))
    bad, good = (Page.model_validate_json(page.json) for page in result.pages)
    assert bad.error == Code.PAGE_FAILED or bad.text != "First page"
    assert good.text == "Second page"


def test_cut_off_jpeg_is_read_as_far_as_it_goes(stored) -> None:  # noqa: ANN001
    whole = pages.encoded(pages.drawn_page(), "JPEG")
    page = read(stored(whole[: len(whole) * 2 // 3]), "image/jpeg")
    assert page.words[0].text == "Northwind"
    assert page.warnings


def test_embedded_data_comes_with_the_first_pages(stored) -> None:  # noqa: ANN001
    path = stored(pages.attached_pdf("invoice.xml", b"<Invoice/>"))
    for info in (read_pages(path, PDF, 0, None, OPTIONS).info, probe(path, PDF)):
        (file,) = Embedded.model_validate_json(info.embedded or b"{}").files
        assert (file.name, file.text) == ("invoice.xml", "<Invoice/>")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(pages.text_pdf(), PDF), (pages.encoded(pages.drawn_page(height=1500), "PNG"), "image/png")],
)
@pytest.mark.parametrize(("width", "height"), [(160, 320), (500, 4000), (2000, 300)])
def test_a_preview_fits_what_is_asked(
    stored: Any, content: bytes, media_type: str, width: int, height: int
) -> None:
    picture = render_preview(stored(content), media_type, 0, width, height)
    with Image.open(io.BytesIO(picture)) as preview:
        assert preview.format == "WEBP"
        assert abs(preview.width - width) <= 1 or abs(preview.height - height) <= 1
        assert preview.width <= width + 1
        assert preview.height <= height + 1


def test_result_says_what_its_json_says(stored) -> None:  # noqa: ANN001
    (result,) = read_pages(stored(pages.text_pdf()), PDF, 0, None, OPTIONS).pages
    page = json.loads(result.json)
    assert (result.number, result.read_by, result.error) == (0, page["read_by"], page["error"])


@pytest.mark.parametrize(
    ("content", "read_by"),
    [
        (invoice_pdf(), ReadBy.TEXT_LAYER),
        (pages.text_pdf(('Sch\u00f6n \\ "so" </text> \u20ac',), rotation=90), ReadBy.TEXT_LAYER),
        (pages.scan_pdf(pages.drawn_page()), ReadBy.OCR),
        (pages.text_pdf(()), ReadBy.NOTHING),
    ],
)  # fmt: skip
def test_json_is_what_the_model_writes(stored, content: bytes, read_by: ReadBy) -> None:  # noqa: ANN001
    (result,) = read_pages(stored(content), PDF, 0, None, OPTIONS).pages
    page = Page.model_validate_json(result.json)
    assert (page.read_by, len(page.words)) == (read_by, result.words)
    assert page.model_dump_json().encode() == result.json


def test_what_is_known_comes_with_the_first_page_and_the_last_page_with_the_end(stored) -> None:  # noqa: ANN001
    path = stored(pages.text_pdf(pages=2))
    found = each_page(path, PDF, range(5), OPTIONS, embedded=True)
    first = next(found)
    with pytest.raises(StopIteration) as end:
        next(found)
    last = end.value.value
    assert (first.number, last.number) == (0, 1)
    assert (first.info, last.info) == (DocumentInfo(2), None)
    with pytest.raises(StopIteration) as end:
        next(each_page(path, PDF, (), OPTIONS, embedded=False))
    assert end.value.value == DocumentInfo(2)
