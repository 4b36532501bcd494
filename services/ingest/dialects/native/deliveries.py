"""Deliveries: which event was told to whom, and how that went."""

from aiohttp import web

from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.delivery_views import SHOWN, delivery_view
from services.ingest.resources.subscription_models import DeliveryList, DeliveryView
from services.ingest.webhooks import Webhooks
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.filters import moment
from shared.http.json import json_answer
from shared.http.operations import Answer, Operation, Parameter
from shared.models.delivery import Delivery, NoticeName
from shared.models.document import EventName
from shared.models.tenancy import Scope
from shared.models.work import WorkState
from shared.store.collections import DELIVERIES
from shared.store.port import Query, Repository

_FILTERS = ("document", "subscription", "workspace", "state")
_TIME = {"type": "string", "format": "date-time"}
_EVENTS = (*EventName, *NoticeName)
_PARAMETERS = (
    Parameter("document", "only of this document"),
    Parameter("subscription", "only to this webhook or result queue, by id"),
    Parameter("workspace", "only of this workspace, by id"),
    Parameter("state", "only this state", {"type": "string", "enum": list(WorkState)}),
    Parameter("event", "only of this event", {"type": "string", "enum": list(_EVENTS)}),
    Parameter("created_after", "later than this time", _TIME),
    Parameter("created_before", "earlier than this time", _TIME),
)


class Deliveries:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._webhooks = Webhooks(parts.store, parts.outbox)

    async def list(self, request: web.Request) -> web.Response:
        """Deliveries, newest first."""
        names = (*_FILTERS, "event", "created_after", "created_before")
        filters = {it: request.query[it] for it in names if request.query.get(it)}
        pager, records = self._parts.pager, self._records(request)
        query, event = _query(filters), filters.get("event")
        asked = pager.asked(request, principal_of(request), filters)
        if event is None:
            page = await pager.page(asked, records, query)
        else:
            page = await pager.page_where(asked, records, query, lambda it: it.event_name == event)
        return page.answer(DeliveryList(deliveries=[delivery_view(it) for it in page.rows]))

    async def get(self, request: web.Request) -> web.Response:
        """One delivery with its newest tries."""
        return json_answer(delivery_view(await self._delivery(request)))

    async def payload(self, request: web.Request) -> web.Response:
        """What is sent, byte by byte."""
        delivery = await self._delivery(request)
        if delivery.kind not in SHOWN or not delivery.payload:
            raise Permanent(Code.NOT_FOUND)
        return web.Response(
            body=delivery.payload.encode(),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def resend(self, request: web.Request) -> web.Response:
        """Once more, now."""
        principal = principal_of(request)
        delivery = await self._webhooks.resend(principal.tenant, path_id(request), principal.key)
        return json_answer(delivery_view(delivery))

    async def _delivery(self, request: web.Request) -> Delivery:
        delivery = await self._records(request).get(path_id(request))
        if delivery is None:
            raise Permanent(Code.NOT_FOUND)
        return delivery

    def _records(self, request: web.Request) -> Repository[Delivery]:
        return self._parts.store.of(principal_of(request).tenant, DELIVERIES)


def delivery_operations(parts: IngestParts) -> list[Operation]:
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
        Operation(
            method="GET",
            path="/deliveries/{id}/payload",
            handle=api.payload,
            name="getDeliveryPayload",
            summary="What a delivery sends: its JSON as stored",
            tag="webhooks",
            scope=Scope.READ,
            answers={200: Answer("the body", media_type="application/json")},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path="/deliveries/{id}/resend",
            handle=api.resend,
            name="resendDelivery",
            summary="Send a delivery once more, now, under its id",
            tag="webhooks",
            scope=Scope.ADMIN,
            answers={200: Answer("the delivery", DeliveryView)},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
    ]


def _query(filters: dict[str, str]) -> Query:
    if filters.get("state", "done") not in set(WorkState):
        raise Permanent(Code.BAD_REQUEST, f"state must be one of {', '.join(WorkState)}.")
    if filters.get("event", _EVENTS[0]) not in _EVENTS:
        raise Permanent(Code.BAD_REQUEST, f"event must be one of {', '.join(_EVENTS)}.")
    return Query(
        equals={name: filters[name] for name in _FILTERS if name in filters},
        created_after=moment(filters, "created_after"),
        created_before=moment(filters, "created_before"),
    )
