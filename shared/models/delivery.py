"""Who wants to hear of events, and the record of telling them."""

from pydantic import Field

from shared.models.base import Record, StoredModel
from shared.models.document import EventName
from shared.models.outbox import Aggregate
from shared.models.time import Timestamp
from shared.models.work import Problem, Work


class Subscription(Record):
    """A webhook of a workspace. ``events`` empty means all; ``secret`` is ``whsec_…``."""

    workspace: str
    url: str
    secret: str
    events: list[EventName] = Field(default_factory=list)
    enabled: bool = True


class DeliveryAttempt(StoredModel):
    """One try: the HTTP status, or the problem when there was no answer."""

    at: Timestamp
    status: int | None = None
    problem: Problem | None = None
    milliseconds: int = 0
    retry_after: float | None = None


class Delivery(Aggregate):
    """The aggregate of the notify stage: one event for one subscription.

    ``payload`` is the JSON body exactly as sent; ``log`` keeps the newest attempts.
    """

    document: str
    event: str
    event_name: EventName
    sequence: int
    subscription: str
    payload: str
    work: Work = Field(default_factory=Work)
    log: list[DeliveryAttempt] = Field(default_factory=list)
    attempts_made: int = 0
