"""A workspace's ingest address: whether it answers by receipts, and getting another one."""

from collections.abc import Callable
from datetime import timedelta

from services.ingest.changes import change
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.tenancy import Workspace
from shared.models.time import utc_now
from shared.store.collections import WORKSPACES
from shared.store.port import Store


class AddressRules:
    """What an administrator does to a workspace's address."""

    def __init__(self, store: Store, *, can_send: bool) -> None:
        self._store = store
        self._can_send = can_send

    async def receipts(self, principal: Principal, workspace: str, *, wanted: bool) -> Workspace:
        """Whether senders are told that their mail came in.

        Raises ``Permanent``: NOT_FOUND, CONFLICT without a mail server.
        """
        if wanted and not self._can_send:
            raise Permanent(Code.CONFLICT, "This server has no mail server to send receipts by.")

        def step(current: Workspace) -> Workspace:
            state = current.address.copy_with(receipts=wanted)
            return current.copy_with(address=state)

        return await self._change(principal, workspace, step)

    async def rotate(self, principal: Principal, workspace: str, overlap: timedelta) -> Workspace:
        """A new address; the old one works for so long. Raises ``Permanent(NOT_FOUND)``."""
        now = utc_now()

        def step(current: Workspace) -> Workspace:
            return current.copy_with(address=current.address.rotated(now, now + overlap))

        return await self._change(principal, workspace, step)

    async def _change(
        self, principal: Principal, workspace: str, step: Callable[[Workspace], Workspace]
    ) -> Workspace:
        if not principal.sees_workspace(workspace):
            raise Permanent(Code.NOT_FOUND)
        return await change(self._store.of(principal.tenant, WORKSPACES), workspace, step)
