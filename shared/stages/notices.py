"""What a webhook is told that is about a webhook: as deliveries, signed and logged like all."""

import json
from datetime import datetime

from shared.models.delivery import Delivery, NoticeName, Subscription, delivery_id
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.time import to_iso
from shared.models.work import StageName, Work


def notice(
    name: NoticeName, event: str, to: Subscription, about: Subscription, now: datetime
) -> Delivery:
    """The delivery of a notice to one webhook, about it or about another.

    ``event`` names what has happened; the same event makes the same delivery. The address is
    told as well: who has many webhooks knows them by it.
    """
    identity = delivery_id(event, to.id)
    job = OutboxEntry(kind=OutboxKind.JOB, stage=StageName.NOTIFY, target=identity, not_before=now)
    return Delivery(
        id=identity,
        created=now,
        organization=to.organization,
        workspace=to.workspace,
        document="",
        event=event,
        event_name=name,
        sequence=0,
        subscription=to.id,
        payload=_payload(name, event, about, now),
        work=Work(enqueued=now),
        outbox=[job],
    )


def _payload(name: NoticeName, event: str, about: Subscription, now: datetime) -> str:
    shown = about.model_dump(
        mode="json", include={"id", "workspace", "url", "events", "types", "enabled", "disabled"}
    )
    data = {"event_id": event, "sequence": 0, "subscription": shown}
    body = {"type": name, "timestamp": to_iso(now), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
