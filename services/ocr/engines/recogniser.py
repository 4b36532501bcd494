"""The recognisers: a picture of a line in, its characters with their places out.

EasyOCR's own, and ours, which is the same network with more symbols.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from services.ocr.crops import Line, Sized, batches, sized
from services.ocr.weights.symbols import METADATA

# Pixels side by side in one call. What the first layers hold of so many takes some 100 MB; eight
# wide lines at once took 130 MB more and were no faster (24 receipts, 6 scans of 25 lines).
_COLUMNS = 3000
_FAINT = 0.1  # below, EasyOCR tries again with stretched contrast


class Glyph(NamedTuple):
    """A recognised character: its place as a share 0..1 of the line's width, its chance."""

    text: str
    start: float
    end: float
    chance: float


@dataclass(frozen=True, slots=True)
class LineReading:
    """The characters of a line, and EasyOCR's confidence in the whole."""

    glyphs: list[Glyph]
    confidence: float

    @property
    def text(self) -> str:
        """The line's text."""
        return "".join(glyph.text for glyph in self.glyphs)


class Recogniser:
    """Reads lines with one of the recogniser models.

    Of letters beyond ASCII it writes only ``letters``, where these are given: a letter that
    no expected language has was read wrongly, and the next best is more likely.
    """

    def __init__(self, model: Path, letters: frozenset[str] | None = None) -> None:
        self._session = session(model)
        symbols = self._session.get_modelmeta().custom_metadata_map[METADATA]
        kept = [it for it in symbols if letters is None or it in letters or not _foreign(it)]
        self._symbols = "".join(kept)
        self._outputs = [0, *(symbols.index(it) + 1 for it in kept)]
        self._masked = len(kept) < len(symbols)
        self.letters = frozenset(kept)

    def read(self, lines: Sequence[Line]) -> list[LineReading]:
        """What each of ``lines`` (grey, not empty) says; faint ones are tried twice."""
        prepared = [sized(line) for line in lines]
        readings = self._read_once(prepared)
        faint = [i for i, reading in enumerate(readings) if reading.confidence < _FAINT]
        if faint:
            again = self._read_once([_stretched(prepared[index]) for index in faint])
            for index, reading in zip(faint, again, strict=True):
                if reading.confidence > readings[index].confidence:
                    readings[index] = reading
        return readings

    def _read_once(self, lines: Sequence[Sized]) -> list[LineReading]:
        readings: list[LineReading] = [LineReading([], 0.0)] * len(lines)
        for batch in batches(lines):
            chances = self._chances(batch.pixels)
            if self._masked:
                chances = chances[:, :, self._outputs]
                chances /= chances.sum(2, keepdims=True)
            best, values = chances.argmax(2), chances.max(2)
            for row, (index, width) in enumerate(zip(batch.indexes, batch.widths, strict=True)):
                share = batch.pixels.shape[3] / width  # of the padded width, as lines' widths
                readings[index] = _decoded(best[row], values[row], share, self._symbols)
        return readings

    def _chances(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of each symbol at each step of each line, few lines at a time where they are wide."""
        most = max(1, _COLUMNS // pixels.shape[3])
        parts = [
            self._session.run(None, {"x": pixels[start : start + most]})[0]
            for start in range(0, len(pixels), most)
        ]
        return np.concatenate(parts) if len(parts) > 1 else np.asarray(parts[0])


def _foreign(symbol: str) -> bool:
    """Whether ``symbol`` is a letter beyond ASCII; signs are of all languages."""
    return not symbol.isascii() and unicodedata.category(symbol) in {"Lu", "Ll"}


@cache
def session(model: Path, *, arena: bool = True) -> onnxruntime.InferenceSession:
    """An onnxruntime session on one thread: we scale by processes.

    Without ``arena`` what a run needs is given back to the system after it.
    """
    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = arena
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _stretched(line: Sized, target: float = 0.5) -> Sized:
    """``line`` with its contrast stretched (EasyOCR's ``adjust_contrast_grey``)."""
    high, low = (float(value) for value in np.percentile(line.pixels, (90, 10)))
    if (high - low) / max(10.0, high + low) >= target:
        return line
    factor = 200.0 / max(10.0, high - low)
    values = (line.pixels.astype(np.float64) - low + 25) * factor
    return line._replace(pixels=values.clip(0, 255).astype(np.uint8))


def _decoded(
    best: NDArray[np.int64], chances: NDArray[np.float32], share: float, symbols: str
) -> LineReading:
    """Greedy CTC: repeats are one character, blanks none."""
    steps = len(best)
    edges = np.flatnonzero(np.diff(best)) + 1
    starts, ends = np.r_[0, edges], np.r_[edges, steps]
    glyphs = [
        Glyph(
            symbols[best[start] - 1],
            min(1.0, start / steps * share),
            min(1.0, end / steps * share),
            float(chances[start:end].max()),
        )
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if best[start]
    ]
    used = chances[best > 0]
    # EasyOCR's measure: the product to the power of 2 / sqrt(n)
    confidence = float(np.prod(used) ** (2 / np.sqrt(len(used)))) if len(used) else 0.0
    return LineReading(glyphs, confidence)
