"""A document as text for a model: line by line, columns kept apart, within a budget.

Tokens are estimated, as every model counts differently: three bytes of UTF-8 are taken for one,
which is more than common tokenizers make of the languages we read.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from services.extract.sheet import Row, Sheet

_BYTES_PER_TOKEN = 3
_NARROWEST, _WIDEST = 2, 8  # blanks between columns
# Control, format (zero-width, bidirectional, tags), private and unassigned characters: what
# people cannot see on a page, and instructions can hide in.
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})


@dataclass(frozen=True, slots=True)
class TextBudget:
    """How many tokens the words of a page, and of all pages, may take, and the answer."""

    per_page: int
    total: int
    answer: int = 4_000


@dataclass(slots=True)
class Rendered:
    """``text`` for the model; ``cut`` pages are given in part, ``missing`` ones not at all."""

    text: str = ""
    cut: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


def tokens_of(text: str) -> int:
    """About how many tokens ``text`` is; more rather than fewer."""
    return len(text.encode(errors="replace")) // _BYTES_PER_TOKEN + 1


def render(sheet: Sheet, budget: TextBudget) -> Rendered:
    """The sheet's pages in order; where not all fit, the last one goes before the middle.

    What is summed up stands at the end of a document.
    """
    pages = {number: list(rows) for number, rows in groupby(sheet.rows, lambda row: row.page)}
    result, texts, left = Rendered(), {}, budget.total
    for number in _by_weight(list(pages)):
        lines = [f"[page {number + 1}]", *(line_of(row) for row in pages[number])]
        kept, spent = _within(lines, min(budget.per_page, left))
        if len(kept) <= 1 < len(lines):
            result.missing.append(number)
            continue
        if len(kept) < len(lines):
            result.cut.append(number)
        texts[number] = "\n".join(kept)
        left -= spent
    result.text = "\n".join(texts[number] for number in sorted(texts))
    result.cut.sort()
    result.missing.sort()
    return result


def line_of(row: Row) -> str:
    """The row with blanks between its columns, about as wide as the gaps on the page."""
    parts: list[str] = []
    for at, segment in enumerate(row.segments):
        if at:
            before = row.segments[at - 1]
            gap = (segment.x0 - before.x1) / max(1.0, 0.5 * segment.height)
            parts.append(" " * round(min(max(gap, _NARROWEST), _WIDEST)))
        parts.append(visible(segment.text))
    return "".join(parts)


def visible(text: str) -> str:
    """``text`` without characters that nobody can see."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if not _is_invisible(char))


@lru_cache(maxsize=5_000)
def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in _INVISIBLE


def _by_weight(numbers: Sequence[int]) -> list[int]:
    return list(dict.fromkeys([*numbers[:1], *numbers[-1:], *numbers]))


def _within(lines: list[str], budget: int) -> tuple[list[str], int]:
    spent, kept = 0, []
    for line in lines:
        cost = tokens_of(line)
        if spent + cost > budget:
            break
        kept.append(line)
        spent += cost
    return kept, spent
