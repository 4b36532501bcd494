"""The handlers of workspaces."""

from aiohttp import web

from services.ingest.dialects.affinda.context import (
    IDENTIFIER,
    AffindaParts,
    check_organization,
    workspace_of,
)
from services.ingest.dialects.affinda.wire import answer, read_body
from services.ingest.dialects.affinda.workspaces.models import WorkspaceCreate, WorkspaceUpdate
from services.ingest.dialects.affinda.workspaces.views import workspace_views
from services.ingest.dialects.affinda.workspaces.wishes import wished
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.paths import path_id
from shared.models.tenancy import Workspace


class WorkspaceHandlers:
    """The handlers and what they work with."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """The workspaces that the key reaches; all of them without an ``organization``."""
        principal = principal_of(request)
        if organization := request.query.get("organization", ""):
            check_organization(principal, organization)
        found = await self._parts.workspace_records.seen(principal)
        name = request.query.get("name")
        named = [it for it in found if name is None or it.name == name]
        return answer(await workspace_views(self._parts, request, principal, named))

    async def get(self, request: web.Request) -> web.Response:
        """One workspace."""
        return await self._one(request, await workspace_of(self._parts, request))

    async def create(self, request: web.Request) -> web.Response:
        """A new workspace."""
        principal, wish = principal_of(request), await read_body(request, WorkspaceCreate)
        check_organization(principal, wish.organization)
        bare = Workspace(organization=principal.organization, name=wish.name)
        try:
            made = await self._parts.workspace_records.create(principal, wished(bare, wish))
        except Permanent as error:
            raise _with_field(error) from None
        return await self._one(request, made, 201)

    async def change(self, request: web.Request) -> web.Response:
        """Change a workspace."""
        wish = await read_body(request, WorkspaceUpdate)
        identity = path_id(request, IDENTIFIER)
        try:
            stored = await self._parts.workspace_records.change(
                principal_of(request), identity, lambda it: wished(it, wish)
            )
        except Permanent as error:
            raise _with_field(error) from None
        return await self._one(request, stored)

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a workspace with all that is in it."""
        identity = path_id(request, IDENTIFIER)
        await self._parts.workspace_records.remove(principal_of(request), identity)
        return web.Response(status=204)

    async def _one(
        self, request: web.Request, workspace: Workspace, status: int = 200
    ) -> web.Response:
        (view,) = await workspace_views(self._parts, request, principal_of(request), [workspace])
        return answer(view, status)


_FIELDS = {Code.UNKNOWN_TYPE: "documentTypes", Code.CONFLICT: "name"}


def _with_field(error: Permanent) -> Permanent:
    field = error.field or _FIELDS.get(error.code)
    return Permanent(error.code, error.detail, field=field)
