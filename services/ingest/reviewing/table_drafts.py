"""Rows that a reviewer puts in, takes out, fills or accepts; each is saved as in ``drafts``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from services.ingest.corrections import MAX_ROWS
from services.ingest.edits import Edit, edited
from services.ingest.reviewing.desk import Review
from services.ingest.reviewing.drafts import (
    Drafts,
    action_of,
    check_revision,
    drafted,
    no_place,
    text_of,
    value_at,
)
from services.ingest.reviewing.locks import Reviewer
from services.ingest.reviewing.review_model import FieldState
from services.ingest.reviewing.row_words import PickedWord, by_column
from services.ingest.reviewing.typed_text import read_text
from shared.errors import Code, Permanent
from shared.models.extraction import Extraction, Field, Fields, Row
from shared.models.reviewing import ActionKind, ReviewAction, ValueSource
from shared.models.schema import FieldSpec, FieldType


class RowAction(StrEnum):
    """What is done to a row, or with ``accept`` and ``clear`` to a table.

    ``insert`` puts an empty one before those behind it, ``remove`` takes one out, ``restore`` puts
    the row or the table back that was last taken out there, ``fill`` gives a row, or a new one
    behind the last, values by words of the page. ``accept`` says that all cells are right but
    those that are wrong by a rule, ``clear`` that the document has no such table.
    """

    INSERT = "insert"
    REMOVE = "remove"
    RESTORE = "restore"
    FILL = "fill"
    ACCEPT = "accept"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class RowWish:
    """What a reviewer wants done at a place: that of a row (``items/2``) or a table (``items``).

    ``revision`` is what she saw. ``words`` are those of a line to be filled in, of a page that
    ``turn`` degrees clockwise bring upright; ``milliseconds`` is how long she looked.
    """

    action: RowAction
    place: str
    revision: str
    words: Sequence[PickedWord] = ()
    turn: int = 0
    milliseconds: int = 0


class TableDrafts:
    """Saves them."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    async def change(self, reviewer: Reviewer, review: Review, wish: RowWish) -> Review:
        """Do it; the review as it is then.

        Raises ``LockedError``, ``StaleRevisionError``, and ``Permanent``: ``CONFLICT`` for what is
        approved already or nothing to restore, ``INCOHERENT_DATA`` for places that there are not.
        """
        changes: Mapping[RowAction, _Change] = {
            RowAction.INSERT: _inserted,
            RowAction.REMOVE: _removed,
            RowAction.RESTORE: _restored,
            RowAction.FILL: _filled,
            RowAction.ACCEPT: _accepted,
            RowAction.CLEAR: _cleared,
        }

        def step(extraction: Extraction, now: datetime) -> Extraction:
            check_revision(extraction, wish.revision)
            at = _Table(review, extraction, wish, partial(action_of, reviewer, now))
            done = changes[wish.action](at)
            changed = drafted(extraction, done.fields, *done.actions)
            work = changed.review_work
            absent = [*(it for it in work.absent if it != at.name), *done.absent]
            return changed.copy_with(review_work=work.copy_with(absent=absent))

        return await self._drafts.changed(reviewer, review, step)


@dataclass(frozen=True, slots=True)
class _Table:
    """What a change works on; ``note`` writes down what was done at a place."""

    review: Review
    extraction: Extraction
    wish: RowWish
    note: Callable[[ActionKind, str], ReviewAction]

    @property
    def name(self) -> str:
        return self.wish.place.partition("/")[0]

    @property
    def is_whole(self) -> bool:
        return "/" not in self.wish.place

    @property
    def fields(self) -> Fields:
        return self.extraction.current_fields

    @property
    def spec(self) -> FieldSpec:
        spec = self.review.specs.get(self.name)
        if spec is None or spec.type is not FieldType.ROWS:
            raise no_place(self.wish.place)
        return spec

    @property
    def number(self) -> int:
        number = self.wish.place.partition("/")[2]
        if not (number.isascii() and number.isdigit() and int(number[:9]) < MAX_ROWS):
            raise no_place(self.wish.place)
        return int(number)

    @property
    def rows(self) -> list[Row]:
        found = self.fields.get(self.spec.name)
        return [] if found is None or isinstance(found, Field) else list(found)

    def with_rows(self, rows: list[Row]) -> Fields:
        if len(rows) > MAX_ROWS:
            raise Permanent(Code.INCOHERENT_DATA, f"There are at most {MAX_ROWS} rows.")
        others = {name: it for name, it in self.fields.items() if name != self.name}
        return {**others, self.name: rows} if rows else others


