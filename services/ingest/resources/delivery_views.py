"""How the native API shows deliveries."""

from datetime import datetime

from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.subscription_models import DeliveryView
from shared.models.delivery import Delivery, DeliveryKind
from shared.models.outbox import OutboxKind
from shared.models.work import FINAL_WORK_STATES


def delivery_view(delivery: Delivery) -> DeliveryView:
    """A delivery with its newest tries, without what was sent."""
    own = f"{PREFIX}/deliveries/{delivery.id}"
    work = delivery.work
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
        next_attempt=None if work.state in FINAL_WORK_STATES else due_of(delivery),
        problem=work.problem,
        log=delivery.log,
        replay=delivery.replay,
        created=delivery.created,
        updated=delivery.updated,
        links={
            "self": own,
            "collection": f"{PREFIX}/deliveries",
            **({"payload": f"{own}/payload"} if delivery.kind in SHOWN else {}),
            **_receiver(delivery),
        },
    )


def due_of(delivery: Delivery) -> datetime:
    """When the next try of one that is not over is to be made, or was to be."""
    jobs = (it.not_before for it in delivery.outbox if it.kind is OutboxKind.JOB)
    return min(jobs, default=delivery.work.enqueued)


SHOWN = frozenset(
    {DeliveryKind.WEBHOOK, DeliveryKind.RESTHOOK, DeliveryKind.PUSH, DeliveryKind.PULL}
)
"""Kinds of deliveries that have a body of JSON."""


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
