"""Lays pages out: undoes rotation and tilt, cuts words into tokens, finds rows and segments."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from services.extract.aligning import part_columns
from services.extract.median import median
from services.extract.mending import mend_line
from services.extract.printed import AnyPage, AnyWord, sheets_of
from services.extract.sheet import Row, Segment, Sheet, Token

_SAME_ROW = 0.5  # of the height, between centres
_NEARLY_SAME_ROW = 0.75  # the same, for rows that do not overlap along the line
_GAP_IN_LINE = 1.3  # of the height, between words that the reader put on one line
_GAP_IN_PRINT = 0.75  # the same in a text layer, whose blanks are even
_LETTERS_APART = 2.1  # letters: a typewriter's double blank parts nothing
_GAP_ELSE = 0.6  # the same between words of different lines
_MOST_LEVEL = 0.7  # of the words: below, the page itself lies on its side
_UPRIGHT = 1.6  # height by width of three letters
_LEAST_TILT = 0.002  # slope below which rows come out right anyway
_LINES_FOR_TILT = 4
_AFTER_LABEL = re.compile(
    r"(?<=[^\W\d]):(?=[^\s/:\\])|(?<=[^\W\d][.)]):(?=[^\s/:\\])"
    r"|(?<=\.{5})(?=[^.])|(?<=[^.])(?=\.{5})"  # dots that lead on to a value
)
_LEADER = "....."
_HEAD_ROWS = 12
_DASHES = frozenset("-\u2013\u2014")
_GAP_AT_DASH = 1.2
_COLUMN_MARKS = frozenset("|¦•●·")
_SPECKLED = 0.3  # of the words: more signs that were hardly read are dirt on the paper
_HARDLY_READ, _UNREAD = 0.5, 0.25  # confidences
_LONGEST_SPECK = 2
_DIRT = frozenset(".,:;'*-=_~")
_COMBINED = "+"  # in the name of an engine that asks two recognisers

_Frame = tuple[float, float, float, float]


def lay_out(pages: Sequence[AnyPage]) -> Sheet:
    """The sheet of all pages in order, and of all sheets of paper on a photo."""
    rows: list[Row] = []
    widths: dict[int, float] = {}
    heights: dict[int, float] = {}
    tokens: list[Token] = []
    for page in pages:
        turned = page.rotation in {90, 270}
        widths[page.number] = page.height if turned else page.width
        heights[page.number] = page.width if turned else page.height
        for sheet in sheets_of(page):
            on_sheet = _tokens(sheet, len(tokens))
            tokens.extend(on_sheet)
            rows.extend(_rows(on_sheet, page.number, len(rows)))
    is_ocr = any(token.confidence < 1 for token in tokens)
    if is_ocr:
        for row in rows:
            for segment in row.segments:
                mend_line(segment.tokens, at_head=row.index < _HEAD_ROWS)
    part_columns(rows)
    line_height = median([token.height for token in tokens]) if tokens else 10.0
    combined = frozenset(page.number for page in pages if _COMBINED in page.engine)
    return Sheet(rows, widths, heights, line_height, is_ocr, combined)


def _tokens(page: AnyPage, first_index: int) -> list[Token]:
    upright = _uprights(page)
    frames = [(word, upright(word)) for word in _print(page.words) if word.text.strip()]
    lying = [each for each in frames if not _is_vertical(each[0].text, each[1])]
    frames = lying if len(lying) > _MOST_LEVEL * len(frames) else frames
    slope = _tilt(frames)
    is_straight = page.rotation == 0
    tokens: list[Token] = []
    for word, (x0, y0, x1, y1) in frames:
        down = slope * (x0 + x1) / 2
        right = x0 + (x1 - x0)  # as that of the last part of a word that is cut
        whole = Token(
            first_index + len(tokens),
            page.number,
            word.text.strip(),
            x0,
            y0 - down,
            right,
            y1 - down,
            word.confidence,
            word.line,
            (word.x0, word.y0, right if is_straight else word.x1, word.y1),
        )
        if ":" in word.text or _LEADER in word.text:
            tokens.extend(_parts(whole, word, x1 - x0, is_straight=is_straight))
        else:
            tokens.append(whole)
    return tokens


def _print(words: Sequence[AnyWord]) -> Sequence[AnyWord]:
    """``words`` without what is no print, where a scan has so much dirt that rows run together."""
    doubtful = [word for word in words if word.confidence < _HARDLY_READ]
    signs = sum(not any(map(str.isalnum, word.text)) for word in doubtful)
    if signs <= _SPECKLED * len(words):
        return words
    return list(filter(_is_print, words))


def _is_print(word: AnyWord) -> bool:
    letters = sum(map(str.isalnum, word.text))
    if letters:
        return letters > _LONGEST_SPECK or word.confidence >= _UNREAD
    return word.confidence >= _HARDLY_READ and not set(word.text) <= _DIRT


def _parts(whole: Token, word: AnyWord, width: float, *, is_straight: bool) -> Iterator[Token]:
    """``No:123`` as ``No:`` and ``123``, each with its share of the width."""
    text = word.text
    cuts = [0, *(match.end() for match in _AFTER_LABEL.finditer(text)), len(text)]
    shares = [
        (part, start / len(text), end / len(text))
        for start, end in pairwise(cuts)
        if (part := text[start:end].strip())
    ]
    own = word.x1 - word.x0
    for at, (part, start, end) in enumerate(shares):
        # Along x only: a turned page's words are not cut, their box stays whole.
        left = word.x0 + start * own if is_straight else word.x0
        right = word.x0 + end * own if is_straight else word.x1
        yield replace(
            whole,
            index=whole.index + at,
            text=part,
            x0=whole.x0 + start * width,
            x1=whole.x0 + end * width,
            own=(left, word.y0, right, word.y1),
        )


def _is_vertical(text: str, frame: _Frame) -> bool:
    """Whether text runs up or down the page, as marks in the margin do."""
    x0, y0, x1, y1 = frame
    return len(text) > 2 and y1 - y0 > _UPRIGHT * (x1 - x0)


def _uprights(page: AnyPage) -> Callable[[AnyWord], _Frame]:
    """What turns the box of a word on ``page`` into that on the upright page."""
    width, height = page.width, page.height
    match page.rotation:
        case 90:
            return lambda word: (height - word.y1, word.x0, height - word.y0, word.x1)
        case 180:
            return lambda word: (
                width - word.x1,
                height - word.y1,
                width - word.x0,
                height - word.y0,
            )
        case 270:
            return lambda word: (word.y0, width - word.x1, word.y1, width - word.x0)
        case _:
            return lambda word: (word.x0, word.y0, word.x1, word.y1)


def _tilt(frames: list[tuple[AnyWord, _Frame]]) -> float:
    """The slope of the reader's lines; 0 where they are level or too few to tell."""
    ends: dict[int, list[_Frame]] = {}
    for word, frame in frames:
        ends.setdefault(word.line, []).append(frame)
    slopes = []
    for line in ends.values():
        left, right = min(line), max(line)
        width = (right[0] + right[2] - left[0] - left[2]) / 2
        if width > 6 * (left[3] - left[1]):
            slopes.append((right[1] + right[3] - left[1] - left[3]) / 2 / width)
    slope = median(slopes) if len(slopes) >= _LINES_FOR_TILT else 0.0
    return slope if abs(slope) > _LEAST_TILT else 0.0


