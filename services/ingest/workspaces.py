"""Finding the workspace that a request is for."""

from services.ingest.tenants import default_workspace_id
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.tenancy import Workspace
from shared.store.collections import WORKSPACES
from shared.store.port import Store


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
