"""A page's words put together as a ``Page``, in JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from json.encoder import encode_basestring
from typing import Any, NamedTuple

import numpy as np
from pydantic_core import to_json

from services.ocr.barcodes import PageCode
from services.ocr.geometry import Boxes, Frame, Points
from services.ocr.layout import Segment, Token, arrange
from services.ocr.results import PageResult
from services.ocr.tables import Grid, find_tables
from shared.errors import Code
from shared.models.read_by import ReadBy

_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What was read on a part of a page, in a frame where text there runs from left to right.

    ``frame`` takes that to the page in points. ``corners`` are those of a sheet of paper on a
    photo, as in ``Region``, like ``rotation`` and ``skew``; a page that is no photo has none.
    """

    tokens: list[Token]
    frame: Frame
    corners: Points | None = None
    rotation: int = 0
    skew: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, in a frame where text runs from left to right.

    ``frame`` takes that to the page in points; ``rotation`` and ``skew`` as in ``Page``.
    A photo has ``parts``, in reading order, in place of ``tokens`` and ``frame``. ``error`` says
    why nothing could be read.
    """

    tokens: list[Token]
    read_by: ReadBy
    frame: Frame = field(default_factory=Frame)
    rotation: int = 0
    skew: float = 0.0
    engine: str = ""
    language: str | None = None
    quality: float | None = None
    rescan: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    parts: Sequence[Part] = ()
    barcodes: Sequence[PageCode] = ()
    error: Code | None = None


def compose(
    number: int, size: tuple[float, float], reading: Reading, *, tables: bool
) -> PageResult:
    """The page with its words numbered line by line, in reading order.

    It is written as ``Page`` would write itself. Making one first would check what has
    been made here, value by value, and take longer than all the rest of this module.
    """
    written = _Written()
    for part in reading.parts or (Part(reading.tokens, reading.frame),):
        written.add(part, tables=tables)
    read_by = reading.read_by if written.count else ReadBy.NOTHING
    before = {
        "number": number,
        "width": round(float(size[0]), 2),
        "height": round(float(size[1]), 2),
        "rotation": reading.rotation,
        "skew": round(float(reading.skew), 2),
        "read_by": read_by,
        "engine": reading.engine,
        "language": reading.language,
        "quality": None if reading.quality is None else round(float(reading.quality), 3),
        "needs_rescan": bool(reading.rescan),
        "rescan_reasons": reading.rescan,
    }
    after = {
        "lines": written.lines,
        "tables": written.tables,
        "regions": written.regions,
        "barcodes": [code._asdict() for code in reading.barcodes],
        "warnings": reading.warnings,
        "error": reading.error,
    }
    words = ",".join(written.words).encode()
    content = b'%b,"words":[%b],%b' % (to_json(before)[:-1], words, to_json(after)[1:])
    return PageResult(number, content, written.count, read_by, reading.error, tuple(reading.rescan))


class _Counts(NamedTuple):
    """How many of each there are."""

    words: int
    lines: int
    blocks: int


class _Written:
    """What the parts of a page come to, one after the other; ``words`` are in JSON."""

    def __init__(self) -> None:
        self.count = 0
        self.words: list[str] = []
        self.lines: list[_Row] = []
        self.tables: list[_Row] = []
        self.regions: list[_Row] = []
        self._blocks = 0

    def add(self, part: Part, *, tables: bool) -> None:
        """Number the words, lines and blocks of ``part`` on from those before."""
        before = _Counts(self.count, len(self.lines), self._blocks)
        segments = arrange(part.tokens)
        if part.tokens:
            words, lines = _words_and_lines(part.tokens, segments, part.frame, before)
            self.words.append(words)
            self.lines += lines
        self.count += len(part.tokens)
        self._blocks += max((it.block for it in segments), default=-1) + 1
        if tables:
            self.tables += [_table(it, part.frame) for it in find_tables(segments, part.tokens)]
        if part.corners is not None:
            ends = _Counts(self.count, len(self.lines), self._blocks)
            self.regions.append(_region(part.corners, part, before, ends))


def _words_and_lines(
    tokens: list[Token], segments: list[Segment], frame: Frame, before: _Counts
) -> tuple[str, list[_Row]]:
    """The words in JSON, and the lines, which come after those ``before``."""
    lengths = [len(segment.words) for segment in segments]
    firsts = list(accumulate(lengths[:-1], initial=0))
    order = [index for segment in segments for index in segment.words]
    texts, *sides, confidences = zip(*[tokens[index] for index in order], strict=True)
    boxes = frame.boxes(np.array(sides, np.float64).T).round(2)
    line_of = np.repeat(np.arange(before.lines, before.lines + len(lengths)), lengths).tolist()
    lines = [
        {
            "text": " ".join(texts[first : first + length]),
            "x0": x0, "y0": y0, "x1": x1, "y1": y1,
            "words": list(range(before.words + first, before.words + first + length)),
            "block": before.blocks + segment.block,
        }
        for segment, first, length, (x0, y0), (x1, y1) in zip(
            segments, firsts, lengths,
            np.minimum.reduceat(boxes[:, :2], firsts).tolist(),
            np.maximum.reduceat(boxes[:, 2:], firsts).tolist(),
            strict=True,
        )
    ]  # fmt: skip
    return _words(texts, boxes, confidences, line_of), lines


def _words(
    texts: Sequence[str], boxes: Boxes, confidences: Sequence[float], line_of: Sequence[int]
) -> str:
    """The words in JSON: there are hundreds, so no object is made of any of them."""
    sure = {confidence: str(round(confidence, 3)) for confidence in set(confidences)}
    numbers = iter(to_json(boxes.ravel().tolist()).decode()[1:-1].split(","))
    return ",".join(
        [
            f'{{"text":{encode_basestring(text)},"x0":{x0},"y0":{y0},"x1":{x1},"y1":{y1},'
            f'"confidence":{sure[confidence]},"line":{line}}}'
            for text, x0, y0, x1, y1, confidence, line in zip(
                texts, numbers, numbers, numbers, numbers, confidences, line_of, strict=True
            )
        ]
    )


def _corners(box: list[float]) -> _Row:
    return {"x0": box[0], "y0": box[1], "x1": box[2], "y1": box[3]}


def _region(corners: Points, part: Part, before: _Counts, after: _Counts) -> _Row:
    x0, y0, x1, y1 = np.concatenate([corners.min(0), corners.max(0)]).round(2).tolist()
    return {
        "x0": x0, "y0": y0, "x1": x1, "y1": y1,
        "corners": [{"x": x, "y": y} for x, y in corners.round(2).tolist()],
        "rotation": part.rotation,
        "skew": round(float(part.skew), 2),
        "words": list(range(before.words, after.words)),
        "lines": list(range(before.lines, after.lines)),
    }  # fmt: skip


def _table(grid: Grid, frame: Frame) -> _Row:
    rows = np.array([grid.box, *(cell.box for cell in grid.cells)], np.float64)
    table, *cells = frame.boxes(rows).round(2).tolist()
    return {
        **_corners(table),
        "rows": grid.rows,
        "columns": grid.columns,
        "cells": [
            {
                "row": cell.row, "column": cell.column, "text": cell.text, **_corners(box),
                "row_span": 1, "column_span": 1,
            }
            for cell, box in zip(grid.cells, cells, strict=True)
        ],
    }  # fmt: skip
