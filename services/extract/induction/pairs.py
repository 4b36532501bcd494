"""Labels with their values, as they stand on a page: beside each other, or one above the other.

A label is told by its colon, by the lexicon of labels, or by a value of a type beside it; text
beside text is a pair only in the same columns as a pair that was told otherwise.
"""

from itertools import pairwise

from services.extract.induction.asking import asking_words
from services.extract.induction.columns_of_pairs import EDGE, Columns, are_among, are_columns
from services.extract.induction.pair import Pair
from services.extract.labels import Hit
from services.extract.pieces import Piece, is_leader, pieces_of
from services.extract.printed_labels import (
    MOST_LABEL_WORDS,
    dash_in,
    has_digit,
    has_letters,
    labelled_parts,
    may_be_label,
    numbered_title,
    only_qualifies,
)
from services.extract.reading import Reading
from services.extract.sections import HEADS
from services.extract.sheet import Token
from services.extract.tables.typing import type_of
from services.extract.wording import compact
from shared.models.schema import FieldType

_MOST_VALUE_WORDS = 14
_NO_LABELS = HEADS | {"bare_number"}
"""Concepts whose words are none by themselves: heads of sections, and a mere "No"."""

_COUNTED = frozenset({FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER})
_FEWEST_DASHED = 3  # labels before a dash, for the dash to be no mere dash
_APART = 1.5  # as far as two rows are from each other, at least, what stands around them is
_BELOW = 1.3  # line heights from a label down to its value
_BELOW_READ = 1.9  # the same where letters were read: their boxes have no room above and below
_SMALLER = 0.93
_FEWEST_SMALL = 3
_WIDEST = 45  # line heights from a label to the value beside it
_WIDEST_READ = 70


def find_pairs(reading: Reading, taken: set[int], *, strict: bool = False) -> list[Pair]:
    """The pairs of a document in reading order; words in ``taken`` belong to something else.

    ``strict`` is for documents whose lines name articles with prices, such as receipts: there
    only a colon or the lexicon makes a label of a number.
    """
    finder = _Finder(reading, taken, strict=strict)
    return sorted(finder.pairs(), key=lambda pair: pair.label[0].index)


