"""From an event to its deliveries: one stored delivery for each matching subscription."""

import asyncio

import structlog
from pydantic import ValidationError

from services.notify.payload import render
from shared.broker.port import Consumer, Incoming
from shared.broker.topology import EVENTS_QUEUE
from shared.errors import Transient
from shared.models.delivery import Delivery, Subscription
from shared.models.document import Document, Event
from shared.models.ids import derived_id
from shared.models.messages import EventMessage
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import StageName, Work
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.store.collections import DELIVERIES, DOCUMENTS, EXTRACTIONS, SUBSCRIPTIONS
from shared.store.port import AlreadyExistsError, Query, Tenant

PREFETCH = 32
MAX_SUBSCRIPTIONS = 100
TROUBLE_PAUSE = 2.0


class FanOut:
    """Consumes the events queue.

    Deliveries have ids made of event and subscription, so an event that comes twice makes
    no second one. A final event makes the deliveries of all earlier events that are still
    missing as well, then the document is marked as announced; one that is not marked is
    found by the sweeper.
    """

    def __init__(self, runtime: Runtime, outbox: Outbox) -> None:
        self._runtime = runtime
        self._outbox = outbox
        self._consumer: Consumer | None = None
        self._log = structlog.get_logger("docstage.notify")

    @property
    def alive(self) -> bool:
        """Whether events are being consumed."""
        return self._consumer is None or self._consumer.alive

    async def start(self) -> None:
        """Begin to consume."""
        broker = self._runtime.broker
        self._consumer = await broker.consume(EVENTS_QUEUE, self._handle, PREFETCH)

    async def stop(self) -> None:
        """Take no more events."""
        if self._consumer is not None:
            await self._consumer.cancel()

    async def _handle(self, incoming: Incoming) -> None:
        try:
            message = EventMessage.model_validate_json(incoming.message.body)
        except ValidationError:
            self._log.exception("event_unreadable")
            await incoming.ack()
            return
        try:
            await self.fan_out(message)
        except Transient:
            await asyncio.sleep(TROUBLE_PAUSE)
            await incoming.give_back()
            return
        await incoming.ack()

    async def fan_out(self, message: EventMessage) -> None:
        """Make the deliveries for an event; raises ``Transient``."""
        tenant = Tenant(message.organization)
        subscriptions = await self._subscriptions(tenant, message.workspace)
        final = message.name.value.removeprefix("document.") in _FINAL
        if not subscriptions and not final:
            return
        document = await self._runtime.store.of(tenant, DOCUMENTS).get(message.document)
        if document is None:
            return
        for event in document.events:
            due = event.sequence == message.sequence
            missed = final and document.announced < event.sequence <= message.sequence
            if due or missed:
                await self._deliver(tenant, document, event, subscriptions)
        if final:
            await self._mark(tenant, document, message.sequence)

    async def _subscriptions(self, tenant: Tenant, workspace: str) -> list[Subscription]:
        found = await self._runtime.store.of(tenant, SUBSCRIPTIONS).page(
            Query(equals={"workspace": workspace}), None, MAX_SUBSCRIPTIONS
        )
        return [it for it in found if it.enabled]

    async def _deliver(
        self,
        tenant: Tenant,
        document: Document,
        event: Event,
        subscriptions: list[Subscription],
    ) -> None:
        wanted = [it for it in subscriptions if not it.events or event.name in it.events]
        if not wanted:
            return
        extraction = None
        if document.extraction is not None:
            extractions = self._runtime.store.of(tenant, EXTRACTIONS)
            extraction = await extractions.get(document.extraction)
        payload = render(event, document, extraction)
        now = await self._runtime.store.now()
        for subscription in wanted:
            delivery = _delivery(document, event, subscription, payload)
            entry = OutboxEntry(
                kind=OutboxKind.JOB, stage=StageName.NOTIFY, target=delivery.id, not_before=now
            )
            delivery = delivery.copy_with(outbox=[entry], work=Work(enqueued=now))
            try:
                await self._runtime.store.of(tenant, DELIVERIES).insert(delivery)
            except AlreadyExistsError:
                continue
            self._outbox.nudge(DELIVERIES, delivery)

    async def _mark(self, tenant: Tenant, document: Document, sequence: int) -> None:
        documents = self._runtime.store.of(tenant, DOCUMENTS)
        current: Document | None = document
        while current is not None and current.announced < sequence:
            marked = lifecycle.mark_announced(current, sequence)
            if await documents.replace(marked) is not None:
                return
            current = await documents.get(document.id)


_FINAL = frozenset(
    {"ready", "needs_review", "reviewed", "failed", "rejected", "cancelled", "expired"}
)


def _delivery(
    document: Document, event: Event, subscription: Subscription, payload: str
) -> Delivery:
    return Delivery(
        id=derived_id("delivery", event.id, subscription.id),
        organization=document.organization,
        workspace=document.workspace,
        document=document.id,
        event=event.id,
        event_name=event.name,
        sequence=event.sequence,
        subscription=subscription.id,
        payload=payload,
        lane=document.lane,
    )
