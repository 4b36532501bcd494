"""REST hooks: made, shown to their receivers, activated by them."""

from shared.errors import Code, Permanent
from shared.http.handshakes import HEADER, Handshakes
from shared.http.targets import TargetPolicy
from shared.models.delivery import Delivery, DeliveryKind
from shared.models.ids import derived_id
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.resthook import MAX_RESTHOOKS, Resthook
from shared.models.work import StageName, Work
from shared.stages.outbox import Outbox
from shared.store.collections import DELIVERIES, RESTHOOKS
from shared.store.port import Query, Repository, Store, Tenant
from shared.telemetry.tracing import current_header


class Resthooks:
    """Those of all organizations; each call is on behalf of one tenant."""

    def __init__(
        self, store: Store, outbox: Outbox, handshakes: Handshakes, policy: TargetPolicy
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._handshakes = handshakes
        self._policy = policy

    def of(self, tenant: Tenant) -> Repository[Resthook]:
        """Those that a tenant may see."""
        return self._store.of(tenant, RESTHOOKS)

    async def create(self, tenant: Tenant, resthook: Resthook) -> None:
        """Put one on record, and have its receiver asked for in the background.

        The handshake goes on record first, so that no hook waits for one that never comes.
        Raises ``Permanent``: ``TARGET_BLOCKED``, ``CONFLICT`` where there are too many.
        """
        self._policy.check_url(resthook.url)
        everything = self._store.of(Tenant(tenant.organization), RESTHOOKS)
        if await everything.count(Query(), MAX_RESTHOOKS) >= MAX_RESTHOOKS:
            raise Permanent(Code.CONFLICT, f"The organization has {MAX_RESTHOOKS} subscriptions.")
        handshake = await self._handshake(resthook)
        await self._store.of(Tenant(tenant.organization), DELIVERIES).insert(handshake)
        await everything.insert(resthook)
        self._outbox.nudge(DELIVERIES, handshake)

    async def activate(self, tenant: Tenant, secret: str) -> Resthook:
        """The hook whose receiver shows this secret, active from now on.

        Raises ``Permanent(BAD_REQUEST)`` for a secret that is wrong, or was shown before.
        """
        resthooks = self.of(tenant)
        for found in await resthooks.page(Query(), None, MAX_RESTHOOKS):
            if not self._handshakes.is_of(found.id, secret):
                continue
            active = await resthooks.change(found.id, _activated)
            if active is not None:
                return active
        raise Permanent(Code.BAD_REQUEST, "The secret is wrong, or was used.", field=HEADER)

    async def _handshake(self, resthook: Resthook) -> Delivery:
        now = await self._store.now()
        identity = derived_id("handshake", resthook.id)
        job = OutboxEntry(
            kind=OutboxKind.JOB, stage=StageName.NOTIFY, target=identity, not_before=now
        )
        return Delivery(
            id=identity,
            created=now,
            organization=resthook.organization,
            workspace=resthook.workspace or "",
            trace=current_header(),
            kind=DeliveryKind.HANDSHAKE,
            document="",
            event="",
            event_name=None,
            sequence=0,
            subscription=resthook.id,
            payload="",
            work=Work(enqueued=now),
            outbox=[job],
        )


def _activated(resthook: Resthook) -> Resthook | None:
    return resthook.copy_with(active=True) if resthook.is_waiting else None
