"""Photos of receipts with everything known: where each word is, and on which sheet."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Grey = NDArray[np.uint8]
Quad = tuple[tuple[float, float], ...]  # top left, top right, bottom right, bottom left

RECEIPT = (
    "GOLDEN LEAF BAKERY",
    "12 Market Street",
    "Date 25/03/2018",
    "Wholemeal bread 10.40",
    "Butter croissant 13.00",
    "Orange juice 4.75",
    "Total amount 28.15",
    "Thank you for visiting",
)
OTHER = (
    "HARBOUR HARDWARE",
    "Unit 7 Dock Road",
    "Date 04/11/2021",
    "Masonry drill 19.90",
    "Copper wire 8.25",
    "Paint brush 6.40",
    "Amount due 34.55",
    "Keep this receipt",
)


@dataclass(frozen=True)
class Placed:
    """A word and the middle of its box on the photo, in pixels."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Photo:
    """The picture, and the words of each sheet, line by line."""

    image: Image.Image
    sheets: list[list[Placed]] = field(default_factory=list)
    corners: list[Quad] = field(default_factory=list)


def photo(
    sheets: Sequence[tuple[Sequence[str], Quad]],
    *,
    size: tuple[int, int] = (1200, 1500),
    ground: int = 90,
    shadow: float = 0.45,
    seed: int = 1,
) -> Photo:
    """Receipts with given lines and corners on a woven ground, half in the shadow of a hand."""
    random = np.random.default_rng(seed)
    picture = _woven(size, ground, random)
    found = Photo(Image.new("L", size), [], [])
    for lines, corners in sheets:
        paper, words = _receipt(lines)
        high, wide = paper.shape
        own = np.float32([(0, 0), (wide, 0), (wide, high), (0, high)])
        warp = cv2.getPerspectiveTransform(own, np.float32(corners))
        flat = cv2.warpPerspective(paper, warp, size, flags=cv2.INTER_AREA)
        mask = cv2.warpPerspective(np.full_like(paper, 255), warp, size) / 255
        picture = picture * (1 - mask) + flat * mask
        middles = cv2.perspectiveTransform(np.float32([[it[1:] for it in words]]), warp)[0]
        found.sheets.append(
            [Placed(it[0], float(x), float(y)) for it, (x, y) in zip(words, middles, strict=True)]
        )
        found.corners.append(corners)
    lit = cv2.GaussianBlur(picture * _light(size, shadow), (0, 0), 0.7)
    grain = random.normal(0, 3, lit.shape)
    return Photo(
        Image.fromarray((lit + grain).clip(0, 255).astype(np.uint8)), found.sheets, found.corners
    )


def _receipt(lines: Sequence[str]) -> tuple[Grey, list[tuple[str, float, float]]]:
    """A sheet of paper, and its words with the middles of their ink."""
    font = ImageFont.load_default(40)
    image = Image.new("L", (620, 120 + 84 * len(lines)), 235)
    draw = ImageDraw.Draw(image)
    words: list[tuple[str, float, float]] = []
    for row, line in enumerate(lines):
        x = 50.0
        for word in line.split():
            x0, y0, x1, y1 = draw.textbbox((x, 60 + 84 * row), word, font=font)
            draw.text((x, 60 + 84 * row), word, fill=40, font=font)
            words.append((word, (x0 + x1) / 2, (y0 + y1) / 2))
            x = x1 + 16
    return np.asarray(image), words


def _woven(size: tuple[int, int], ground: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Ground with stripes and blotches, darker than paper."""
    width, height = size
    blotches = cv2.resize(random.normal(0, 14, (height // 40, width // 40)), size)
    stripes = (
        8 * np.sin(np.arange(width) / 5)[None, :] + 5 * np.sin(np.arange(height) / 90)[:, None]
    )
    return (ground + blotches + stripes).clip(0, 255)


def _light(size: tuple[int, int], shadow: float) -> NDArray[np.float64]:
    """How bright it is, place by place: a soft shadow lies across, ``shadow`` of the light less."""
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width]
    across = (columns / width + 0.6 * rows / height - 0.75) * 14
    return 1 - shadow / (1 + np.exp(-across))
