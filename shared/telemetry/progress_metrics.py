"""Metrics of documents on their way, as the gateway sees them."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge


class ProgressMetrics:
    """How long the oldest unfinished document has been here, and what waits for whom."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ages = Gauge(
            "docstage_document_age_seconds",
            "How long ago the oldest document in a state came in, or was asked for anew.",
            ["state"],
            registry=registry,
        )
        self._overdue = Gauge(
            "docstage_outbox_overdue",
            "Records with an outbox entry that should have been published a minute ago.",
            registry=registry,
        )
        self._waiting = Gauge(
            "docstage_queue_messages",
            "Messages that wait in a stage's queue, those at work not counted.",
            ["stage", "lane"],
            registry=registry,
        )

    def seen(
        self, ages: Mapping[str, float], overdue: int, waiting: Mapping[tuple[str, str], int]
    ) -> None:
        """Note one look."""
        for state, seconds in ages.items():
            self._ages.labels(state).set(seconds)
        self._overdue.set(overdue)
        for (stage, lane), messages in waiting.items():
            self._waiting.labels(stage, lane).set(messages)
