"""A workspace's webhooks: added, changed, given another secret, removed."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from services.ingest.changes import change
from services.ingest.workspaces import find_workspace
from shared.config import Settings
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.http.targets import TargetPolicy
from shared.models.delivery import MAX_SUBSCRIPTIONS, FormerSecret, Subscription, Told
from shared.models.endpoint import endpoint_id
from shared.store.collections import ENDPOINTS, SUBSCRIPTIONS
from shared.store.port import Query, Repository, Store, Tenant

MAX_FORMER = 3
"""Secrets that sign beside the present one, at most."""


@dataclass(frozen=True, slots=True)
class WebhookWish:
    """A webhook to be; ``workspace`` is an id or a name, empty for the default one."""

    url: str
    workspace: str = ""
    events: tuple[Told, ...] = ()
    types: tuple[str, ...] = ()
    enabled: bool = True
    ordered: bool = False


class Subscriptions:
    """What an administrator does to webhooks; see ``Webhooks`` for what is done with them."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._policy = TargetPolicy(settings.allow_private_targets, settings.deny_targets)

    def of(self, tenant: Tenant) -> Repository[Subscription]:
        """The webhooks that a tenant sees."""
        return self._store.of(tenant, SUBSCRIPTIONS)

    async def add(self, principal: Principal, wish: WebhookWish) -> Subscription:
        """One more webhook of a workspace; two to one address would be a mistake.

        Raises ``Permanent``: TARGET_BLOCKED, UNKNOWN_WORKSPACE, CONFLICT.
        """
        self._policy.check_url(wish.url)
        workspace = await find_workspace(self._store, principal, wish.workspace)
        subscription = Subscription(
            organization=principal.organization,
            workspace=workspace.id,
            url=wish.url,
            secret=_new_secret(),
            events=list(wish.events),
            types=list(wish.types),
            enabled=wish.enabled,
            ordered=wish.ordered,
        )
        records = self.of(principal.tenant)
        beside = await records.page(Query({"workspace": workspace.id}), None, MAX_SUBSCRIPTIONS)
        if any(it.url == wish.url for it in beside):
            raise Permanent(Code.CONFLICT, "The workspace has a webhook to this address already.")
        if len(beside) >= MAX_SUBSCRIPTIONS:
            raise Permanent(Code.CONFLICT, f"The workspace has {MAX_SUBSCRIPTIONS} webhooks.")
        await records.insert(subscription)
        return subscription

    async def change(
        self, tenant: Tenant, identity: str, step: Callable[[Subscription], Subscription]
    ) -> Subscription:
        """Another address or choice; raises ``Permanent``: NOT_FOUND, TARGET_BLOCKED."""

        def checked(current: Subscription) -> Subscription:
            changed = step(current)
            if changed.url != current.url:
                self._policy.check_url(changed.url)
            return changed

        return await change(self.of(tenant), identity, checked)

    async def rotate(self, tenant: Tenant, identity: str, overlap: timedelta) -> Subscription:
        """A new secret; the old one signs beside it a while. Raises ``Permanent(NOT_FOUND)``."""
        now = await self._store.now()
        fresh, until = _new_secret(), now + overlap

        def step(subscription: Subscription) -> Subscription:
            last = FormerSecret(secret=subscription.secret, until=until)
            former = [it for it in (last, *subscription.former) if it.until > now]
            return subscription.copy_with(secret=fresh, former=former[:MAX_FORMER])

        return await change(self.of(tenant), identity, step)

    async def remove(self, tenant: Tenant, identity: str) -> None:
        """Remove one; its deliveries under way end as gone. Raises ``Permanent(NOT_FOUND)``."""
        if not await self.of(tenant).delete(identity):
            raise Permanent(Code.NOT_FOUND)
        endpoints = self._store.of(tenant, ENDPOINTS)
        await endpoints.delete(endpoint_id(tenant.organization, identity))


def _new_secret() -> str:
    """A signing secret as Standard Webhooks has it: 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
