"""A record whose work is held under a lease: changed only while the lease holds."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from shared.errors import Transient
from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate
from shared.models.work import Work
from shared.stages import work as works
from shared.stages.workbench import Workbench
from shared.store.port import Repository

R = TypeVar("R", bound=Aggregate)
Result = TypeVar("Result")

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
"""Seconds between two tries to write what must not be lost, while the store does not answer."""

_log = structlog.get_logger("docstage.stage")


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

    async def insist(self, change: Callable[[R], R]) -> R:
        """``change``, tried until the store answers: the outcome of a job is worth the wait.

        A write whose answer was lost is no trouble: if it has arrived, the token tells. It is
        gone with the commit, so then this raises ``LeaseLostError``: what was to be done is done.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                return await self.change(change)
            except Transient as error:
                _log.warning("commit_waits", code=error.code)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def look(self) -> None:
        """Raise ``LeaseLostError`` if the store says that the work is no longer ours."""
        latest = await self._records.get(self.record.id)
        work = self._bench.work(latest, self.message) if latest is not None else None
        if work is None or not works.holds(work, self._token):
            raise LeaseLostError

    async def change_work(self, change: Callable[[Work], Work]) -> R:
        """Write ``change`` of the work alone. Raises ``LeaseLostError``."""
        return await self.change(
            lambda record: self._bench.with_work(record, self.message, change(self.work))
        )
