"""A stage at work: consuming its two lanes, running jobs in its slots, draining."""

import asyncio
from typing import Generic, TypeVar

import structlog
from pydantic import ValidationError

from shared.broker.port import Consumer, Incoming
from shared.broker.topology import job_queue
from shared.config import PREFETCH
from shared.errors import Transient
from shared.models.messages import JobMessage
from shared.models.outbox import Aggregate
from shared.models.trace import HEADER, TraceContext
from shared.models.work import Lane
from shared.stages.job import JobParts, JobRunner, ReleasedError
from shared.stages.lanes import Lanes
from shared.stages.quarantine import set_aside

R = TypeVar("R", bound=Aggregate)
Result = TypeVar("Result")

TROUBLE_PAUSE = 2.0
"""Seconds to hold a message back before returning it, when something unforeseen happened."""


class StageRunner(Generic[R, Result]):
    """Consumes a stage's queues with ``slots`` jobs at a time."""

    def __init__(self, parts: JobParts[R, Result], slots: int) -> None:
        self._parts = parts
        self._jobs = JobRunner(parts)
        self._slots = slots
        self._lanes = Lanes(slots)
        self._consumers: list[Consumer] = []
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._log = structlog.get_logger("docstage.stage").bind(stage=parts.stage.name.value)

    @property
    def running(self) -> int:
        """Jobs at work now."""
        return len(self._running)

    @property
    def alive(self) -> bool:
        """Whether all consumers are registered, or deliberately stopped."""
        return self._stopping.is_set() or all(consumer.alive for consumer in self._consumers)

    async def start(self) -> None:
        """Begin to consume both lanes."""
        broker, stage = self._parts.runtime.broker, self._parts.stage.name
        prefetch = max(self._slots, PREFETCH[stage])
        for lane in Lane:
            # One normal job more than there are slots is at hand, so that a slot that gets
            # free does not go to the low lane for want of a normal job on the way.
            spare = 1 if lane is Lane.NORMAL else 0
            queue = job_queue(stage, lane)
            self._consumers.append(await broker.consume(queue, self._handle, prefetch + spare))

    async def stop(self, seconds: float) -> None:
        """Drain: take no more, and give back at once what has not begun.

        Running jobs are waited for, at most so long; then they are released.
        """
        self._stopping.set()
        await asyncio.gather(*(consumer.cancel() for consumer in self._consumers))
        self._lanes.close()
        if self._running:
            await asyncio.wait(set(self._running), timeout=seconds)
        for task in set(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _handle(self, incoming: Incoming) -> None:
        message = await self._decode(incoming)
        if message is None:
            return
        async with self._lanes.slot(message.lane) as admitted:
            if admitted:
                await self._jobs.pause.over(self._stopping)
            if not admitted or self._stopping.is_set():
                await incoming.give_back()
            else:
                await self._run(incoming, message)

    async def _run(self, incoming: Incoming, message: JobMessage) -> None:
        """Run the job; a stop cancels it, and it is released then."""
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        stage = message.stage.value
        parent = TraceContext.parse(incoming.message.headers.get(HEADER))
        with (
            structlog.contextvars.bound_contextvars(document=message.document, stage=stage),
            self._parts.runtime.tracer.span(
                f"{stage} job", parent, document=message.document, stage=stage
            ),
        ):
            try:
                await self._jobs.run(message)
            except ReleasedError:
                await incoming.ack()  # the release has left word of the job in the outbox
                raise
            except asyncio.CancelledError:
                await incoming.give_back()
                raise
            except Exception as error:  # noqa: BLE001 - whatever it was, the message stays
                await self._return(incoming, error)
            else:
                await incoming.ack()
                name = f"{message.stage.value}.acknowledged"
                await self._parts.failpoints.reach(name, message.document)
            finally:
                self._jobs.pause.tried()

    async def _return(self, incoming: Incoming, error: Exception) -> None:
        """Give the message back after a pause: what failed now would fail again at once."""
        reason = error.code if isinstance(error, Transient) else type(error).__name__
        self._log.warning("job_returned", reason=reason)
        await asyncio.sleep(TROUBLE_PAUSE)
        await incoming.give_back()

    async def _decode(self, incoming: Incoming) -> JobMessage | None:
        """The message; what cannot be read is set aside with its bytes, never retried."""
        try:
            return JobMessage.model_validate_json(incoming.message.body)
        except ValidationError:
            queue = f"docstage.{self._parts.stage.name.value}"
            await set_aside(self._parts.runtime.broker, incoming, queue)
            return None
