"""Values that a reviewer accepts or changes, each saved at once.

They lie beside the machine's, and are those that count in every dialect from then on. Nobody is
told before the document is approved.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ingest.changes import change
from services.ingest.edits import KEEP, Edit, edited
from services.ingest.reviewing.desk import Desk, Review, revision_of
from services.ingest.reviewing.locks import Reviewer, check_lock
from services.ingest.reviewing.typed_text import read_text
from shared.errors import Code, Permanent
from shared.models.extraction import Extraction, Field, Fields
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.page import Box
from shared.models.reviewing import ActionKind, ReviewAction, ValueSource
from shared.models.schema import FieldSpec
from shared.stages.outbox import Outbox
from shared.store.collections import EXTRACTIONS
from shared.store.port import Store

Step = Callable[[Extraction, datetime], Extraction]

_CUT = 500
_CELL_PARTS = 3


class StaleRevisionError(Permanent):
    """The values are not those that the reviewer saw; ``current`` is the one she meant to set."""

    def __init__(self, current: Field | None, revision: str) -> None:
        super().__init__(Code.STALE_REVISION)
        self.current = current
        self.revision = revision


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """What a reviewer says of the value at a place.

    A ``value`` of ``None`` says that the document has none; one that was ``read`` is accepted as
    it is. Others are read as people write them. ``revision`` is what she saw, ``milliseconds``
    how long she looked at it.
    """

    place: str
    revision: str
    source: ValueSource = ValueSource.READ
    value: Any = KEEP
    boxes: Sequence[Box] | None = None
    milliseconds: int = 0


class Drafts:
    """Saves them."""

    def __init__(self, store: Store, outbox: Outbox, desk: Desk) -> None:
        self._store = store
        self._outbox = outbox
        self._desk = desk

    async def write(self, reviewer: Reviewer, review: Review, write: FieldWrite) -> Review:
        """Save a value; the review as it is then.

        Raises ``LockedError``, ``StaleRevisionError``, and ``Permanent``: ``CONFLICT`` for what
        is approved already, ``INCOHERENT_DATA`` for a value that does not fit.
        """

        def step(extraction: Extraction, now: datetime) -> Extraction:
            before = value_at(extraction.current_fields, write.place)
            check_revision(extraction, write.revision, before)
            return _written(review, extraction, write, reviewer, now)

        return await self.changed(reviewer, review, step)

    async def changed(self, reviewer: Reviewer, review: Review, step: Step) -> Review:
        """Apply ``step`` to a review that is open and that nobody else has."""
        now = await self._store.now()

        def guarded(extraction: Extraction) -> Extraction:
            check_lock(extraction, reviewer, now)
            check_open(extraction)
            return step(extraction, now)

        principal = reviewer.principal
        extractions = self._store.of(principal.tenant, EXTRACTIONS)
        stored = await change(extractions, review.extraction.id, guarded)
        self._outbox.nudge(EXTRACTIONS, stored)
        return await self._desk.about(principal, review.document, stored)


def check_open(extraction: Extraction) -> None:
    """Return if nobody has said the last word yet; raises ``Permanent(CONFLICT)``."""
    if extraction.reviewed is not None:
        raise Permanent(Code.CONFLICT, "The document was reviewed; take that back first.")


def value_at(fields: Fields, place: str) -> Field | None:
    """The value at a place, if there is one."""
    name, *rest = place.split("/")
    found = fields.get(name)
    if not rest:
        return found if isinstance(found, Field) else None
    if len(rest) + 1 != _CELL_PARTS or found is None or isinstance(found, Field):
        return None
    number = int(rest[0]) if rest[0].isascii() and rest[0].isdigit() else len(found)
    return found[number].get(rest[1]) if number < len(found) else None


def check_revision(extraction: Extraction, revision: str, current: Field | None = None) -> None:
    """Return if the values are those that were seen; raises ``StaleRevisionError``."""
    present = revision_of(extraction)
    if revision != present:
        raise StaleRevisionError(current, present)


def _written(
    review: Review, extraction: Extraction, write: FieldWrite, reviewer: Reviewer, now: datetime
) -> Extraction:
    fields, place = extraction.current_fields, write.place
    spec, before = _spec_at(review, place), value_at(fields, place)
    value = write.value
    if value is KEEP and before is None:
        value = None
    work = extraction.review_work
    absent = [it for it in work.absent if it != place]
    if value is None:
        fields = edited(fields, review.specs, [Edit(place, removed=True)])
        if "/" not in place:
            absent.append(place)
    else:
        if isinstance(value, str) and write.source is not ValueSource.READ:
            value = read_text(spec, value, place, fields, review.document.region)
        is_picked = write.source is ValueSource.PICKED
        raw = str(write.value) if is_picked and write.value is not KEEP else None
        edit = Edit(place, value, raw=raw, boxes=write.boxes)
        fields = edited(fields, review.specs, [edit])
    after = value_at(fields, place)
    kind = _kind(before, after)
    action = action_of(reviewer, now, kind, place).copy_with(
        before=text_of(before),
        after=text_of(after),
        source=write.source,
        milliseconds=max(0, write.milliseconds),
    )
    changed = drafted(extraction, fields, action)
    return changed.copy_with(review_work=changed.review_work.copy_with(absent=absent))


def _kind(before: Field | None, after: Field | None) -> ActionKind:
    if after is None:
        return ActionKind.ABSENT
    same = before is not None and before.value == after.value
    return ActionKind.ACCEPT if same else ActionKind.CHANGE


def drafted(extraction: Extraction, fields: Fields, *actions: ReviewAction) -> Extraction:
    """The extraction with a person's fields, and what she did written down."""
    work = extraction.review_work
    for action in actions:
        work = work.with_action(action)
    # No event comes of it; but what is known of the document's values elsewhere follows.
    now = actions[-1].at
    entry = OutboxEntry(kind=OutboxKind.SETTLE, not_before=now, target=extraction.document)
    return extraction.copy_with(edited=fields, review_work=work, outbox=[*extraction.outbox, entry])


def action_of(reviewer: Reviewer, now: datetime, kind: ActionKind, place: str) -> ReviewAction:
    """What a person did to the value or the row at a place."""
    return ReviewAction(at=now, by=reviewer.by, kind=kind, place=place)


def text_of(value: Field | None) -> str | None:
    """A value as it is written down of an action."""
    return None if value is None else str(value.value)[:_CUT]


def _spec_at(review: Review, place: str) -> FieldSpec:
    name, *rest = place.split("/")
    spec = review.specs.get(name)
    if spec is not None and rest:
        columns = {it.name: it for it in spec.fields} if len(rest) + 1 == _CELL_PARTS else {}
        spec = columns.get(rest[-1])
    if spec is None:
        raise no_place(place)
    return spec


def no_place(place: str) -> Permanent:
    """No value can be there."""
    return Permanent(Code.INCOHERENT_DATA, f"There is no place {place[:100]!r} for a value.")
