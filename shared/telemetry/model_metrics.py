"""Metrics of the models that are asked for fields."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 100.0)


class ModelMetrics:
    """What came of questions, how long answers take, and the tokens that endpoints count."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._questions = Counter(
            "docstage_model_questions",
            "Documents that a model was asked about, by outcome.",
            ["engine", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "docstage_model_seconds",
            "Time that one call of an endpoint takes, waiting for its turn included.",
            ["engine"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._tokens = Counter(
            "docstage_model_tokens",
            "Tokens read and written, as the endpoint counts them.",
            ["engine", "kind"],
            registry=registry,
        )

    def asked(self, engine: str, outcome: str) -> None:
        """Note what came of one question: ``answered``, or the code of an error."""
        self._questions.labels(engine, outcome).inc()

    def took(self, engine: str, seconds: float) -> None:
        """Note the time of one call."""
        self._seconds.labels(engine).observe(seconds)

    def counted(self, engine: str, read: int, written: int) -> None:
        """Note the tokens of one answer."""
        self._tokens.labels(engine, "read").inc(read)
        self._tokens.labels(engine, "written").inc(written)
