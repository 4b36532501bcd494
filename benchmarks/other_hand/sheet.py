"""Paper to draw on: text, rules, boxes and pictures at points from the top left corner."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pymupdf

from benchmarks.other_hand.fonts import typeface
from benchmarks.other_hand.style import Style, colour, styled

A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)


@dataclass(frozen=True)
class Set:
    """One text where it was set, with the box that it takes."""

    page: int
    words: str
    box: tuple[float, float, float, float]


class Sheet:
    """A document being drawn; ``family`` and ``size`` are of its running text."""

    def __init__(
        self, family: str = "sans", size: float = 9.0, paper: tuple[float, float] = A4
    ) -> None:
        self.document = pymupdf.open()
        self.base = Style(family, size)
        self.width, self.height = paper
        self.texts: list[Set] = []
        self.turn()

    def turn(self) -> None:
        """Begin the next page."""
        self._page = self.document.new_page(width=self.width, height=self.height)

    def text(self, x: float, y: float, words: str, style: str = "") -> float:
        """Set ``words`` on the base line ``y``; returns where they end."""
        how = styled(style, self.base)
        face = typeface(how.family, bold=how.bold, italic=how.italic)
        width = face.text_length(words, how.size) + how.spread * max(0, len(words) - 1)
        left = {"left": x, "right": x - width, "centre": x - width / 2}[how.align]
        writer = pymupdf.TextWriter(self._page.rect)
        if how.spread:
            at = left
            for letter in words:
                writer.append((at, y), letter, font=face, fontsize=how.size)
                at += face.text_length(letter, how.size) + how.spread
        elif words:
            writer.append((left, y), words, font=face, fontsize=how.size)
        writer.write_text(self._page, color=how.ink)
        box = (left, y - 0.72 * how.size, left + width, y + 0.2 * how.size)
        self.texts.append(Set(self.document.page_count, words, box))
        return float(left + width)

    def lines(self, x: float, y: float, words: str | Iterable[str], style: str = "") -> float:
        """Set lines below each other; returns the base line below the last."""
        leading = styled(style, self.base).size * 1.28
        for line in words.split("\n") if isinstance(words, str) else words:
            self.text(x, y, line, style)
            y += leading
        return y

    def rule(self, x: float, y: float, until: float, style: str = "#000000 0.6") -> None:
        """A line across, from ``x`` to ``until``; the size in ``style`` is its thickness."""
        how = styled(style, self.base)
        self._page.draw_line((x, y), (until, y), color=how.ink, width=how.size)

    def upright(self, x: float, y: float, until: float, style: str = "#000000 0.6") -> None:
        """A line down, from ``y`` to ``until``."""
        how = styled(style, self.base)
        self._page.draw_line((x, y), (x, until), color=how.ink, width=how.size)

    def box(self, box: tuple[float, float, float, float], fill: str = "", edge: str = "") -> None:
        """A rectangle: filled, edged or both, by colours like ``#ddeeff``."""
        self._page.draw_rect(
            pymupdf.Rect(box),
            color=colour(edge) if edge else None,
            fill=colour(fill) if fill else None,
            width=0.6,
        )

    def disc(self, x: float, y: float, radius: float, fill: str) -> None:
        """A filled circle, as logos have them."""
        self._page.draw_circle((x, y), radius, color=None, fill=colour(fill))

    def shape(self, points: list[tuple[float, float]], fill: str) -> None:
        """A filled polygon."""
        self._page.draw_polyline(points, color=None, fill=colour(fill), closePath=True)

    def picture(self, box: tuple[float, float, float, float], words: str, style: str) -> None:
        """A logo: words that only the eye reads, as pixels; they fill the box from its left."""
        how = styled(style, self.base)
        face = typeface(how.family, bold=how.bold, italic=how.italic)
        drawn = pymupdf.open()
        page = drawn.new_page(width=box[2] - box[0], height=box[3] - box[1])
        writer = pymupdf.TextWriter(page.rect)
        writer.append((1, 0.76 * (box[3] - box[1])), words, font=face, fontsize=how.size)
        writer.write_text(page, color=how.ink)
        self._page.insert_image(pymupdf.Rect(box), pixmap=page.get_pixmap(dpi=220))

    def squares(self, x: float, y: float, side: float, seed: str) -> None:
        """What looks like a QR code from afar."""
        chance = random.Random(seed)  # noqa: S311 - a picture, no secret
        count = 29
        cell = side / count
        for row in range(count):
            for column in range(count):
                if _is_dark(row, column, count, chance):
                    corner = (x + column * cell, y + row * cell)
                    self._page.draw_rect(
                        pymupdf.Rect(*corner, corner[0] + cell, corner[1] + cell),
                        color=None,
                        fill=(0, 0, 0),
                    )

    def pdf(self) -> bytes:
        """The document as a file, its typefaces cut to what is used."""
        self.document.subset_fonts()
        for xref in range(1, self.document.xref_length()):
            kind, value = self.document.xref_get_key(xref, "ToUnicode")
            if kind == "xref":
                letters = int(value.split()[0])
                stream = _plain(self.document.xref_stream(letters))
                self.document.update_stream(letters, stream)
        return bytes(self.document.tobytes(garbage=3, deflate=True))


def _plain(letters: bytes) -> bytes:
    """A font's table of letters in which a hyphen is a hyphen and a blank a blank.

    Where fonts draw several signs alike, PyMuPDF names the last of them: a soft hyphen, a blank
    that does not break. Other programs name what was written.
    """
    for found, meant in ((b"00ad", b"002d"), (b"2010", b"002d"), (b"00a0", b"0020")):
        letters = re.sub(rb"(?m)^(<....>) <%s>$" % found, rb"\1 <%s>" % meant, letters)
    return letters


def _is_dark(row: int, column: int, count: int, chance: random.Random) -> bool:
    """Whether a module is black: rings in three corners, chance elsewhere."""
    for top, left in ((0, 0), (0, count - 7), (count - 7, 0)):
        down, along = row - top, column - left
        if -1 <= down <= 7 and -1 <= along <= 7:
            ring = max(abs(down - 3), abs(along - 3))
            return ring in {0, 1, 3}
    return chance.random() < 0.5
