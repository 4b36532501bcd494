"""Drawn lines and pages, from which the ranges of the quantised networks are taken."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_TEXTS = (
    "Invoice No. 2024-00173", "TOTAL 1,248.90", "Date: 03/11/2023 14:52", "GST 6% 4.35",
    "Thank you, please come again!", "Qty Description Unit Price Amount", "RM 62.80",
    "Musterstrasse 12, 10115 Berlin", "IBAN DE89 3704 0044 0532 0130 00", "info@example.com",
    "CASH 50.00 CHANGE 12.35", "Tel: +49 30 1234567", "#00917 (A/B) & Co. Ltd.", "VAT ID: 100%",
    "SUBTOTAL", "x 3 @ 4.99 = 14.97", "The quick brown fox jumps over the lazy dog", "1",
    "WALTZ, BAD NYMPH, FOR QUICK JIGS VEX.", "[0123456789]", "Amount due: $1,024.00",
)  # fmt: skip
_HERSHEY = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX)
_PAGE, _EDGE = 480, 8  # pixels: the sides of a page, what is left free above and below
Line = NDArray[np.uint8]


def drawn_lines(seed: int = 20240917) -> Iterator[Line]:
    """Grey pictures of text lines, clean and degraded as by scanners and thermal printers."""
    random = np.random.default_rng(seed)
    for index, text in enumerate(_TEXTS * 5):
        size = int(random.integers(13, 44))
        line = _printed(text, size) if index % 4 else _plotted(text, size, index)
        yield _degraded(line, random) if index % 3 else line


def drawn_pages(count: int = 8, seed: int = 7) -> Iterator[Line]:
    """Grey pictures of small pages with drawn lines, half of them framed and ruled."""
    random = np.random.default_rng(seed)
    lines = list(drawn_lines())
    for index in range(count):
        page = np.full((_PAGE, _PAGE), random.integers(200, 256), np.uint8)
        y = _EDGE
        while True:
            line, scale = lines[random.integers(len(lines))], random.uniform(0.25, 1.0)
            line = np.asarray(
                cv2.resize(line, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
            )
            if y + line.shape[0] > _PAGE - _EDGE:
                break
            x = int(random.integers(0, 60))
            line = line[:, : _PAGE - x]
            page[y : y + line.shape[0], x : x + line.shape[1]] = line
            y += line.shape[0] + int(random.integers(2, 14))
        if index % 2:
            cv2.rectangle(page, (20, 20), (_PAGE - 20, _PAGE - 20), (0,), 1)
            cv2.line(page, (20, 200), (_PAGE - 20, 200), (0,), 2)
        yield page


def _printed(text: str, size: int) -> Line:
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    margin = max(2, size // 4)
    wide, high = int(right - left) + 2 * margin, int(bottom - top) + 2 * margin
    image = Image.new("L", (wide, high), 255)
    ImageDraw.Draw(image).text((margin - left, margin - top), text, fill=20, font=font)
    return np.asarray(image)


def _plotted(text: str, size: int, index: int) -> Line:
    face, scale = _HERSHEY[index % len(_HERSHEY)], size / 30
    (wide, high), base = cv2.getTextSize(text, face, scale, 1)
    line = np.full((high + base + 8, wide + 12), 245, np.uint8)
    cv2.putText(line, text, (6, high + 4), face, scale, 40, 1, cv2.LINE_AA)
    return line


def _degraded(line: Line, random: np.random.Generator) -> Line:
    contrast = random.uniform(0.35, 1.0)
    values = 255 - (255 - line.astype(np.float32)) * contrast
    values = np.asarray(cv2.GaussianBlur(values, (0, 0), random.uniform(0.3, 1.2)), np.float32)
    values += random.normal(0, random.uniform(2, 14), values.shape) - random.uniform(0, 40)
    worn = values.clip(0, 255).astype(np.uint8)
    quality = int(random.integers(35, 90))
    _, coded = cv2.imencode(".jpg", worn, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    return worn if decoded is None else np.asarray(decoded, np.uint8)
