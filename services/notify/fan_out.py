"""From an event to its deliveries: one stored delivery for each receiver that wants it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from services.notify.deliveries import DeliveryMaker
from services.notify.mail.telling import MailNotices
from services.notify.targets import Target, called_back, subscribed
from shared.broker.port import Consumer, Incoming
from shared.broker.topology import EVENTS_QUEUE
from shared.errors import Transient
from shared.models.delivery import Told
from shared.models.document import Document, Event, EventName
from shared.models.messages import EventMessage
from shared.models.trace import HEADER, TraceContext
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.stages.quarantine import set_aside
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant

PREFETCH = 32
TROUBLE_PAUSE = 2.0
MEMORY_SECONDS = 1.0
"""How long it is remembered which events somebody wants to hear of in a workspace."""

MAX_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Wishes:
    """Which events somebody wants to hear of (``None``: all), known until a moment."""

    names: frozenset[Told] | None
    until: float

    def want(self, name: EventName) -> bool:
        """Whether somebody does, or it is no longer known."""
        return self.names is None or name in self.names or self.until <= time.monotonic()


class FanOut:
    """Consumes the events queue.

    An event makes the deliveries of all earlier ones that are still missing as well, so that
    a receiver's deliveries are made in the order of the events. After a final event the
    document is marked as announced; one that is not marked is found by the sweeper.
    """

    def __init__(self, runtime: Runtime, outbox: Outbox, mail: MailNotices | None = None) -> None:
        self._runtime = runtime
        self._outbox = outbox
        self._mail = mail
        self._consumer: Consumer | None = None
        self._wishes: dict[tuple[str, str], _Wishes] = {}
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
            await set_aside(self._runtime.broker, incoming, EVENTS_QUEUE)
            return
        parent = TraceContext.parse(incoming.message.headers.get(HEADER))
        try:
            with self._runtime.tracer.span("fan out", parent, document=message.document):
                await self.fan_out(message)
        except Transient:
            await asyncio.sleep(TROUBLE_PAUSE)
            await incoming.give_back()
            return
        await incoming.ack()

    async def fan_out(self, message: EventMessage) -> None:
        """Make the deliveries for an event; raises ``Transient``."""
        tenant = Tenant(message.organization)
        final = message.name.value.removeprefix("document.") in _FINAL
        if not (final or message.callback) and self._is_unwanted(message):
            return
        targets = await subscribed(self._runtime.store, tenant, message.workspace)
        self._remember(message, targets)
        if not (final or message.callback) and self._is_unwanted(message):
            return
        if targets or message.callback:
            await self._make(tenant, message, targets)
            await self._outbox.failpoints.reach("notify.fanned_out", message.document)
        if final and self._mail is not None:
            await self._tell_by_mail(tenant, message, self._mail)
        if final:
            await self._mark(tenant, message)

    async def _make(self, tenant: Tenant, message: EventMessage, targets: Sequence[Target]) -> None:
        document = await self._runtime.store.of(tenant, DOCUMENTS).get(message.document)
        if document is None:
            return
        events = [it for it in document.events if _is_due(it, document, message)]
        maker = DeliveryMaker(self._runtime, self._outbox, document)
        for target in (*targets, *called_back(document)):
            await maker.make(target, events)

    async def _tell_by_mail(self, tenant: Tenant, message: EventMessage, mail: MailNotices) -> None:
        document = await self._runtime.store.of(tenant, DOCUMENTS).get(message.document)
        if document is not None:
            events = [it for it in document.events if _is_due(it, document, message)]
            await mail.of_events(document, events)

    def _is_unwanted(self, message: EventMessage) -> bool:
        """Whether nobody wanted to hear of such an event a moment ago.

        Who has begun to since gets it all the same: the document's final event asks the
        store, and makes what is missing.
        """
        wishes = self._wishes.get((message.organization, message.workspace))
        return wishes is not None and not wishes.want(message.name)

    def _remember(self, message: EventMessage, targets: Sequence[Target]) -> None:
        if len(self._wishes) >= MAX_REMEMBERED:
            self._wishes.clear()
        everything = any(not it.events for it in targets)
        names = frozenset(name for it in targets for name in it.events)
        until = time.monotonic() + MEMORY_SECONDS
        key = (message.organization, message.workspace)
        self._wishes[key] = _Wishes(None if everything else names, until)

    async def _mark(self, tenant: Tenant, message: EventMessage) -> None:
        def mark(current: Document) -> Document | None:
            is_news = current.announced < message.sequence
            return lifecycle.mark_announced(current, message.sequence) if is_news else None

        await self._runtime.store.of(tenant, DOCUMENTS).change(message.document, mark)


_FINAL = frozenset(
    {"ready", "needs_review", "corrected", "reviewed", "failed", "rejected", "cancelled", "expired"}
)


def _is_due(event: Event, document: Document, message: EventMessage) -> bool:
    """The event told of, and all before it that nobody has marked as announced."""
    missed = document.announced < event.sequence < message.sequence
    return missed or event.sequence == message.sequence
