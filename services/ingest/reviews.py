"""Reviews: a person's word on a document's fields, whichever dialect it came through.

The review is kept in the extraction, beside the machine's fields, in one conditional write;
the document is told of it through the extraction's outbox, as it was of the extraction.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.ingest.changes import change
from services.ingest.corrections import corrected
from shared.errors import Code, Permanent, Transient
from shared.http.context import Principal
from shared.models.document import Document
from shared.models.extraction import Extraction, Fields, Reviewed, ReviewVerdict
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.schema import FieldSpec
from shared.models.work import WorkState
from shared.stages import lifecycle
from shared.stages.lifecycle import is_reviewable
from shared.stages.outbox import Outbox
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Store, Tenant

MAX_EARLIER = 20
"""Replaced reviews that are kept, the newest."""
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says.

    ``values`` are corrections by field name (``None``: there is no such value), each of a
    field in ``specs``; all other fields are confirmed. ``type`` corrects the type, and with
    ``only_specs`` fields that it does not have are left out. One who rejects the document
    (``kind``) confirms nothing. ``afresh``: what an earlier review said does not count.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    specs: Mapping[str, FieldSpec] = field(default_factory=dict)
    type: str | None = None
    only_specs: bool = False
    kind: ReviewVerdict = ReviewVerdict.ACCEPT
    note: str = ""
    afresh: bool = False


class Reviews:
    """Takes reviews."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox

    async def give(
        self,
        principal: Principal,
        document: Document,
        verdict: Verdict,
        *,
        seen: int | None = None,
    ) -> Extraction:
        """Record a review of the document's present extraction, and tell everyone.

        ``seen`` is the document's ``sequence`` that the reviewer knew: nothing may have
        happened since, and an earlier review is replaced. Without it only the first review
        is taken. So of two reviewers the second never overwrites what it has not seen.

        Raises ``Permanent``: CONFLICT, or INCOHERENT_DATA for values that do not fit.
        """
        extraction_id = reviewable(document)
        if seen is not None and seen != document.sequence:
            detail = f"The document has changed since: its sequence is {document.sequence}."
            raise Permanent(Code.CONFLICT, detail)
        known = document.review.at if seen is not None else None
        now = await self._store.now()
        at = max(now, known + _TICK) if known else now  # tells a review from the one before

        def step(extraction: Extraction) -> Extraction:
            before = extraction.reviewed
            if (before.at if before else None) != known:
                detail = "The document was reviewed before; give the sequence to review it again."
                raise Permanent(Code.CONFLICT, detail)
            return with_review(extraction, verdict, principal, at)

        extractions = self._store.of(principal.tenant, EXTRACTIONS)
        stored = await change(extractions, extraction_id, step)
        await self._tell(stored)
        return stored

    async def correct(
        self, principal: Principal, extraction_id: str, verdict: Verdict
    ) -> Extraction:
        """Record a review of any extraction, be it the document's present one or not.

        It replaces an earlier one, which is kept. Raises ``Permanent``: NOT_FOUND, CONFLICT
        where nothing was found yet, or INCOHERENT_DATA for values that do not fit.
        """
        now = await self._store.now()

        def step(extraction: Extraction) -> Extraction:
            if extraction.work.state is not WorkState.DONE:
                raise Permanent(Code.CONFLICT, "The extraction is not completed.")
            before = extraction.reviewed
            at = max(now, before.at + _TICK) if before else now
            return with_review(extraction, verdict, principal, at)

        extractions = self._store.of(principal.tenant, EXTRACTIONS)
        stored = await change(extractions, extraction_id, step)
        await self._tell(stored)
        return stored

    async def withdraw(self, document: Document) -> Document:
        """Take back what a person said of a document; it is as if nobody had looked.

        The review is kept among the earlier ones. Raises ``Permanent(CONFLICT)`` where there is
        none.
        """
        extraction_id, now = reviewable(document), await self._store.now()
        if not document.review.done:
            raise Permanent(Code.CONFLICT, "The document was not reviewed.")

        def step(extraction: Extraction) -> Extraction:
            if extraction.reviewed is None:
                return extraction
            earlier = [*extraction.earlier_reviews, extraction.reviewed][-MAX_EARLIER:]
            return extraction.copy_with(reviewed=None, earlier_reviews=earlier)

        tenant = Tenant(document.organization)
        extraction = await change(self._store.of(tenant, EXTRACTIONS), extraction_id, step)
        documents = self._store.of(tenant, DOCUMENTS)
        stored = await change(
            documents, document.id, lambda it: lifecycle.reopen(it, extraction, now)
        )
        self._outbox.nudge(DOCUMENTS, stored)
        return stored

    async def _tell(self, reviewed: Extraction) -> None:
        with contextlib.suppress(Transient):  # it is recorded; the relay tells the document
            await self._outbox.carry_out(EXTRACTIONS, reviewed)


def reviewable(document: Document) -> str:
    """The id of the extraction that can be reviewed; raises ``Permanent(CONFLICT)``."""
    if document.extraction is None or not is_reviewable(document):
        raise Permanent(Code.CONFLICT, "The document has no fields to review.")
    return document.extraction


def with_review(
    extraction: Extraction,
    verdict: Verdict,
    principal: Principal,
    now: datetime,
    told: datetime | None = None,
) -> Extraction:
    """The extraction with a review given now, of which the document is ``told`` then, or at once.

    Raises ``Permanent(INCOHERENT_DATA)`` for values that do not fit.
    """
    before = extraction.reviewed
    reviewed = Reviewed(
        verdict=verdict.kind,
        note=verdict.note,
        fields=_fields(extraction, verdict),
        type=verdict.type or (before.type if before else None),
        by=principal.user or principal.key,
        at=now,
        told=told,
    )
    entry = OutboxEntry(kind=OutboxKind.SETTLE, not_before=told or now, target=extraction.document)
    earlier = [*extraction.earlier_reviews, before][-MAX_EARLIER:] if before else []
    return extraction.copy_with(
        reviewed=reviewed, earlier_reviews=earlier, outbox=[*extraction.outbox, entry]
    )


def _fields(extraction: Extraction, verdict: Verdict) -> Fields:
    fields = extraction.fields if verdict.afresh else extraction.current_fields
    if verdict.kind is ReviewVerdict.REJECT:
        return fields
    if verdict.only_specs:
        fields = {name: it for name, it in fields.items() if name in verdict.specs}
    return corrected(fields, verdict.specs, verdict.values)
