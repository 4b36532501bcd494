"""Workspaces."""

from aiohttp import web

from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.policy_models import PolicyChange, policy_view
from services.ingest.resources.sender_models import senders_view
from services.ingest.resources.tenancy_models import (
    NewWorkspace,
    WorkspaceChange,
    WorkspaceList,
    WorkspaceView,
)
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.http.paging import Page
from shared.models.policies import Policies
from shared.models.tenancy import Scope, Workspace
from shared.store.collections import WORKSPACES
from shared.store.port import Query


class Workspaces:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """The workspaces that the key reaches."""
        page = await self._page(request, principal_of(request))
        return page.answer(WorkspaceList(workspaces=[_view(it) for it in page.rows]))

    async def create(self, request: web.Request) -> web.Response:
        """A new workspace; not for keys that are limited to some."""
        principal = principal_of(request)
        wish = await json_body(request, NewWorkspace)
        workspace = Workspace(
            organization=principal.organization,
            name=wish.name,
            review_threshold=wish.review_threshold,
            region=wish.region,
            policies=wish.policies.applied(Policies()),
            senders=wish.senders.stored(),
            visibility=wish.visibility,
            members=list(dict.fromkeys(wish.members)),
        )
        made = await self._parts.workspaces.create(principal, workspace)
        return json_answer(_view(made), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One workspace."""
        principal = principal_of(request)
        identity = _reachable(request, principal)
        workspace = await self._parts.store.of(principal.tenant, WORKSPACES).get(identity)
        if workspace is None:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(_view(workspace))

    async def change(self, request: web.Request) -> web.Response:
        """Rename a workspace, or set whatever else it has."""
        principal = principal_of(request)
        wish = await json_body(request, WorkspaceChange)
        changes = wish.model_dump(exclude_none=True, exclude={"policies", "senders"})
        if "region" in wish.model_fields_set:  # null takes it away
            changes["region"] = wish.region
        if wish.senders is not None:
            changes["senders"] = wish.senders.stored()
        if wish.members is not None:
            changes["members"] = list(dict.fromkeys(wish.members))
        policies = wish.policies or PolicyChange()

        def step(workspace: Workspace) -> Workspace:
            return workspace.copy_with(policies=policies.applied(workspace.policies), **changes)

        stored = await self._parts.workspaces.change(principal, path_id(request), step)
        return json_answer(_view(stored))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a workspace with all that is in it."""
        await self._parts.workspaces.remove(principal_of(request), path_id(request))
        return web.Response(status=204)

    async def _page(self, request: web.Request, principal: Principal) -> Page[Workspace]:
        workspaces = self._parts.store.of(principal.tenant, WORKSPACES)
        asked = self._parts.pager.asked(request, principal)
        allowed = principal.tenant.workspaces
        if allowed is None:
            return await self._parts.pager.page(asked, workspaces, Query())
        own = await workspaces.get_many(sorted(allowed))
        return self._parts.pager.slice(asked, sorted(own, key=_by_id), _by_id)


def workspace_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api, one = Workspaces(parts), Answer("the workspace", WorkspaceView)
    return [
        Operation(
            method="GET",
            path="/workspaces",
            handle=api.list,
            name="listWorkspaces",
            summary="List workspaces",
            tag="workspaces",
            scope=Scope.READ,
            answers={200: Answer("a page of workspaces", WorkspaceList)},
            paged=True,
        ),
        Operation(
            method="POST",
            path="/workspaces",
            handle=api.create,
            name="createWorkspace",
            summary="Make a workspace",
            tag="workspaces",
            scope=Scope.ADMIN,
            body=Body(NewWorkspace),
            answers={201: one},
            errors=(Code.CONFLICT, Code.UNKNOWN_TYPE, Code.INCOHERENT_DATA),
        ),
        Operation(
            method="GET",
            path="/workspaces/{id}",
            handle=api.get,
            name="getWorkspace",
            summary="One workspace",
            tag="workspaces",
            scope=Scope.READ,
            answers={200: one},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path="/workspaces/{id}",
            handle=api.change,
            name="changeWorkspace",
            summary="Rename a workspace, or set its members, threshold, region or policies",
            tag="workspaces",
            scope=Scope.ADMIN,
            body=Body(WorkspaceChange),
            answers={200: one},
            errors=(Code.NOT_FOUND, Code.CONFLICT, Code.UNKNOWN_TYPE, Code.INCOHERENT_DATA),
        ),
        Operation(
            method="DELETE",
            path="/workspaces/{id}",
            handle=api.delete,
            name="deleteWorkspace",
            summary="Remove a workspace with its documents and all else that is in it",
            tag="workspaces",
            scope=Scope.ADMIN,
            answers={204: Answer("removed")},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
    ]


def _reachable(request: web.Request, principal: Principal) -> str:
    identity = path_id(request)
    if not principal.sees_workspace(identity):
        raise Permanent(Code.NOT_FOUND)
    return identity


def _by_id(workspace: Workspace) -> str:
    return workspace.id


def _view(workspace: Workspace) -> WorkspaceView:
    return WorkspaceView(
        id=workspace.id,
        name=workspace.name,
        default=workspace.default,
        visibility=workspace.visibility,
        members=workspace.members,
        review_threshold=workspace.review_threshold,
        region=workspace.region,
        policies=policy_view(workspace.policies),
        senders=senders_view(workspace.senders),
        created=workspace.created,
        updated=workspace.updated,
        links={
            "self": f"{PREFIX}/workspaces/{workspace.id}",
            "collection": f"{PREFIX}/workspaces",
            "documents": f"{PREFIX}/documents?workspace={workspace.id}",
            "subscriptions": f"{PREFIX}/subscriptions?workspace={workspace.id}",
            "address": f"{PREFIX}/workspaces/{workspace.id}/address",
        },
    )
