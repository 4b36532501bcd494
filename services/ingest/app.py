"""The gateway's application, wired from its parts."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from aiohttp import web
from prometheus_client import CollectorRegistry

from services.ingest.console.routes import Console, ConsoleParts, add_console, build_console
from services.ingest.console.security_headers import ROOT as CONSOLE
from services.ingest.dependencies import dependencies
from services.ingest.dialects.affinda import context as affinda_context
from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.errors import AffindaErrors
from services.ingest.dialects.affinda.numbers import Numbers
from services.ingest.dialects.affinda.serve import add_affinda
from services.ingest.dialects.docdigitizer import serve as docdigitizer
from services.ingest.dialects.docdigitizer.context import MAX_FILE_BYTES, DocDigitizerParts
from services.ingest.dialects.docdigitizer.errors import DocDigitizerErrors
from services.ingest.dialects.docdigitizer_v3 import serve as docdigitizer_v3
from services.ingest.dialects.docdigitizer_v3.errors import V3Errors
from services.ingest.dialects.docdigitizer_v3.extract import V3Parts
from services.ingest.dialects.documind import context as documind_context
from services.ingest.dialects.documind import serve as documind
from services.ingest.dialects.documind.context import DocumindParts
from services.ingest.dialects.documind.errors import DocumindErrors
from services.ingest.dialects.native.operations import native_operations
from services.ingest.document_types import DocumentTypes
from services.ingest.given_data import GivenData
from services.ingest.induced import InducedSchemas
from services.ingest.intake import Intake
from services.ingest.load import LoadWatch
from services.ingest.modelling.writer import PythonModels
from services.ingest.ordered import OrderedExtractions
from services.ingest.parts import IngestParts
from services.ingest.resources.document_models import ErrorView
from services.ingest.resources.document_views import PREFIX
from services.ingest.reviews import Reviews
from services.ingest.sniff import CONTAINERS, SUPPORTED
from services.ingest.spool import Spool
from services.ingest.usage import Ledger
from services.ingest.watch import DocumentWatch
from services.ingest.workspace_removal import Removal
from services.ingest.workspaces import Workspaces
from shared.blobs.port import Blobs
from shared.broker.port import Broker
from shared.broker.readers import connect_readers
from shared.config import Settings
from shared.http.asyncapi import asyncapi_document
from shared.http.auth import Authenticator
from shared.http.cursors import CursorSigner
from shared.http.docs import add_docs_routes, add_document_route
from shared.http.errors import ErrorRenderer
from shared.http.health import Health, add_health_routes, version
from shared.http.idempotency import Idempotency
from shared.http.links import LinkSigner
from shared.http.listings import LISTED_STAGES, listing_operations
from shared.http.middlewares import install
from shared.http.openapi import Json, openapi_document
from shared.http.operations import Operation
from shared.http.paging import Pager
from shared.http.rates import Rate, Rates
from shared.http.result_messages import ResultMessages
from shared.http.routes import Gate, add_routes
from shared.models.schema import Schema
from shared.stages.on_demand import OnDemand
from shared.stages.outbox import Outbox
from shared.store.port import Store
from shared.telemetry.metrics import HttpMetrics, IntakeMetrics, LoadMetrics
from shared.telemetry.tracing import Tracer

MAX_JSON_BYTES = 1024 * 1024
_SCHEMA_SECONDS = 60.0  # that one waits for the schema of a sample, the longest of which takes 3
DESCRIPTION = (
    "Documents in, structured data out. Every list is paged by cursor: `X-Cursor-ID` of an "
    "answer is `cursorId` of the next request while `X-More-Results-Available` is true."
)


@dataclass(frozen=True)
class GatewayParts:
    """What the gateway is made of; whoever passes the ports opens and closes them.

    ``secret`` (32 bytes or more, equal on all replicas) peppers keys and signs cursors;
    ``metrics`` and ``watch`` are made on the registry unless another part of the process has
    them too; the gateway starts and stops the watch.
    """

    settings: Settings
    secret: bytes
    store: Store
    broker: Broker
    blobs: Blobs
    outbox: Outbox
    types: Mapping[str, Schema]
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    metrics: IntakeMetrics | None = None
    watch: LoadWatch | None = None
    tracer: Tracer = field(default_factory=Tracer)


def build_app(parts: GatewayParts) -> web.Application:
    """The gateway, ready to be served by an ``AppRunner`` (with ``access_log=None``)."""
    app = web.Application(client_max_size=MAX_JSON_BYTES)
    native = native_parts(parts)
    table = operation_table(native, with_stages=not _has_admin_port(parts))
    watch = parts.watch or build_watch(
        parts.settings, parts.broker, parts.store, parts.registry, native.metrics
    )
    rates = _rates(parts.settings)
    console = build_console(ConsoleParts(native, rates, watch.load))
    install(app, HttpMetrics(parts.registry), _error_renderers(console), parts.tracer)
    idempotency = Idempotency(parts.store, parts.secret)
    gate = Gate(native.authenticator, idempotency, rates, watch.load)
    for prefix, operations in table.items():
        add_routes(app, prefix, operations, gate)
    add_docs_routes(app, partial(api_document, table))
    results = partial(asyncapi_document, "Docstage results", version())
    add_document_route(app, "/asyncapi.json", results)
    _add_dialects(app, native, gate)
    add_console(app, console)
    registry = None if _has_admin_port(parts) else parts.registry
    health = dependencies(parts.store, parts.blobs, parts.broker)
    add_health_routes(app, health, registry)
    app.cleanup_ctx.append(_running(native, watch))
    app.on_shutdown.append(_draining(native, health))
    return app


def build_watch(
    settings: Settings,
    broker: Broker,
    store: Store,
    registry: CollectorRegistry,
    metrics: IntakeMetrics,
) -> LoadWatch:
    """Who looks how much waits; one for all doors of a process."""
    load_metrics = LoadMetrics(registry)
    return LoadWatch(settings, broker, store, load_metrics, lambda: metrics.taken_in)


def operation_table(native: IngestParts, *, with_stages: bool) -> dict[str, list[Operation]]:
    """All operations by the prefix they are served under; no route is without one.

    ``with_stages`` adds the stages' listings, for a gateway without an admin port.
    """
    table = {PREFIX: native_operations(native)}
    if with_stages:
        for stage in LISTED_STAGES:
            listing = listing_operations(stage, native.store, native.pager)
            table[f"/admin/{stage.value}"] = listing
    return table


def api_document(table: Mapping[str, Sequence[Operation]]) -> Json:
    """The OpenAPI document of a table of operations."""
    return openapi_document("Docstage", version(), DESCRIPTION, table, ErrorView)


def _has_admin_port(parts: GatewayParts) -> bool:
    return parts.settings.admin_port != 0


def native_parts(parts: GatewayParts) -> IngestParts:
    """What the handlers of the native API work with."""
    metrics, settings = parts.metrics or IntakeMetrics(parts.registry), parts.settings
    authenticator = Authenticator(parts.store, parts.secret)
    readers = connect_readers(settings.rabbitmq_management_url, settings.broker_url)
    removal = Removal(parts.store, parts.blobs, parts.broker, readers)
    types = DocumentTypes(parts.store, parts.types)
    return IngestParts(
        settings=settings,
        secret=parts.secret,
        store=parts.store,
        blobs=parts.blobs,
        outbox=parts.outbox,
        intake=Intake(parts.store, parts.blobs, parts.outbox, metrics),
        spool=Spool(settings.spool, settings.max_file_bytes, SUPPORTED | CONTAINERS),
        watch=DocumentWatch(parts.broker),
        pager=Pager(CursorSigner(parts.secret)),
        authenticator=authenticator,
        metrics=metrics,
        types=parts.types,
        broker=parts.broker,
        readers=readers,
        links=LinkSigner(parts.secret),
        messages=ResultMessages(parts.secret, settings.public_url),
        removal=removal,
        workspaces=Workspaces(parts.store, types, authenticator, removal),
        models=PythonModels(),
    )


def _error_renderers(console: Console) -> dict[str, ErrorRenderer]:
    return {
        CONSOLE: console.errors,
        docdigitizer.ROOT: DocDigitizerErrors(),
        docdigitizer_v3.PREFIX: V3Errors(),
        documind.ROOT: DocumindErrors(),
        affinda_context.V3: AffindaErrors(),
        affinda_context.V2: AffindaErrors(),
    }


def _add_dialects(app: web.Application, native: IngestParts, gate: Gate) -> None:
    docdigitizer.add_docdigitizer(app, docdigitizer_parts(native), gate)
    docdigitizer_v3.add_docdigitizer_v3(app, v3_parts(native), gate)
    documind.add_documind(app, documind_parts(native), gate)
    add_affinda(app, affinda_parts(native), gate)


def affinda_parts(native: IngestParts) -> AffindaParts:
    """What the handlers of the Affinda dialect work with."""
    settings = native.settings
    spool = Spool(settings.spool, settings.max_file_bytes, by_content=True)
    return AffindaParts(
        settings=settings,
        secret=native.secret,
        store=native.store,
        blobs=native.blobs,
        broker=native.broker,
        outbox=native.outbox,
        intake=native.intake,
        given=GivenData(native.store, native.blobs, native.intake, spool),
        spool=spool,
        watch=native.watch,
        reviews=Reviews(native.store, native.outbox),
        types=DocumentTypes(native.store, native.types),
        metrics=native.metrics,
        authenticator=native.authenticator,
        links=native.links,
        numbers=Numbers(native.store),
        workspace_records=native.workspaces,
        models=native.models,
    )


def v3_parts(native: IngestParts) -> V3Parts:
    """What the handler of version 3 works with."""
    return V3Parts(
        store=native.store,
        intake=native.intake,
        spool=native.spool,
        watch=native.watch,
        wait_seconds=native.settings.wait_limit,
        upload_seconds=native.settings.upload_timeout,
    )


def documind_parts(native: IngestParts) -> DocumindParts:
    """What the handlers of the Documind dialect work with."""
    settings, largest = native.settings, documind_context.MAX_FILE_BYTES
    schema_seconds = min(_SCHEMA_SECONDS, settings.extract_wait_limit)
    return DocumindParts(
        store=native.store,
        blobs=native.blobs,
        intake=native.intake,
        spool=Spool(settings.spool, min(settings.max_file_bytes, largest)),
        orders=OrderedExtractions(native.store, native.outbox, native.watch),
        reviews=Reviews(native.store, native.outbox),
        ledger=Ledger(native.store, settings.daily_credits),
        induced=InducedSchemas(native.blobs, OnDemand(native.blobs, native.broker, schema_seconds)),
        metrics=native.metrics,
        authenticator=native.authenticator,
        secret=native.secret,
        wait_seconds=settings.extract_wait_limit,
        upload_seconds=settings.upload_timeout,
        retention_days=settings.documind_retention_days,
    )


def docdigitizer_parts(native: IngestParts) -> DocDigitizerParts:
    """What the handlers of the DocDigitizer dialect work with."""
    settings = native.settings
    return DocDigitizerParts(
        store=native.store,
        blobs=native.blobs,
        intake=native.intake,
        spool=Spool(settings.spool, min(settings.max_file_bytes, MAX_FILE_BYTES)),
        pager=native.pager,
        reviews=Reviews(native.store, native.outbox),
        metrics=native.metrics,
        types=DocumentTypes(native.store, native.types),
        lead_time=timedelta(seconds=settings.lead_time),
        upload_seconds=settings.upload_timeout,
    )


def _rates(settings: Settings) -> Rates:
    return Rates(
        Rate(settings.rate_per_key, settings.rate_per_key_burst),
        Rate(settings.rate_per_organization, settings.rate_per_organization_burst),
    )


def _running(
    native: IngestParts, load: LoadWatch
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def run(_: web.Application) -> AsyncIterator[None]:
        native.spool.open()
        await native.watch.start()
        await load.start()
        yield
        await native.models.close()
        await load.stop()
        await native.watch.stop()

    return run


def _draining(native: IngestParts, health: Health) -> Callable[[web.Application], Awaitable[None]]:
    async def drain(_: web.Application) -> None:
        health.draining = True
        native.watch.release()

    return drain
