"""The handlers of tags."""

from collections.abc import Sequence

from aiohttp import web

from services.ingest.dialects.affinda.context import (
    AffindaParts,
    named_document,
    named_workspace,
)
from services.ingest.dialects.affinda.numbers import Kind
from services.ingest.dialects.affinda.tags.models import TagBatch, TagCreate, TagUpdate
from services.ingest.dialects.affinda.tags.views import tag_views
from services.ingest.dialects.affinda.wire import answer, asked_part, path_number, read_body
from services.ingest.tags import Tags
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.models.tag import Tag
from shared.store.collections import TAGS


class TagHandlers:
    """Tags of workspaces, and putting them on documents."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts
        self._tags = Tags(parts.store)

    async def list(self, request: web.Request) -> web.Response:
        """All tags, those of a workspace, or those whose name holds a text."""
        principal, part = principal_of(request), asked_part(request)
        workspace = request.query.get("workspace", "").strip()
        if workspace:
            workspace = (await named_workspace(self._parts, principal, workspace, "workspace")).id
        text = request.query.get("name", "").strip().casefold()
        tags = await self._tags.all(principal, workspace or None)
        shown = [it for it in tags if text in it.name.casefold()]
        some = shown[part.offset : part.offset + part.limit]
        return answer(list(await tag_views(self._parts, principal, some)))

    async def create(self, request: web.Request) -> web.Response:
        """A new tag."""
        principal, wish = principal_of(request), await read_body(request, TagCreate)
        workspace = await named_workspace(self._parts, principal, wish.workspace, "workspace")
        tag = await self._tags.make(principal, workspace.id, wish.name.strip())
        return await self._shown(principal, tag, 201)

    async def get(self, request: web.Request) -> web.Response:
        """One tag."""
        principal = principal_of(request)
        return await self._shown(principal, await self._asked(request))

    async def change(self, request: web.Request) -> web.Response:
        """Another name; raises ``Permanent(BAD_REQUEST)`` for another workspace."""
        principal, tag = principal_of(request), await self._asked(request)
        wish = await read_body(request, TagUpdate)
        if wish.workspace is not None:
            other = await named_workspace(self._parts, principal, wish.workspace, "workspace")
            if other.id != tag.workspace:
                detail = "A tag cannot move to another workspace."
                raise Permanent(Code.BAD_REQUEST, detail, field="workspace")
        if wish.name is not None:
            tag = await self._tags.rename(principal, tag.id, wish.name.strip())
        return await self._shown(principal, tag)

    async def delete(self, request: web.Request) -> web.Response:
        """Take it away; documents that had it are as they were without."""
        tag = await self._asked(request)
        await self._tags.remove(principal_of(request), tag.id)
        return web.Response(status=204)

    async def add_to_documents(self, request: web.Request) -> web.Response:
        """Put a tag on documents: on all of them, or on none if one is unknown."""
        principal = principal_of(request)
        tag, documents = await self._batch(request, principal)
        await self._tags.put_on(principal, tag, documents)
        return web.Response(status=204)

    async def remove_from_documents(self, request: web.Request) -> web.Response:
        """Take a tag off documents."""
        principal = principal_of(request)
        tag, documents = await self._batch(request, principal)
        await self._tags.take_off(principal, tag, documents)
        return web.Response(status=204)

    async def _batch(self, request: web.Request, principal: Principal) -> tuple[Tag, Sequence[str]]:
        wish = await read_body(request, TagBatch)
        tag = await self._numbered(principal, wish.tag, "tag")
        named = [
            await named_document(self._parts, principal, it, "identifiers")
            for it in wish.identifiers
        ]
        return tag, [it.id for it in named]

    async def _asked(self, request: web.Request) -> Tag:
        return await self._numbered(principal_of(request), path_number(request))

    async def _numbered(self, principal: Principal, number: int, field: str | None = None) -> Tag:
        target = await self._parts.numbers.target(principal.organization, Kind.TAG, number)
        tag = await self._parts.store.of(principal.tenant, TAGS).get(target) if target else None
        if tag is None:
            raise Permanent(Code.NOT_FOUND, "Tag not found.", field=field)
        return tag

    async def _shown(self, principal: Principal, tag: Tag, status: int = 200) -> web.Response:
        (view,) = await tag_views(self._parts, principal, [tag])
        return answer(view, status)
