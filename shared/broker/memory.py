"""The broker inside one process: what RabbitMQ would do, without a server.

It forgets on exit: the store is the truth, and start-up queues again what is not finished.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.broker.delivery import handle
from shared.broker.port import Handler, Message, RefusedError
from shared.broker.topics import matches
from shared.broker.topology import QUEUES, ResultQueueSpec
from shared.errors import Code, Transient


@dataclass(slots=True)
class _Entry:
    message: Message
    redelivered: bool = False


class _Queue:
    """Messages that wait, and the consumers that take turns at them."""

    def __init__(self) -> None:
        self.waiting: deque[_Entry] = deque()
        self.consumers: deque[_MemoryConsumer] = deque()

    def put(self, message: Message) -> None:
        self.waiting.append(_Entry(message))
        self.dispatch()

    def put_back(self, entry: _Entry) -> None:
        self.waiting.appendleft(_Entry(entry.message, redelivered=True))

    def dispatch(self) -> None:
        while self.waiting and (consumer := self._next_with_room()):
            consumer.take(self.waiting.popleft())

    def _next_with_room(self) -> "_MemoryConsumer | None":
        for _ in range(len(self.consumers)):
            consumer = self.consumers[0]
            self.consumers.rotate(-1)
            if consumer.has_room:
                return consumer
        return None


@dataclass(slots=True)
class _Listener:
    patterns: Sequence[str]
    consumer: "_MemoryConsumer"

    def wants(self, topic: str) -> bool:
        """Whether it is to hear of a topic."""
        return any(matches(pattern, topic) for pattern in self.patterns)


@dataclass(slots=True)
class Node:
    """The queues of a process; every broker opened on it sees the same ones."""

    queues: dict[str, _Queue] = field(
        default_factory=lambda: {spec.name: _Queue() for spec in QUEUES}
    )
    results: dict[str, deque[Message]] = field(default_factory=dict)
    listeners: list[_Listener] = field(default_factory=list)

    def forget_dead_listeners(self) -> None:
        """Drop those that were cancelled."""
        self.listeners = [listener for listener in self.listeners if listener.consumer.alive]


class _MemoryIncoming:
    __slots__ = ("_consumer", "_entry")

    def __init__(self, consumer: "_MemoryConsumer", entry: _Entry) -> None:
        self._consumer = consumer
        self._entry = entry

    @property
    def message(self) -> Message:
        return self._entry.message

    @property
    def redelivered(self) -> bool:
        return self._entry.redelivered

    async def ack(self) -> None:
        self._consumer.settle(self._entry, returned=False)

    async def give_back(self) -> None:
        self._consumer.settle(self._entry, returned=True)


class _MemoryConsumer:
    """Takes from one queue; without a queue it is a listener and acknowledges unasked."""

    def __init__(self, queue: _Queue | None, handler: Handler, prefetch: int) -> None:
        self._queue = queue
        self._handler = handler
        self._prefetch = prefetch
        self._in_hand: dict[int, _Entry] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._cancelled = False

    @property
    def alive(self) -> bool:
        return not self._cancelled

    @property
    def ended(self) -> bool:
        """Whether it was cancelled, and nothing of it is under way."""
        return self._cancelled and not self._in_hand and not self._tasks

    @property
    def has_room(self) -> bool:
        return len(self._in_hand) < self._prefetch

    async def cancel(self) -> None:
        if self._queue is not None and not self._cancelled:
            self._queue.consumers.remove(self)
        self._cancelled = True

    def take(self, entry: _Entry) -> None:
        if self._queue is not None:
            self._in_hand[id(entry)] = entry
        task = asyncio.create_task(handle(self._handler, _MemoryIncoming(self, entry)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def settle(self, entry: _Entry, *, returned: bool) -> None:
        if self._queue is None or self._in_hand.pop(id(entry), None) is None:
            return
        if returned:
            self._queue.put_back(entry)
        self._queue.dispatch()

    async def close(self) -> None:
        """Return what is in hand, in its order, and stop the handlers."""
        await self.cancel()
        if self._queue is not None:
            while self._in_hand:
                self._queue.put_back(self._in_hand.popitem()[1])
            self._queue.dispatch()
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class MemoryBroker:
    """A broker on the queues of ``node``, or on its own."""

    def __init__(self, node: Node | None = None) -> None:
        self._node = node or Node()
        self._consumers: list[_MemoryConsumer] = []
        self._open = False

    async def open(self) -> None:
        """Nothing to connect to; see the port."""
        self._open = True

    async def close(self) -> None:
        """Return what is unacknowledged and cancel the handlers under way; see the port."""
        self._open = False
        consumers, self._consumers = self._consumers, []
        for consumer in consumers:
            await consumer.close()
        self._node.forget_dead_listeners()

    async def ping(self) -> None:
        """Return if the broker is open; see the port."""
        if not self._open:
            raise Transient(Code.DEPENDENCY_DOWN)

    async def send(self, queue: str, message: Message) -> None:
        """Put a message into a queue; see the port."""
        await self.ping()
        if queue not in self._node.queues:
            raise RefusedError
        self._node.queues[queue].put(message)

    async def announce(self, topic: str, message: Message) -> None:
        """Publish an event; one that no queue is bound to is refused, as by RabbitMQ."""
        await self.ping()
        self._node.forget_dead_listeners()
        bound = [s.name for s in QUEUES if s.binding is not None and matches(s.binding, topic)]
        listeners = [n.consumer for n in self._node.listeners if n.wants(topic)]
        if not bound and not listeners:
            raise RefusedError
        for name in bound:
            self._node.queues[name].put(message)
        for listener in listeners:
            listener.take(_Entry(message))

    async def consume(self, queue: str, handler: Handler, prefetch: int) -> "_MemoryConsumer":
        """Hand out a queue's messages; ``ValueError`` for a queue that is not ours."""
        await self.ping()
        if prefetch < 1:
            raise ValueError("prefetch is 1 or more")
        source = self._queue(queue)
        consumer = _MemoryConsumer(source, handler, prefetch)
        source.consumers.append(consumer)
        self._keep(consumer)
        source.dispatch()
        return consumer

    async def listen(self, topics: Sequence[str], handler: Handler) -> "_MemoryConsumer":
        """Hear events; they are acknowledged unasked, and none is ever returned."""
        await self.ping()
        listener = _MemoryConsumer(None, handler, prefetch=1)
        self._node.listeners.append(_Listener(topics, listener))
        self._keep(listener)
        return listener

    async def depth(self, queue: str) -> int:
        """How many messages wait; ``ValueError`` for a queue that is not ours."""
        await self.ping()
        return len(self._queue(queue).waiting)

    async def declare_result_queue(self, spec: ResultQueueSpec) -> None:
        """Make a result queue; its ``max_age`` means nothing here, as it ends with the process."""
        await self.ping()
        self._node.results.setdefault(spec.name, deque(maxlen=spec.max_length))

    async def delete_result_queue(self, name: str) -> None:
        """Remove a result queue; see the port."""
        await self.ping()
        self._node.results.pop(name, None)

    async def send_result(self, spec: ResultQueueSpec, message: Message) -> None:
        """Put a message into a result queue; a full one loses its oldest."""
        await self.declare_result_queue(spec)
        self._node.results[spec.name].append(message)

    async def result_depth(self, name: str) -> int | None:
        """How many messages wait in a result queue; see the port."""
        await self.ping()
        waiting = self._node.results.get(name)
        return None if waiting is None else len(waiting)

    def _keep(self, consumer: _MemoryConsumer) -> None:
        """Know it for ``close``, and those before it no more that have ended."""
        self._consumers = [it for it in self._consumers if not it.ended] + [consumer]
        self._node.forget_dead_listeners()

    def _queue(self, name: str) -> _Queue:
        if name not in self._node.queues:
            raise ValueError("there is no such queue in the topology")
        return self._node.queues[name]
