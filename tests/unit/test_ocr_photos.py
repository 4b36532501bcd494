"""Photos of receipts are read sheet by sheet; anything else is read as before."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.extract.laying import lay_out
from services.ocr.geometry import Frame
from services.ocr.photo.rectify import evenly_lit
from services.ocr.photo.sheets import find_sheets
from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from shared.models.page import Page, Region
from tests.samples import pages
from tests.samples.photos import OTHER, RECEIPT, Photo, Placed, photo

LEANING = ((330.0, 150.0), (840.0, 110.0), (960.0, 1360.0), (240.0, 1300.0))
LEFT = ((90.0, 190.0), (640.0, 120.0), (700.0, 1290.0), (120.0, 1330.0))
RIGHT = ((900.0, 90.0), (1480.0, 160.0), (1470.0, 1260.0), (860.0, 1310.0))
FOUND = 0.85  # of the drawn words
NEAR = 5.0  # pixels, which are points, from where the middle of a word is


@cache
def leaning() -> Photo:
    """A receipt from the side, half in shadow."""
    return photo([(RECEIPT, LEANING)])


@cache
def pair() -> Photo:
    """Two receipts side by side; the lines of one are as high as those of the other."""
    return photo([(RECEIPT, LEFT), (OTHER, RIGHT)], size=(1600, 1450), shadow=0.3)


def read(image: Image.Image, path: Path) -> Page:
    """``image``, stored at ``path``, read."""
    path.write_bytes(pages.encoded(image, "PNG"))
    return read_page(str(path), "image/png", 0, ReadOptions(engine="fast"))


@pytest.fixture(scope="module")
def pair_page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return read(pair().image, tmp_path_factory.mktemp("pair") / "photo.png")


def found_share(page: Page, indexes: Sequence[int], placed: Sequence[Placed]) -> float:
    """The share of ``placed`` that are among those words of ``page``, in their places."""
    words = [page.words[index] for index in indexes]
    return sum(
        any(
            word.text.lower() == it.text.lower()
            and abs((word.x0 + word.x1) / 2 - it.x) < NEAR
            and abs((word.y0 + word.y1) / 2 - it.y) < NEAR
            for word in words
        )
        for it in placed
    ) / len(placed)


def are_near(region: Region, corners: Sequence[tuple[float, float]]) -> bool:
    """Whether the region's corners are those drawn, but for a hundredth of the picture."""
    found = np.array([(it.x, it.y) for it in region.corners])
    return bool(np.abs(found - np.array(corners)).max() < 15)


def test_a_leaning_receipt_is_read_in_place(tmp_path: Path) -> None:
    drawn = leaning()
    page = read(drawn.image, tmp_path / "photo.png")
    (region,) = page.regions
    assert are_near(region, LEANING)
    assert region.words == list(range(len(page.words)))
    assert region.lines == list(range(len(page.lines)))
    assert found_share(page, region.words, drawn.sheets[0]) > FOUND
    assert [line.text.split()[0] for line in page.lines][:3] == ["GOLDEN", "12", "Date"]


def test_two_receipts_are_two_regions(pair_page: Page) -> None:
    drawn, page = pair(), pair_page
    assert len(page.regions) == 2
    for region, corners, placed in zip(page.regions, (LEFT, RIGHT), drawn.sheets, strict=True):
        assert are_near(region, corners)
        assert found_share(page, region.words, placed) > FOUND
        assert {page.words[it].line for it in region.words} == set(region.lines)
        assert all(region.x0 <= page.words[it].x0 < region.x1 for it in region.words)
    first, second = page.regions
    assert [*first.words, *second.words] == list(range(len(page.words)))
    assert [*first.lines, *second.lines] == list(range(len(page.lines)))
    assert [page.words[it].line for it in range(len(page.words))] == sorted(
        word.line for word in page.words
    )
    blocks = [{page.lines[it].block for it in region.lines} for region in page.regions]
    assert not blocks[0] & blocks[1]


