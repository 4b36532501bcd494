"""Looking at the gateway's load: what waits in queues and outboxes, the spool, the memory."""

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from shared.broker.port import Broker
from shared.broker.topology import job_queue
from shared.config import Settings
from shared.errors import DocstageError
from shared.http.load import Load, Sample
from shared.models.work import Lane, StageName
from shared.stages.context import every
from shared.store.port import Store
from shared.store.schedules import FRESH
from shared.telemetry.metrics import LoadMetrics

LOOK_SECONDS = 1.0
SELDOM_SECONDS = 5.0
_CGROUP = Path("/sys/fs/cgroup/memory.max")
_MEMORY_SHARE = 0.9


class LoadWatch:
    """Looks every second, and tells ``load``."""

    def __init__(
        self,
        settings: Settings,
        broker: Broker,
        store: Store,
        metrics: LoadMetrics,
        taken_in: Callable[[], int],
    ) -> None:
        self.load = Load(
            {
                "backlog": float(settings.overload_backlog),
                "spool": float(settings.overload_spool_bytes),
                "disk": 1.0 if settings.overload_free_bytes else 0.0,
                "memory": float(settings.overload_memory_bytes or _share_of_container()),
            }
        )
        self._spool = settings.spool
        self._free_bytes = settings.overload_free_bytes
        self._broker = broker
        self._store = store
        self._most = settings.overload_backlog
        self._metrics = metrics
        self._taken_in = taken_in
        self._task: asyncio.Task[None] | None = None
        self._queued = self._unsent = self._counted_with = 0
        self._counted = -SELDOM_SECONDS

    async def start(self) -> None:
        """Begin to look."""
        await self.look()
        self._task = asyncio.create_task(every(LOOK_SECONDS, self.look, "load"))

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def look(self) -> None:
        """One look; what cannot be told counts as nothing."""
        spooled, free = await asyncio.to_thread(self._spooled)
        await self._count_waiting()
        levels = {
            "backlog": float(self._queued + self._unsent),
            "outbox": float(self._unsent),
            "spool": float(spooled),
            # How full, 1 where as little is free as is to be kept free.
            "disk": self._free_bytes / max(1, free),
            "memory": float(_resident()),
        }
        self.load.note(Sample(time.monotonic(), levels, self._taken_in()))
        self._metrics.seen(levels, self.load.full)

    async def _count_waiting(self) -> None:
        """How many documents wait to be read; as before while nobody says.

        Of those in outboxes the broker knows nothing: it is away, or takes no messages.
        Seldom while nothing waits and nothing is taken in here: an idle system asks for little.
        """
        now, taken_in = time.monotonic(), self._taken_in()
        is_idle = not self._queued + self._unsent and taken_in == self._counted_with
        if is_idle and now < self._counted + SELDOM_SECONDS:
            return
        with contextlib.suppress(DocstageError, TimeoutError):
            queues = [job_queue(StageName.OCR, it) for it in Lane]
            self._queued = sum([await self._broker.depth(it) for it in queues])
        with contextlib.suppress(DocstageError, TimeoutError):
            due = await self._store.now() - FRESH
            self._unsent = await self._store.backlog.count_due(due, self._most)
        self._counted, self._counted_with = now, taken_in

    def _spooled(self) -> tuple[int, int]:
        used = 0
        for path in self._spool.glob("*.part"):
            with contextlib.suppress(OSError):
                used += path.stat().st_size
        return used, shutil.disk_usage(self._spool).free


def _resident() -> int:
    """Bytes of memory that this process holds; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _share_of_container() -> float:
    """Nine tenths of what the container may hold; 0 where there is no such limit."""
    try:
        return _MEMORY_SHARE * int(_CGROUP.read_text())
    except (OSError, ValueError):
        return 0.0
