"""A page's words put together as a ``Page``."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.ocr.geometry import Boxes, Frame
from services.ocr.layout import Segment, Token, arrange
from services.ocr.tables import Grid, find_tables
from shared.models.page import Page, ReadBy

_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, in a frame where text runs from left to right.

    ``frame`` takes that to the page in points; ``rotation`` and ``skew`` as in ``Page``.
    """

    tokens: list[Token]
    read_by: ReadBy
    frame: Frame = field(default_factory=Frame)
    rotation: int = 0
    skew: float = 0.0
    engine: str = ""
    quality: float | None = None
    warnings: list[str] = field(default_factory=list)


def compose(number: int, size: tuple[float, float], reading: Reading, *, tables: bool) -> Page:
    """The page with its words numbered line by line, in reading order."""
    tokens = reading.tokens
    segments = arrange(tokens)
    order = [index for segment in segments for index in segment.words]
    boxes = reading.frame.boxes(_boxes(tokens))[order] if tokens else np.empty((0, 4))
    words, lines = _words_and_lines(tokens, segments, boxes)
    grids = find_tables(segments, tokens) if tables else []
    return Page.model_validate(
        {
            "number": number,
            "width": round(size[0], 2),
            "height": round(size[1], 2),
            "rotation": reading.rotation,
            "skew": round(reading.skew, 2),
            "read_by": reading.read_by if tokens else ReadBy.NOTHING,
            "engine": reading.engine,
            "quality": None if reading.quality is None else round(reading.quality, 3),
            "words": words,
            "lines": lines,
            "tables": [_table(grid, reading.frame) for grid in grids],
            "warnings": reading.warnings,
        }
    )


def _boxes(tokens: list[Token]) -> Boxes:
    return np.array([token[1:5] for token in tokens], np.float64).reshape(-1, 4)


def _words_and_lines(
    tokens: list[Token], segments: list[Segment], boxes: Boxes
) -> tuple[list[_Row], list[_Row]]:
    rounded = iter(boxes.round(2).tolist())
    words: list[_Row] = []
    lines: list[_Row] = []
    for index, segment in enumerate(segments):
        first = len(words)
        for word, (x0, y0, x1, y1) in zip(segment.words, rounded, strict=False):
            token = tokens[word]
            words.append(
                {
                    "text": token.text, "x0": x0, "y0": y0, "x1": x1, "y1": y1,
                    "confidence": round(token.confidence, 3), "line": index,
                }
            )  # fmt: skip
        inner = words[first:]
        lines.append(
            {
                "text": " ".join([word["text"] for word in inner]),
                "x0": min([word["x0"] for word in inner]),
                "y0": min([word["y0"] for word in inner]),
                "x1": max([word["x1"] for word in inner]),
                "y1": max([word["y1"] for word in inner]),
                "words": list(range(first, len(words))),
                "block": segment.block,
            }
        )
    return words, lines


def _corners(box: list[float]) -> _Row:
    return {"x0": box[0], "y0": box[1], "x1": box[2], "y1": box[3]}


def _table(grid: Grid, frame: Frame) -> _Row:
    rows = np.array([grid.box, *(cell.box for cell in grid.cells)], np.float64)
    table, *cells = frame.boxes(rows).round(2).tolist()
    return {
        **_corners(table),
        "rows": grid.rows,
        "columns": grid.columns,
        "cells": [
            {"row": cell.row, "column": cell.column, "text": cell.text, **_corners(box)}
            for cell, box in zip(grid.cells, cells, strict=True)
        ],
    }
