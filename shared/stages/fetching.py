"""The workbench of the fetch stage: a document whose file is elsewhere still."""

from dataclasses import dataclass
from datetime import datetime

from shared.errors import Code
from shared.models.document import Document, DocumentState
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import Problem, StageName, Work
from shared.stages import lifecycle
from shared.stages import work as works
from shared.store.collections import DOCUMENTS, Collection
from shared.store.port import Store

REJECTIONS = frozenset({Code.FILE_EMPTY, Code.FILE_TYPE_NOT_SUPPORTED, Code.DUPLICATE_DOCUMENT})
"""The file came, and is none that is taken: the document is rejected, it did not fail."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch: the file, by then in the blob store; see ``Document``."""

    name: str
    media_type: str
    size: int
    sha256: str
    blob: str
    duplicate_of: str | None = None


class Fetching:
    """See ``Workbench``."""

    collection: Collection[Document] = DOCUMENTS
    stage = StageName.FETCH

    def target(self, message: JobMessage) -> str | None:
        """The document."""
        return message.document

    async def make(self, store: Store, message: JobMessage) -> Document | None:
        """A document is there before its jobs are."""
        return None

    def work(self, record: Document, message: JobMessage) -> Work | None:
        """The work of fetching, while the document waits for it in the message's revision."""
        waits = record.state is DocumentState.RECEIVED and message.revision == record.revision
        return record.source.work if record.source and waits else None

    def with_work(self, record: Document, message: JobMessage, work: Work) -> Document:
        """See ``Workbench``."""
        if record.source is None:
            return record
        return record.copy_with(source=record.source.copy_with(work=work))

    def done(
        self, record: Document, message: JobMessage, result: Fetched, now: datetime
    ) -> Document:
        """The document has its file, and is to be read or unpacked."""
        if record.source is None:
            return record
        arrived = self.with_work(record, message, works.finish(record.source.work, now))
        arrived = arrived.copy_with(
            name=result.name,
            media_type=result.media_type,
            size=result.size,
            sha256=result.sha256,
            blob=result.blob,
            duplicate_of=result.duplicate_of,
        )
        return lifecycle.plan_file(arrived, now)

    def failed(
        self, record: Document, message: JobMessage, problem: Problem, now: datetime
    ) -> Document:
        """The document ends here."""
        if record.source is None:
            return record
        given_up = self.with_work(record, message, works.give_up(record.source.work, problem, now))
        end = lifecycle.reject if problem.code in REJECTIONS else lifecycle.fail
        return end(given_up, problem, now)

    def job(self, record: Document, message: JobMessage, due: datetime) -> OutboxEntry:
        """See ``Workbench``."""
        return OutboxEntry(kind=OutboxKind.JOB, stage=self.stage, not_before=due)
