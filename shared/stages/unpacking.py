"""The workbench of the unpack stage: a document that holds others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.errors import REGISTRY, Code
from shared.models.container import MAX_LEFT_OUT, Child, LeftOut
from shared.models.document import Document, DocumentState, EventName
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.source_email import SourceEmail
from shared.models.work import Problem, StageName, Work
from shared.stages import lifecycle
from shared.stages import work as works
from shared.store.collections import DOCUMENTS, Collection
from shared.store.port import Store

REJECTIONS = frozenset(
    {
        Code.CONTAINER_EMPTY,
        Code.CONTAINER_TOO_LARGE,
        Code.CONTAINER_TOO_DEEP,
        Code.CONTAINER_TOO_MANY,
        Code.DUPLICATE_DOCUMENT,
        Code.DUPLICATE_DOCUMENT,
        Code.ENTRY_UNSAFE,
        Code.FILE_EMPTY,
        Code.FILE_TOO_LARGE,
        Code.FILE_TYPE_NOT_SUPPORTED,
    }
)
"""The container holds nothing that is taken. For any other reason it could not be opened."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came of unpacking: the children, accepted by now, and what became no document."""

    children: Sequence[Child] = ()
    left_out: Sequence[LeftOut] = ()
    left_out_count: int = 0
    source_email: SourceEmail | None = None


class Unpacking:
    """See ``Workbench``."""

    collection: Collection[Document] = DOCUMENTS
    stage = StageName.UNPACK

    def target(self, message: JobMessage) -> str | None:
        """The document."""
        return message.document

    async def make(self, store: Store, message: JobMessage) -> Document | None:
        """A document is there before its jobs are."""
        return None

    def work(self, record: Document, message: JobMessage) -> Work | None:
        """The work of unpacking, while the document waits for it in the message's revision."""
        waits = not record.is_final and message.revision == record.revision
        return record.container.work if record.container and waits else None

    def with_work(self, record: Document, message: JobMessage, work: Work) -> Document:
        """See ``Workbench``."""
        if record.container is None:
            return record
        return record.copy_with(container=record.container.copy_with(work=work))

    def done(
        self, record: Document, message: JobMessage, result: Unpacked, now: datetime
    ) -> Document:
        """All children are accepted: the container is ready, unless there are none."""
        if record.container is None:
            return record
        container = record.container.copy_with(
            work=works.finish(record.container.work, now),
            children=list(result.children),
            left_out=list(result.left_out[:MAX_LEFT_OUT]),
            left_out_count=max(result.left_out_count, len(result.left_out)),
        )
        unpacked = record.copy_with(
            container=container,
            source_email=merged_email(record.source_email, result.source_email),
        )
        if not result.children:
            return _end(unpacked, _why_nothing(result.left_out), now)
        ready = unpacked.copy_with(state=DocumentState.READY)
        return lifecycle.announce(ready, EventName.READY, now)

    def failed(
        self, record: Document, message: JobMessage, problem: Problem, now: datetime
    ) -> Document:
        """The document ends here; children that were made by then stay."""
        container = record.container
        if container is None:
            return record
        given_up = self.with_work(record, message, works.give_up(container.work, problem, now))
        end = lifecycle.reject if problem.code in REJECTIONS else lifecycle.fail
        return end(given_up, problem, now)

    def job(self, record: Document, message: JobMessage, due: datetime) -> OutboxEntry:
        """See ``Workbench``."""
        return OutboxEntry(kind=OutboxKind.JOB, stage=self.stage, not_before=due)


def merged_email(known: SourceEmail | None, found: SourceEmail | None) -> SourceEmail | None:
    """What is known of a message from its delivery, and beside that what its header says."""
    if known is None or found is None:
        return known or found
    blanks = {
        name: getattr(found, name)
        for name in type(known).model_fields
        if not getattr(known, name) and getattr(known, name) is not False
    }
    return known.copy_with(**blanks)


def _why_nothing(left_out: Sequence[LeftOut]) -> Problem:
    """Where all was left out for one reason, that; else that there was nothing to take."""
    codes = {it.code for it in left_out} - {Code.INLINE_IMAGE}
    if len(codes) != 1:
        return Problem(code=Code.CONTAINER_EMPTY, detail=REGISTRY[Code.CONTAINER_EMPTY].summary)
    why = next(it for it in left_out if it.code in codes)
    return Problem(code=why.code, detail=why.detail or REGISTRY[Code(why.code)].summary)


def _end(record: Document, problem: Problem, now: datetime) -> Document:
    end = lifecycle.reject if problem.code in REJECTIONS else lifecycle.fail
    return end(record, problem, now)
