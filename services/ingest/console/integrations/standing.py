"""Why a delivery that is not over stands where it stands, and until when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.ingest.resources.delivery_views import due_of
from services.ingest.resources.subscription_models import SubscriptionView
from shared.models.delivery import Delivery, DeliveryKind
from shared.models.work import WorkState

_LONG = timedelta(seconds=20)
"""No call takes longer, and who is due begins sooner where the stage keeps up."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is to say, which ends in the moment ``at``."""

    text: str
    at: datetime


def standings(
    deliveries: Iterable[Delivery], hooks: Mapping[str, SubscriptionView], now: datetime
) -> dict[str, Standing]:
    """By the ids of deliveries of which there is something to say; ``hooks`` by theirs."""
    said = ((it.id, standing(it, hooks.get(it.subscription), now)) for it in deliveries)
    return {identity: found for identity, found in said if found is not None}


def standing(delivery: Delivery, hook: SubscriptionView | None, now: datetime) -> Standing | None:
    """Of one, to ``hook`` if that is a webhook; ``None`` where it ends in a moment, or has."""
    work = delivery.work
    if delivery.kind is DeliveryKind.PULL:
        return None
    if work.state is WorkState.RUNNING and work.started is not None and work.started < now - _LONG:
        return Standing(f"at work by {work.worker} since", work.started)
    return _waits(delivery, hook, now) if work.state is WorkState.WAITING else None


def _waits(delivery: Delivery, hook: SubscriptionView | None, now: datetime) -> Standing | None:
    due = due_of(delivery)
    if hook is not None and not (hook.enabled or delivery.is_test):
        off = "given up" if hook.disabled else "paused"
        return Standing(f"the webhook is {off}: unless it is resumed, this fails", max(due, now))
    if due <= now:
        return Standing("in the line since", due) if due < now - _LONG else None
    if hook is not None and hook.resting_until is not None and hook.resting_until > now:
        return Standing("its receiver is given a rest; next try", due)
    if hook is not None and hook.ordered and not delivery.attempts_made:
        return Standing("earlier events of its document go first; next look", due)
    return Standing("next try", due)
