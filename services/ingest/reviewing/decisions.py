"""The last word on a document: approved, rejected, put aside; and taking it back."""

from datetime import datetime, timedelta

from services.ingest.changes import change
from services.ingest.reviewing.desk import Desk, Review, revision_of
from services.ingest.reviewing.drafts import StaleRevisionError, check_open
from services.ingest.reviewing.locks import Reviewer, check_lock, freed
from services.ingest.reviews import Reviews, Verdict, with_review
from shared.errors import Code, Permanent
from shared.models.extraction import Extraction, Field, Fields, ReviewVerdict
from shared.models.outbox import OutboxKind
from shared.models.reviewing import ActionKind, ReviewAction
from shared.stages import lifecycle
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Store

UNDO_FOR = timedelta(seconds=5)
"""How long nobody is told of a last word, so that it can be taken back unheard."""
_LONGEST = 24 * 3600 * 1000


class OpenFlagsError(Permanent):
    """Values are wrong or doubtful; ``places`` are theirs."""

    def __init__(self, places: list[str]) -> None:
        super().__init__(Code.OPEN_FLAGS)
        self.places = places


class Decisions:
    """Takes them. All raise ``LockedError``, and ``Permanent(CONFLICT)`` once one was taken."""

    def __init__(self, store: Store, outbox: Outbox, desk: Desk) -> None:
        self._store = store
        self._outbox = outbox
        self._desk = desk
        self._reviews = Reviews(store, outbox)

    async def approve(
        self,
        reviewer: Reviewer,
        review: Review,
        revision: str,
        *,
        sign_off: str = "",
        milliseconds: int = 0,
    ) -> Review:
        """The values are right as they are; others are told in a moment.

        ``sign_off`` says why, where some are wrong or doubtful; ``milliseconds`` is how long the
        review took. Raises ``OpenFlagsError``, ``StaleRevisionError``.
        """
        if review.sheet.flags and not sign_off.strip():
            raise OpenFlagsError(review.sheet.flags)
        verdict = Verdict(note=sign_off.strip())
        action = _Word(ActionKind.APPROVE, sign_off.strip(), milliseconds)
        return await self._decided(reviewer, review, verdict, action, revision)

    async def reject(self, reviewer: Reviewer, review: Review, reason: str) -> Review:
        """The document is no use."""
        verdict = Verdict(kind=ReviewVerdict.REJECT, note=reason.strip())
        action = _Word(ActionKind.REJECT, reason.strip())
        return await self._decided(reviewer, review, verdict, action, None)

    async def postpone(self, reviewer: Reviewer, review: Review) -> Review:
        """Put it aside: it is nobody's, and not the next one for those who ask."""

        def step(extraction: Extraction, now: datetime) -> Extraction:
            work = extraction.review_work.with_action(
                ReviewAction(at=now, by=reviewer.by, kind=ActionKind.POSTPONE)
            )
            return freed(extraction.copy_with(review_work=work.copy_with(postponed=now)))

        now = await self._store.now()

        def guarded(extraction: Extraction) -> Extraction:
            check_lock(extraction, reviewer, now)
            check_open(extraction)
            return step(extraction, now)

        extractions = self._store.of(reviewer.principal.tenant, EXTRACTIONS)
        stored = await change(extractions, review.extraction.id, guarded)
        return await self._desk.about(reviewer.principal, review.document, stored)

    async def undo(self, reviewer: Reviewer, review: Review) -> Review:
        """Take the last word back: unheard while nobody was told, else for all to hear.

        Raises ``Permanent(CONFLICT)`` where there is none.
        """
        now = await self._store.now()
        unheard = False

        def step(extraction: Extraction) -> Extraction:
            nonlocal unheard
            check_lock(extraction, reviewer, now)
            if extraction.reviewed is None:
                raise Permanent(Code.CONFLICT, "The document was not reviewed.")
            unheard = _is_unheard(extraction, now)
            action = ReviewAction(at=now, by=reviewer.by, kind=ActionKind.UNDO)
            work = extraction.review_work.with_action(action)
            noted = extraction.copy_with(review_work=work)
            return _taken_back(noted, now) if unheard else noted

        principal = reviewer.principal
        extractions = self._store.of(principal.tenant, EXTRACTIONS)
        stored = await change(extractions, review.extraction.id, step)
        documents = self._store.of(principal.tenant, DOCUMENTS)
        document = await documents.get(review.document.id)
        if document is None:
            raise Permanent(Code.NOT_FOUND)
        if document.review.done:  # told by now, whatever it looked like
            if stored.reviewed is not None:
                document = await self._reviews.withdraw(document)
            else:
                document = await change(
                    documents, document.id, lambda it: lifecycle.reopen(it, stored, now)
                )
                self._outbox.nudge(DOCUMENTS, document)
        return await self._desk.fetch(principal, document.id)

    async def _decided(
        self,
        reviewer: Reviewer,
        review: Review,
        verdict: Verdict,
        word: "_Word",
        revision: str | None,
    ) -> Review:
        now = await self._store.now()

        def step(extraction: Extraction) -> Extraction:
            check_lock(extraction, reviewer, now)
            check_open(extraction)
            present = revision_of(extraction)
            # The flags are those of the values as they were fetched.
            if revision is not None and (present, present) != (revision, review.revision):
                raise StaleRevisionError(None, present)
            work = extraction.review_work.with_action(word.action(reviewer, now))
            noted = freed(extraction.copy_with(review_work=work))
            return with_review(
                _without_empty_rows(noted), verdict, reviewer.principal, now, now + UNDO_FOR
            )

        extractions = self._store.of(reviewer.principal.tenant, EXTRACTIONS)
        stored = await change(extractions, review.extraction.id, step)
        return await self._desk.about(reviewer.principal, review.document, stored)


class _Word:
    """What is written down of a last word."""

    def __init__(self, kind: ActionKind, note: str, milliseconds: int = 0) -> None:
        self._kind = kind
        self._note = note
        self._milliseconds = min(max(0, milliseconds), _LONGEST)

    def action(self, reviewer: Reviewer, now: datetime) -> ReviewAction:
        return ReviewAction(
            at=now,
            by=reviewer.by,
            kind=self._kind,
            note=self._note,
            milliseconds=self._milliseconds,
        )


def _is_unheard(extraction: Extraction, now: datetime) -> bool:
    # The relay looks at an entry a good while after it is due: none is being carried out now.
    reviewed = extraction.reviewed
    return reviewed is not None and reviewed.told is not None and reviewed.told > now


def _taken_back(extraction: Extraction, now: datetime) -> Extraction:
    left = [
        it for it in extraction.outbox if it.kind is not OutboxKind.SETTLE or it.not_before <= now
    ]
    return extraction.copy_with(reviewed=None, outbox=left)


def _without_empty_rows(extraction: Extraction) -> Extraction:
    fields: Fields = {}
    for name, found in extraction.current_fields.items():
        kept = found if isinstance(found, Field) else [row for row in found if row]
        if kept:
            fields[name] = kept
    return (
        extraction if fields == extraction.current_fields else extraction.copy_with(edited=fields)
    )
