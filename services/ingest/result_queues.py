"""Result queues: made, counted, removed, and who may read those on RabbitMQ."""

from dataclasses import dataclass

from services.ingest.pulling import PullQueue
from services.ingest.workspace_removal import Removal
from services.ingest.workspaces import find_workspace
from shared.broker.connect import is_memory
from shared.broker.port import Broker
from shared.broker.readers import Grant, Readers
from shared.broker.topology import result_queue_name, result_queue_spec
from shared.errors import Code, Permanent, Transient
from shared.http.context import Principal
from shared.models.delivery import MAX_SUBSCRIPTIONS, QueueMode, ResultQueue
from shared.models.document import EventName
from shared.store.collections import RESULT_QUEUES
from shared.store.port import AlreadyExistsError, Query, Repository, Store, Tenant

_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class QueueWish:
    """A queue to be; no ``workspace`` (id or name) means all, no ``mode`` what there is here."""

    name: str
    max_length: int
    max_age: int
    workspace: str | None = None
    mode: QueueMode | None = None
    events: tuple[EventName, ...] = ()
    types: tuple[str, ...] = ()


class ResultQueues:
    """What an administrator does to result queues."""

    def __init__(
        self, store: Store, broker: Broker, readers: Readers, removal: Removal, broker_url: str
    ) -> None:
        self._store = store
        self._broker = broker
        self._readers = readers
        self._removal = removal
        self._is_alone = is_memory(broker_url)

    def of(self, tenant: Tenant) -> Repository[ResultQueue]:
        """The queues that a tenant sees."""
        return self._store.of(tenant, RESULT_QUEUES)

    async def find(self, tenant: Tenant, named: str) -> ResultQueue:
        """The queue of that name or id; raises ``Permanent(NOT_FOUND)``."""
        queue = await self.of(tenant).find("name", named) or await self.of(tenant).get(named)
        if queue is None:
            raise Permanent(Code.NOT_FOUND)
        return queue

    async def add(self, principal: Principal, wish: QueueWish) -> tuple[ResultQueue, Grant | None]:
        """A new queue, with the access to it where it is on RabbitMQ.

        Raises ``Permanent``: UNKNOWN_WORKSPACE, CONFLICT, NOT_IMPLEMENTED where there is no
        RabbitMQ to push to; ``Transient``.
        """
        queue = ResultQueue(
            organization=principal.organization,
            name=wish.name,
            workspace=await self._workspace(principal, wish.workspace),
            mode=self._mode(wish.mode),
            events=list(wish.events),
            types=list(wish.types),
            max_length=wish.max_length,
            max_age=wish.max_age,
        )
        await self._insert(principal.tenant, queue)
        if queue.mode is not QueueMode.PUSH:
            return queue, None
        try:
            return queue, await self._grant(queue)
        except Transient:
            await self.of(principal.tenant).delete(queue.id)
            raise

    async def waiting(self, queue: ResultQueue) -> int | None:
        """How many messages wait, up to 10,000; ``None`` where nobody can tell."""
        if queue.mode is QueueMode.PULL:
            return await PullQueue(self._store, queue).waiting(_COUNTED)
        try:
            name = result_queue_name(queue.organization, queue.name)
            return await self._broker.result_depth(name)
        except Transient:
            return None

    async def rotate(self, queue: ResultQueue) -> Grant:
        """A new password for the queue's reader; the old one is void at once.

        Raises ``Permanent(CONFLICT)`` for one that is read over HTTP; ``Transient``.
        """
        if queue.mode is not QueueMode.PUSH:
            raise Permanent(Code.CONFLICT, "The queue is read over HTTP, with an API key.")
        return await self._grant(queue)

    async def remove(self, queue: ResultQueue) -> None:
        """Remove a queue with its messages and its reader."""
        await self._removal.result_queue(queue)

    async def _grant(self, queue: ResultQueue) -> Grant:
        await self._broker.declare_result_queue(result_queue_spec(queue))
        return await self._readers.grant(result_queue_name(queue.organization, queue.name))

    async def _insert(self, tenant: Tenant, queue: ResultQueue) -> None:
        everyones = self.of(Tenant(queue.organization))
        if await everyones.count(Query(), MAX_SUBSCRIPTIONS) >= MAX_SUBSCRIPTIONS:
            detail = f"The organization has {MAX_SUBSCRIPTIONS} result queues."
            raise Permanent(Code.CONFLICT, detail)
        try:
            await self.of(tenant).insert(queue)
        except AlreadyExistsError:
            raise Permanent(Code.CONFLICT, "A result queue of that name exists.") from None

    def _mode(self, wished: QueueMode | None) -> QueueMode:
        if wished is QueueMode.PUSH and self._is_alone:
            raise Permanent(Code.NOT_IMPLEMENTED, "There is no RabbitMQ here: use mode pull.")
        return wished or (QueueMode.PULL if self._is_alone else QueueMode.PUSH)

    async def _workspace(self, principal: Principal, named: str | None) -> str | None:
        """The workspace asked for; a key that does not see all of them must name one it sees."""
        if not named and principal.tenant.is_whole:
            return None
        return (await find_workspace(self._store, principal, named or "")).id
