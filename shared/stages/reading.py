"""The workbench of the ocr stage: a document and one of its page parts."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.models.document import Document, DocumentState, PagePart
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import Problem, StageName, Work, WorkState
from shared.stages import lifecycle, planning
from shared.stages import work as works
from shared.store.collections import DOCUMENTS, Collection
from shared.store.port import Store


@dataclass(frozen=True, slots=True)
class PartRead:
    """What came of reading a part: pages read and failed (numbers from 0), warnings.

    ``pages`` is the document's number of pages, for a part that was the whole document and
    was done so soon that nobody was told before.
    """

    pages_done: int
    pages: int | None = None
    failed_pages: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Reading:
    """See ``Workbench``."""

    collection: Collection[Document] = DOCUMENTS
    stage = StageName.OCR

    def target(self, message: JobMessage) -> str | None:
        """The document."""
        return message.document

    async def make(self, store: Store, message: JobMessage) -> Document | None:
        """A document is there before its jobs are."""
        return None

    def work(self, record: Document, message: JobMessage) -> Work | None:
        """The part's work, while the document is being read in the message's revision."""
        part = _part(record, message)
        return part.work if part else None

    def with_work(self, record: Document, message: JobMessage, work: Work) -> Document:
        """Also sets the document's state: reading from the first claim on."""
        part = _part(record, message)
        if part is None:
            return record
        changed = planning.with_part(record, part.copy_with(work=work))
        if work.state is WorkState.RUNNING and record.state is DocumentState.RECEIVED:
            changed = changed.copy_with(state=DocumentState.READING)
        return changed

    def done(
        self, record: Document, message: JobMessage, result: PartRead, now: datetime
    ) -> Document:
        """Record the part; the last one moves the document on in the same write."""
        part = _part(record, message)
        if part is None:
            return record
        if result.pages is not None:
            record = planning.plan_parts(record, result.pages, max(result.pages, 1), now)
            part = record.parts[part.index]
        finished = part.copy_with(
            work=works.finish(part.work, now),
            pages_done=result.pages_done,
            failed_pages=result.failed_pages,
        )
        changed = planning.with_part(record, finished)
        changed = changed.copy_with(warnings=[*record.warnings, *result.warnings])
        return lifecycle.after_part(changed, now)

    def failed(
        self, record: Document, message: JobMessage, problem: Problem, now: datetime
    ) -> Document:
        """A part that fails as a whole fails the document."""
        part = _part(record, message)
        if part is None:
            return record
        given_up = part.copy_with(work=works.give_up(part.work, problem, now))
        return lifecycle.fail(planning.with_part(record, given_up), problem, now)

    def job(self, record: Document, message: JobMessage, due: datetime) -> OutboxEntry:
        """See ``Workbench``."""
        return OutboxEntry(kind=OutboxKind.JOB, stage=self.stage, part=message.part, not_before=due)


def _part(document: Document, message: JobMessage) -> PagePart | None:
    readable = document.state in (DocumentState.RECEIVED, DocumentState.READING)
    if not readable or message.revision != document.revision:
        return None
    return next((it for it in document.parts if it.index == message.part), None)
