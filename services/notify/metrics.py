"""Metrics of what receivers do with what they are sent."""

from prometheus_client import CollectorRegistry, Counter

from services.notify.trying import Tried
from shared.models.delivery import DeliveryKind
from shared.stages.notifying import Postponed


class DeliveryMetrics:
    """Tries by the way they go and by what came of them; no tenants, no addresses."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "docstage_delivery_attempts",
            "Tries of deliveries: done, a class of HTTP status, a code of ours, or postponed.",
            ["kind", "outcome"],
            registry=registry,
        )

    def tried(self, kind: DeliveryKind, tried: Tried) -> None:
        """Count a try, or that none was made."""
        self._attempts.labels(kind.value, outcome_of(tried)).inc()


def outcome_of(tried: Tried) -> str:
    """``done``, ``postponed``, ``4xx``, or the problem's code where nobody answered."""
    if isinstance(tried, Postponed):
        return "postponed"
    if tried.problem is None:
        return "done"
    if tried.status is not None:
        return f"{tried.status // 100}xx"
    return tried.problem.code
