"""What the console says of a delivery that is not over: why it waits, and until when."""

from datetime import timedelta

import pytest

from services.ingest.console.integrations.standing import standing
from services.ingest.resources.subscription_models import SubscriptionView
from shared.models.delivery import (
    Delivery,
    DeliveryKind,
    Disabled,
    DisabledReason,
    NoticeName,
)
from shared.models.document import EventName
from shared.models.time import utc_now
from shared.models.work import Work, WorkState
from shared.stages.notifying import again

NOW = utc_now()
SOON, LATE = NOW + timedelta(minutes=5), NOW - timedelta(minutes=5)
GONE = Disabled(at=NOW, reason=DisabledReason.GONE)


def delivery(state: WorkState = WorkState.WAITING, **changes: object) -> Delivery:
    values: dict[str, object] = {
        "organization": "o", "workspace": "w", "document": "d", "event": "e", "sequence": 1,
        "event_name": EventName.READY, "subscription": "s", "payload": "", **changes,
    }  # fmt: skip
    made = again(Delivery(**values), SOON)  # type: ignore[arg-type]
    return made.copy_with(work=made.work.copy_with(state=state, started=LATE, worker="host/7"))


def hook(**changes: object) -> SubscriptionView:
    values: dict[str, object] = {
        "id": "s", "workspace": "w", "url": "https://example.com", "events": [], "types": [],
        "enabled": True, "ordered": False, "disabled": None, "failing_since": None,
        "resting_until": None, "former_until": None, "created": NOW, "updated": NOW, "links": {},
        **changes,
    }  # fmt: skip
    return SubscriptionView(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (hook(enabled=False), "the webhook is paused: unless it is resumed, this fails"),
        (hook(enabled=False, disabled=GONE), "the webhook is given up: unless it is resumed, this"),
        (hook(resting_until=SOON), "its receiver is given a rest; next try"),
        (hook(resting_until=LATE), "next try"),
        (hook(ordered=True), "earlier events of its document go first; next look"),
        (None, "next try"),
    ],
)
def test_one_that_waits_says_what_for(of: SubscriptionView | None, said: str) -> None:
    told = standing(delivery(), of, NOW)
    assert told is not None
    assert told.text.startswith(said)
    assert told.at == SOON


def test_a_test_is_sent_to_a_paused_webhook_too() -> None:
    told = standing(delivery(event_name=NoticeName.TEST), hook(enabled=False), NOW)
    assert told is not None
    assert told.text == "next try"


def test_what_takes_longer_than_it_may_is_told_and_what_ends_soon_is_not() -> None:
    told = standing(delivery(WorkState.RUNNING), hook(), NOW)
    assert told is not None
    assert (told.text, told.at) == ("at work by host/7 since", LATE)
    assert standing(delivery(WorkState.RUNNING), hook(), LATE) is None
    due = delivery().copy_with(outbox=[], work=Work(enqueued=LATE))
    told = standing(due, hook(), NOW)
    assert told is not None
    assert told.text == "in the line since"
    assert standing(due, hook(), LATE) is None


@pytest.mark.parametrize("state", [WorkState.DONE, WorkState.FAILED, WorkState.CANCELLED])
def test_what_is_over_and_what_its_reader_comes_for_says_nothing(state: WorkState) -> None:
    assert standing(delivery(state), hook(enabled=False), NOW) is None
    assert standing(delivery(kind=DeliveryKind.PULL), None, NOW) is None
