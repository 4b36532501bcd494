"""The admin port of a process: health and metrics, and what its stages stored and do."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CollectorRegistry

from shared.http.auth import Authenticator
from shared.http.cursors import CursorSigner
from shared.http.health import Check, Health, add_health_routes
from shared.http.listings import LISTED_STAGES, listing_operations
from shared.http.middlewares import install
from shared.http.paging import Pager
from shared.http.routes import Gate, add_routes
from shared.models.work import StageName
from shared.store.port import Store


@dataclass(frozen=True)
class AdminParts:
    """What an admin port shows.

    ``checks`` are dependencies to ask for readiness, ``alive`` conditions of liveness.
    """

    secret: bytes
    store: Store
    registry: CollectorRegistry
    stages: Sequence[StageName]
    checks: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    alive: Mapping[str, Callable[[], bool]] = field(default_factory=dict)


def build_admin_app(parts: AdminParts) -> web.Application:
    """``/livez /readyz /metrics /version``, and ``/results`` and ``/jobs`` with an API key.

    A process of one stage has them at the root; one of several has ``/admin/{stage}/…``,
    which is where the gateway of ``docstage up`` has them too.
    """
    app = web.Application()
    install(app)
    health = Health({name: Check(probe) for name, probe in parts.checks.items()}, parts.alive)
    add_health_routes(app, health, parts.registry)
    gate = Gate(Authenticator(parts.store, parts.secret))
    pager = Pager(CursorSigner(parts.secret))
    listed = [stage for stage in parts.stages if stage in LISTED_STAGES]
    for stage in listed:
        prefix = "" if len(listed) == 1 else f"/admin/{stage.value}"
        add_routes(app, prefix, listing_operations(stage, parts.store, pager), gate)
    return app
