"""Made invoices drawn as scans, and read: ``python -m benchmarks.drawn_invoices FONTS DIR``.

``FONTS`` and the wear are those of ``benchmarks.drawn_receipts``; ``benchmarks.train_invoices``
fits confidences to what the engines ``fast`` and ``auto`` read.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.progress import track

from benchmarks.dataset import Document
from benchmarks.drawn_receipts import ENGINES, pages_read, put, read_by, unseen_fonts, worn
from benchmarks.made_invoices import HEIGHT, WIDTH, Cell, made_invoices
from benchmarks.varied_invoices import varied_invoices
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions

COUNT = 128
VARIED = 480
ODD = 0.15
_SCALE = 2.3  # pixels a point: 166 to the inch
_ASCENT = 0.85  # of the size, above the baseline
_BUDGET = 600.0  # seconds a page
__all__ = ["ENGINES", "drawn_documents", "pages_read"]


def main() -> None:
    """Draws and reads them all; what was read already stays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    fonts = unseen_fonts(arguments.fonts)
    documents = track(drawn_documents(), "drawing and reading", total=COUNT + VARIED)
    for document, cells in documents:
        path = arguments.folder / f"{document.id}.png"
        targets = {engine: read_by(arguments.folder, document, 0, engine) for engine in ENGINES}
        wanted = {engine: target for engine, target in targets.items() if not target.exists()}
        if wanted:
            chance = random.Random(document.id)  # noqa: S311 (no secret)
            cv2.imwrite(str(path), _drawn(cells, chance.choice(fonts), chance))
        for engine, target in wanted.items():
            options = ReadOptions(engine=engine, budget=_BUDGET)
            target.write_bytes(read_pages(str(path), "image/png", 0, None, options).pages[0].json)


def drawn_documents() -> Iterator[tuple[Document, list[Cell]]]:
    """The invoices that are drawn: kind ones, and more that are less kind."""
    yield from made_invoices(COUNT, ODD)
    yield from varied_invoices(VARIED, ODD)


def _drawn(cells: list[Cell], font: Path, chance: random.Random) -> NDArray[np.uint8]:
    image = Image.new("L", (int(WIDTH * _SCALE), int(HEIGHT * _SCALE)), 0)
    for cell in cells:
        top, bottom = cell.y - _ASCENT * cell.size, cell.y + (1 - _ASCENT) * cell.size
        box = tuple(int(edge * _SCALE) for edge in (cell.x, top, cell.x1, bottom))
        put(image, cell.text, (box[0], box[1], box[2], box[3]), font, bold=cell.size > 12)
    noise = np.random.default_rng(chance.getrandbits(32))
    return worn(np.asarray(image, np.float32) / 255, chance, noise)


if __name__ == "__main__":
    main()
