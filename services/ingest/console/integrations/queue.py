"""One result queue: what waits in it, taken out or sent once more; its reader; removed."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from services.ingest.console.moments import read_moment
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts
from services.ingest.pulling import PullQueue
from services.ingest.queue_access import amqp_access, queues_of
from services.ingest.replaying import Replay
from services.ingest.resources.result_queue_models import AmqpAccess
from shared.errors import Code, Permanent
from shared.models.delivery import Delivery, QueueMode, ResultQueue
from shared.stages import pulling

PATH = "/integrations/queues"
_SHOWN = 50
_PART = "integrations/_queue.html"
_LONGEST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits: as its reader gets it, and until when somebody has it in hand."""

    delivery: Delivery
    text: str
    held_until: datetime | None


class QueuePage:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._queues = queues_of(parts)
        self._replay = Replay(parts.store, parts.broker, parts.messages)

    @staticmethod
    def address(queue: ResultQueue) -> str:
        """Where its page is."""
        return f"{ROOT}{PATH}/{queue.name}"

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The queue, and the messages that wait: to look at them takes none from its reader."""
        said = "The queue is made." if visit.query("made") else ""
        return await self.page(visit, await self._found(visit), said=said)

    async def count(self, visit: Visit) -> web.StreamResponse:
        """How many wait by now, for who looks at the page."""
        queue = await self._found(visit)
        context = {"address": self.address(queue), "count": await self._queues.waiting(queue)}
        return visit.fragments("integrations/_queue_count.html", **context)

    async def acknowledge(self, visit: Visit) -> web.StreamResponse:
        """Take messages out, as if they had been received."""
        queue, wished = await self._found(visit), (await visit.fields()).all("event")
        if queue.mode is not QueueMode.PULL:
            raise Permanent(Code.CONFLICT, "The queue is read on RabbitMQ.")
        if not wished:
            raise Permanent(Code.BAD_REQUEST, "Choose at least one message.")
        taken = await PullQueue(self._parts.store, queue).acknowledge(wished[:_SHOWN])
        word = "message is" if len(taken) == 1 else "messages are"
        return await self.page(visit, queue, said=f"{len(taken)} {word} acknowledged.")

    async def rotate(self, visit: Visit) -> web.StreamResponse:
        """A new password for its reader, shown this once."""
        queue = await self._found(visit)
        grant = await self._queues.rotate(queue)
        access = amqp_access(self._parts.settings, queue, grant)
        return await self.page(visit, queue, access=access, said="The old password is void.")

    async def replay(self, visit: Visit) -> web.StreamResponse:
        """Stored messages once more, from a moment on."""
        queue, text = await self._found(visit), (await visit.fields()).text("start")
        done = await self._replay.run(queue, read_moment(text))
        word = "message is" if done.count == 1 else "messages are"
        more = " There is more: ask again." if done.more else ""
        return await self.page(visit, queue, said=f"{done.count} {word} sent again.{more}")

    async def remove(self, visit: Visit) -> web.StreamResponse:
        """Remove it with its messages."""
        await self._queues.remove(await self._found(visit))
        return visit.go(f"{ROOT}{PATH}?done=removed")

    async def page(
        self, visit: Visit, queue: ResultQueue, *, access: AmqpAccess | None = None, said: str = ""
    ) -> web.Response:
        """The queue's page; ``access`` is shown this once."""
        context = {
            "queue": queue,
            "address": self.address(queue),
            "names": {it.id: it.name for it in await visit.seen(visit.principal)},
            "count": await self._queues.waiting(queue),
            "messages": await self._messages(queue),
            "shown": _SHOWN,
            "access": access,
            "said": said,
        }
        if visit.is_swap and visit.request.path == f"{ROOT}{PATH}":
            return visit.fragments("integrations/_made.html", part=_PART, **context)
        if visit.is_swap:
            return visit.fragments(_PART, **context)
        return await visit.page("integrations/queue.html", **context)

    async def _messages(self, queue: ResultQueue) -> list[Waiting]:
        if queue.mode is not QueueMode.PULL:
            return []
        found = await PullQueue(self._parts.store, queue).look(_SHOWN)
        now = await self._parts.store.now()
        return await asyncio.to_thread(self._readable, found, now)

    def _readable(self, found: list[Delivery], now: datetime) -> list[Waiting]:
        """Together some tenths of a second's work, where the documents are long."""
        return [self._waiting(it, now) for it in found]

    def _waiting(self, delivery: Delivery, now: datetime) -> Waiting:
        lease = delivery.work.lease
        until = lease.until if lease is not None and pulling.is_lent(delivery, now) else None
        text = self._parts.messages.text(delivery, now)
        if len(text) <= _LONGEST_BODY:
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        return Waiting(delivery, text[:_LONGEST_BODY], until)

    async def _found(self, visit: Visit) -> ResultQueue:
        return await self._queues.find(visit.principal.tenant, visit.request.match_info["name"])
