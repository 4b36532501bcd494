"""Where a document belongs: its workspace, and its type where that is said."""

from dataclasses import dataclass

from services.ingest.dialects.affinda.context import AffindaParts, named_workspace
from services.ingest.dialects.affinda.types.identifiers import name_of
from services.ingest.workspaces import find_workspace
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.tenancy import Workspace


@dataclass(frozen=True, slots=True)
class Destination:
    """``type`` is the name of a document type, ``None`` where it is to be found out."""

    workspace: Workspace
    type: str | None


async def destination_of(
    parts: AffindaParts, principal: Principal, workspace: str, kind: str
) -> Destination:
    """The workspace and the type of these identifiers, each of which may be empty.

    Without a workspace that of the type, else the default one, or the key's only one. Raises
    ``Permanent(NOT_FOUND)``.
    """
    own = await parts.types.own(principal, name_of(kind)) if kind else None
    if workspace:
        found = await named_workspace(parts, principal, workspace, "workspace")
    elif own is not None and own.workspace is not None:
        found = await named_workspace(parts, principal, own.workspace, "documentType")
    else:
        found = await find_workspace(parts.store, principal)
    return Destination(found, await type_of(parts, principal, kind, found.id))


async def type_of(
    parts: AffindaParts, principal: Principal, kind: str, workspace: str
) -> str | None:
    """The name of a type that documents of a workspace can be of.

    Raises ``Permanent(NOT_FOUND)``.
    """
    if not kind:
        return None
    name = name_of(kind)
    if await parts.types.find(principal, name, workspace) is None:
        raise Permanent(Code.NOT_FOUND, "Document type not found.", field="documentType")
    return name
