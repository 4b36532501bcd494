"""The broker port: wake-ups between the stages. Two adapters, one contract suite.

The store is the truth: a lost message is found by the sweeper, a doubled one by the claim.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.broker.topology import ResultQueueSpec
from shared.errors import Code, Transient

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Message:
    """What is published. ``id`` is fresh per publishing, ``headers`` carry trace context."""

    id: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON


class Incoming(Protocol):
    """A message in the hands of a consumer, to be acknowledged or returned once."""

    @property
    def message(self) -> Message:
        """The message."""

    @property
    def redelivered(self) -> bool:
        """Whether it was handed out before."""

    async def ack(self) -> None:
        """Done with; never raises (a lost acknowledgement means one more delivery)."""

    async def give_back(self) -> None:
        """Return it to its queue, for another consumer; never raises."""


Handler = Callable[[Incoming], Awaitable[None]]


class Consumer(Protocol):
    """A running consumer."""

    @property
    def alive(self) -> bool:
        """Whether it is registered at the broker, or will be once the broker is back."""

    async def cancel(self) -> None:
        """Take no more messages; those in hand can still be acknowledged."""


class RefusedError(Transient):
    """The broker is there and does not take this message: no such queue, or a full one.

    Others may have no such trouble.
    """

    def __init__(self) -> None:
        super().__init__(Code.DEPENDENCY_DOWN)


class Broker(Protocol):
    """Queues with confirmed publishing.

    Publishing raises ``Transient(DEPENDENCY_DOWN)`` unless the broker confirmed that it
    has the message, within ten seconds; the message may have arrived all the same. It is a
    ``RefusedError`` where the broker said that it will not have it.
    """

    async def open(self) -> None:
        """Connect and declare the topology."""

    async def close(self) -> None:
        """Let go; unacknowledged messages return to their queues."""

    async def ping(self) -> None:
        """Return if the broker answers; raise ``Transient`` if not."""

    async def send(self, queue: str, message: Message) -> None:
        """Put a message into a queue of the topology; unknown queues are an error too."""

    async def announce(self, topic: str, message: Message) -> None:
        """Publish an event to all queues bound to its topic; none at all is an error too."""

    async def consume(self, queue: str, handler: Handler, prefetch: int) -> Consumer:
        """Hand each message of a queue to ``handler``, at most ``prefetch`` at a time.

        Handlers run concurrently; one that raises has its message returned. Consuming
        goes on by itself after the connection was lost.
        """

    async def listen(self, topics: Sequence[str], handler: Handler) -> Consumer:
        """Hear events from now on whose topic matches one (``*`` one word, ``#`` any number).

        They come through a queue of one's own that vanishes with the process, count as
        acknowledged when handed out, and are lost while the broker is away.
        """

    async def depth(self, queue: str) -> int:
        """How many messages wait in a queue, not counting those handed out.

        Raises ``ValueError``, as ``consume`` does, for a queue outside the topology.
        """

    async def declare_result_queue(self, spec: ResultQueueSpec) -> None:
        """Make a result queue that is not there; its limits never change."""

    async def delete_result_queue(self, name: str) -> None:
        """Remove a result queue with what is in it; none is fine too."""

    async def send_result(self, spec: ResultQueueSpec, message: Message) -> None:
        """Put a message into a result queue, which is made again if it is missing."""

    async def result_depth(self, name: str) -> int | None:
        """How many messages wait in a result queue; ``None`` if there is no such queue."""
