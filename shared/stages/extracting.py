"""The workbench of the extract stage: an extraction, made by its first claim."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.models.container import Piece
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, Fields, ReviewReason, TypeGuess
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import Problem, StageName, Work
from shared.stages import bundling, carrying, failing, lifecycle
from shared.stages import work as works
from shared.store.collections import DOCUMENTS, EXTRACTIONS, Collection
from shared.store.port import Store, Tenant


@dataclass(frozen=True, slots=True)
class Extracted:
    """What came of an extraction.

    ``indexed_as`` is the headline of the document under which its words are indexed already.
    """

    type: TypeGuess | None
    engine: str
    fields: Fields
    reasons: list[ReviewReason] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    indexed_as: str | None = None


class Extracting:
    """See ``Workbench``."""

    collection: Collection[Extraction] = EXTRACTIONS
    stage = StageName.EXTRACT

    def target(self, message: JobMessage) -> str | None:
        """The extraction, where the message names one."""
        return message.target

    async def make(self, store: Store, message: JobMessage) -> Extraction | None:
        """A new extraction, while the document waits for it in the message's revision."""
        documents = store.of(Tenant(message.organization), DOCUMENTS)
        document = await documents.get(message.document)
        if document is None or not _waits(document, message):
            return None
        return await _with_carried(store, document, _new_extraction(document))

    def work(self, record: Extraction, message: JobMessage) -> Work | None:
        """The extraction's work, in the message's revision."""
        return record.work if message.revision == record.revision else None

    def with_work(self, record: Extraction, message: JobMessage, work: Work) -> Extraction:
        """See ``Workbench``."""
        return record.copy_with(work=work)

    def done(
        self, record: Extraction, message: JobMessage, result: Extracted, now: datetime
    ) -> Extraction:
        """Store the fields; the document is told of them by the outbox."""
        finished = record.copy_with(
            work=works.finish(record.work, now),
            type=result.type,
            engine=result.engine,
            fields=result.fields,
            reasons=result.reasons,
            warnings=result.warnings,
            pieces=result.pieces,
            indexed_as=result.indexed_as,
        )
        return _tell_document(carrying.laid_over(finished, now), now)

    def failed(
        self, record: Extraction, message: JobMessage, problem: Problem, now: datetime
    ) -> Extraction:
        """Give up; the document is told of it by the outbox, and has the letter.

        An order that fails has one of its own, as its document stays as it is.
        """
        given_up = record.copy_with(work=works.give_up(record.work, problem, now))
        if record.order is not None and not record.order.trial:
            failure = failing.failure_of(self.stage, problem, record.work)
            given_up = failing.die(given_up, failure, now)
        return _tell_document(given_up, now)

    def job(self, record: Extraction, message: JobMessage, due: datetime) -> OutboxEntry:
        """See ``Workbench``."""
        return OutboxEntry(kind=OutboxKind.JOB, stage=self.stage, target=record.id, not_before=due)


def _waits(document: Document, message: JobMessage) -> bool:
    extracting = document.state is DocumentState.EXTRACTING
    return extracting and document.revision == message.revision


def _among(document: Document) -> list[str]:
    """The types that it can be of.

    Where others are rejected, all are looked at: so that one of another type is told as that.
    """
    policies = document.policies
    return [] if policies is None or policies.reject_invalid else policies.types


def _new_extraction(document: Document) -> Extraction:
    return Extraction(
        id=lifecycle.extraction_id(document),
        organization=document.organization,
        workspace=document.workspace,
        document=document.id,
        revision=document.revision,
        lane=document.lane,
        trace=document.trace,
        pages=document.pages or 0,
        mode=document.mode,
        requested_type=document.requested_type,
        region=document.region,
        hint=document.hint,
        examples=document.examples,
        among=_among(document),
        may_split=bundling.may_split(document),
        work=Work(enqueued=document.enqueued),
    )


async def _with_carried(store: Store, document: Document, extraction: Extraction) -> Extraction:
    if document.carries is None:
        return extraction
    extractions = store.of(Tenant(document.organization), EXTRACTIONS)
    earlier = await extractions.get(document.carries)
    return extraction if earlier is None else carrying.taken_along(extraction, earlier)


def _tell_document(extraction: Extraction, now: datetime) -> Extraction:
    entry = OutboxEntry(kind=OutboxKind.SETTLE, not_before=now, target=extraction.document)
    return extraction.copy_with(outbox=[*extraction.outbox, entry])
