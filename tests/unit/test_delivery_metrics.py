"""How tries of deliveries are counted."""

from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from services.notify.metrics import DeliveryMetrics
from services.notify.trying import Tried
from shared.errors import Code
from shared.models.delivery import DeliveryAttempt, DeliveryKind
from shared.models.work import Problem
from shared.stages.notifying import Postponed

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tried", "outcome"),
    [
        (DeliveryAttempt(at=NOW, status=204), "done"),
        (DeliveryAttempt(at=NOW, status=503, problem=Problem(code=Code.TARGET_REFUSED)), "5xx"),
        (DeliveryAttempt(at=NOW, problem=Problem(code=Code.TARGET_TIMED_OUT)), "TARGET_TIMED_OUT"),
        (Postponed(NOW), "postponed"),
    ],
)
def test_a_try_is_counted_by_what_came_of_it(tried: Tried, outcome: str) -> None:
    registry = CollectorRegistry()
    DeliveryMetrics(registry).tried(DeliveryKind.WEBHOOK, tried)
    labels = {"kind": "webhook", "outcome": outcome}
    assert registry.get_sample_value("docstage_delivery_attempts_total", labels) == 1
