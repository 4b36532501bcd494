"""The screen of integrations, put together."""

from aiohttp import web

from services.ingest.console.integrations.delivery_log import DeliveryLog, log_routes
from services.ingest.console.integrations.keys import key_routes
from services.ingest.console.integrations.mail import mail_routes
from services.ingest.console.integrations.queues import queue_routes
from services.ingest.console.integrations.usage import usage_routes
from services.ingest.console.integrations.webhooks import PATH, webhook_routes
from services.ingest.console.screens import Route, Screen
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts
from shared.models.tenancy import Scope


def integrations_screen(parts: IngestParts) -> Screen:
    """The screen's routes."""
    log = DeliveryLog(parts)
    return Screen(
        "integrations",
        [
            Route("GET", "/integrations", _first, Scope.ADMIN),
            *key_routes(parts),
            *webhook_routes(parts, log),
            *log_routes(log),
            *queue_routes(parts),
            *mail_routes(parts),
            *usage_routes(parts),
        ],
        label="Integrations",
        scope=Scope.ADMIN,
    )


async def _first(visit: Visit) -> web.StreamResponse:
    return visit.go(f"{ROOT}{PATH}")
