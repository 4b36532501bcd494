"""The text that describes a line: its main row and what is wrapped below it."""

import re

from services.extract.sheet import Token
from services.extract.tables.cells import CellRow, Grid

_FOLLOWING = 3
_SHORTEST_WORD = 3


def describe(grid: Grid, span: tuple[int, int, int], words: list[int]) -> list[Token]:
    """The words that describe the line of ``span``: its first row, that of its price, its end.

    ``words`` are the columns of texts. The main row is that of the price, else the one with
    the quantity, else the nearest.
    """
    start, at, end = span
    if not words:
        return []
    below, above = (
        list(range(at + 1, min(end, at + _FOLLOWING))),
        list(range(at - 1, start - 1, -1)),
    )
    main = [i for i in (*above[:_FOLLOWING], *below) if _has_values(grid, i)]
    places = (at, *main, *_by_gap(grid, at, [*below, *above[:1]]))
    texts = {index: own for index in places if (own := _text(grid.rows[index], words))}
    best = next((it for it in texts if not is_code(texts[it])), next(iter(texts), None))
    return [] if best is None else texts[best] + _wrapped(grid, best, end, words, texts[best])


def is_code(text: list[Token]) -> bool:
    """Whether it is the number of an article, such as ``SL-YAR210``: one word with digits."""
    word = text[0].text
    return len(text) == 1 and word == word.upper() and any(map(str.isdigit, word))


def are_detailed(grid: Grid, anchors: list[int], words: list[int]) -> bool:
    """Whether below each row of ``anchors``, several, stands a row of text and nothing else.

    Another one each time: what is the same below all, or has a label, describes no single line.
    """
    texts = []
    for at in anchors if words else ():
        upper = _text(grid.rows[at], words)
        below = grid.rows[at + 1] if at + 1 < len(grid.rows) else None
        lower = [] if below is None or set(below.cells) - set(words) else _text(below, words)
        if not upper or not lower or not _is_close(upper, lower):
            return False
        texts.append(" ".join(token.text for token in lower))
    return len(texts) > 1 and len(set(texts)) == len(texts) and not any(":" in it for it in texts)


def _has_values(grid: Grid, at: int) -> bool:
    values = [i for i, c in enumerate(grid.head.columns) if c.concept in {"quantity", "unit_price"}]
    return any(token.text[:1].isdigit() for token in grid.rows[at].tokens(values))


def _by_gap(grid: Grid, at: int, others: list[int]) -> list[int]:
    """Rows nearest to the price first."""
    middle = (grid.rows[at].row.y0 + grid.rows[at].row.y1) / 2

    def distance(other: int) -> float:
        row = grid.rows[other].row
        return abs((row.y0 + row.y1) / 2 - middle)

    return sorted(others, key=distance)


def _wrapped(grid: Grid, at: int, end: int, words: list[int], first: list[Token]) -> list[Token]:
    """The lines below that go on with ``first`` because it did not fit the column."""
    limit = _right_limit(grid, words)
    lines = [first]
    more: list[list[Token]] = []
    for below in grid.rows[at + 1 : end]:
        text = _text(below, words, letters=1)
        if not text or not _is_close(lines[-1], text):
            break
        lines.append(text)
        more.append(text)
    if grid.is_detailed:
        return [token for text in more for token in text]
    joined: list[Token] = []
    for number, text in enumerate(more):
        single = len(more) == 1 and not any(":" in token.text for token in text)
        is_begun = text[0].text[:1].islower()  # in the middle of a sentence
        if not (is_begun or _did_not_fit(lines[number], text, limit)):
            break
        if not (single or joined or _goes_on(lines[number], text)):
            break
        joined.extend(text)
    return joined


def _goes_on(upper: list[Token], lower: list[Token]) -> bool:
    """Whether the lower line reads as going on: small letters, brackets, an open end above."""
    start = lower[0].text[:1]
    return not start.isupper() or upper[-1].text.endswith(("-", ",", "&", "/", "+"))


def _text(row: CellRow, words: list[int], letters: int = _SHORTEST_WORD) -> list[Token]:
    """The description of a row; a mere code is none."""
    choices = [row.tokens([index]) for index in words]
    best = max(choices, key=lambda tokens: sum(len(token.text) for token in tokens))
    best = _without_code(row, best)
    has_word = any(_longest_word(token.text) >= letters for token in best)
    return best if has_word else []


def _without_code(row: CellRow, text: list[Token]) -> list[Token]:
    """Without the number of an article that stands apart before it, under one head with it."""
    ends = {segment.tokens[-1].index for segment in row.row.segments}
    return text[1:] if len(text) > 1 and is_code(text[:1]) and text[0].index in ends else text


def _longest_word(text: str) -> int:
    return max((len(part) for part in re.findall(r"[^\W\d_]+", text)), default=0)


def _right_limit(grid: Grid, words: list[int]) -> float:
    """Where the next column begins on the rows of prices: text must stop before it."""
    after = [
        min(token.x0 for token in tokens)
        for row in grid.rows
        if len(row.cells) > 2
        for index, tokens in row.cells.items()
        if index > max(words)
    ]
    heads = [c.x0 for c in grid.head.columns[max(words) + 1 :]]
    return min([*after, *heads], default=float("inf"))


def _is_close(upper: list[Token], lower: list[Token]) -> bool:
    left = min(token.x0 for token in upper)
    if abs(lower[0].x0 - left) > 1.5 * lower[0].height:
        return False
    return lower[0].y0 - upper[-1].y1 < 0.8 * lower[0].height


def _did_not_fit(upper: list[Token], lower: list[Token], limit: float) -> bool:
    space = 0.3 * lower[0].height
    return upper[-1].x1 + 2 * space + (lower[0].x1 - lower[0].x0) > limit
