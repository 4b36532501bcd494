"""Data that clients give: a document made of nothing else, or in place of what was found."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from services.ingest.dialects.affinda.context import CHANNEL, AffindaParts, document_of
from services.ingest.dialects.affinda.documents.data import type_name
from services.ingest.dialects.affinda.documents.destination import destination_of
from services.ingest.dialects.affinda.documents.models import DataWish
from services.ingest.dialects.affinda.documents.views import Views, Wanted
from services.ingest.dialects.affinda.types.identifiers import identifier_of
from services.ingest.dialects.affinda.wire import answer, read_body, retry_key, truth_asked
from services.ingest.intake import Order
from services.ingest.names import display_name
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import media_type, parse_object
from shared.models.document import Document

RESUME, JOB = "resume", "job_description"
_OF_JOBS = frozenset({"jobTitle", "contactEmail", "startDate", "endDate", "jobType"})
"""Keys that a résumé's data do not have."""


class Given:
    """The handlers and what they work with."""

    def __init__(self, parts: AffindaParts, views: Views) -> None:
        self._parts = parts
        self._views = views

    async def create(self, request: web.Request) -> web.Response:
        """A document of a résumé's or a job description's data, without a file."""
        principal, wish = principal_of(request), await read_body(request, DataWish)
        kind = wish.document_type or wish.collection or identifier_of(kind_of(wish.data))
        destination = await destination_of(self._parts, principal, wish.workspace or "", kind)
        order = Order(
            workspace=destination.workspace.id,
            policies=destination.workspace.policies,
            name=display_name(wish.file_name) if wish.file_name else "",
            requested_type=destination.type,
            reference=wish.custom_identifier,
            keeps_refused=True,
        )
        key = retry_key(request)
        own_key = None if key is None else f"{CHANNEL}:{principal.key}:{key}"
        document = await self._parts.given.accept(principal, wish.data, order, own_key, CHANNEL)
        return await self._answer(request, document, 201)

    async def update(self, request: web.Request) -> web.Response:
        """Put data in place of what was found; keys that are not given stay."""
        data, document = await _body(request), await document_of(self._parts, request)
        if type_name(document) not in {RESUME, JOB}:
            detail = "Only data of résumés and job descriptions; of others, change annotations."
            raise Permanent(Code.BAD_REQUEST, detail)
        changed = await self._parts.given.change(document, lambda it: {**(it or {}), **data})
        return await self._answer(request, changed, 200)

    async def _answer(self, request: web.Request, document: Document, status: int) -> web.Response:
        base = self._parts.base_url(request)
        views = await self._views.of(principal_of(request), base, [document], Wanted())
        snake_case = truth_asked(request, "snake_case") or False
        return answer(views[0], status, snake_case=snake_case)


async def _body(request: web.Request) -> dict[str, Any]:
    if media_type(request) != "application/json":
        raise Permanent(Code.BAD_REQUEST, "The body must be application/json.")
    try:
        text = (await request.read()).decode()
    except UnicodeDecodeError:
        text = ""
    return parse_object(text, "The body")


def kind_of(data: Mapping[str, Any]) -> str:
    """Whether data are those of a résumé or of a job description, by their keys."""
    return JOB if data.keys() & _OF_JOBS else RESUME
