"""Workspaces: finding the one that a request is for, and their life."""

from collections.abc import Callable

from services.ingest.changes import change
from services.ingest.document_types import DocumentTypes
from services.ingest.tenants import default_workspace_id
from services.ingest.workspace_removal import Removal
from shared.errors import Code, Permanent
from shared.http.auth import Authenticator
from shared.http.context import Principal
from shared.models.tenancy import Visibility, Workspace
from shared.store.collections import USERS, WORKSPACES
from shared.store.port import AlreadyExistsError, Position, Query, Store

MAX_MEMBERS = 1_000
_PAGE = 500


async def find_workspace(store: Store, principal: Principal, named: str = "") -> Workspace:
    """The workspace of that id or name; for an empty one the default, or the key's only one.

    Raises ``Permanent(UNKNOWN_WORKSPACE)``, also for those the key does not reach.
    """
    workspaces = store.of(principal.tenant, WORKSPACES)
    allowed = principal.tenant.workspaces
    if named:
        found = await workspaces.get(named) or await workspaces.find("name", named)
    elif allowed is not None and len(allowed) == 1:
        found = await workspaces.get(next(iter(allowed)))
    else:
        found = await workspaces.get(default_workspace_id(principal.organization))
    if found is None or not principal.sees_workspace(found.id):
        raise Permanent(Code.UNKNOWN_WORKSPACE)
    return found


class Workspaces:
    """Makes, changes and removes workspaces, for all dialects."""

    def __init__(
        self, store: Store, types: DocumentTypes, authenticator: Authenticator, removal: Removal
    ) -> None:
        self._store = store
        self._types = types
        self._authenticator = authenticator
        self._removal = removal

    async def seen(self, principal: Principal) -> list[Workspace]:
        """All workspaces that the key reaches, the oldest first."""
        workspaces = self._store.of(principal.tenant, WORKSPACES)
        if principal.tenant.workspaces is not None:
            found = await workspaces.get_many(sorted(principal.tenant.workspaces))
            return sorted(found, key=lambda it: (it.created, it.id))
        query, rows, after = Query(oldest_first=True), list[Workspace](), None
        while page := await workspaces.page(query, after, _PAGE):
            rows += page
            after = Position(page[-1].created, page[-1].id)
        return rows

    async def create(self, principal: Principal, workspace: Workspace) -> Workspace:
        """Store a new one; who makes a private one is a member of it.

        Raises ``Permanent``: NOT_ENOUGH_PERMISSIONS for keys that are limited to some workspaces,
        UNKNOWN_TYPE, INCOHERENT_DATA for members who do not exist, and CONFLICT for a name that
        is taken.
        """
        if principal.tenant.workspaces is not None:
            raise Permanent(Code.NOT_ENOUGH_PERMISSIONS)
        made = _with_maker(workspace, principal)
        await self._check(principal, made)
        try:
            await self._store.of(principal.tenant, WORKSPACES).insert(made)
        except AlreadyExistsError:
            raise _taken() from None
        self._authenticator.forget_all()
        return made

    async def change(
        self, principal: Principal, identity: str, step: Callable[[Workspace], Workspace]
    ) -> Workspace:
        """Store what ``step`` makes of a workspace.

        Raises ``Permanent``: NOT_FOUND, and as ``create``.
        """
        workspaces = self._store.of(principal.tenant, WORKSPACES)
        before = await workspaces.get(identity)
        if before is None:
            raise Permanent(Code.NOT_FOUND)

        def changed(workspace: Workspace) -> Workspace:
            after = step(workspace)
            closed = workspace.visibility is not after.visibility
            return _with_maker(after, principal) if closed else after

        await self._check(principal, changed(before), before)
        try:
            stored = await change(workspaces, identity, changed)
        except AlreadyExistsError:
            raise _taken() from None
        if (stored.visibility, stored.members) != (before.visibility, before.members):
            self._authenticator.forget_all()
        return stored

    async def remove(self, principal: Principal, identity: str) -> None:
        """Remove a workspace with all that is in it.

        Raises ``Permanent``: NOT_FOUND, and CONFLICT for the default one, which uploads without a
        workspace go to.
        """
        workspace = await self._store.of(principal.tenant, WORKSPACES).get(identity)
        if workspace is None:
            raise Permanent(Code.NOT_FOUND)
        if workspace.default:
            raise Permanent(Code.CONFLICT, "The default workspace cannot be removed.")
        await self._removal.workspace(workspace)
        self._authenticator.forget_all()

    async def _check(
        self, principal: Principal, wanted: Workspace, before: Workspace | None = None
    ) -> None:
        """What it had before may be gone, and stay."""
        had = before.policies.types if before else []
        for name in wanted.policies.types:
            if name not in had:
                await self._types.known(principal, name, wanted.id)
        new = set(wanted.members) - set(before.members if before else ())
        found = await self._store.of(principal.tenant, USERS).get_many(sorted(new))
        if len(found) != len(new) or len(wanted.members) > MAX_MEMBERS:
            detail = f"Members are people of the organization, {MAX_MEMBERS} at most."
            raise Permanent(Code.INCOHERENT_DATA, detail)


def _with_maker(workspace: Workspace, principal: Principal) -> Workspace:
    """A private one with whoever makes it so as a member, else that person would lose it."""
    is_private = workspace.visibility is Visibility.PRIVATE
    if principal.user is None or not is_private or principal.user in workspace.members:
        return workspace
    return workspace.copy_with(members=[*workspace.members, principal.user])


def _taken() -> Permanent:
    return Permanent(Code.CONFLICT, "A workspace of that name exists.")
