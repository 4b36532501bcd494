"""Metrics for Prometheus, on a registry that is handed in; no tenant or document labels."""

from collections.abc import Callable, Collection, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


def count_dropped_lines(registry: CollectorRegistry, read: Callable[[], int]) -> None:
    """Tell of the log lines that nobody will see."""
    gauge = Gauge(
        "docstage_log_lines_dropped", "Log lines lost, as nobody took them.", registry=registry
    )
    gauge.set_function(read)


def show_skew(registry: CollectorRegistry, read: Callable[[], float]) -> None:
    """Tell how far this machine's clock is from the store's, by which all is timed."""
    gauge = Gauge(
        "docstage_clock_skew_seconds", "This clock less the store's, as last seen.",
        registry=registry,
    )  # fmt: skip
    gauge.set_function(read)


class HttpMetrics:
    """How many requests, with which outcome, how fast."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "docstage_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "docstage_http_request_seconds",
            "Time to the end of the answer.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; ``route`` is the path's pattern, never the path."""
        known = method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class IntakeMetrics:
    """What came in through the doors (``channel``: ``upload``, ``url``, …); ``taken_in`` in all."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._documents = Counter(
            "docstage_documents",
            "Files taken in or refused, by error code.",
            ["channel", "outcome"],
            registry=registry,
        )
        self._bytes = Counter("docstage_ingest_bytes", "Bytes taken in.", registry=registry)
        self.taken_in = 0

    def accepted(self, channel: str, size: int) -> None:
        """Count a file of ``size`` bytes that became a document."""
        self._documents.labels(channel, "accepted").inc()
        self.taken_in += 1
        self._bytes.inc(size)

    def fetched(self, size: int) -> None:
        """Count the bytes of a file whose document was accepted before."""
        self._bytes.inc(size)

    def rejected(self, channel: str, code: str) -> None:
        """Count a file that was refused."""
        self._documents.labels(channel, code).inc()


class LoadMetrics:
    """How full the gateway is."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._levels = Gauge(
            "docstage_load_level",
            "What waits, lies in the spool, fills memory; of disk 1 is as little as may be left.",
            ["of"],
            registry=registry,
        )
        self._full = Gauge(
            "docstage_overloaded",
            "1 while a level is above its high-water mark and nothing more is taken in.",
            ["of"],
            registry=registry,
        )

    def seen(self, levels: Mapping[str, float], full: Collection[str]) -> None:
        """Note one look."""
        for name, level in levels.items():
            self._levels.labels(name).set(level)
            self._full.labels(name).set(name in full)


def exposition(registry: CollectorRegistry) -> tuple[bytes, str]:
    """The registry in Prometheus' text format, and its media type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST


class MailboxMetrics:
    """Looks into mailboxes of other servers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._looks = Counter(
            "docstage_mailbox_looks",
            "Looks into mailboxes, by outcome: ok, lost, or an error code.",
            ["outcome"],
            registry=registry,
        )

    def looked(self, outcome: str) -> None:
        """Count one look."""
        self._looks.labels(outcome).inc()
