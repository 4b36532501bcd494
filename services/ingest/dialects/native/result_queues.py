"""Result queues: make, look at, remove, replay."""

from aiohttp import web

from services.ingest.parts import IngestParts
from services.ingest.queue_access import amqp_access, queues_of
from services.ingest.replaying import Replay
from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.result_queue_models import (
    MadeResultQueueView,
    NewResultQueue,
    ReplayRequest,
    ReplayResult,
    ResultQueueList,
    ResultQueueView,
)
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.models.delivery import QueueMode, ResultQueue
from shared.store.port import Query, Repository


async def queue_of(parts: IngestParts, request: web.Request) -> ResultQueue:
    """The result queue in the path, by name or id; raises ``Permanent(NOT_FOUND)``."""
    tenant = principal_of(request).tenant
    return await queues_of(parts).find(tenant, request.match_info["name"])


class ResultQueues:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._queues = queues_of(parts)
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
        wish = await json_body(request, NewResultQueue)
        queue, grant = await self._queues.add(principal_of(request), wish.wish())
        access = amqp_access(self._parts.settings, queue, grant) if grant else None
        return json_answer(MadeResultQueueView(**_values(queue), amqp=access), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One queue, with the number of its messages."""
        queue = await queue_of(self._parts, request)
        waiting = await self._queues.waiting(queue)
        return json_answer(ResultQueueView(**_values(queue), waiting=waiting))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a queue with its messages and its reader."""
        queue = await queue_of(self._parts, request)
        await self._queues.remove(queue)
        return web.Response(status=204)

    async def rotate(self, request: web.Request) -> web.Response:
        """A new password for the queue's reader; the old one is void at once."""
        queue = await queue_of(self._parts, request)
        grant = await self._queues.rotate(queue)
        return json_answer(amqp_access(self._parts.settings, queue, grant))

    async def replay(self, request: web.Request) -> web.Response:
        """Send stored messages once more."""
        queue = await queue_of(self._parts, request)
        wish = await json_body(request, ReplayRequest)
        done = await self._replay.run(queue, wish.start)
        return json_answer(ReplayResult(replayed=done.count, more=done.more, next=done.last))

    def _records(self, request: web.Request) -> Repository[ResultQueue]:
        return self._queues.of(principal_of(request).tenant)


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
