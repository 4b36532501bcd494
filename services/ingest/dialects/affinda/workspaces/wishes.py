"""What becomes of a workspace by a wish."""

from typing import Any

from services.ingest.dialects.affinda.splitters import split_policy
from services.ingest.dialects.affinda.types.identifiers import name_of
from services.ingest.dialects.affinda.workspaces.models import WorkspaceUpdate
from shared.models.policies import DuplicatePolicy, Policies
from shared.models.senders import SenderPolicy, Senders
from shared.models.tenancy import Workspace


def wished(workspace: Workspace, wish: WorkspaceUpdate) -> Workspace:
    """The workspace as it is wished for; raises ``Permanent(NOT_FOUND)`` for no such splitter."""
    given = wish.model_fields_set
    changes: dict[str, Any] = {"policies": _policies(workspace.policies, wish)}
    if wish.name is not None:
        changes["name"] = wish.name
    if wish.visibility is not None:
        changes["visibility"] = wish.visibility
    if "whitelist_ingest_addresses" in given:
        changes["senders"] = _senders(workspace.senders, wish.whitelist_ingest_addresses)
    return workspace.copy_with(**changes)


def _policies(before: Policies, wish: WorkspaceUpdate) -> Policies:
    given = wish.model_fields_set
    changes: dict[str, Any] = {}
    if wish.reject_invalid_documents is not None:
        changes["reject_invalid"] = wish.reject_invalid_documents
    if "reject_duplicates" in given:
        changes["duplicates"] = _duplicates(before.duplicates, wish.reject_duplicates)
    if wish.document_types is not None:
        changes["types"] = list(dict.fromkeys(name_of(it) for it in wish.document_types))
    if "document_splitter" in given:
        changes["split"] = split_policy(wish.document_splitter, "documentSplitter")
    return before.copy_with(**changes)


def _duplicates(before: DuplicatePolicy, rejects: bool | None) -> DuplicatePolicy:  # noqa: FBT001 - JSON
    """Not to reject them leaves what else may be done with them."""
    if rejects:
        return DuplicatePolicy.REJECT
    return DuplicatePolicy.OFF if before is DuplicatePolicy.REJECT else before


def _senders(before: Senders, patterns: list[str] | None) -> Senders:
    """A list of senders is kept to; without one, everybody may send."""
    if patterns:
        return Senders(policy=SenderPolicy.ENFORCE, allowed=list(dict.fromkeys(patterns)))
    return before.copy_with(policy=SenderPolicy.OFF, allowed=[])
