"""How the runtime works on each of the three aggregates: document, extraction, delivery.

A workbench says where a job's ``Work`` is inside its record, and what else changes in the
same write when the work is claimed, done or given up. All methods but ``make`` are pure.
"""

from datetime import datetime
from typing import Protocol, TypeVar

from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate, OutboxEntry
from shared.models.work import Problem, StageName, Work
from shared.store.collections import Collection
from shared.store.port import Store

R = TypeVar("R", bound=Aggregate)
Result_contra = TypeVar("Result_contra", contravariant=True)


class Workbench(Protocol[R, Result_contra]):
    """The view of a stage on the records it works on."""

    @property
    def collection(self) -> Collection[R]:
        """Where the records are."""

    @property
    def stage(self) -> StageName:
        """The stage that works on them."""

    def target(self, message: JobMessage) -> str | None:
        """The id of the record the message is about; ``None`` if it is still to be made."""

    async def make(self, store: Store, message: JobMessage) -> R | None:
        """A new record, for the first claim; ``None`` if there is nothing to do any more.

        Whether another claim has made it before is for the insert to find out.
        """

    def work(self, record: R, message: JobMessage) -> Work | None:
        """The work asked for, or ``None`` when the message is stale."""

    def with_work(self, record: R, message: JobMessage, work: Work) -> R:
        """The record with the work changed: claimed, renewed, released or waiting."""

    def done(self, record: R, message: JobMessage, result: Result_contra, now: datetime) -> R:
        """The record with the result, the work finished, and what follows in the outbox."""

    def failed(self, record: R, message: JobMessage, problem: Problem, now: datetime) -> R:
        """The record with the work given up, and what follows in the outbox."""

    def job(self, record: R, message: JobMessage, due: datetime) -> OutboxEntry:
        """An outbox entry that asks for the same job again, not before ``due``."""
