"""Queues and exchanges as data, declared alike by every service."""

from dataclasses import dataclass

from shared.models.work import Lane, StageName

EVENTS_EXCHANGE = "docstage.events"
EVENTS_QUEUE = "docstage.notify.events"
QUARANTINE_QUEUE = "docstage.quarantine"


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A durable queue; ``binding`` is its topic on the events exchange, if it has one."""

    name: str
    binding: str | None = None


def job_queue(stage: StageName, lane: Lane) -> str:
    """The name of a stage's queue for a lane."""
    return f"docstage.{stage.value}.{lane.value}"


QUEUES: tuple[QueueSpec, ...] = (
    *(QueueSpec(job_queue(stage, lane)) for stage in StageName for lane in Lane),
    QueueSpec(EVENTS_QUEUE, binding="document.#"),
    QueueSpec(QUARANTINE_QUEUE),
)
