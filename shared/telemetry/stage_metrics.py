"""Metrics of the stage runtime."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 180.0, 600.0)


class StageMetrics:
    """How jobs of the stages end, and how long they take."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "docstage_stage_attempts",
            "Job messages dealt with, by outcome.",
            ["stage", "outcome"],
            registry=registry,
        )
        self._problems = Counter(
            "docstage_stage_problems",
            "Tries of jobs that ended with an error, by its code.",
            ["stage", "code"],
            registry=registry,
        )
        self._seconds = Histogram(
            "docstage_stage_duration_seconds",
            "Time from claim to commit.",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._inflight = Gauge(
            "docstage_inflight", "Jobs at work now.", ["stage"], registry=registry
        )
        self._orphans = Gauge(
            "docstage_orphans",
            "Documents of which there are files and no record, at the last look.",
            registry=registry,
        )
        self._orphans_removed = Counter(
            "docstage_orphans_removed",
            "Those whose files were removed after the grace.",
            registry=registry,
        )
        self._requeued = Counter(
            "docstage_sweeper_requeued",
            "Records that stood still and were queued again.",
            registry=registry,
        )

        self._left = Counter(
            "docstage_outbox_left",
            "Tries to carry out an outbox entry that failed: refused by the broker, or unanswered.",
            ["reason"],
            registry=registry,
        )

    def left(self, reason: str) -> None:
        """Note that an outbox entry was left for later."""
        self._left.labels(reason).inc()

    def orphans(self, found: int, removed: int) -> None:
        """Note what one look for files without records has found."""
        self._orphans.set(found)
        self._orphans_removed.inc(removed)

    def ended(self, stage: str, outcome: str, seconds: float) -> None:
        """Note how one job message ended; ``seconds`` is 0 when there was no claim."""
        self._attempts.labels(stage, outcome).inc()
        if seconds:
            self._seconds.labels(stage).observe(seconds)

    def trouble(self, stage: str, code: str) -> None:
        """Note that a try of a job ended with an error of that code."""
        self._problems.labels(stage, code).inc()

    def running(self, stage: str, jobs: int) -> None:
        """Note how many jobs run now."""
        self._inflight.labels(stage).set(jobs)

    def swept(self, requeued: int) -> None:
        """Note what a sweep queued again."""
        self._requeued.inc(requeued)