@dataclass(frozen=True, slots=True)
class _Done:
    fields: Fields
    actions: Sequence[ReviewAction]
    absent: Sequence[str] = ()


_Change = Callable[[_Table], _Done]


def _inserted(at: _Table) -> _Done:
    rows = at.rows
    rows.insert(min(at.number, len(rows)), {})
    return _Done(at.with_rows(rows), [at.note(ActionKind.ADD_ROW, at.wish.place)])


def _removed(at: _Table) -> _Done:
    rows = at.rows
    if at.number >= len(rows):
        raise no_place(at.wish.place)
    gone = rows.pop(at.number)
    action = at.note(ActionKind.REMOVE_ROW, at.wish.place).copy_with(row=_stored(gone))
    return _Done(at.with_rows(rows), [action])


def _restored(at: _Table) -> _Done:
    place, done = at.wish.place, reversed(at.extraction.review_work.actions)
    kept = (it.rows if at.is_whole else it.row and [it.row] for it in done if it.place == place)
    gone = next((it for it in kept if it), None)
    if gone is None:
        raise Permanent(Code.CONFLICT, "Nothing was taken out there.")
    back = [{name: Field.model_validate(cell) for name, cell in row.items()} for row in gone]
    rows = at.rows
    start = 0 if at.is_whole else min(at.number, len(rows))
    whole = [*rows[:start], *back, *rows[start:]]
    return _Done(at.with_rows(whole), [at.note(ActionKind.RESTORE_ROW, place)])


def _cleared(at: _Table) -> _Done:
    gone = [_stored(row) for row in at.rows]
    action = at.note(ActionKind.ABSENT, at.spec.name).copy_with(
        rows=gone or None, before=_counted(len(gone)), milliseconds=at.wish.milliseconds
    )
    return _Done(at.with_rows([]), [action], [at.name])


def _accepted(at: _Table) -> _Done:
    marks = at.review.sheet.marks
    places = [
        f"{at.spec.name}/{number}/{column}" for number, row in enumerate(at.rows) for column in row
    ]
    right = [it for it in places if it in marks and marks[it].state is not FieldState.BAD]
    fields = edited(at.fields, at.review.specs, [Edit(it) for it in right])
    action = at.note(ActionKind.ACCEPT, at.name).copy_with(
        after=_counted(len(at.rows)), source=ValueSource.READ, milliseconds=at.wish.milliseconds
    )
    return _Done(fields, [action])


def _filled(at: _Table) -> _Done:
    columns = {it.name: it for it in at.spec.fields}
    rows, number = at.rows, min(at.number, len(at.rows))
    others = [row for place, row in enumerate(rows) if place != number]
    edits = []
    for name, words in by_column(at.spec.fields, others, at.wish.words, at.wish.turn).items():
        text, place = " ".join(it.text for it in words), f"{at.name}/{number}/{name}"
        try:
            value = read_text(columns[name], text, place, at.fields, at.review.document.region)
        except Permanent:
            continue  # it stays for her to say what it is
        edits.append(Edit(place, value, raw=text, boxes=[it.box for it in words]))
    if not edits:
        raise Permanent(Code.INCOHERENT_DATA, "None of these words fits a column.")
    fields = edited(at.fields, at.review.specs, edits)
    actions = [_change_of(at, fields, it.place) for it in edits]
    if number == len(rows):
        actions.insert(0, at.note(ActionKind.ADD_ROW, f"{at.name}/{number}"))
    actions[-1] = actions[-1].copy_with(milliseconds=at.wish.milliseconds)
    return _Done(fields, actions)


def _change_of(at: _Table, fields: Fields, place: str) -> ReviewAction:
    return at.note(ActionKind.CHANGE, place).copy_with(
        before=text_of(value_at(at.fields, place)),
        after=text_of(value_at(fields, place)),
        source=ValueSource.PICKED,
    )


def _stored(row: Row) -> dict[str, Any]:
    return {column: cell.model_dump(mode="json") for column, cell in row.items()}


def _counted(rows: int) -> str:
    return f"{rows} row{'s' * (rows != 1)}"
