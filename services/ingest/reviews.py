"""Reviews: a person's word on a document's fields, whichever dialect it came through.

The review is kept in the extraction, beside the machine's fields, in one conditional write;
the document is told of it through the extraction's outbox, as it was of the extraction.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.ingest.changes import change
from services.ingest.corrections import corrected
from shared.errors import Code, Permanent, Transient
from shared.http.context import Principal
from shared.models.document import Document
from shared.models.extraction import Extraction, Reviewed
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.schema import FieldSpec
from shared.stages.lifecycle import REVIEWABLE
from shared.stages.outbox import Outbox
from shared.store.collections import EXTRACTIONS
from shared.store.port import Store


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says.

    ``values`` are corrections by field name (``None``: there is no such value), each of a
    field in ``specs``; all other fields are confirmed. ``type`` corrects the type.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    specs: Mapping[str, FieldSpec] = field(default_factory=dict)
    type: str | None = None


class Reviews:
    """Takes reviews."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self._store = store
        self._outbox = outbox

    async def give(
        self, principal: Principal, document: Document, verdict: Verdict, *, again: bool = False
    ) -> Extraction:
        """Record a review of the document's present extraction, and tell everyone.

        Raises ``Permanent``: CONFLICT when there is nothing to review, or it was reviewed
        before (unless ``again``, which replaces the review), INCOHERENT_DATA for values
        that do not fit.
        """
        extraction_id = reviewable(document)
        now = await self._store.now()

        def step(extraction: Extraction) -> Extraction:
            if extraction.reviewed is not None and not again:
                raise Permanent(Code.CONFLICT, "The document was reviewed before.")
            return _reviewed(extraction, verdict, principal, now)

        extractions = self._store.of(principal.tenant, EXTRACTIONS)
        stored = await change(extractions, extraction_id, step)
        with contextlib.suppress(Transient):  # it is recorded; the relay tells the document
            await self._outbox.carry_out(EXTRACTIONS, stored)
        return stored


def reviewable(document: Document) -> str:
    """The id of the extraction that can be reviewed; raises ``Permanent(CONFLICT)``."""
    if document.state not in REVIEWABLE or document.extraction is None:
        raise Permanent(Code.CONFLICT, "The document has no fields to review.")
    return document.extraction


def _reviewed(
    extraction: Extraction, verdict: Verdict, principal: Principal, now: datetime
) -> Extraction:
    reviewed = Reviewed(
        fields=corrected(extraction.current_fields, verdict.specs, verdict.values),
        type=verdict.type,
        by=principal.user or principal.key,
        at=now,
    )
    entry = OutboxEntry(kind=OutboxKind.SETTLE, not_before=now, target=extraction.document)
    return extraction.copy_with(reviewed=reviewed, outbox=[*extraction.outbox, entry])
