"""What the writers have in common."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from shared.models.page import Line, Page


@dataclass(frozen=True, slots=True)
class About:
    """What a writer has to know of the document.

    ``name`` is the file's. ``is_picture`` says that its pages are measured in pixels rather
    than in points. ``version`` is that of this software.
    """

    name: str
    is_picture: bool
    version: str


class PageWriter(Protocol):
    """Writes a document: ``begin``, then ``page`` for each page in order, then ``end``."""

    @property
    def media_type(self) -> str:
        """The media type of what is written, always in UTF-8."""

    @property
    def suffix(self) -> str:
        """The usual ending of a file's name, with its dot."""

    def begin(self, about: About) -> str:
        """What stands before the first page."""

    def page(self, page: Page, about: About, *, first: bool) -> str:
        """One page; ``first`` of those that are written."""

    def end(self) -> str:
        """What stands behind the last page."""


def blocks(page: Page) -> list[list[Line]]:
    """The lines of a page by block, in reading order; a block is never empty."""
    return [list(lines) for _, lines in groupby(page.lines, attrgetter("block"))]


def around(lines: Iterable[Line]) -> tuple[float, float, float, float]:
    """The box around some lines, at least one."""
    sides = [(line.x0, line.y0, line.x1, line.y1) for line in lines]
    x0, y0, x1, y1 = zip(*sides, strict=True)
    return min(x0), min(y0), max(x1), max(y1)
