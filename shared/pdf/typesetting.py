"""Setting our own plain HTML in type, as a PDF file in memory.

MuPDF's HTML engine breaks lines and pages and has fonts for most scripts. What it cannot lay out
it leaves out without a word (a table's row that is higher than a page, for one), so the letters
that are on the pages are counted, and set again without tables where many are missing.
"""

import contextlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pymupdf

from shared.errors import Code, Permanent

_MARGIN = 36.0
_STYLE = """
body { font-family: sans-serif; font-size: 10.5pt; line-height: 1.25; margin: 0 }
p { margin: 0 0 5pt 0 }
pre { font-family: monospace; font-size: 8.5pt; white-space: pre-wrap; margin: 0 }
h1 { font-size: 17pt; margin: 8pt 0 5pt 0 }
h2 { font-size: 14pt; margin: 8pt 0 4pt 0 }
h3, h4, h5, h6 { font-size: 12pt; margin: 6pt 0 3pt 0 }
table { margin: 2pt 0 7pt 0 }
td { padding: 1.5pt 6pt; vertical-align: top; font-size: 10pt }
table.sheet td { padding: 1.5pt 12pt }
td p { margin: 0 0 2pt 0 }
"""
_BLOCK = re.compile(r"</(?:p|pre|div|td|h[1-6]|li)>|<br/>")
_LESS_ROOM = (0.0, 3.0, 7.0, 13.0, 19.0, 29.0, 41.0)  # points
_TOLERANCE = 20.0  # points: a margin that nothing follows is counted
_LINES = ("<p", "<tr", "<br", "\n")
_LOWEST_LINE, _NARROWEST_LETTER = 9.0, 2.0  # points; markup is no letters, so it is few
_MORE = "It has more than the {} pages that are allowed."
_CLIPPED = pymupdf.TEXT_MEDIABOX_CLIP
_A4 = (595.0, 842.0)
_ENOUGH = 0.98  # of the letters
_TAG = re.compile(r"<[^>]*>")
_ENTITY = re.compile(r"&(?:#x?[0-9a-f]+|[a-z]+);", re.IGNORECASE)
_ROWS, _CELL = re.compile(r"</?(?:table|tr)[^>]*>"), re.compile(r"<(/?)td>")


@dataclass(frozen=True, slots=True)
class Leaf:
    """Markup for pages of one size, in points."""

    markup: str
    size: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Typeset:
    """A PDF file; ``complete`` is false where letters are missing on its pages."""

    content: bytes
    complete: bool


def typeset(leaves: Sequence[Leaf], pictures: Mapping[str, bytes], max_pages: int) -> Typeset:
    """``leaves`` one behind the other, each beginning a page; at least one page.

    Raises:
        Permanent: ``TOO_MANY_PAGES``, or ``FILE_CORRUPT`` (it cannot be laid out in any way).
    """
    wanted = list(leaves) or [Leaf("", _A4)]
    if sum(map(_fewest_pages, wanted)) > max_pages:
        raise Permanent(Code.TOO_MANY_PAGES, _MORE.format(max_pages))
    press = _Press(pictures, max_pages)
    try:
        made = press.print(wanted)
        lacking = _lacking(made, wanted)
    except _StuckError:
        lacking = set(range(len(wanted)))
    if not lacking:
        return Typeset(made.content, complete=True)
    chosen = [press.fitting(it) if at in lacking else it for at, it in enumerate(wanted)]
    try:
        made = press.print(chosen)
    except _StuckError as error:
        raise Permanent(Code.FILE_CORRUPT, "The file's text cannot be laid out.") from error
    return Typeset(made.content, complete=not _lacking(made, wanted))


class _StuckError(Exception):
    """Something has no room on a page, however it is placed."""


@dataclass(frozen=True, slots=True)
class _Printed:
    """A PDF file, and before which page each leaf ends."""

    content: bytes
    ends: list[int]


class _Press:
    def __init__(self, pictures: Mapping[str, bytes], max_pages: int) -> None:
        pymupdf.TOOLS.mupdf_display_errors(on=False)
        pymupdf.TOOLS.mupdf_display_warnings(on=False)
        self._archive = pymupdf.Archive()
        for name, content in pictures.items():
            self._archive.add((content, name))
        self._max_pages = max_pages

    def print(self, leaves: Sequence[Leaf]) -> _Printed:
        """The pages of all leaves.

        Raises:
            _StuckError: one cannot be laid out.
            Permanent: ``TOO_MANY_PAGES``.
        """
        out, pages, ends = io.BytesIO(), 0, []
        writer = pymupdf.DocumentWriter(out)
        for leaf in leaves:
            story = pymupdf.Story(leaf.markup or "<p></p>", user_css=_STYLE, archive=self._archive)
            more = True
            while more:
                pages += 1
                if pages > self._max_pages:
                    raise Permanent(Code.TOO_MANY_PAGES, _MORE.format(self._max_pages))
                device = writer.begin_page(pymupdf.Rect(0, 0, *leaf.size))
                more = _placed(story, leaf.size)
                story.draw(device)
                writer.end_page()
            ends.append(pages)
        writer.close()
        return _Printed(out.getvalue(), ends)

    def fitting(self, leaf: Leaf) -> Leaf:
        """The leaf, or the first simpler one that loses no text."""
        for version in (leaf, _without_tables(leaf)):
            with contextlib.suppress(_StuckError):
                if not _lacking(self.print([version]), [leaf]):
                    return version
        return _plain(leaf)


def _fewest_pages(leaf: Leaf) -> float:
    """How many pages a leaf has at least: to set it and see takes minutes where it is long."""
    lines = sum(map(leaf.markup.count, _LINES))
    width, height = leaf.size
    return max(lines, len(leaf.markup) * _NARROWEST_LETTER / width) * _LOWEST_LINE / height


def _placed(story: Any, size: tuple[float, float]) -> bool:  # noqa: ANN401 (PyMuPDF is not typed)
    """Fill the next page, and whether there is more.

    Where a page was filled to its very end, MuPDF 1.28 may run over the end of the next one, and
    say that nothing is left. With a little less room it does not.

    Raises:
        _StuckError: it runs over the end in any case.
    """
    right, end = size[0] - _MARGIN, size[1] - _MARGIN
    for less in _LESS_ROOM:
        more, filled = story.place(pymupdf.Rect(_MARGIN, _MARGIN, right, end - less))
        if filled[3] <= end + _TOLERANCE:
            return bool(more)
    raise _StuckError


def _without_tables(leaf: Leaf) -> Leaf:
    """Each cell a block of its own."""
    return Leaf(_CELL.sub(r"<\1div>", _ROWS.sub("", leaf.markup)), leaf.size)


def _plain(leaf: Leaf) -> Leaf:
    """Its text alone."""
    lines = (_TAG.sub(" ", it) for it in _BLOCK.split(leaf.markup))
    return Leaf("".join(f"<p>{it}</p>" for it in lines if not it.isspace()), leaf.size)


def _lacking(made: _Printed, leaves: Sequence[Leaf]) -> set[int]:
    """Which leaves have fewer letters on their pages than in their markup."""
    found, first = set(), 0
    with pymupdf.open(stream=made.content, filetype="pdf") as document:
        for place, (leaf, end) in enumerate(zip(leaves, made.ends, strict=True)):
            wanted = _letters(_ENTITY.sub("", _TAG.sub("", leaf.markup)))
            pages = (document[it].get_text(flags=_CLIPPED) for it in range(first, end))
            if sum(map(_letters, pages)) < _ENOUGH * wanted:
                found.add(place)
            first = end
    return found


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))
