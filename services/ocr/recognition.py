"""A picture of a page read: turned upright and levelled before, boxes led back after."""

from dataclasses import dataclass

import numpy as np

from services.ocr.engines.base import Engine
from services.ocr.engines.ink import Grey, find_lines, ink_mask, levelled, tilt
from services.ocr.geometry import Frame
from services.ocr.layout import Token
from services.ocr.sources import Picture

_READS_WELL = 0.5  # share of legible letters; upside down, clean print still reaches .37
_CLEARLY = 1.25  # times better must another orientation be
_WORD, _BELIEVED = 3, 0.3  # letters, confidence
_MANY_LINES, _NARROW = 40, 3.0  # lines, width by height


@dataclass(frozen=True, slots=True)
class Recognised:
    """Words in a frame where they run level from left to right; ``frame`` leads to points.

    ``quality`` is the mean confidence by character, 0..1.
    """

    tokens: list[Token]
    frame: Frame
    rotation: int = 0
    skew: float = 0.0
    quality: float | None = None


def recognise(picture: Picture, engine: Engine) -> Recognised:
    """Read ``picture``, trying other orientations where it reads badly as it is."""
    if picture.pixels.size == 0 or int(picture.pixels.max()) == int(picture.pixels.min()):
        return Recognised([], picture.frame)
    start = _orientation(picture.pixels, engine) if _looks_sideways(picture.pixels) else 0
    first = _read_turned(picture, engine, start)
    letters = sum(len(token.text) for token in first.tokens)
    if start or legible(first.tokens) >= _READS_WELL * letters:
        return first
    rotation = _orientation(picture.pixels, engine)
    if not rotation:
        return first
    second = _read_turned(picture, engine, rotation)
    return second if legible(second.tokens) > _CLEARLY * legible(first.tokens) else first


def legible(tokens: list[Token]) -> float:
    """How many letters stand in words of some length that were read with some confidence.

    A page that is not upright gives single characters, often with high confidence, and
    hardly any such word.
    """
    return sum(
        len(token.text) * token.confidence
        for token in tokens
        if len(token.text) >= _WORD and token.confidence > _BELIEVED
    )


def _read_turned(picture: Picture, engine: Engine, rotation: int) -> Recognised:
    height, width = picture.pixels.shape
    turned = _turned(picture.pixels, rotation)
    frame = Frame.unturned(rotation, width, height).then(picture.frame)
    angle = tilt(ink_mask(turned)) if engine.levels else 0.0
    if angle:
        level = Frame.untilted(angle, turned.shape[1], turned.shape[0])
        turned, frame = levelled(turned, angle), level.then(frame)
    tokens = engine.recognise(turned)
    return Recognised(tokens, frame, rotation, angle, _quality(tokens))


def _looks_sideways(pixels: Grey) -> bool:
    """Whether what stands there is narrow all over, as lines of text on their side are."""
    lines = find_lines(ink_mask(pixels)).lines
    if len(lines) < _MANY_LINES:
        return False
    shapes = [line.width / max(1, line.height) for line in lines]
    return float(np.percentile(shapes, 90)) < _NARROW


def _turned(pixels: Grey, rotation: int) -> Grey:
    return np.ascontiguousarray(np.rot90(pixels, -rotation // 90)) if rotation else pixels


def _orientation(pixels: Grey, engine: Engine) -> int:
    """The clockwise turn at which a sample reads best; 0 unless another is clearly better."""
    scores = {turn: legible(engine.sample(_turned(pixels, turn))) for turn in (0, 90, 180, 270)}
    best = max(scores, key=lambda turn: scores[turn])
    return best if scores[best] > _CLEARLY * scores[0] else 0


def _quality(tokens: list[Token]) -> float | None:
    length = sum(len(token.text) for token in tokens)
    if not length:
        return None
    return sum(len(token.text) * token.confidence for token in tokens) / length


def in_points(recognised: Recognised) -> list[Token]:
    """The words with boxes in points of the page."""
    if not recognised.tokens:
        return []
    corners = np.array([token[1:5] for token in recognised.tokens], np.float64)
    boxes = recognised.frame.boxes(corners).tolist()
    return [
        token._replace(x0=box[0], y0=box[1], x1=box[2], y1=box[3])
        for token, box in zip(recognised.tokens, boxes, strict=True)
    ]
