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

from services.ocr.crops import Line, Sized, batches, sized, tightly
from services.ocr.weights.symbols import METADATA, TIGHT

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
        told = self._session.get_modelmeta().custom_metadata_map
        symbols = told[METADATA]
        self._tight = TIGHT in told
        self._height: int = self._session.get_inputs()[0].shape[2]
        kept = [it for it in symbols if letters is None or it in letters or not _foreign(it)]
        self._symbols = "".join(kept)
        self._outputs = [0, *(symbols.index(it) + 1 for it in kept)]
        self._masked = len(kept) < len(symbols)
        self.letters = frozenset(kept)

    def read(self, lines: Sequence[Line]) -> list[LineReading]:
        """What each of ``lines`` (grey, not empty) says.

        EasyOCR's weights try faint ones twice. Ours have learnt from faint lines as they are:
        a second try cost word F1 .003, and a twelfth of the time on forms.
        """
        prepared = [sized(line, self._height) for line in lines]
        if self._tight:
            return self._read_once([tightly(line) for line in prepared])
        readings = self._read_once(prepared)
        doubtful = (i for i, reading in enumerate(readings) if reading.confidence < _FAINT)
        stretched = {index: _stretched(prepared[index]) for index in doubtful}
        faint = {index: line for index, line in stretched.items() if line is not None}
        again = self._read_once(list(faint.values()))
        for index, reading in zip(faint, again, strict=True):
            if reading.confidence > readings[index].confidence:
                readings[index] = reading
        return readings

    def _read_once(self, lines: Sequence[Sized]) -> list[LineReading]:
        readings: list[LineReading] = [LineReading([], 0.0)] * len(lines)
        for batch in batches(lines):
            (chances,) = self._session.run(None, {"x": batch.pixels})
            if self._masked:
                chances = chances[:, :, self._outputs]
            best, values = chances.argmax(2), chances.max(2)
            if self._masked:
                values /= chances.sum(2)
            for row, (index, width) in enumerate(zip(batch.indexes, batch.widths, strict=True)):
                share = batch.pixels.shape[3] / width  # of the padded width, as lines' widths
                readings[index] = _decoded(best[row], values[row], share, self._symbols)
        return readings


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


def _stretched(line: Sized, target: float = 0.5) -> Sized | None:
    """``line`` with its contrast stretched (EasyOCR's ``adjust_contrast_grey``).

    Nothing where it has contrast enough: it would be read as before.
    """
    high, low = (float(value) for value in np.percentile(line.pixels, (90, 10)))
    if (high - low) / max(10.0, high + low) >= target:
        return None
    factor = 200.0 / max(10.0, high - low)
    values = (line.pixels.astype(np.float64) - low + 25) * factor
    return line._replace(pixels=values.clip(0, 255).astype(np.uint8))


def _decoded(
    best: NDArray[np.int64], chances: NDArray[np.float32], share: float, symbols: str
) -> LineReading:
    """Greedy CTC: repeats are one character, blanks none."""
    steps = len(best)
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    ends = [*starts[1:].tolist(), steps]
    peaks = np.maximum.reduceat(chances, starts).tolist()
    glyphs = [
        Glyph(
            symbols[output - 1],
            min(1.0, start / steps * share),
            min(1.0, end / steps * share),
            peak,
        )
        for output, start, end, peak in zip(
            best[starts].tolist(), starts.tolist(), ends, peaks, strict=True
        )
        if output
    ]
    used = chances[best > 0]
    # EasyOCR's measure: the product to the power of 2 / sqrt(n)
    confidence = float(np.prod(used) ** (2 / np.sqrt(len(used)))) if len(used) else 0.0
    return LineReading(glyphs, confidence)
