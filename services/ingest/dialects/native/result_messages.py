"""The messages of result queues over HTTP: fetch and acknowledge; and the links in them."""

import asyncio
from datetime import timedelta

from aiohttp import web

from services.ingest.dialects.native.result_queues import queue_of
from services.ingest.parts import IngestParts, path_id
from services.ingest.pulling import PullQueue
from services.ingest.resources.document_views import document_views
from services.ingest.resources.result_queue_models import (
    MAX_MESSAGES,
    Acknowledged,
    Acknowledgement,
)
from services.ingest.upload_orders import read_wait
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.models.delivery import Delivery, QueueMode
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant

MAX_WAIT_SECONDS = 20.0
MAX_VISIBILITY = 12 * 60 * 60
_VISIBILITY = 60
_MAX = 10
_LOOK_SECONDS = 0.25


class ResultMessagesApi:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts

    async def fetch(self, request: web.Request) -> web.Response:
        """Lend messages to the reader; waits for the first, if asked to."""
        queue = await self._queue(request)
        limit = _number(request, "max", _MAX, MAX_MESSAGES)
        visibility = timedelta(seconds=_number(request, "visibility", _VISIBILITY, MAX_VISIBILITY))
        seconds = read_wait(request.query.get("wait", ""), MAX_WAIT_SECONDS)
        reader = f"key/{principal_of(request).key}"
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            lent = await queue.lend(limit, visibility, reader)
            left = deadline - loop.time()
            if lent or left <= 0 or self._parts.watch.released:
                return await self._answer(lent)
            await asyncio.sleep(min(left, _LOOK_SECONDS))

    async def acknowledge(self, request: web.Request) -> web.Response:
        """Note what was received; once more, or late, does no harm."""
        queue = await self._queue(request)
        wish = await json_body(request, Acknowledgement)
        ids = list(dict.fromkeys(wish.ack))
        known = await queue.acknowledge(ids)
        return json_answer(
            Acknowledged(
                acked=[it for it in ids if it in known],
                unknown=[it for it in ids if it not in known],
            )
        )

    async def linked_document(self, request: web.Request) -> web.Response:
        """The document that a signed link leads to."""
        now = await self._parts.store.now()
        if not self._parts.links.is_good(request.path, request.query, now):
            raise Permanent(Code.NOT_FOUND, "The link is wrong, or has expired.")
        document = await self._parts.store.across(DOCUMENTS).get(path_id(request))
        if document is None:
            raise Permanent(Code.NOT_FOUND)
        tenant = Tenant(document.organization)
        (view,) = await document_views(self._parts.store, tenant, [document])
        return json_answer(view)

    async def _queue(self, request: web.Request) -> PullQueue:
        queue = await queue_of(self._parts, request)
        if queue.mode is not QueueMode.PULL:
            raise Permanent(Code.CONFLICT, "The queue is read on RabbitMQ.")
        return PullQueue(self._parts.store, queue)

    async def _answer(self, lent: list[Delivery]) -> web.Response:
        now = await self._parts.store.now()
        messages = ",".join(self._parts.messages.text(it, now) for it in lent)
        return web.Response(
            body=f'{{"messages":[{messages}]}}'.encode(),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )


def _number(request: web.Request, name: str, default: int, most: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:  # noqa: PLR2004
        raise Permanent(Code.BAD_REQUEST, f"{name} must be a whole number from 1 on.")
    return min(int(text), most)
