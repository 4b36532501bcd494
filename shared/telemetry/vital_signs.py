"""Whether a process's event loop runs freely, and whether its services do their work."""

import asyncio
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Gauge

LOOK_SECONDS = 1.0
_KEPT = 15
"""Looks whose longest lag is told: more than between two scrapes, less than an alert's minute."""


class VitalSigns:
    """Looks every second; ``services`` say by name whether they are at work."""

    def __init__(
        self, registry: CollectorRegistry, services: Mapping[str, Callable[[], bool]]
    ) -> None:
        self._services = services
        self._lags: list[float] = []
        self._lag = Gauge(
            "docstage_event_loop_lag_seconds",
            "The longest that something ready had to wait for the loop, lately.",
            registry=registry,
        )
        self._up = Gauge(
            "docstage_consumer_up",
            "1 while a service does its work: consumers registered, loops running.",
            ["service"],
            registry=registry,
        )

    async def look(self) -> None:
        """One look, a second long."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await asyncio.sleep(LOOK_SECONDS)
        self._lags = [*self._lags, max(0.0, loop.time() - begun - LOOK_SECONDS)][-_KEPT:]
        self._lag.set(max(self._lags))
        for name, alive in self._services.items():
            self._up.labels(name).set(alive())

    async def run(self) -> None:
        """Look for as long as the process lives."""
        while True:
            await self.look()
