"""Searchable PDF of picture files: upright, in their size, with their own bytes."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pymupdf
import pytest
from PIL import Image, ImageOps, TiffImagePlugin
from searchable_making import (
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

JPEG, PNG, TIFF = "image/jpeg", "image/png", "image/tiff"
ORIENTATION = 0x0112


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return maker(tmp_path)


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
