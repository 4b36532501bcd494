"""Giving a webhook up: it is marked with the reason, and its organization hears of it."""

from datetime import datetime

import structlog
from yarl import URL

from services.notify.mail.telling import MailNotices
from shared.models.delivery import (
    Disabled,
    DisabledReason,
    NoticeName,
    Subscription,
)
from shared.models.ids import derived_id
from shared.models.mail_notice import ToldWebhook
from shared.models.tenancy import Visibility
from shared.stages.context import Runtime
from shared.stages.notices import notice
from shared.stages.outbox import Outbox
from shared.store.collections import DELIVERIES, SUBSCRIPTIONS, WORKSPACES
from shared.store.port import AlreadyExistsError, Position, Query, Tenant

_PAGE = 100


class Disabling:
    """Disables webhooks and tells the owner: the organization's other webhooks, and by mail."""

    def __init__(self, runtime: Runtime, outbox: Outbox, mail: MailNotices | None = None) -> None:
        self._runtime = runtime
        self._outbox = outbox
        self._mail = mail
        self._log = structlog.get_logger("docstage.notify")

    async def disable(
        self, subscription: Subscription, reason: DisabledReason, detail: str, since: datetime
    ) -> None:
        """Give it up, unless somebody has changed it since; raises ``Transient``.

        ``since`` tells this time from others. Whoever is to hear of it is on record before it is
        done, under ids that the next to find it failing would make again: a crash in between
        keeps nobody from hearing, and many tries that fail at once are told of once.
        """
        now = await self._runtime.store.now()
        told = Disabled(at=now, reason=reason, detail=detail)
        after = subscription.copy_with(enabled=False, disabled=told)
        event = derived_id("disabled", subscription.id, since.isoformat())
        await self._tell(after, event, now)
        if self._mail is not None:
            about = ToldWebhook(
                subscription=subscription.id, host=URL(subscription.url).host or "", reason=detail
            )
            place = (subscription.organization, subscription.workspace)
            await self._mail.of_webhook(*place, about, event)

        def step(current: Subscription) -> Subscription | None:
            is_same = current.enabled and current.url == subscription.url
            return current.copy_with(enabled=False, disabled=told) if is_same else None

        tenant = Tenant(subscription.organization)
        records = self._runtime.store.of(tenant, SUBSCRIPTIONS)
        if await records.change(subscription.id, step) is not None:
            self._log.warning(
                "subscription_disabled", subscription=subscription.id, reason=reason.value
            )

    async def _tell(self, about: Subscription, event: str, now: datetime) -> None:
        name = NoticeName.SUBSCRIPTION_DISABLED
        tenant = await self._who_may_know(about)
        others = self._runtime.store.of(tenant, SUBSCRIPTIONS)
        deliveries = self._runtime.store.of(tenant, DELIVERIES)
        after: Position | None = None
        while rows := await others.page(Query(), after, _PAGE):
            after = Position(rows[-1].created, rows[-1].id)
            for to in rows:
                if to.id == about.id or not to.enabled or (to.events and name not in to.events):
                    continue
                delivery = notice(name, event, to, about, now)
                try:
                    await deliveries.insert(delivery)
                except AlreadyExistsError:
                    continue
                self._outbox.nudge(DELIVERIES, delivery)

    async def _who_may_know(self, about: Subscription) -> Tenant:
        """What goes on in a private workspace is told in it alone."""
        whole = Tenant(about.organization)
        workspace = await self._runtime.store.of(whole, WORKSPACES).get(about.workspace)
        is_private = workspace is not None and workspace.visibility is Visibility.PRIVATE
        return Tenant(about.organization, frozenset({about.workspace})) if is_private else whole
