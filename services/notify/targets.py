"""Who is to hear of a document's events: webhooks, result queues, its own callback."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.notify.callbacks import STATUSES
from services.notify.resthook_messages import outcome_of
from shared.models.delivery import (
    MAX_SUBSCRIPTIONS,
    DeliveryKind,
    QueueMode,
    ResultQueue,
    Subscription,
    Told,
    Wish,
)
from shared.models.document import Document, Event
from shared.models.ids import derived_id
from shared.models.resthook import MAX_RESTHOOKS, Outcome, Resthook
from shared.models.tenancy import Visibility
from shared.store.collections import RESTHOOKS, RESULT_QUEUES, SUBSCRIPTIONS, WORKSPACES
from shared.store.port import Query, Store, Tenant


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver. ``id`` is that of the webhook or queue; see ``Wish`` for the lists.

    ``topic`` and ``outcome`` are those of REST hooks. What one is to hear that is ``off`` is only
    kept for it, to be replayed.
    """

    id: str
    kind: DeliveryKind
    events: Sequence[Told]
    types: Sequence[str]
    topic: str = ""
    outcome: Outcome | None = None
    off: bool = False

    def wants(self, event: Event, document: Document) -> bool:
        """Whether it is to hear of an event of this document."""
        if self.events and event.name not in self.events:
            return False
        if self.outcome is not None and outcome_of(event, document) is not self.outcome:
            return False
        known = document.type.name if document.type else document.requested_type
        return not self.types or known in self.types


async def subscribed(store: Store, tenant: Tenant, workspace: str) -> list[Target]:
    """The webhooks, REST hooks and result queues of a workspace, and of its organization."""
    of_workspace = Query(equals={"workspace": workspace})
    webhooks, resthooks, queues = await asyncio.gather(
        store.of(tenant, SUBSCRIPTIONS).page(of_workspace, None, MAX_SUBSCRIPTIONS),
        store.of(tenant, RESTHOOKS).page(Query(), None, MAX_RESTHOOKS),
        store.of(tenant, RESULT_QUEUES).page(Query(), None, MAX_SUBSCRIPTIONS),
    )
    hooks = [it for it in resthooks if _is_to_hear(it, workspace)]
    return [
        *(_webhook(it) for it in webhooks if it.enabled or it.is_failing),
        *(_hooked(it) for it in await _let_in(store, tenant, workspace, hooks)),
        *(_target(it.id, _kind(it), it) for it in queues if it.workspace in {None, workspace}),
    ]


def called_back(document: Document) -> list[Target]:
    """The document's own callback, if it has one."""
    if document.callback is None:
        return []
    identity = derived_id("callback", document.id)
    return [Target(identity, DeliveryKind.CALLBACK, list(STATUSES), [])]


def _target(identity: str, kind: DeliveryKind, wish: Wish) -> Target:
    return Target(identity, kind, wish.events, wish.types)


def _webhook(it: Subscription) -> Target:
    return Target(it.id, DeliveryKind.WEBHOOK, it.events, it.types, off=not it.enabled)


def _hooked(hook: Resthook) -> Target:
    return Target(hook.id, DeliveryKind.RESTHOOK, hook.events, hook.types, hook.topic, hook.outcome)


def _is_to_hear(hook: Resthook, workspace: str) -> bool:
    return hook.active and bool(hook.events) and hook.workspace in {None, workspace}


async def _let_in(
    store: Store, tenant: Tenant, workspace: str, hooks: Sequence[Resthook]
) -> Sequence[Resthook]:
    """Those that nobody made to whom the workspace is closed."""
    if all(it.person is None for it in hooks):
        return hooks
    place = await store.of(tenant, WORKSPACES).get(workspace)
    if place is None or place.visibility is not Visibility.PRIVATE:
        return hooks
    return [it for it in hooks if it.person is None or it.person in place.members]


def _kind(queue: ResultQueue) -> DeliveryKind:
    return DeliveryKind.PUSH if queue.mode is QueueMode.PUSH else DeliveryKind.PULL