def _rows(tokens: list[Token], page: int, first_row: int) -> list[Row]:
    rows: list[list[Token]] = []
    middle = height = 0.0
    row: list[Token] = []
    for token in sorted(tokens, key=attrgetter("middle")):
        # A dash or a dot read by OCR is flat: it counts as tall as its surroundings.
        limit = _SAME_ROW * min(height, max(token.height, 0.6 * height))
        if row and abs(token.middle - middle) < limit:
            row.append(token)
            count = len(row)
            middle += (token.middle - middle) / count
            height += (token.height - height) / count
        else:
            row = [token]
            rows.append(row)
            middle, height = token.middle, token.height
    return [_row(row, page, first_row + number) for number, row in enumerate(_merged(rows))]


def _merged(rows: list[list[Token]]) -> list[list[Token]]:
    """Rows joined with the next where both overlap in height and nowhere along the line."""
    merged: list[list[Token]] = []
    upper = _Level(0.0, 0.0)
    for row in rows:
        lower = _level(row)
        if merged and _fit_together(merged[-1], upper, row, lower):
            merged[-1] = merged[-1] + row
            upper = _level(merged[-1])
        else:
            merged.append(row)
            upper = lower
    return merged


class _Level(NamedTuple):
    """The typical height and middle of the tokens of a row."""

    height: float
    middle: float


def _level(tokens: list[Token]) -> _Level:
    return _Level(
        median([token.height for token in tokens]), median([token.middle for token in tokens])
    )


def _fit_together(upper: list[Token], above: _Level, lower: list[Token], below: _Level) -> bool:
    height = min(above.height, below.height)
    return below.middle - above.middle < _NEARLY_SAME_ROW * height and not any(
        one.x0 < two.x1 and two.x0 < one.x1 for one in upper for two in lower
    )


def _row(tokens: list[Token], page: int, index: int) -> Row:
    row = Row(index, page)
    runs: list[list[Token]] = []
    for token in sorted(tokens, key=attrgetter("x0")):
        if token.text in _COLUMN_MARKS:
            runs.append([])
        elif runs and runs[-1] and _is_joined(runs[-1][-1], token):
            runs[-1].append(token)
        else:
            runs.append([token])
    for run in _with_dashes([run for run in runs if run]) or [tokens]:  # marks alone are no columns
        row.segments.append(Segment(run, index, len(row.segments), page))
    return row


def _with_dashes(runs: list[list[Token]]) -> list[list[Token]]:
    """``runs``, those that a dash between words parts in one: it is read as a line of its own."""
    joined: list[list[Token]] = []
    for run in runs:
        last = joined[-1] if joined else []
        is_after = len(last) > 1 and last[-1].text in _DASHES and run[0].text[:1].isalpha()
        is_dash = len(run) == 1 and run[0].text in _DASHES and bool(last)
        ends = last[-1].text[-1:].isalpha() if is_dash else is_after
        if ends and run[0].x0 - last[-1].x1 < _GAP_AT_DASH * max(run[0].height, last[-1].height):
            last.extend(run)
        else:
            joined.append(run)
    return joined


def _is_joined(left: Token, right: Token) -> bool:
    return right.x0 - left.x1 < _gap(left, right) * min(left.height, right.height)


def _gap(left: Token, right: Token) -> float:
    """How far words of one segment may be apart at most, by their height."""
    if left.line != right.line:
        return _GAP_ELSE
    if left.confidence < 1 or right.confidence < 1:
        return _GAP_IN_LINE
    letter = min(_letter(left), _letter(right))
    return min(_GAP_IN_LINE, max(_GAP_IN_PRINT, _LETTERS_APART * letter))


def _letter(token: Token) -> float:
    """The width of its letters by its height: the same for all words of a typewriter."""
    return (token.x1 - token.x0) / (len(token.text) * token.height)
