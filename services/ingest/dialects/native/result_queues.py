"""Result queues: make, look at, remove, replay."""

from aiohttp import web
from yarl import URL

from services.ingest.dialects.native.context import NativeParts
from services.ingest.dialects.native.orders import find_workspace
from services.ingest.dialects.native.result_queue_models import (
    AmqpAccess,
    MadeResultQueueView,
    NewResultQueue,
    ReplayRequest,
    ReplayResult,
    ResultQueueList,
    ResultQueueView,
)
from services.ingest.dialects.native.views import PREFIX
from services.ingest.pulling import PullQueue
from services.ingest.replaying import Replay
from shared.broker.connect import is_memory
from shared.broker.readers import Grant, virtual_host_of
from shared.broker.topology import result_queue_name, result_queue_spec
from shared.errors import Code, Permanent, Transient
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer, json_body
from shared.models.delivery import MAX_SUBSCRIPTIONS, QueueMode, ResultQueue
from shared.store.collections import RESULT_QUEUES
from shared.store.port import AlreadyExistsError, Query, Repository, Tenant

_COUNTED = 10_000


async def queue_of(parts: NativeParts, request: web.Request) -> ResultQueue:
    """The result queue in the path, by name or id; raises ``Permanent(NOT_FOUND)``."""
    queues = parts.store.of(principal_of(request).tenant, RESULT_QUEUES)
    named = request.match_info["name"]
    queue = await queues.find("name", named) or await queues.get(named)
    if queue is None:
        raise Permanent(Code.NOT_FOUND)
    return queue


class ResultQueues:
    """The handlers and what they work with."""

    def __init__(self, parts: NativeParts) -> None:
        self._parts = parts
        self._replay = Replay(parts.store, parts.broker, parts.messages)

    async def list(self, request: web.Request) -> web.Response:
        """The result queues that the key reaches."""
        workspace = request.query.get("workspace", "")
        filters = {"workspace": workspace} if workspace else {}
        asked = self._parts.pager.asked(request, principal_of(request), filters)
        page = await self._parts.pager.page(asked, self._records(request), Query(filters))
        views = [ResultQueueView(**_values(it)) for it in page.rows]
        return page.answer(ResultQueueList(result_queues=views))

    async def create(self, request: web.Request) -> web.Response:
        """A new queue, with the access to it where it is on RabbitMQ."""
        principal = principal_of(request)
        wish = await json_body(request, NewResultQueue)
        queue = ResultQueue(
            organization=principal.organization,
            name=wish.name,
            workspace=await self._workspace(principal, wish.workspace),
            mode=self._mode(wish.mode),
            events=wish.events,
            types=wish.types,
            max_length=wish.max_length,
            max_age=wish.max_age,
        )
        await self._insert(request, queue)
        access = await self._set_up(request, queue) if queue.mode is QueueMode.PUSH else None
        return json_answer(MadeResultQueueView(**_values(queue), amqp=access), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One queue, with the number of its messages."""
        queue = await queue_of(self._parts, request)
        if queue.mode is QueueMode.PULL:
            waiting: int | None = await PullQueue(self._parts.store, queue).waiting(_COUNTED)
        else:
            waiting = await self._depth(queue)
        return json_answer(ResultQueueView(**_values(queue), waiting=waiting))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a queue with its messages and its reader."""
        queue = await queue_of(self._parts, request)
        await self._parts.removal.result_queue(queue)
        return web.Response(status=204)

    async def rotate(self, request: web.Request) -> web.Response:
        """A new password for the queue's reader; the old one is void at once."""
        queue = await queue_of(self._parts, request)
        if queue.mode is not QueueMode.PUSH:
            raise Permanent(Code.CONFLICT, "The queue is read over HTTP, with an API key.")
        await self._parts.broker.declare_result_queue(result_queue_spec(queue))
        return json_answer(await self._access(queue))

    async def replay(self, request: web.Request) -> web.Response:
        """Send stored messages once more."""
        queue = await queue_of(self._parts, request)
        wish = await json_body(request, ReplayRequest)
        done = await self._replay.run(queue, wish.start)
        return json_answer(ReplayResult(replayed=done.count, more=done.more, next=done.last))

    async def _insert(self, request: web.Request, queue: ResultQueue) -> None:
        everyones = self._parts.store.of(Tenant(queue.organization), RESULT_QUEUES)
        if await everyones.count(Query(), MAX_SUBSCRIPTIONS) >= MAX_SUBSCRIPTIONS:
            detail = f"The organization has {MAX_SUBSCRIPTIONS} result queues."
            raise Permanent(Code.CONFLICT, detail)
        try:
            await self._records(request).insert(queue)
        except AlreadyExistsError:
            raise Permanent(Code.CONFLICT, "A result queue of that name exists.") from None

    async def _set_up(self, request: web.Request, queue: ResultQueue) -> AmqpAccess:
        try:
            await self._parts.broker.declare_result_queue(result_queue_spec(queue))
            return await self._access(queue)
        except Transient:
            await self._records(request).delete(queue.id)
            raise

    async def _access(self, queue: ResultQueue) -> AmqpAccess:
        name = result_queue_name(queue.organization, queue.name)
        settings = self._parts.settings
        grant = await self._parts.readers.grant(name)
        return _amqp_access(grant, name, settings.public_broker_url or settings.broker_url)

    async def _depth(self, queue: ResultQueue) -> int | None:
        try:
            return await self._parts.broker.result_depth(
                result_queue_name(queue.organization, queue.name)
            )
        except Transient:
            return None

    def _mode(self, wished: QueueMode | None) -> QueueMode:
        alone = is_memory(self._parts.settings.broker_url)
        if wished is QueueMode.PUSH and alone:
            raise Permanent(Code.NOT_IMPLEMENTED, "There is no RabbitMQ here: use mode pull.")
        return wished or (QueueMode.PULL if alone else QueueMode.PUSH)

    async def _workspace(self, principal: Principal, named: str | None) -> str | None:
        """The workspace asked for; a key that does not see all of them must name one it sees."""
        if not named and principal.tenant.is_whole:
            return None
        return (await find_workspace(self._parts, principal, named or "")).id

    def _records(self, request: web.Request) -> Repository[ResultQueue]:
        return self._parts.store.of(principal_of(request).tenant, RESULT_QUEUES)


def _amqp_access(grant: Grant, queue: str, broker_url: str) -> AmqpAccess:
    broker = URL(broker_url)
    tls = broker.scheme == "amqps"
    port = broker.explicit_port or (5671 if tls else 5672)
    virtual_host = virtual_host_of(broker_url)
    url = URL.build(
        scheme=broker.scheme,
        user=grant.user,
        password=grant.password,
        host=broker.host or "",
        port=port,
        path=f"/{virtual_host.replace('/', '%2F')}" if virtual_host != "/" else "/",
        encoded=True,
    )
    return AmqpAccess(
        host=broker.host or "",
        port=port,
        tls=tls,
        virtual_host=virtual_host,
        queue=queue,
        user=grant.user,
        password=grant.password,
        url=str(url),
        commands=grant.commands,
    )


def _values(queue: ResultQueue) -> dict[str, object]:
    own = f"{PREFIX}/result-queues/{queue.name}"
    return {
        **queue.model_dump(exclude={"organization", "rev"}),
        "links": {
            "self": own,
            "collection": f"{PREFIX}/result-queues",
            "deliveries": f"{PREFIX}/deliveries?subscription={queue.id}",
            **({"messages": f"{own}/messages"} if queue.mode is QueueMode.PULL else {}),
        },
    }
