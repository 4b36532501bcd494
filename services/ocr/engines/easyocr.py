"""The package EasyOCR itself (the extra ``easyocr``): what ``exact`` is measured by.

It runs on a graphics card where torch finds one, else on the processor, on one thread.
Nothing is downloaded: its weights are those of a package, or of the operator's own folder.
"""

import importlib
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from services.ocr.engines.base import Picture
from services.ocr.engines.grouping import Corners, LevelBox
from services.ocr.engines.ink import ink_mask
from services.ocr.engines.reading_lines import ReadLine, words_in
from services.ocr.engines.recogniser import Glyph, LineReading
from services.ocr.engines.torchvision_schemas import ensure_torchvision
from services.ocr.layout import Token
from shared.errors import Code, Permanent

INSTALL = "pip install 'docstage[easyocr]'"
_CODES = {"zh": "ch_sim", "nb": "no"}  # where EasyOCR's differ from ISO 639-1


class PackageLine(NamedTuple):
    """A line as ``readtext`` returns it."""

    corners: Corners
    text: str
    confidence: float


class EasyOcrEngine:
    """Reads with ``easyocr.Reader(languages, quantize=False)``.

    ``weights`` are the files that it needs, wherever they lie.

    Raises:
        Permanent: ``MODEL_MISSING``: the package is not installed, or it refuses the weights.
    """

    name = "easyocr"
    levels = False
    fallback = None

    def __init__(self, weights: Iterable[Path], languages: Sequence[str] = ("en",)) -> None:
        try:
            self._declarations = ensure_torchvision()
            torch, easyocr = (importlib.import_module(it) for it in ("torch", "easyocr"))
        except ImportError as error:
            detail = f"EasyOCR is not here ({error.name} is missing): {INSTALL}."
            raise Permanent(Code.MODEL_MISSING, detail) from None
        torch.set_num_threads(1)  # we scale by processes
        # It wants all files in one folder, and one more to write to, else it takes the home's.
        self._folder = tempfile.TemporaryDirectory(prefix="docstage-easyocr-")
        folder = Path(self._folder.name)
        for file in weights:
            (folder / file.name).symlink_to(file)
        try:
            self._reader: Any = easyocr.Reader(
                [_CODES.get(code, code) for code in languages],
                gpu=torch.cuda.is_available(), model_storage_directory=str(folder),
                user_network_directory=str(folder), download_enabled=False,
                verbose=False, quantize=False,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise Permanent(Code.MODEL_MISSING, f"EasyOCR cannot start: {error}") from error
        self.letters = frozenset(self._reader.lang_char) & frozenset(self._reader.character)

    def recognise(self, picture: Picture) -> list[Token]:
        """The words of ``picture`` (grey), boxes in its pixels."""
        return words_in(map(_as_read, self.read_lines(picture)), ink_mask(picture))

    def sample(self, picture: Picture) -> list[Token]:
        """All words: finding the lines is what takes long."""
        return self.recognise(picture)

    def read_lines(self, picture: Picture) -> list[PackageLine]:
        """What the package returns, in its order."""
        found = self._reader.readtext(picture)
        return [
            PackageLine(np.asarray(corners, np.float32), text, float(confidence))
            for corners, text, confidence in found
        ]


def _as_read(line: PackageLine) -> ReadLine:
    """``line`` with its characters spread evenly: the package does not say where they stand.

    Its confidence is the product of its steps' chances to the power of 2 / sqrt(n), which is
    undone to give each character a chance.
    """
    count = max(1, len(line.text))
    chance = line.confidence ** (1 / (2 * count**0.5))
    glyphs = [
        Glyph(text, index / count, (index + 1) / count, chance)
        for index, text in enumerate(line.text)
    ]
    return ReadLine(line.corners, LineReading(glyphs, line.confidence), _level(line.corners))


def _level(corners: Corners) -> LevelBox | None:
    """The box of ``corners`` where they are one along the axes."""
    (x0, y0), (x1, y1) = corners.min(0).tolist(), corners.max(0).tolist()
    along = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    if not np.array_equal(corners, along):
        return None
    return LevelBox(int(x0), int(x1), int(y0), int(y1))
