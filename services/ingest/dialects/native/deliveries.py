"""Deliveries: which event was told to whom, and how that went."""

from aiohttp import web

from services.ingest.dialects.native.context import NativeParts, path_id
from services.ingest.dialects.native.subscription_models import DeliveryList, DeliveryView
from services.ingest.dialects.native.views import PREFIX
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer
from shared.http.operations import Answer, Operation, Parameter
from shared.models.delivery import Delivery, DeliveryKind
from shared.models.tenancy import Scope
from shared.models.work import FINAL_WORK_STATES, WorkState
from shared.store.collections import DELIVERIES
from shared.store.port import Query, Repository

_FILTERS = ("document", "subscription", "workspace", "state")
_PARAMETERS = (
    Parameter("document", "only of this document"),
    Parameter("subscription", "only to this webhook or result queue, by id"),
    Parameter("workspace", "only of this workspace, by id"),
    Parameter("state", "only this state", {"type": "string", "enum": list(WorkState)}),
)


class Deliveries:
    """The handlers and what they work with."""

    def __init__(self, parts: NativeParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """Deliveries, newest first."""
        filters = {it: request.query[it] for it in _FILTERS if request.query.get(it)}
        if filters.get("state", "done") not in set(WorkState):
            raise Permanent(Code.BAD_REQUEST, f"state must be one of {', '.join(WorkState)}.")
        asked = self._parts.pager.asked(request, principal_of(request), filters)
        page = await self._parts.pager.page(asked, self._records(request), Query(filters))
        return page.answer(DeliveryList(deliveries=[_view(it) for it in page.rows]))

    async def get(self, request: web.Request) -> web.Response:
        """One delivery with its newest tries."""
        delivery = await self._records(request).get(path_id(request))
        if delivery is None:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(_view(delivery))

    def _records(self, request: web.Request) -> Repository[Delivery]:
        return self._parts.store.of(principal_of(request).tenant, DELIVERIES)


def delivery_operations(parts: NativeParts) -> list[Operation]:
    """The table."""
    api = Deliveries(parts)
    return [
        Operation(
            method="GET",
            path="/deliveries",
            handle=api.list,
            name="listDeliveries",
            summary="List deliveries",
            tag="webhooks",
            scope=Scope.READ,
            parameters=_PARAMETERS,
            answers={200: Answer("a page of deliveries", DeliveryList)},
            paged=True,
        ),
        Operation(
            method="GET",
            path="/deliveries/{id}",
            handle=api.get,
            name="getDelivery",
            summary="One delivery with its newest tries",
            tag="webhooks",
            scope=Scope.READ,
            answers={200: Answer("the delivery", DeliveryView)},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _view(delivery: Delivery) -> DeliveryView:
    own = f"{PREFIX}/deliveries/{delivery.id}"
    work = delivery.work
    due = min((it.not_before for it in delivery.outbox), default=work.enqueued)
    return DeliveryView(
        id=delivery.id,
        workspace=delivery.workspace,
        document=delivery.document,
        kind=delivery.kind,
        subscription=delivery.subscription,
        recipient=_shortened(delivery.recipient),
        event=delivery.event,
        event_name=delivery.event_name,
        sequence=delivery.sequence,
        state=work.state,
        attempts=delivery.attempts_made,
        next_attempt=None if work.state in FINAL_WORK_STATES else due,
        problem=work.problem,
        log=delivery.log,
        created=delivery.created,
        updated=delivery.updated,
        links={
            "self": own,
            "collection": f"{PREFIX}/deliveries",
            **_receiver(delivery),
        },
    )


def _receiver(delivery: Delivery) -> dict[str, str]:
    """Links to what is told of, and to who is told, where they have an address here."""
    links: dict[str, str] = {}
    if delivery.document:
        links["document"] = f"{PREFIX}/documents/{delivery.document}"
    if delivery.kind is DeliveryKind.MAIL:
        links["mail_notice"] = f"{PREFIX}/mail-notices/{delivery.subscription}"
    if delivery.kind is DeliveryKind.WEBHOOK:
        links["subscription"] = f"{PREFIX}/subscriptions/{delivery.subscription}"
    if delivery.kind in {DeliveryKind.PUSH, DeliveryKind.PULL}:
        links["result_queue"] = f"{PREFIX}/result-queues/{delivery.subscription}"
    return links


def _shortened(address: str) -> str | None:
    """Enough of an address to tell it from others, for whoever may read documents."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if address else None
