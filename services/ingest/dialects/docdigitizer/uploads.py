"""``POST /documents/annotate``: one file becomes a document, and its task is told of."""

import asyncio

from aiohttp import web

from services.ingest.dialects.docdigitizer.callbacks import TAG_HEADER, read_callback, read_tags
from services.ingest.dialects.docdigitizer.classes import Asked, asked_class
from services.ingest.dialects.docdigitizer.context import CHANNEL, DocDigitizerParts
from services.ingest.dialects.docdigitizer.models import Accepted
from services.ingest.dialects.docdigitizer.parts import FirstFile
from services.ingest.dialects.docdigitizer.views import task_view
from services.ingest.doors.upload import Form, read_form
from services.ingest.intake import Order
from services.ingest.workspaces import find_workspace
from shared.errors import Code, DocstageError, Permanent
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer
from shared.models.document import Document

CONFIRM_SECONDS = 5.0
"""How long a 202 waits for the broker. The document is safe in the store already, so a broker
that is down only delays it: the relay wakes the stages when it is back."""


class Uploads:
    """The handlers and what they work with."""

    def __init__(self, parts: DocDigitizerParts) -> None:
        self._parts = parts

    async def annotate(self, request: web.Request) -> web.Response:
        """Take the first file in; its class is found out."""
        return await self._answer(request, None)

    async def annotate_as(self, request: web.Request) -> web.Response:
        """Take the first file in, as of the class in the path."""
        name = request.match_info["class"]
        asked = await asked_class(self._parts.types, principal_of(request), name)
        return await self._answer(request, asked)

    async def _answer(self, request: web.Request, asked: Asked | None) -> web.Response:
        try:
            document = await self._accept(request, asked)
        except DocstageError as error:
            self._parts.metrics.rejected(CHANNEL, error.code.value)
            raise
        task = task_view(self._parts, document)
        headers = {"Location": task.links["self"]}
        return json_answer(Accepted(task=task), 202, headers)

    async def _accept(self, request: web.Request, asked: Asked | None) -> Document:
        principal = principal_of(request)
        tags = read_tags(request.headers.get(TAG_HEADER, ""))
        form, first = Form(), FirstFile()
        try:
            await self._read(request, form, first)
            file = first.taken_from(form)
            order = await self._order(principal, form, asked, tags)
            return await self._parts.intake.accept(principal, file, order, channel=CHANNEL)
        finally:
            form.discard()

    async def _read(self, request: web.Request, form: Form, first: FirstFile) -> None:
        try:
            async with asyncio.timeout(self._parts.upload_seconds):
                await read_form(request, self._parts.spool, 1, form, first.check)
        except TimeoutError:
            raise Permanent(Code.BAD_REQUEST, "The upload took too long.") from None

    async def _order(
        self, principal: Principal, form: Form, asked: Asked | None, tags: list[str]
    ) -> Order:
        workspace = await find_workspace(self._parts.store, principal)
        return Order(
            workspace=workspace.id,
            requested_type=asked.type if asked else None,
            requested_class=asked.name if asked else None,
            tags=tags,
            callback=read_callback(form.fields),
            confirm_seconds=CONFIRM_SECONDS,
        )
