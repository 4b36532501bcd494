"""A picture of a page read: turned upright and levelled before, boxes led back after."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from services.ocr.engines.base import Engine, InkEngine
from services.ocr.engines.ink import (
    Grey,
    InkLines,
    Mask,
    find_lines,
    ink_mask,
    upside_down,
)
from services.ocr.engines.ink_line import InkLine
from services.ocr.engines.spelling import evened
from services.ocr.engines.tilt import WORTH_LEVELLING, levelled, tilt
from services.ocr.geometry import Frame
from services.ocr.layout import Token
from services.ocr.quality import Print, print_of
from services.ocr.sources import Picture
from shared.errors import AttemptFailed

_READS_WELL = 0.5  # share of legible letters; upside down, clean print still reaches .37
_COVERS_WELL = 0.25  # upside down, the engines agree on little
_CLEARLY = 1.25  # times better must another orientation be
_TELLING = 20  # letters: a sample with fewer legible ones says nothing
_BEYOND_DOUBT = 2.0  # times better than any other is an orientation of which no more is asked
_SAMPLES = (slice(8), slice(8, 24), slice(24, 56))  # lines
_LONG = 20.0  # glyph heights
_HALF = 180  # degrees
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


@dataclass(frozen=True, slots=True)
class _Inked:
    """A picture turned clockwise by ``rotation``, its ink, and the lines found in that."""

    pixels: Grey
    mask: Mask
    found: InkLines
    rotation: int = 0

    @classmethod
    def of(cls, pixels: Grey) -> "_Inked":
        mask = ink_mask(pixels)
        return cls(pixels, mask, find_lines(mask))

    def turned(self, rotation: int) -> "_Inked":
        """This picture, turned by so much more."""
        if not rotation:
            return self
        pixels, mask = _turned(self.pixels, rotation), _turned(self.mask, rotation)
        found = upside_down(self.found) if rotation == _HALF else find_lines(mask)
        return _Inked(pixels, mask, found, self.rotation + rotation)


def recognise(picture: Picture, engine: Engine, turn: int | None = None) -> Recognised:
    """Read ``picture``, trying other orientations where it reads badly as it is.

    ``turn`` is the clockwise one, in degrees, that somebody says brings it upright: it is tried
    first, and believed unless the picture is clearly easier to read another way.

    Raises:
        AttemptFailed: the engine failed, and has no fallback.
    """
    if picture.pixels.size == 0 or int(picture.pixels.max()) == int(picture.pixels.min()):
        blank = Recognised([], picture.frame)
        return replace(blank, engine=engine.name, letters=engine.letters)
    inked = _Inked.of(picture.pixels)
    try:
        found = _upright(picture.frame, engine, inked, turn)
    except AttemptFailed as error:
        if engine.fallback is None:
            raise
        engine = engine.fallback
        warning = f"Read by {engine.name} alone: {error.detail}"
        found = replace(_upright(picture.frame, engine, inked, turn), warnings=[warning])
    look = print_of(picture.pixels, inked.found)
    return replace(found, engine=engine.name, letters=engine.letters, look=look)


def _upright(frame: Frame, engine: Engine, inked: _Inked, turn: int | None) -> Recognised:
    if turn is None:
        return _found_upright(frame, engine, inked)
    said = _read(frame, engine, inked.turned(turn))
    if _reads_well(said):
        return said
    found = _found_upright(frame, engine, inked)
    return found if legible(found.tokens) > _CLEARLY * legible(said.tokens) else said


def _found_upright(frame: Frame, engine: Engine, inked: _Inked) -> Recognised:
    if _look_sideways(inked.found.lines):
        upright = _best_turned(engine, inked)
        return _read(frame, engine, upright)
    first = _read(frame, engine, inked)
    if _reads_well(first):
        return first
    upright = _best_turned(engine, inked, first)
    if not upright.rotation:
        return first
    second = _read(frame, engine, upright)
    return second if legible(second.tokens) > _CLEARLY * legible(first.tokens) else first


def _reads_well(found: Recognised) -> bool:
    return mostly_legible(found.tokens) and found.coverage >= _COVERS_WELL


def mostly_legible(tokens: list[Token]) -> bool:
    """Whether what was read is words for the most part, as on a page that is upright."""
    return legible(tokens) >= _READS_WELL * sum(len(token.text) for token in tokens)


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


def _read(outer: Frame, engine: Engine, inked: _Inked) -> Recognised:
    height, width = inked.pixels.shape
    if inked.rotation % _HALF:
        height, width = width, height
    frame = Frame.unturned(inked.rotation, width, height).then(outer)
    angle = tilt(inked.mask) if engine.levels else 0.0
    pixels, found = inked.pixels, inked.found
    if abs(angle) > WORTH_LEVELLING:
        level = Frame.untilted(angle, pixels.shape[1], pixels.shape[0])
        pixels, frame = levelled(pixels, angle), level.then(frame)
        found = find_lines(ink_mask(pixels))
    if isinstance(engine, InkEngine):
        tokens = evened(engine.recognise_lines(pixels, found))
    else:
        tokens = evened(engine.recognise(pixels))
    covered = coverage(tokens, inked.found.lines)
    return Recognised(tokens, frame, inked.rotation, angle, covered)


def _look_sideways(lines: list[InkLine]) -> bool:
    """Whether ``lines`` are narrow all over, as lines of text on their side are."""
    if len(lines) < _MANY_LINES:
        return False
    shapes = [line.width / max(1, line.height) for line in lines]
    return float(np.percentile(shapes, 90)) < _NARROW


def _turned(pixels: Grey, rotation: int) -> Grey:
    return np.ascontiguousarray(np.rot90(pixels, -rotation // 90)) if rotation else pixels


def _best_turned(engine: Engine, inked: _Inked, unturned: Recognised | None = None) -> _Inked:
    """``inked``, turned as it reads best; as it is unless another turn is clearly better.

    ``unturned`` is how it reads as it is, where that is known.
    """
    sideways = inked.turned(90)
    turns = (inked, sideways, inked.turned(_HALF), sideways.turned(_HALF))
    if isinstance(engine, InkEngine):
        scores = _scores_by_lines(engine, turns, unturned)
    else:
        scores = [legible(engine.sample(it.pixels)) for it in turns]
        if max(scores) < _TELLING:
            scores = [legible(engine.recognise(it.pixels)) for it in turns]
    best = max(range(len(turns)), key=scores.__getitem__)
    return turns[best] if scores[best] > _CLEARLY * scores[0] else inked


def _scores_by_lines(
    engine: InkEngine, turns: Sequence[_Inked], unturned: Recognised | None
) -> list[float]:
    """How much is legible of some lines at each of ``turns``: of more until that is telling."""
    lines = [_most_telling_first(it.found) for it in turns]
    scores = [0.0] * len(turns)
    # Words of a page that was levelled do not lie where its lines were found.
    known = unturned.tokens if unturned and abs(unturned.skew) <= WORTH_LEVELLING else None
    for sample in _SAMPLES:
        for place, turned in enumerate(turns):
            some = replace(turned.found, lines=lines[place][sample])
            if known is not None and not turned.rotation:
                scores[place] += legible(_within(known, some.lines))
            else:
                scores[place] += legible(engine.sample_lines(turned.pixels, some))
        second, best = sorted(scores)[-2:]
        if best >= _TELLING and best > _BEYOND_DOUBT * second:
            break
    return scores


def _within(tokens: list[Token], lines: list[InkLine]) -> list[Token]:
    """Those of ``tokens`` whose middles lie in ``lines``."""
    return [
        token
        for token in tokens
        if any(
            line.x0 <= (token.x0 + token.x1) / 2 <= line.x1
            and line.y0 <= (token.y0 + token.y1) / 2 <= line.y1
            for line in lines
        )
    ]


def _most_telling_first(found: InkLines) -> list[InkLine]:
    """The lines, those of some words first: longer ones say no more, or are no text."""

    def order(line: InkLine) -> tuple[bool, int]:
        return line.width > _LONG * found.glyph_height, -line.width

    return sorted(found.lines, key=order)


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
