"""Receipts drawn from their words and read again: what recognition makes of known print.

``python -m benchmarks.drawn_receipts WORDS.jsonl FONTS DIR`` draws each receipt of a training
file with its words at their places, three times, in fonts under ``FONTS``
(``benchmarks/recogniser/materials.sh``) that the recogniser never saw, worn as thermal paper
is, and writes what the engine ``fast`` reads to ``DIR``, and of one drawing of each what
``auto`` reads, which takes longer. What was read already stays.
``benchmarks.train_receipts --read DIR`` learns from it.
"""

import argparse
import random
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from rich.progress import track

from benchmarks.dataset import Document, training_receipts
from benchmarks.recogniser.faces import HELD_OUT
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.models.page import Page

SEED = 11
DRAWINGS = 3
"""How often each receipt is drawn: fonts and wear differ."""
ENGINES = ("fast", "auto")
_LINE_HEIGHTS = (14, 23)  # pixels
_MARGIN = 30
_BOLD = 0.15
_MONOSPACED = ("Courier", "Cousine", "mono", "Code", "OCR")
_RECEIPT_SHARE = 0.6  # of receipts in a font of equal widths
_Box = tuple[int, int, int, int]


def main() -> None:
    """Draws and reads all receipts of a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", type=Path)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    known = unseen_fonts(arguments.fonts)
    documents = training_receipts(arguments.words)
    wanted = [
        (document, drawing, engine)
        for engine in ENGINES
        for at, document in enumerate(documents)
        for drawing in drawings_read(engine, at)
    ]
    for document, drawing, engine in track(wanted, "drawing and reading"):
        target = read_by(arguments.folder, document, drawing, engine)
        if target.exists():
            continue
        name = _name(document, drawing)
        path = arguments.folder / f"{name}.jpg"
        chance = random.Random(f"{SEED}-{name}")  # noqa: S311 (no secret)
        cv2.imwrite(str(path), drawn(document, known, chance))
        read = read_pages(str(path), "image/jpeg", 0, None, ReadOptions(engine=engine))
        target.write_bytes(read.pages[0].json)


def drawings_read(engine: str, at: int) -> list[int]:
    """Which drawings of the receipt number ``at`` are read by ``engine``."""
    return list(range(DRAWINGS)) if engine == "fast" else [at % DRAWINGS]


def unseen_fonts(folder: Path) -> list[Path]:
    """The fonts under ``folder`` that the recogniser was not trained on."""
    files = [*folder.rglob("*.ttf"), *folder.rglob("*.otf")]
    return sorted(path for path in files if path.stem in HELD_OUT)


def pages_read(
    folder: Path, document: Document, drawing: int = 0, engine: str = "fast"
) -> list[Page]:
    """What ``engine`` read of one drawing of ``document``."""
    path = read_by(folder, document, drawing, engine)
    return [Page.model_validate_json(path.read_bytes())]


def read_by(folder: Path, document: Document, drawing: int, engine: str) -> Path:
    """The file that holds what ``engine`` read of one drawing of ``document``."""
    return folder / f"{_name(document, drawing)}{'' if engine == 'fast' else f'.{engine}'}.json"


def _name(document: Document, drawing: int) -> str:
    return f"{document.id}-{drawing + 1}" if drawing else document.id


def drawn(document: Document, known: list[Path], chance: random.Random) -> NDArray[np.uint8]:
    """The receipt on worn paper, grey."""
    entries = document.expected["words"]
    heights = [entry["box"][3] - entry["box"][1] for entry in entries]
    scale = chance.uniform(*_LINE_HEIGHTS) / max(1.0, float(np.median(heights)))
    right = max(entry["box"][2] for entry in entries) * scale
    bottom = max(entry["box"][3] for entry in entries) * scale
    image = Image.new("L", (int(right) + 2 * _MARGIN, int(bottom) + 2 * _MARGIN), 0)
    face = face_of(known, chance)
    for entry in entries:
        left, top, x1, y1 = (int(edge * scale) + _MARGIN for edge in entry["box"])
        put(image, entry["text"], (left, top, x1, y1), face, bold=chance.random() < _BOLD)
    noise = np.random.default_rng(chance.getrandbits(32))
    return worn(np.asarray(image, np.float32) / 255, chance, noise)


def face_of(known: list[Path], chance: random.Random) -> Path:
    """One of the fonts, more often one whose letters are equally wide."""
    equal = [each for each in known if any(name in each.stem for name in _MONOSPACED)]
    return chance.choice(equal if equal and chance.random() < _RECEIPT_SHARE else known)


def put(image: Image.Image, text: str, box: _Box, face: Path, *, bold: bool) -> None:
    """``text`` as wide and nearly as tall as ``box``."""
    left, top, right, bottom = box
    font = ImageFont.truetype(face, 48)
    x0, y0, x1, y1 = (int(edge) for edge in font.getbbox(text, stroke_width=int(bold)))
    if x1 <= x0 or y1 <= y0 or right <= left or bottom <= top:
        return
    line = Image.new("L", (x1 - x0, y1 - y0), 0)
    ImageDraw.Draw(line).text((-x0, -y0), text, font=font, fill=255, stroke_width=int(bold))
    height = max(6, int((bottom - top) * 0.8))
    fitted = line.resize((right - left, height), Image.Resampling.LANCZOS)
    image.paste(fitted, (left, top + (bottom - top - height) // 2))


def worn(
    ink: NDArray[np.float32], chance: random.Random, noise: np.random.Generator
) -> NDArray[np.uint8]:
    """Print that faded or bled, tilted, blurred, on uneven paper, as JPEG keeps it."""
    height, width = ink.shape
    poor = chance.uniform(0.3, 0.85)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), chance.gauss(0, 0.4), 1)
    ink = np.asarray(cv2.warpAffine(ink, turn, (width, height)), np.float32)
    ink = np.clip(ink * chance.uniform(0.6, 1 + 1.4 * poor), 0, 1) ** chance.uniform(0.8, 1.8)
    if chance.random() < poor:
        coarse = noise.random((max(2, height // 24), max(2, width // 30)), dtype=np.float32)
        blotches = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        ink = ink * np.clip(1.1 - poor * chance.uniform(0.2, 1.1) * blotches, 0, 1)
    if chance.random() < poor / 2:
        missing = noise.random(ink.shape, dtype=np.float32) < chance.uniform(0.03, 0.25) * poor
        ink = np.where(missing, 0, ink)
    ink = cv2.GaussianBlur(ink, (0, 0), 0.25 + chance.uniform(0.3, 1.2) * poor)
    paper = chance.uniform(190, 255)
    print_ = paper * (1 - chance.uniform(0.95 - 0.6 * poor, 1.0))
    light = np.linspace(0, chance.uniform(-30, 30), width, dtype=np.float32)[None]
    grey = paper + light * poor + (print_ - paper) * ink
    grey = grey + noise.normal(0, 1 + 9 * poor * chance.random(), grey.shape)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(95 - 60 * poor * chance.random())]
    _, coded = cv2.imencode(".jpg", np.clip(grey, 0, 255).astype(np.uint8), quality)
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


if __name__ == "__main__":
    main()
