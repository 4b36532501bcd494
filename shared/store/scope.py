"""What part of a collection a repository may touch."""

from dataclasses import dataclass
from typing import Any

from shared.models.base import Record
from shared.store.collections import WORKSPACES, Collection
from shared.store.port import Tenant


@dataclass(frozen=True, slots=True)
class Scope:
    """The records of ``organization`` (``None``: of all) in ``workspaces`` (``None``: any).

    ``field`` is the one that holds a record's workspace: its id, for workspaces themselves.
    """

    organization: str | None = None
    workspaces: frozenset[str] | None = None
    field: str = "workspace"

    @classmethod
    def of(cls, tenant: Tenant, collection: Collection[Any]) -> "Scope":
        """What ``tenant`` may see of ``collection``."""
        if collection.name == WORKSPACES.name:
            return cls(tenant.organization, tenant.workspaces, "id")
        if collection.by_workspace:
            return cls(tenant.organization, tenant.workspaces)
        return cls(tenant.organization)

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
        return self.workspaces is None or getattr(record, self.field) in self.workspaces
