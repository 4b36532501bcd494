"""A record whose work is held under a lease: changed only while the lease holds."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate
from shared.models.work import Work
from shared.stages import work as works
from shared.stages.workbench import Workbench
from shared.store.port import Repository

R = TypeVar("R", bound=Aggregate)
Result = TypeVar("Result")


class LeaseLostError(Exception):
    """Another holds the work now, or nobody wants it any more: stop, commit nothing."""


class Held(Generic[R, Result]):
    """The record of a claimed job, with the fencing token of its lease."""

    def __init__(
        self,
        records: Repository[R],
        workbench: Workbench[R, Result],
        message: JobMessage,
        record: R,
        token: str,
    ) -> None:
        self.record = record
        self.message = message
        self._records = records
        self._bench = workbench
        self._token = token
        self._lock = asyncio.Lock()

    @property
    def work(self) -> Work:
        """The work as last written; raises ``LeaseLostError`` when it is no longer ours."""
        work = self._bench.work(self.record, self.message)
        if work is None or not works.holds(work, self._token):
            raise LeaseLostError
        return work

    async def change(self, change: Callable[[R], R]) -> R:
        """Write ``change`` of the present record, by compare-and-set on lease and revision.

        ``change`` may be called several times. Raises ``LeaseLostError``.
        """
        async with self._lock:
            while True:
                _ = self.work
                stored = await self._records.replace(change(self.record))
                if stored is not None:
                    self.record = stored
                    return stored
                latest = await self._records.get(self.record.id)
                if latest is None:
                    raise LeaseLostError
                self.record = latest

    async def change_work(self, change: Callable[[Work], Work]) -> R:
        """Write ``change`` of the work alone. Raises ``LeaseLostError``."""
        return await self.change(
            lambda record: self._bench.with_work(record, self.message, change(self.work))
        )
