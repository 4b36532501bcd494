"""The runtime's parts as services of a process: a stage, and the rescue loops."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from shared.stages.context import Runtime, every
from shared.stages.forgetting import Forgetting
from shared.stages.indexing import Indexing
from shared.stages.orphans import Orphans
from shared.stages.outbox import Outbox
from shared.stages.relay import Relay
from shared.stages.retention import Retention
from shared.stages.runner import StageRunner
from shared.stages.sweeper import Sweeper
from shared.telemetry.stage_metrics import StageMetrics

FORGET_SECONDS = 60.0
WATCH_SECONDS = 15.0
INDEX_SECONDS = 1.0
"""Until searches know what a person has corrected or renamed."""
SETTLE_SECONDS = 60.0
"""Before the first look through all files: a start has better things to do."""


class StageService:
    """A stage runner with what it needs beside it.

    ``beside`` are consumers to start after it and to stop before it, such as notify's
    fan-out of events; ``beneath`` is what its jobs use, started before it and stopped after.
    """

    def __init__(
        self,
        name: str,
        runner: StageRunner[Any, Any],
        beside: Sequence["Beside"] = (),
        beneath: Sequence["Beside"] = (),
    ) -> None:
        self.name = name
        self._runner = runner
        self._beside = beside
        self._beneath = beneath

    @property
    def alive(self) -> bool:
        """Whether all consumers are registered."""
        return self._runner.alive and all(it.alive() for it in (*self._beside, *self._beneath))

    async def start(self) -> None:
        """Begin to consume."""
        for it in self._beneath:
            await it.start()
        await self._runner.start()
        for it in self._beside:
            await it.start()

    async def stop(self, seconds: float) -> None:
        """Drain."""
        for it in self._beside:
            await it.stop()
        await self._runner.stop(seconds)
        for it in self._beneath:
            await it.stop()


class Beside:
    """Something started and stopped with a stage."""

    def __init__(
        self,
        start: Callable[[], Awaitable[None]],
        stop: Callable[[], Awaitable[None]],
        alive: Callable[[], bool] = lambda: True,
    ) -> None:
        self.start = start
        self.stop = stop
        self.alive = alive


class RescueService:
    """Relay, sweeper, retention and orphans; in the gateway, which is never scaled to zero.

    ``watches`` look at the store now and then, for metrics.
    """

    name = "rescue"

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        *,
        runtime: Runtime,
        outbox: Outbox,
        metrics: StageMetrics,
        relay_seconds: float,
        sweep_seconds: float,
        grace: timedelta,
        alone: bool,
        retention: Retention | None = None,
        orphans: Orphans | None = None,
        orphan_seconds: float = 0.0,
        indexing: Indexing | None = None,
        watches: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        self._relay = Relay(runtime, outbox)
        self._sweeper = Sweeper(runtime, outbox, grace)
        self._forgetting = Forgetting(runtime)
        self._retention = retention
        self._orphans = orphans
        self._orphan_seconds = orphan_seconds
        self._indexing = indexing
        self._watches = watches
        self._metrics = metrics
        self._relay_seconds = relay_seconds
        self._sweep_seconds = sweep_seconds
        self._alone = alone
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def alive(self) -> bool:
        """Whether all loops run."""
        return not any(task.done() for task in self._tasks)

    async def start(self) -> None:
        """Begin; when no other process can be alive, first queue all that is unfinished."""
        if self._alone:
            report = await self._sweeper.recover()
            self._metrics.swept(report.requeued)
        self._tasks = [
            asyncio.create_task(every(self._relay_seconds, self._relay.step, "relay")),
            asyncio.create_task(every(self._sweep_seconds, self._sweep, "sweeper")),
            asyncio.create_task(every(FORGET_SECONDS, self._forgetting.step, "forgetting")),
        ]
        if self._retention is not None:
            retaining = every(self._sweep_seconds, self._retention.step, "retention")
            self._tasks.append(asyncio.create_task(retaining))
        if self._indexing is not None:
            indexing = every(INDEX_SECONDS, self._indexing.step, "indexing")
            self._tasks.append(asyncio.create_task(indexing))
        for look in self._watches:
            self._tasks.append(asyncio.create_task(every(WATCH_SECONDS, look, "watch")))
        if self._orphans is not None and self._orphan_seconds > 0:
            self._tasks.append(asyncio.create_task(self._look_for(self._orphans)))

    async def stop(self, seconds: float) -> None:
        """End all loops."""
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _look_for(self, orphans: Orphans) -> None:
        await asyncio.sleep(min(SETTLE_SECONDS, self._orphan_seconds))
        await every(self._orphan_seconds, orphans.run, "orphans")

    async def _sweep(self) -> None:
        report = await self._sweeper.step()
        self._metrics.swept(report.requeued)
