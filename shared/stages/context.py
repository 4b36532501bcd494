"""What the parts of the stage runtime share, passed in by each process's start."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import structlog

from shared.broker.port import Broker
from shared.errors import DocstageError, Transient
from shared.models.ids import new_id
from shared.store.port import Pointer, Store
from shared.telemetry.tracing import Tracer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """Times and counts of the runtime; see ``shared.config.Settings`` for most.

    ``look`` is how often, in seconds, a job looks whether it is still wanted.
    """

    lease: timedelta = timedelta(seconds=60)
    beat: float = 15.0
    look: float = 2.0
    max_attempts: int = 3
    transient: timedelta = timedelta(hours=24)
    page: float = 60.0


def worker_name() -> str:
    """This process, as leases and logs name it."""
    return f"{socket.gethostname()}/{os.getpid()}/{new_id()[-6:]}"


@dataclass(frozen=True, slots=True)
class Runtime:
    """The ports and limits that stages, relay and sweeper work with."""

    store: Store
    broker: Broker
    limits: Limits = field(default_factory=Limits)
    worker: str = field(default_factory=worker_name)
    tracer: Tracer = field(default_factory=Tracer)


class Background:
    """Tasks beside the main flow, kept until they end so that none is lost silently."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._log = structlog.get_logger("docstage.background")

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work`` beside the caller; what it raises is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.warning("background_task_failed", error=type(error).__name__)

    async def drain(self, seconds: float) -> None:
        """Wait for the tasks to end, at most so long."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)


async def by_itself(work: Awaitable[T], pointer: Pointer, event: str) -> T | None:
    """What comes of ``work`` on a record; ``None`` where it fails, which is logged as ``event``.

    Whatever is wrong with one record must not hold up the others. Raises ``Transient``.
    """
    try:
        return await work
    except Transient:
        raise
    except Exception:  # noqa: BLE001 - as said above
        structlog.get_logger("docstage.loop").exception(
            event,
            organization=pointer.organization,
            collection=pointer.collection,
            target=pointer.id,
        )
        return None


async def every(seconds: float, step: Callable[[], Awaitable[None]], name: str) -> None:
    """Call ``step`` for ever with pauses between; a failing step is logged, not fatal."""
    log = structlog.get_logger("docstage.loop")
    while True:
        try:
            await step()
        except asyncio.CancelledError:
            raise
        except DocstageError as error:
            log.warning("loop_step_failed", loop=name, code=error.code.value)
        except Exception:
            log.exception("loop_step_failed", loop=name)
        await asyncio.sleep(seconds)
