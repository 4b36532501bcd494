"""What part of a collection a repository may touch."""

from dataclasses import dataclass
from typing import Any

from shared.models.base import Record
from shared.store.collections import WORKSPACES, Collection
from shared.store.port import Tenant


@dataclass(frozen=True, slots=True)
class Scope:
    """The records of ``organization`` (``None``: of all) in ``workspaces`` (``None``: any).

    With ``hidden`` ones (of which there are none beside ``workspaces``), what is in these or in no
    workspace is left out. ``field`` is the one that holds a record's workspace: its id, for
    workspaces themselves.
    """

    organization: str | None = None
    workspaces: frozenset[str] | None = None
    field: str = "workspace"
    hidden: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tenant: Tenant, collection: Collection[Any]) -> "Scope":
        """What ``tenant`` may see of ``collection``."""
        is_workspaces = collection.name == WORKSPACES.name
        if not is_workspaces and not collection.by_workspace:
            return cls(tenant.organization)
        field = "id" if is_workspaces else "workspace"
        if tenant.workspaces is not None:
            return cls(tenant.organization, tenant.workspaces - tenant.hidden, field)
        return cls(tenant.organization, None, field, tenant.hidden)

    @property
    def is_whole(self) -> bool:
        """Whether the organization alone says which records."""
        return self.workspaces is None and not self.hidden

    @property
    def only_workspace(self) -> str | None:
        """The workspace, when there is exactly one."""
        if self.workspaces is None or len(self.workspaces) != 1:
            return None
        return next(iter(self.workspaces))

    def covers(self, record: Record) -> bool:
        """Whether ``record`` belongs here."""
        if self.organization is not None and record.organization != self.organization:
            return False
        workspace = getattr(record, self.field, None)
        if self.hidden and (workspace is None or workspace in self.hidden):
            return False
        return self.workspaces is None or workspace in self.workspaces
