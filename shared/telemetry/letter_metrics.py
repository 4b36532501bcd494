"""Metrics of what has failed for good."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge


class LetterMetrics:
    """Dead letters as they are written, and those that are open; messages nobody could read."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._written = Counter(
            "docstage_dead_letters_written",
            "Dead letters that this process has written.",
            ["stage", "code"],
            registry=registry,
        )
        self._open = Gauge(
            "docstage_dead_letters",
            "Dead letters that nobody has done anything about, at the last look.",
            ["stage", "code"],
            registry=registry,
        )
        self._quarantined = Gauge(
            "docstage_quarantined_messages",
            "Messages that lie in the broker's quarantine, at the last look.",
            registry=registry,
        )

    def written(self, stage: str, code: str) -> None:
        """Count a new letter."""
        self._written.labels(stage, code).inc()

    def seen(self, found: Mapping[tuple[str, str], int], quarantined: int) -> None:
        """Note what one look has found: open letters by stage and code, and messages."""
        self._open.clear()
        for (stage, code), count in found.items():
            self._open.labels(stage, code).set(count)
        self._quarantined.set(quarantined)
