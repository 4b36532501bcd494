"""A store whose clock a test sets, and days that pass at the speed of what happens in them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

import standardwebhooks.webhooks
from notify_bench import Bench

from shared.models.delivery import Delivery
from shared.models.outbox import OutboxKind
from shared.models.time import utc_now
from shared.models.work import WorkState
from shared.stages.context import every
from shared.stages.relay import Relay
from shared.store.collections import DELIVERIES
from shared.store.port import Query
from shared.store.schedules import FRESH
from shared.store.sqlite.store import SqliteStore


class ShiftedStore(SqliteStore):
    """SQLite with a clock that is ``ahead`` of the machine's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "shifted.db")
        self.ahead = timedelta(0)

    async def now(self) -> datetime:
        return utc_now() + self.ahead


class Days:
    """Passes time for a notify service: from one due delivery to the next.

    What falls due within ``grain`` of the next one is done together with it.
    """

    grain = timedelta(minutes=2)

    def __init__(self, bench: Bench, store: ShiftedStore) -> None:
        self._store = store
        self._bench = bench
        self._relay = Relay(bench.runtime, bench.outbox)

    async def deliveries(self) -> list[Delivery]:
        return await self._store.across(DELIVERIES).page(Query(), None, 5_000)

    async def passing(self, span: timedelta, enough: Callable[[], bool] = lambda: False) -> None:
        """Let ``span`` pass, with all that falls due in it, or as much as is ``enough``."""
        end = await self._store.now() + span
        while not enough():
            due = await self._settled()
            if due is None or due + FRESH > end:
                break
            await self._jump(min(end, due + FRESH + self.grain))
        else:
            return
        await self._jump(end)

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        """What is put off comes back in its time, as it does beside a gateway."""
        relaying = asyncio.create_task(every(0.1, self._relay.step, "relay"))
        try:
            yield
        finally:
            relaying.cancel()

    async def _jump(self, moment: datetime) -> None:
        self._store.ahead += max(timedelta(0), moment - await self._store.now())
        await self._relay.step()

    async def _settled(self) -> datetime | None:
        """When the next one is due, once nothing is under way."""
        async with asyncio.timeout(60):
            while True:
                found = await self.deliveries()
                now = await self._store.now() - FRESH
                entries = [entry for it in found for entry in it.outbox]
                jobs = [it for it in entries if it.kind is OutboxKind.JOB]
                due = min((it.not_before for it in jobs), default=None)
                runs = any(it.work.state is WorkState.RUNNING for it in found)
                if not runs and (due is None or due > now):
                    return due
                await self._relay.step()
                await asyncio.sleep(0.005)


@contextmanager
def receiver_clock(moment: datetime) -> Iterator[None]:
    """The public verifier's clock shows ``moment``: it refuses messages five minutes off."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # noqa: ARG003
            return moment

    with mock.patch.object(standardwebhooks.webhooks, "datetime", Clock):
        yield
