"""A picture of a page read: turned upright and levelled before, boxes led back after."""

from dataclasses import dataclass, field, replace

import numpy as np

from services.ocr.engines.base import Engine
from services.ocr.engines.ink import Grey, InkLine, InkLines, find_lines, ink_mask, levelled, tilt
from services.ocr.engines.spelling import evened
from services.ocr.geometry import Frame
from services.ocr.layout import Token
from services.ocr.quality import Print, print_of
from services.ocr.sources import Picture
from shared.errors import AttemptFailed

_READS_WELL = 0.5  # share of legible letters; upside down, clean print still reaches .37
_COVERS_WELL = 0.25  # upside down, the engines agree on little
_CLEARLY = 1.25  # times better must another orientation be
_TELLING = 20  # letters: a sample with fewer legible ones says nothing
_WORD, _BELIEVED = 3, 0.3  # letters, confidence
_MANY_LINES, _NARROW = 40, 3.0  # lines, width by height


@dataclass(frozen=True, slots=True)
class Recognised:
    """Words in a frame where they run level from left to right; ``frame`` leads to points.

    ``coverage`` is how much of the lines' ink words explain that were read with some
    confidence, 0..1. ``engine`` read it in the end, one that can write ``letters``.
    ``look`` is how the print looks in the picture as it came.
    """

    tokens: list[Token]
    frame: Frame
    rotation: int = 0
    skew: float = 0.0
    coverage: float = 1.0
    engine: str = ""
    letters: frozenset[str] = frozenset()
    look: Print = field(default_factory=Print)
    warnings: list[str] = field(default_factory=list)


def recognise(picture: Picture, engine: Engine) -> Recognised:
    """Read ``picture``, trying other orientations where it reads badly as it is.

    Raises:
        AttemptFailed: the engine failed, and has no fallback.
    """
    if picture.pixels.size == 0 or int(picture.pixels.max()) == int(picture.pixels.min()):
        blank = Recognised([], picture.frame)
        return replace(blank, engine=engine.name, letters=engine.letters)
    ink = find_lines(ink_mask(picture.pixels))
    try:
        found = _upright(picture, engine, ink)
    except AttemptFailed as error:
        if engine.fallback is None:
            raise
        engine = engine.fallback
        warning = f"Read by {engine.name} alone: {error.detail}"
        found = replace(_upright(picture, engine, ink), warnings=[warning])
    look = print_of(picture.pixels, ink)
    return replace(found, engine=engine.name, letters=engine.letters, look=look)


def _upright(picture: Picture, engine: Engine, ink: InkLines) -> Recognised:
    lines = ink.lines
    start = _orientation(picture.pixels, engine) if _look_sideways(lines) else 0
    first = _read_turned(picture, engine, start, lines)
    letters = sum(len(token.text) for token in first.tokens)
    well = legible(first.tokens) >= _READS_WELL * letters and first.coverage >= _COVERS_WELL
    if start or well:
        return first
    rotation = _orientation(picture.pixels, engine)
    if not rotation:
        return first
    second = _read_turned(picture, engine, rotation, lines)
    return second if legible(second.tokens) > _CLEARLY * legible(first.tokens) else first


def legible(tokens: list[Token]) -> float:
    """How many letters stand in words of some length that were read with some confidence.

    A page that is not upright gives single characters, often with high confidence, and
    hardly any such word.
    """
    return sum(len(token.text) * token.confidence for token in tokens if _is_legible(token))


def coverage(tokens: list[Token], lines: list[InkLine]) -> float:
    """How much of the width of ``lines`` stands under legible words, by their confidence."""
    whole = sum(line.width for line in lines)
    legibly = sum((it.x1 - it.x0) * it.confidence for it in tokens if _is_legible(it))
    return min(1.0, legibly / whole) if whole else 1.0


def _is_legible(token: Token) -> bool:
    return len(token.text) >= _WORD and token.confidence > _BELIEVED


def _read_turned(
    picture: Picture, engine: Engine, rotation: int, lines: list[InkLine]
) -> Recognised:
    height, width = picture.pixels.shape
    turned = _turned(picture.pixels, rotation)
    frame = Frame.unturned(rotation, width, height).then(picture.frame)
    angle = tilt(ink_mask(turned)) if engine.levels else 0.0
    if angle:
        level = Frame.untilted(angle, turned.shape[1], turned.shape[0])
        turned, frame = levelled(turned, angle), level.then(frame)
    tokens = evened(engine.recognise(turned))
    if rotation % 180:  # the lines of the picture as it came were none
        lines = find_lines(ink_mask(turned)).lines
    return Recognised(tokens, frame, rotation, angle, coverage(tokens, lines))


def _look_sideways(lines: list[InkLine]) -> bool:
    """Whether ``lines`` are narrow all over, as lines of text on their side are."""
    if len(lines) < _MANY_LINES:
        return False
    shapes = [line.width / max(1, line.height) for line in lines]
    return float(np.percentile(shapes, 90)) < _NARROW


def _turned(pixels: Grey, rotation: int) -> Grey:
    return np.ascontiguousarray(np.rot90(pixels, -rotation // 90)) if rotation else pixels


def _orientation(pixels: Grey, engine: Engine) -> int:
    """The clockwise turn at which the page reads best; 0 unless another is clearly better.

    Judged by a sample, or by all of it where the sample is legible at no turn: the widest lines
    of a ruled form may be its rules.
    """
    pictures = {turn: _turned(pixels, turn) for turn in (0, 90, 180, 270)}
    scores = {turn: legible(engine.sample(it)) for turn, it in pictures.items()}
    if max(scores.values()) < _TELLING:
        scores = {turn: legible(engine.recognise(it)) for turn, it in pictures.items()}
    best = max(scores, key=lambda turn: scores[turn])
    return best if scores[best] > _CLEARLY * scores[0] else 0


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