class _Finder:
    def __init__(self, reading: Reading, taken: set[int], *, strict: bool) -> None:
        self._reading = reading
        self._strict = strict
        self._rows = pieces_of(reading.sheet)
        self._stacks: list[list[float]] = []
        self._small: list[tuple[Piece, Piece]] = []
        dashed = [piece for row in self._rows for piece in row if dash_in(piece.tokens)]
        self._dashed = len(dashed) >= _FEWEST_DASHED
        self._used = set(taken)
        self._found: list[Pair] = []

    def pairs(self) -> list[Pair]:
        for row in self._rows:
            for piece in row:
                self._within(piece)
            couples = self._couples(row)
            self._small += couples if len(couples) == len(row) and _are_small(couples) else []
        # Twice: what one stack shows of the columns tells others above it.
        steps = (
            self._stacked,
            self._stacked,
            self._beside,
            self._in_columns,
            self._in_line,
            self._below,
        )
        for step in steps:
            for row in self._rows:
                step(row)
        return self._found

    def _add(self, label: list[Token], value: list[Token]) -> None:
        own = {token.index for token in (*label, *value)}
        if value and len(value) <= _MOST_VALUE_WORDS and own.isdisjoint(self._used):
            self._used |= own
            self._found.append(Pair(label, value))

    def _within(self, piece: Piece) -> None:
        """A label and its value on one line without a gap."""
        parts = list(labelled_parts(piece.tokens)) or numbered_title(piece.tokens)
        if not parts and self._dashed and (at := dash_in(piece.tokens)):
            parts = [(piece.tokens[:at], piece.tokens[at + 1 :])]
        if parts:
            for label, value in parts:
                self._add(label, value)
            return
        hit = self._opening(piece)
        rest = piece.tokens[len(hit.tokens) :] if hit else []
        told = [token for token in rest if has_digit(token)]
        is_rate = all(token.text.endswith("%") for token in told)  # ``VAT at 5%``
        if hit is not None and not is_rate and not only_qualifies(rest):
            value = [token for token in rest if token.text not in {"-", "–", "="}]
            if type_of(self._reading, value) is not FieldType.TEXT or len(value) <= 2:
                self._add(hit.tokens, value)

    def _beside(self, row: list[Piece]) -> None:
        """A label, and the value of a type, or of a label that is sure, to its right."""
        for left, right in pairwise(row):
            if self._is_used(left) or self._is_used(right) or not self._near(left, right):
                continue
            is_sure = self._is_sure_label(left) or left.text.endswith(":")
            is_sure = is_sure or (may_be_label(left) and self._is_led(left, right))
            dated = self._before_day(left)
            if not (is_sure or may_be_label(left) or dated) or self._is_sure_label(right):
                continue
            if right.text.endswith(":"):
                continue
            if not is_sure and self._goes_on(row, right):
                continue
            value = self._with_amount(row, right)
            kind = type_of(self._reading, value)
            if not is_sure and self._strict and kind in _COUNTED:
                continue
            if kind is not FieldType.TEXT or (is_sure and not _is_sentence(right)):
                self._add(dated or left.tokens, value)

    def _is_led(self, left: Piece, right: Piece) -> bool:
        """Whether dots lead from one to the other."""
        row = self._reading.sheet.rows[left.segment.row]
        return any(is_leader(it.text) for it in row.tokens if left.x1 - 1 < it.x0 < right.x0)

    def _before_day(self, piece: Piece) -> list[Token]:
        """The label in ``Balance on 31.03.2026``, which is about that day; none elsewhere."""
        for at in range(1, len(piece.tokens)):
            label = Piece(piece.tokens[:at], piece.segment, piece.position)
            is_day = type_of(self._reading, piece.tokens[at:]) is FieldType.DATE
            if is_day and may_be_label(label):
                while len(label.tokens) > 1 and label.tokens[-1].text.islower():
                    label.tokens.pop()  # ``on``, ``vom``
                return label.tokens
        return []

    def _with_amount(self, row: list[Piece], right: Piece) -> list[Token]:
        """A value, with the amount that follows where it is a mere currency."""
        rest = row[right.position + 1 :]
        if rest and only_qualifies(right.tokens) and rest[0].has_digit:
            return [*right.tokens, *rest[0].tokens]
        return right.tokens

    def _goes_on(self, row: list[Piece], value: Piece) -> bool:
        """Whether another value follows, as in a line of a table."""
        rest = row[value.position + 1 :]
        return bool(rest) and not may_be_label(rest[0]) and not self._is_sure_label(rest[0])

    def _in_columns(self, row: list[Piece]) -> None:
        """Text beside text, in the columns of a pair close by."""
        for left, right in pairwise(row):
            if self._is_used(left) or self._is_used(right) or not may_be_label(left):
                continue
            if _is_sentence(right) or self._goes_on(row, right):
                continue
            beside = list(filter(Columns(left, right).fit, self._found))
            if type_of(self._reading, right.tokens) in _COUNTED:  # else a price beside an article
                beside = [it for it in beside if type_of(self._reading, it.value) not in _COUNTED]
            if beside:
                self._add(left.tokens, right.tokens)

    def _in_line(self, row: list[Piece]) -> None:
        """Text beside text, on a line of pairs one of which was told otherwise.

        A line above or below has as many pieces in the same columns.
        """
        couples = list(zip(row[::2], row[1::2], strict=False))
        told = {pair.label[0].index for pair in self._found}
        if len(row) % 2 or not any(left.tokens[0].index in told for left, _ in couples):
            return
        if not any(are_columns(row, other) for other in self._rows_beside(row)):
            return
        for left, right in couples:
            is_free = not (self._is_used(left) or self._is_used(right))
            if is_free and may_be_label(left) and not _is_sentence(right):
                self._add(left.tokens, right.tokens)

    def _rows_beside(self, row: list[Piece]) -> list[list[Piece]]:
        at = row[0].segment.row
        return [self._rows[it] for it in (at - 1, at + 1) if 0 <= it < len(self._rows)]

    def _stacked(self, row: list[Piece]) -> None:
        """A row of labels with a row of their values right below."""
        couples = self._couples(row)
        asking = [label for label, _ in couples if self._asks(label)]
        telling = [value for _, value in couples if not self._asks(value)]
        typed = [it for it in telling if type_of(self._reading, it.tokens) is not FieldType.TEXT]
        if len(couples) < len(row) or not couples:
            return
        edges = [label.x0 for label, _ in couples]
        known = any(are_among(edges, stack, couples[0][0].height) for stack in self._stacks)
        known = (known and self._stands_alone(couples)) or (
            len(self._small) >= _FEWEST_SMALL and _are_small(couples)
        )
        if not known and (len(couples) < 2 or not typed):
            return
        is_group = self._stands_alone(couples) and (len(couples) > 2 or bool(asking))
        is_form = known or is_group or 2 * len(asking) > len(couples)
        if len(telling) == len(couples) and is_form:
            self._stacks.append(edges)
            for label, value in couples:
                self._add(label.tokens, value.tokens)

    def _stands_alone(self, couples: list[tuple[Piece, Piece]]) -> bool:
        """Whether the two rows are further from those around them than from each other."""
        upper, lower = couples[0]
        apart = _APART * max(0.1 * upper.height, lower.y0 - upper.y1)
        over, under = self._first_of(upper, -1), self._first_of(lower, 1)
        far_above = over is None or upper.y0 - over.y1 > apart
        return far_above and (under is None or under.y0 - lower.y1 > apart)

    def _first_of(self, piece: Piece, step: int) -> Piece | None:
        """The first piece of the row above or below, if that is on the same page."""
        at = piece.segment.row + step
        row = self._rows[at] if 0 <= at < len(self._rows) else []
        return row[0] if row and row[0].tokens[0].page == piece.tokens[0].page else None

    def _below(self, row: list[Piece]) -> None:
        """A label that is sure, with its value right below it."""
        for label, value in self._couples(row):
            sure = self._is_sure_label(label) and not self._is_sure_label(value)
            if sure and not _is_sentence(value):
                self._add(label.tokens, value.tokens)

    def _couples(self, row: list[Piece]) -> list[tuple[Piece, Piece]]:
        """What may be labels, each with what stands right below it."""
        at = row[0].segment.row + 1 if row else len(self._rows)
        if at >= len(self._rows):
            return []
        below = [piece for piece in self._rows[at] if not self._is_used(piece)]
        return [
            (label, value)
            for label in row
            for value in below
            if not self._is_used(label)
            and self._stands_below(label, value)
            and (may_be_label(label) or self._is_sure_label(label))
        ]

    def _asks(self, piece: Piece) -> bool:
        """Whether it says what is to be told, rather than telling it."""
        words = [compact(token.text) for token in piece.tokens]
        known = asking_words()
        asking = any(word in known.words or word.endswith(known.ends) for word in words)
        return asking or self._is_sure_label(piece)

    def _is_used(self, piece: Piece) -> bool:
        return any(token.index in self._used for token in piece.tokens)

    def _near(self, left: Piece, right: Piece) -> bool:
        widest = _WIDEST_READ if self._reading.sheet.is_ocr else _WIDEST
        return right.x0 - left.x1 < widest * self._reading.sheet.line_height

    def _opening(self, piece: Piece) -> Hit | None:
        """The label of the lexicon that begins a piece, but for heads of sections."""
        hits = self._reading.labels.by_row[piece.segment.row]
        found = (hit for hit in hits if hit.tokens[0] is piece.tokens[0])
        return next((hit for hit in found if not hit.concepts <= _NO_LABELS), None)

    def _is_sure_label(self, piece: Piece) -> bool:
        """Whether it is a label whatever stands beside it."""
        if len(piece.tokens) > MOST_LABEL_WORDS or not has_letters(piece.text):
            return False
        if piece.text.endswith(":"):
            return not self._is_head(piece)
        hit = self._opening(piece)
        return hit is not None and only_qualifies(piece.tokens[len(hit.tokens) :])

    def _is_head(self, piece: Piece) -> bool:
        hits = self._reading.labels.by_row[piece.segment.row]
        return any(hit.tokens[0] is piece.tokens[0] and hit.concepts & HEADS for hit in hits)

    def _stands_below(self, label: Piece, value: Piece) -> bool:
        line = self._reading.sheet.line_height
        edge = min(abs(label.x0 - value.x0), abs(label.x1 - value.x1))
        aligned = edge < EDGE * label.height
        is_there = value.tokens[0].page == label.tokens[0].page
        below = (_BELOW_READ if self._reading.sheet.is_ocr else _BELOW) * line
        return aligned and is_there and 0 <= value.y0 - label.y1 + 0.3 * line < below


def _are_small(couples: list[tuple[Piece, Piece]]) -> bool:
    """Whether what stands above is in smaller print, as labels are."""
    return all(upper.height < _SMALLER * lower.height for upper, lower in couples)


def _is_sentence(piece: Piece) -> bool:
    return len(piece.tokens) > _MOST_VALUE_WORDS
