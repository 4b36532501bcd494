"""Pages drawn by code with known words: clean, and as a scanner gives them."""

import io
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray
from PIL import Image

from benchmarks.dataset import Document

_WORDS = {
    "english": (
        "Invoice delivery of the goods with thanks for your order payment within thirty days "
        "customer number date description quantity price amount total discount shipping account "
        "please contact our office between nine and five Northwind Trading Company Limited"
    ),
    "german": (
        "Rechnung Lieferung der Ware mit Dank für Ihre Bestellung Zahlung innerhalb von dreißig "
        "Tagen Kundennummer Datum Bezeichnung Menge Einzelpreis Betrag Überweisung Rückfragen "
        "bitte an unser Büro zwischen neun und fünf Münchner Handelsgesellschaft mbH Straße"
    ),
}
_LAYOUTS = {
    # name: font, size in points, words in a line, lines
    "letter": ("tiro", 11.0, 9, 30),
    "table": ("helv", 10.0, 4, 24),
    "small": ("helv", 7.5, 13, 56),
    "receipt": ("cour", 9.0, 4, 36),
}
_RESOLUTIONS = {"clean": 200, "scan": 150}
_LEFT, _TOP, _SPACING = 48, 60, 1.55


def drawn_documents(folder: Path) -> Iterator[Document]:
    """Sixteen pages, written to ``folder`` as PNG and JPEG."""
    draw = np.random.default_rng(20)
    for language in _WORDS:
        for layout in _LAYOUTS:
            lines = _lines(language, layout, draw)
            for wear, resolution in _RESOLUTIONS.items():
                pixels = _printed(lines, layout, resolution)
                name = f"{language}-{layout}-{wear}"
                path = folder / f"{name}.{'png' if wear == 'clean' else 'jpg'}"
                path.write_bytes(_encoded(pixels if wear == "clean" else _worn(pixels, draw), wear))
                expected = {"text": "\n".join(" ".join(line) for line in lines)}
                yield Document(name, f"drawn_{wear}", "page", {}, path, expected)


def _lines(language: str, layout: str, draw: np.random.Generator) -> list[list[str]]:
    words = _WORDS[language].split()
    _, _, length, count = _LAYOUTS[layout]
    lines = [[str(word) for word in draw.choice(words, length)] for _ in range(count)]
    if layout in {"table", "receipt"}:
        for line in lines:
            line += [str(draw.integers(1, 99)), f"{draw.integers(1, 9999)}.{draw.integers(10, 99)}"]
    return lines


def _printed(lines: list[list[str]], layout: str, resolution: int) -> NDArray[np.uint8]:
    font, size, *_ = _LAYOUTS[layout]
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        for row, line in enumerate(lines):
            y = _TOP + row * size * _SPACING
            if layout == "table":
                for column, cell in enumerate(line):
                    page.insert_text((_LEFT + 82 * column, y), cell, fontsize=size, fontname=font)
            else:
                page.insert_text((_LEFT, y), " ".join(line), fontsize=size, fontname=font)
        pixmap = page.get_pixmap(dpi=resolution, colorspace=pymupdf.csGRAY)
        grey = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
        return grey[:, : pixmap.width].copy()


def _worn(pixels: NDArray[np.uint8], draw: np.random.Generator) -> NDArray[np.uint8]:
    """Turned by up to 1.2 degrees, blurred, unevenly lit, grainy."""
    height, width = pixels.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(draw.uniform(-1.2, 1.2)), 1)
    turned = cv2.warpAffine(pixels, turn, (width, height), borderValue=(255,))
    blurred = cv2.GaussianBlur(turned, (0, 0), 0.7).astype(np.float32)
    light = np.linspace(0.78, 1.0, width, dtype=np.float32)[None]
    grain = draw.normal(0, 7, pixels.shape)
    return np.asarray((blurred * light * 0.9 + 12 + grain).clip(0, 255), np.uint8)


def _encoded(pixels: NDArray[np.uint8], wear: str) -> bytes:
    buffer = io.BytesIO()
    if wear == "clean":
        Image.fromarray(pixels).save(buffer, "PNG")
    else:
        Image.fromarray(pixels).save(buffer, "JPEG", quality=60)
    return buffer.getvalue()