def test_a_photo_that_lies_on_its_side(tmp_path: Path) -> None:
    drawn = leaning()
    page = read(drawn.image.rotate(90, expand=True), tmp_path / "photo.png")
    (region,) = page.regions
    assert (page.rotation, region.rotation) == (90, 90)
    height = drawn.image.width  # of the turned picture
    turned = [Placed(it.text, it.y, height - it.x) for it in drawn.sheets[0]]
    assert found_share(page, region.words, turned) > FOUND


def test_a_photo_that_its_exif_data_turns(tmp_path: Path) -> None:
    drawn = leaning()
    exif = Image.Exif()
    exif[0x0112] = 6  # show it turned clockwise by 90 degrees
    path = tmp_path / "photo.jpg"
    lying = drawn.image.rotate(90, expand=True)
    path.write_bytes(pages.encoded(lying, "JPEG", exif=exif, quality=92))
    page = read_page(str(path), "image/jpeg", 0, ReadOptions(engine="fast"))
    assert (page.width, page.height, page.rotation) == (1200, 1500, 0)
    assert found_share(page, page.regions[0].words, drawn.sheets[0]) > FOUND


def test_words_of_two_receipts_do_not_share_rows(pair_page: Page) -> None:
    rows = [row.text for row in lay_out([pair_page]).rows]
    assert not any("GOLDEN" in row and "HARBOUR" in row for row in rows)
    (total,) = [row for row in rows if "28.15" in row]
    assert "34.55" not in total


@pytest.mark.parametrize(
    "image",
    [
        pages.drawn_page(),
        pages.tilted(pages.noisy(pages.drawn_page()), 2.0),
        Image.new("L", (800, 1000), 255),
        Image.new("L", (800, 1000), 0),
        Image.new("L", (3, 2), 200),
    ],
)
def test_a_scan_is_no_photo(image: Image.Image) -> None:
    assert find_sheets(np.asarray(image)) == []


def test_a_box_on_a_page_with_text_is_no_sheet() -> None:
    page = Image.new("L", (1000, 1400), 245)
    page.paste(pages.drawn_page(width=1000, height=700), (0, 0))
    page.paste(150, (100, 700, 900, 1350))
    page.paste(pages.drawn_page(size=20, width=600, height=500).point(lambda it: it), (200, 780))
    assert find_sheets(np.asarray(page)) == []


def test_a_scan_on_black_ground_is_no_photo() -> None:
    page = Image.new("L", (1060, 760), 0)
    page.paste(pages.drawn_page(), (30, 30))
    assert find_sheets(np.asarray(page)) == []


def test_shadow_is_taken_away() -> None:
    drawn = np.asarray(pages.drawn_page(), np.float64)
    light = np.linspace(1.0, 0.4, drawn.shape[1])[None, :]
    even = evenly_lit((drawn * light).astype(np.uint8))
    paper = even[:60]
    assert int(paper.max()) - int(paper.min()) < 12
    assert even.min() < 60


CORNERS = np.array([(10.0, 20.0), (300.0, 5.0), (340.0, 420.0), (-5.0, 380.0)])


def test_a_frame_spans_a_quadrilateral() -> None:
    frame = Frame.spanned(200, 400, CORNERS)
    own = np.array([(0.0, 0.0), (200.0, 0.0), (200.0, 400.0), (0.0, 400.0)])
    assert np.allclose(frame.points(own), CORNERS)
    (box,) = frame.boxes(np.array([[0.0, 0.0, 200.0, 400.0]])).tolist()
    assert np.allclose(box, [-5, 5, 340, 420])


def test_frames_follow_each_other_through_perspective() -> None:
    turned, lens = Frame.unturned(90, 200, 400), Frame.spanned(200, 400, CORNERS)
    scaled = Frame.scaled(0.5, 7, 9)
    places = np.array([(30.0, 40.0), (399.0, 3.0), (250.0, 199.0)])
    stepwise = scaled.points(lens.points(turned.points(places)))
    assert np.allclose(turned.then(lens).then(scaled).points(places), stepwise)


def test_a_level_line_leans_as_the_sheet_does() -> None:
    frame = Frame.untilted(3.0, 100, 100)
    assert abs(Frame.unturned(90, 100, 200).text_angle(5, 5) - 90) < 1e-6
    assert abs(abs(frame.text_angle(50, 50)) - 3.0) < 1e-6
