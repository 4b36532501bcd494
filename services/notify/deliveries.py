"""From events and targets to stored deliveries, in the order of the events."""

from datetime import datetime, timedelta

from services.notify.payload import render
from services.notify.resthook_messages import render_resthook
from services.notify.results import render_message
from services.notify.targets import Target
from shared.errors import Code
from shared.models.delivery import Delivery, DeliveryKind, delivery_id
from shared.models.document import Document, Event
from shared.models.extraction import Extraction
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.tenancy import Workspace
from shared.models.work import Problem, StageName, Work, WorkState
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.store.collections import DELIVERIES, EXTRACTIONS, WORKSPACES
from shared.store.port import AlreadyExistsError, Repository, Tenant

_STEP = timedelta(milliseconds=1)
_OFF = Problem(code=Code.TARGET_DISABLED, detail="The webhook is not enabled.")


class DeliveryMaker:
    """Makes the deliveries of one document's events.

    Their ids are made of event and target, so an event that comes twice makes no second
    one. ``created`` rises with the events of a document, for each target: that is the order
    in which result queues are read and replayed.
    """

    def __init__(self, runtime: Runtime, outbox: Outbox, document: Document) -> None:
        self._runtime = runtime
        self._outbox = outbox
        self._document = document
        self._extraction: Extraction | None = None
        self._loaded = document.extraction is None
        self._workspace: Workspace | None = None

    async def make(self, target: Target, events: list[Event]) -> None:
        """The deliveries to one target for events in their order; raises ``Transient``."""
        wanted = [it for it in events if target.wants(it, self._document)]
        known = await self._known(target, wanted) if len(wanted) > 1 else {}
        last: datetime | None = None
        for event in wanted:
            delivery = known.get(event.id) or await self._make(target, event, last)
            last = delivery.created

    async def _known(self, target: Target, events: list[Event]) -> dict[str, Delivery]:
        ids = [delivery_id(it.id, target.id) for it in events]
        return {it.event: it for it in await self._records.get_many(ids)}

    async def _make(self, target: Target, event: Event, last: datetime | None) -> Delivery:
        now = await self._runtime.store.now()
        created = now if last is None else max(now, last + _STEP)
        delivery = await self._delivery(target, event, created)
        try:
            await self._records.insert(delivery)
        except AlreadyExistsError:
            return await self._records.get(delivery.id) or delivery
        if delivery.outbox:
            self._outbox.nudge(DELIVERIES, delivery)
        return delivery

    async def _delivery(self, target: Target, event: Event, created: datetime) -> Delivery:
        payload, without_fields = await self._payload(target, event)
        document = self._document
        identity = delivery_id(event.id, target.id)
        job = OutboxEntry(
            kind=OutboxKind.JOB, stage=StageName.NOTIFY, target=identity, not_before=created
        )
        return Delivery(
            id=identity,
            created=created,
            organization=document.organization,
            workspace=document.workspace,
            lane=document.lane,
            trace=document.trace,
            kind=target.kind,
            document=document.id,
            event=event.id,
            event_name=event.name,
            sequence=event.sequence,
            subscription=target.id,
            payload=payload,
            without_fields=without_fields,
            work=_kept(created) if target.off else Work(enqueued=created),
            outbox=[] if target.off or target.kind is DeliveryKind.PULL else [job],
        )

    async def _payload(self, target: Target, event: Event) -> tuple[str, bool]:
        if target.kind is DeliveryKind.CALLBACK:
            return "", False
        if target.kind is DeliveryKind.RESTHOOK:
            return render_resthook(event, target.topic, self._document, await self._place()), False
        extraction = await self._load()
        if target.kind is DeliveryKind.WEBHOOK:
            return render(event, self._document, extraction), False
        return render_message(event, self._document, extraction)

    async def _load(self) -> Extraction | None:
        if not self._loaded and self._document.extraction is not None:
            extractions = self._runtime.store.of(self._tenant, EXTRACTIONS)
            self._extraction = await extractions.get(self._document.extraction)
            self._loaded = True
        return self._extraction

    async def _place(self) -> Workspace:
        if self._workspace is None:
            found = await self._runtime.store.of(self._tenant, WORKSPACES).get(
                self._document.workspace
            )
            unnamed = Workspace(
                id=self._document.workspace, organization=self._document.organization, name=""
            )
            self._workspace = found or unnamed  # it is being removed
        return self._workspace

    @property
    def _tenant(self) -> Tenant:
        return Tenant(self._document.organization)

    @property
    def _records(self) -> Repository[Delivery]:
        return self._runtime.store.of(self._tenant, DELIVERIES)


def _kept(created: datetime) -> Work:
    return Work(state=WorkState.FAILED, enqueued=created, finished=created, problem=_OFF)
