"""Health: alive, ready, and what the process counts."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata

from aiohttp import web
from prometheus_client import CollectorRegistry

from shared.errors import DocstageError
from shared.http.context import ROUTE
from shared.telemetry.metrics import exposition

CHECK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """A dependency to ask; without one that is not ``required`` we are ready all the same."""

    probe: Callable[[], Awaitable[None]]
    required: bool = True


@dataclass(slots=True)
class Health:
    """What a process knows of itself.

    ``alive`` are conditions without which only a restart helps, never a dependency.
    ``draining`` is set when the process is to end, so that it gets no new work.
    """

    checks: Mapping[str, Check] = field(default_factory=dict)
    alive: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    draining: bool = False

    async def readiness(self) -> tuple[bool, dict[str, object]]:
        """Whether to send work here, and the result of each check."""
        results = await asyncio.gather(*(_ask(check) for check in self.checks.values()))
        named = dict(zip(self.checks, results, strict=True))
        missing = [name for name, it in named.items() if not it["ok"]]
        ready = not self.draining and not any(self.checks[name].required for name in missing)
        word = "draining" if self.draining else "ready" if not missing else "degraded"
        status = word if ready or self.draining else "unavailable"
        return ready, {"status": status, "checks": named}


async def _ask(check: Check) -> dict[str, object]:
    started = time.perf_counter()
    code: str | None = None
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check.probe()
    except TimeoutError:
        code = "TIMED_OUT"
    except DocstageError as error:
        code = error.code.value
    except Exception:  # noqa: BLE001 - whatever a probe raises, the dependency is not well
        code = "UNEXPECTED_ERROR"
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    return {"ok": code is None, "code": code, "milliseconds": milliseconds}


def version() -> str:
    """The installed version of the product."""
    return metadata.version("docstage")


def add_health_routes(
    app: web.Application,
    health: Health,
    registry: CollectorRegistry | None,
) -> None:
    """Serve ``/livez``, ``/readyz``, ``/version``, and ``/metrics`` if there is a registry."""

    async def livez(request: web.Request) -> web.Response:
        request[ROUTE] = "/livez"
        results = {name: probe() for name, probe in health.alive.items()}
        alive = all(results.values())
        body = {"status": "alive" if alive else "dead", "checks": results}
        return _json(body, alive)

    async def readyz(request: web.Request) -> web.Response:
        request[ROUTE] = "/readyz"
        ready, body = await health.readiness()
        return _json(body, ready)

    async def show_version(request: web.Request) -> web.Response:
        request[ROUTE] = "/version"
        return _json({"name": "docstage", "version": version()}, well=True)

    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/version", show_version)
    if registry is not None:
        app.router.add_get("/metrics", _metrics(registry))


def _metrics(registry: CollectorRegistry) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def metrics(request: web.Request) -> web.Response:
        request[ROUTE] = "/metrics"
        body, media_type = exposition(registry)
        return web.Response(body=body, headers={"Content-Type": media_type})

    return metrics


def _json(body: object, well: bool) -> web.Response:  # noqa: FBT001 - one meaning only
    return web.json_response(
        body, status=200 if well else 503, headers={"Cache-Control": "no-store"}
    )
