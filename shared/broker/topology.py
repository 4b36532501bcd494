"""Queues and exchanges as data, declared alike by every service.

Result queues are not part of the topology: tenants make and remove them.
"""

from dataclasses import dataclass

from shared.models.delivery import ResultQueue
from shared.models.work import Lane, StageName

EVENTS_EXCHANGE = "docstage.events"
EVENTS_QUEUE = "docstage.notify.events"
QUARANTINE_QUEUE = "docstage.quarantine"
PREVIEWS_QUEUE = "docstage.previews"
"""Pages that somebody waits to see."""

SEARCHABLE_QUEUE = "docstage.searchable"
"""Searchable files that somebody waits for; they take longer, so they have their own queue."""

PERSONAL_QUEUE = "docstage.personal"
"""Redacted files and head shots that somebody waits for."""

SCHEMAS_QUEUE = "docstage.schemas"
"""Documents of which somebody wants a schema made."""

TRAININGS_QUEUE = "docstage.trainings"
"""Workspaces whose reviews somebody wants learned from."""


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A durable queue; ``binding`` is its topic on the events exchange, if it has one."""

    name: str
    binding: str | None = None


@dataclass(frozen=True, slots=True)
class ResultQueueSpec:
    """A durable queue for a tenant's reader; ``max_age`` is in seconds.

    What is more than ``max_length`` messages or ``MAX_RESULT_BYTES`` goes, oldest first, so
    that a queue nobody reads takes no more than its share.
    """

    name: str
    max_length: int
    max_age: int


MAX_RESULT_BYTES = 1024**3
"""What the bodies in one result queue may take of the broker's disk."""


def result_queue_name(organization: str, name: str) -> str:
    """The broker's name of a tenant's queue; ids of organizations hold no dot, so no two meet."""
    return f"docstage.results.{organization}.{name}"


def result_queue_spec(queue: ResultQueue) -> ResultQueueSpec:
    """A stored result queue as the broker is to have it."""
    name = result_queue_name(queue.organization, queue.name)
    return ResultQueueSpec(name, max_length=queue.max_length, max_age=queue.max_age)


def job_queue(stage: StageName, lane: Lane) -> str:
    """The name of a stage's queue for a lane."""
    return f"docstage.{stage.value}.{lane.value}"


QUEUES: tuple[QueueSpec, ...] = (
    *(QueueSpec(job_queue(stage, lane)) for stage in StageName for lane in Lane),
    QueueSpec(EVENTS_QUEUE, binding="document.#"),
    QueueSpec(QUARANTINE_QUEUE),
    QueueSpec(PREVIEWS_QUEUE),
    QueueSpec(SEARCHABLE_QUEUE),
    QueueSpec(PERSONAL_QUEUE),
    QueueSpec(SCHEMAS_QUEUE),
    QueueSpec(TRAININGS_QUEUE),
)
