"""Résumés, invoices and job descriptions: made, listed, looked at, changed and removed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from aiohttp import web

from services.ingest.dialects.affinda.context import CHANNEL, AffindaParts, document_of
from services.ingest.dialects.affinda.documents.listing import Asked, Listing
from services.ingest.dialects.affinda.documents.uploads import Uploads
from services.ingest.dialects.affinda.documents.views import Views
from services.ingest.dialects.affinda.documents.wishes import Wish, read_wish
from services.ingest.dialects.affinda.v2.models import MetaV2View, ResourceData, ResourceView
from services.ingest.dialects.affinda.wire import (
    Found,
    answer,
    asked_part,
    paged,
    read_body,
    retry_key,
)
from services.ingest.doors.upload import Form
from services.ingest.order import Order
from services.ingest.removal import remove_document
from services.ingest.workspaces import find_workspace
from shared.errors import Code, DocstageError, Permanent, Transient
from shared.http.context import Principal, principal_of
from shared.models.document import Document
from shared.store.port import Query

Data = dict[str, Any]
MAX_DATA_BYTES = 1024 * 1024
"""Of data given in a form: as much as a body of JSON may have."""


class Shape(Protocol):
    """How the data of one kind is told."""

    async def __call__(self, principal: Principal, document: Document) -> Data:
        """The data that was found on a document."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One of the kinds. ``kind`` is what clients know it as, ``type`` our document type.

    ``cleared`` are keys that clients send as empty texts without meaning it.
    """

    kind: str
    type: str
    shape: Shape
    cleared: frozenset[str] = frozenset()


class Resources:
    """The handlers of one kind."""

    def __init__(self, parts: AffindaParts, views: Views, resource: Resource) -> None:
        self._parts = parts
        self._views = views
        self._given = parts.given
        self._resource = resource
        self._uploads = Uploads(parts, views)
        self._listing = Listing(parts, views)

    async def create(self, request: web.Request) -> web.Response:
        """A file, a URL, or data that is kept as it is; 200 when it is done, else 201."""
        principal, form = principal_of(request), Form(max_field_bytes=MAX_DATA_BYTES)
        try:
            await self._uploads.read(request, form)
            wish = replace(read_wish(form), workspace="", kind=self._resource.type)
            document = await self._accept(request, principal, form, wish)
        except DocstageError as error:
            self._parts.metrics.rejected(CHANNEL, error.code.value)
            raise
        finally:
            form.discard()
        is_done = document.is_final
        if wish.wait and not is_done:
            try:
                document, is_done = await self._uploads.waited(principal, document)
            except Transient:
                is_done = False
        view = await self._view(request, document)
        return answer(view, 200 if wish.wait and is_done else 201)

    async def list(self, request: web.Request) -> web.Response:
        """The newest first, without their data."""
        principal, part = principal_of(request), asked_part(request)
        filters = {"kind": self._resource.type}
        if custom := request.query.get("custom_identifier", ""):
            filters["reference"] = custom
        listed = await self._listing.part(principal, Asked(Query(filters)), part, count=True)
        base = self._parts.base_url(request)
        views = await self._views.of(principal, base, listed.documents)
        metas = [MetaV2View.of(it.meta, self._resource.kind) for it in views]
        found = Found([*metas], listed.count, listed.more)
        return answer(paged(request, base, part, found))

    async def get(self, request: web.Request) -> web.Response:
        """One of them."""
        if request.query.get("format", "").strip().lower() not in {"", "json"}:
            raise Permanent(Code.BAD_REQUEST, "Only json is made here.", field="format")
        return answer(await self._view(request, await self._named(request)))

    async def change(self, request: web.Request) -> web.Response:
        """Take the keys that are given as they are; the answer is the data alone."""
        document = await self._named(request)
        body = await read_body(request, ResourceData)
        change = self._meant(body.model_extra or {})
        stored = await self._given.change(document, lambda before: {**(before or {}), **change})
        return answer(await self._data(principal_of(request), stored))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove one, with everything made of it."""
        document = await self._named(request)
        await remove_document(self._parts.store, self._parts.blobs, document)
        return web.Response(status=204)

    async def _accept(
        self, request: web.Request, principal: Principal, form: Form, wish: Wish
    ) -> Document:
        if wish.data is None:
            return await self._uploads.accept(request, principal, form, wish)
        if form.files or wish.url:
            raise Permanent(Code.BAD_REQUEST, "Give data, a file or a url.", field="data")
        workspace = await find_workspace(self._parts.store, principal)
        order = Order(
            workspace=workspace.id,
            name=wish.file_name,
            requested_type=self._resource.type,
            reference=wish.custom_identifier,
            expires=wish.expiry,
            leaves_nothing=wish.expiry is not None,
            keeps_refused=True,
            known=wish.known,
            policies=workspace.policies,
        )
        key = retry_key(request)
        own_key = None if key is None else f"{CHANNEL}:{principal.key}:{key}"
        return await self._given.accept(principal, wish.data, order, own_key, CHANNEL)

    async def _named(self, request: web.Request) -> Document:
        document = await document_of(self._parts, request)
        kind = document.type.name if document.type else document.requested_type
        if kind != self._resource.type:
            raise Permanent(Code.NOT_FOUND, "There is none with this identifier.")
        return document

    async def _view(self, request: web.Request, document: Document) -> ResourceView:
        principal, base = principal_of(request), self._parts.base_url(request)
        (view,) = await self._views.of(principal, base, [document])
        data = await self._data(principal, document) if document.is_final else {}
        meta = MetaV2View.of(view.meta, self._resource.kind)
        return ResourceView(data=data, meta=meta, error=view.error)

    async def _data(self, principal: Principal, document: Document) -> Data:
        """What was found, and over it what was given."""
        found = await self._resource.shape(principal, document)
        return {**found, **(await self._given.of(document) or {})}

    def _meant(self, change: Mapping[str, Any]) -> Data:
        cleared = self._resource.cleared
        return {name: it for name, it in change.items() if not (it == "" and name in cleared)}
