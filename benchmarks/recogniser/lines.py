"""Pictures of lines with what they say, as the line finder cuts them out of pages."""

import math
import random
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.recogniser import wear
from benchmarks.recogniser.drawing import Drawn, Ink, drawn
from benchmarks.recogniser.faces import Face
from benchmarks.recogniser.text import ACCENTED, TextSource, read
from benchmarks.recogniser.words import Vocabulary

_CLEAN, _DOTTED = 0.27, 0.2  # shares of the lines
_FAXED, _UNDERLINED, _FRAMED = 0.45, 0.2, 0.08  # shares of the lines of small print
_FEWER_ACCENTED = 0.25  # small print starts from weights that know accents
_FLAT = 0.6  # of the font's size: lower ink is a dash, and gets a letter's height
_ITALIC, _FONT_TRIES = 0.25, 8


class LinePicture(NamedTuple):
    """A line in grey, and its text."""

    pixels: Ink
    text: str


class LineSource:
    """Draws lines; equal seeds draw equal lines. ``clean`` is the share without wear.

    ``small`` print is that of forms scanned at 100 dpi, many of them faxed before.
    """

    def __init__(
        self,
        faces: Sequence[Face],
        vocabularies: Sequence[Vocabulary],
        seed: int | str,
        clean: float = _CLEAN,
        *,
        small: bool = False,
    ) -> None:
        self._faces = faces
        # Business papers are set upright, so italics are drawn less often than there are.
        self._weights = list(accumulate(_ITALIC if face.is_italic else 1.0 for face in faces))
        self._chance = random.Random(seed)
        self._clean = clean
        self._small = small
        self._noise = np.random.default_rng(self._chance.getrandbits(64))
        accented = _FEWER_ACCENTED if small else ACCENTED
        self.texts = TextSource(vocabularies, self._chance, accented)

    def line(self, text: str | None = None) -> LinePicture:
        """A line that says ``text``, or anything."""
        while True:
            said = text or self.texts.line()
            face = self._face(said)
            if face is None:
                continue
            is_clean = self._chance.random() < self._clean
            dotted = not is_clean and self._chance.random() < _DOTTED / (1 - _CLEAN)
            ink = drawn(said, face, self._chance, dotted=dotted)
            if ink is not None:
                page = self._cut(ink, is_clean=is_clean)
                faxed = self._small and self._chance.random() < _FAXED
                change = wear.clean if is_clean or faxed else wear.worn
                shares = self._native(self._faxed(page) if faxed else page)
                return LinePicture(change(shares, self._chance, self._noise), read(said))

    def _face(self, text: str) -> Face | None:
        """A font that can write ``text``, or nothing where a few tries find none."""
        for _ in range(_FONT_TRIES):
            (face,) = self._chance.choices(self._faces, cum_weights=self._weights)
            if face.symbols.issuperset(text):
                return face
        return None

    def _cut(self, line: Drawn, *, is_clean: bool) -> Ink:
        """``line`` with its surroundings, about as a line finder cuts it out."""
        chance, height, width = self._chance, *line.ink.shape
        low = height < _FLAT * line.size
        missing = int((chance.uniform(0.8, 1.3) * line.size - height) / 2) if low else 0
        tall = height + 2 * max(0, missing)
        room = tall // 2 + 4
        page = np.pad(line.ink, ((room + max(0, missing),) * 2, (tall, tall)))
        top, bottom, left, right = room, room + tall, tall, tall + width
        for above in (True, False):
            if chance.random() < (0.1 if is_clean else 0.25):
                self._add_neighbour(page, top, bottom, above=above)
        if self._small:
            self._rule(page, bottom, left, right)
        if chance.random() < (0.25 if is_clean else 0.5):
            page = self._askew(page, long=width > 6 * tall)
        up, down, before, after = self._margins(tall, line.size)
        return page[max(0, top - up) : bottom + down, max(0, left - before) : right + after]

    def _margins(self, height: int, size: int) -> tuple[int, int, int, int]:
        """Above, below, left, right: those of the fast engine, or the loose ones of others."""
        chance = self._chance
        if chance.random() < 0.5:
            rows = [0.22 * height * chance.uniform(0.7, 1.2) for _ in range(2)]
            columns = [0.3 * 0.7 * size * chance.uniform(0.6, 1.4) for _ in range(2)]
        else:
            rows = [height * chance.uniform(-0.02, 0.28) for _ in range(2)]
            columns = [height * chance.uniform(0, 0.5) for _ in range(2)]
        return int(rows[0]), int(rows[1]), int(columns[0]), int(columns[1])

    def _add_neighbour(self, page: Ink, top: int, bottom: int, *, above: bool) -> None:
        """A piece of the line above or below."""
        chance, height = self._chance, bottom - top
        text = self.texts.line()
        face = self._face(text)
        other = drawn(text, face, chance, dotted=False) if face else None
        if other is None:
            return
        scale = height / other.ink.shape[0]
        ink = cv2.resize(other.ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        gap, width = int(height * chance.uniform(0.06, 0.35)), min(ink.shape[1], page.shape[1])
        edge = top - gap if above else bottom + gap
        rows = min(edge if above else page.shape[0] - edge, ink.shape[0])
        if rows <= 0 or not width:
            return
        where = np.s_[edge - rows : edge, :width] if above else np.s_[edge : edge + rows, :width]
        part = ink[-rows:, :width] if above else ink[:rows, :width]
        page[where] = np.maximum(page[where], part)

    def _rule(self, page: Ink, bottom: int, left: int, right: int) -> None:
        """A rule below the text, as to be filled in, or one that stands beside it."""
        chance, height = self._chance, len(page)
        thick = max(1, int(height * chance.uniform(0.01, 0.05)))
        if chance.random() < _UNDERLINED:
            top = bottom + int(height * chance.uniform(-0.04, 0.06))
            start = chance.choice([0, left, chance.randint(0, right - 1)])
            page[top : top + thick, start:] = 255
        if chance.random() < _FRAMED:
            at = chance.choice([left, right]) + int(height * chance.uniform(-0.15, 0.15))
            page[:, max(0, at) : at + thick] = 255

    def _faxed(self, page: Ink) -> Ink:
        """``page`` in black and white, as fine as a fax."""
        chance = self._chance
        height = int(chance.triangular(18, 60, 34))
        size = (max(6, page.shape[1] * height // len(page)), height)
        fine = np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.float32)
        fine += self._noise.normal(0, chance.uniform(0, 40), fine.shape).astype(np.float32)
        return np.where(fine > chance.uniform(70, 170), 255, 0).astype(np.uint8)

    def _askew(self, page: Ink, *, long: bool) -> Ink:
        """Turned by a degree or so, and slanted."""
        angle = math.radians(self._chance.gauss(0, 0.6 if long else 1.5))
        slant, (height, width) = self._chance.gauss(0, 0.05), page.shape
        turn = np.array(
            [[1, slant, -slant * height / 2], [math.sin(angle), 1, -math.sin(angle) * width / 2]],
            np.float32,
        )
        return np.asarray(cv2.warpAffine(page, turn, (width, height)), np.uint8)

    def _native(self, page: Ink) -> wear.Shares:
        """``page`` at a scan's resolution."""
        smallest, largest, usual = (9, 26, 13) if self._small else (13, 60, 28)
        height = int(self._chance.triangular(smallest, largest, usual))
        stretch = self._chance.choice(
            [1, 1, 1, 1, self._chance.uniform(0.65, 1), self._chance.uniform(1, 1.6)]
        )
        width = max(6, int(page.shape[1] * height / page.shape[0] * stretch))
        small = cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32) / 255
