"""The ingest service, the gateway: ``python -m services.ingest``.

Relay and sweeper run here too, as this is the one service that is never scaled to zero; so
do the fetch and unpack stages, whose files come through the gateway's own door.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from services.ingest.app import GatewayParts, build_app, build_watch
from services.ingest.doors.fetch import FetchStage
from services.ingest.doors.imap import build_imap
from services.ingest.doors.smtp import build_smtp
from services.ingest.doors.unpack import UnpackParts, UnpackStage
from services.ingest.first_key import ensure_first_key
from services.ingest.intake import Intake
from services.ingest.load import LoadWatch
from services.ingest.sniff import CONTAINERS, SUPPORTED
from services.ingest.spool import Spool
from shared.broker.connect import is_memory
from shared.compute.limits import MEBIBYTE
from shared.compute.limits import Limits as ChildLimits
from shared.compute.pool import ComputePool
from shared.config import PREFETCH, Settings
from shared.http.certificates import Certificate
from shared.http.client import SafeClient
from shared.http.downloads import DownloadLimits, Downloads
from shared.models.work import StageName
from shared.process import Process, Service, open_process, run_services
from shared.schemas import built_in
from shared.serve import HttpService, build_admin, prepare, require_broker, run_until_stopped
from shared.stage_runners import build_stage
from shared.stages.fetching import Fetching
from shared.stages.indexing import Indexing
from shared.stages.letter_watch import LetterWatch
from shared.stages.orphans import Orphans
from shared.stages.progress_watch import ProgressWatch
from shared.stages.retention import Retention
from shared.stages.services import Beside, RescueService, StageService
from shared.stages.unpacking import Unpacking
from shared.telemetry.metrics import IntakeMetrics
from shared.telemetry.progress_metrics import ProgressMetrics

UNPACK_LEAST, UNPACK_TIMES = 640 * MEBIBYTE, 6
"""The memory of a child that unpacks; by the largest file, of which five times were enough.

To load PyMuPDF from source, where an installer has compiled nothing, takes more than 256 MiB.
"""


def build(process: Process) -> list[Service]:
    """What the service is made of, in the order to start it in."""
    metrics = IntakeMetrics(process.registry)
    watch = build_watch(process.settings, process.broker, process.store, process.registry, metrics)
    return [
        build_fetch(process, metrics),
        build_unpack(process, metrics),
        build_rescue(process),
        build_gateway(process, metrics, watch),
        *([build_smtp(process, metrics, watch.load)] if process.settings.smtp_port else []),
        *([build_imap(process, metrics, watch.load)] if process.settings.imap_concurrency else []),
    ]


def build_gateway(process: Process, metrics: IntakeMetrics, watch: LoadWatch) -> HttpService:
    """The gateway on the ports of a process."""
    parts = GatewayParts(
        settings=process.settings,
        secret=process.secret,
        store=process.store,
        broker=process.broker,
        blobs=process.blobs,
        outbox=process.outbox,
        types=built_in(),
        registry=process.registry,
        metrics=metrics,
        watch=watch,
        tracer=process.runtime.tracer,
    )
    settings = process.settings
    app, certificate = build_app(parts), certificate_of(settings)
    return HttpService("gateway", app, settings.host, settings.port, certificate)


def certificate_of(settings: Settings) -> Certificate | None:
    """What the settings name for HTTPS, if anything; raises ``CertificateError``."""
    if not settings.tls_cert:
        return None
    certificate = Certificate(Path(settings.tls_cert), Path(settings.tls_key or settings.tls_cert))
    certificate.load()
    return certificate


def build_fetch(process: Process, metrics: IntakeMetrics) -> StageService:
    """The fetch stage on the ports of a process."""
    settings, slots = process.settings, PREFETCH[StageName.FETCH]
    limits = DownloadLimits(
        max_bytes=settings.max_file_bytes,
        total_seconds=settings.fetch_timeout,
        idle_seconds=settings.fetch_idle_timeout,
    )
    # The slots limit how much is fetched at a time; waiting for a place at the same host
    # would take from the time of the fetch.
    client = SafeClient(
        settings.allow_private_targets, deny_targets=settings.deny_targets, per_host=0
    )
    spool = Spool(settings.spool, settings.max_file_bytes, SUPPORTED | CONTAINERS)
    downloads = Downloads(client, limits)
    stage = FetchStage(downloads, spool, process.blobs, process.store, metrics)
    runner = build_stage(process, stage, Fetching(), slots)
    return StageService("fetch", runner, beneath=(Beside(client.open, client.close),))


def build_unpack(process: Process, metrics: IntakeMetrics) -> StageService:
    """The unpack stage on the ports of a process, with child processes of its own.

    They are small, and nothing that is being read keeps a message waiting.
    """
    settings, slots = process.settings, PREFETCH[StageName.UNPACK]
    memory = max(UNPACK_LEAST, UNPACK_TIMES * settings.max_file_bytes)
    limits = ChildLimits(memory=min(settings.child_memory, memory))
    pool = ComputePool(slots, limits=limits, steps=process.runtime.tracer)
    parts = UnpackParts(
        pool=pool,
        spool=Spool(settings.spool, settings.max_file_bytes),
        blobs=process.blobs,
        store=process.store,
        intake=Intake(process.store, process.blobs, process.outbox, metrics),
        outbox=process.outbox,
        failpoints=process.failpoints,
    )
    runner = build_stage(process, UnpackStage(parts), Unpacking(), slots)
    return StageService("unpack", runner, beneath=(Beside(pool.start, pool.close),))


def build_rescue(process: Process) -> RescueService:
    """Relay and sweeper on the ports of a process."""
    settings = process.settings
    return RescueService(
        runtime=process.runtime,
        outbox=process.outbox,
        metrics=process.metrics,
        relay_seconds=settings.relay_seconds,
        sweep_seconds=settings.sweep_seconds,
        grace=timedelta(seconds=settings.sweep_grace),
        alone=is_memory(settings.broker_url),
        retention=Retention(process.runtime, process.outbox, process.blobs),
        indexing=Indexing(process.runtime, process.blobs),
        orphans=Orphans(
            process.runtime,
            process.blobs,
            timedelta(seconds=settings.orphan_grace),
            lambda it: process.metrics.orphans(it.found, it.removed),
        ),
        orphan_seconds=settings.orphan_seconds,
        watches=[
            LetterWatch(process.runtime, process.letters.seen).step,
            ProgressWatch(process.runtime, ProgressMetrics(process.registry).seen).step,
        ],
    )


async def serve(settings: Settings) -> None:
    """Run the gateway until it is told to stop; raises ``CertificateError``."""
    certificate_of(settings)  # before anything is started
    process = await open_process(settings, workers=0, service="docstage-ingest")
    key = await ensure_first_key(settings, process.store, process.secret)
    if key is not None:
        print(f"First key, shown once: {key}", file=sys.stderr)  # noqa: T201 - for a person
    services = build(process)
    if settings.admin_port:
        stages = [StageName.FETCH, StageName.UNPACK]
        services.append(build_admin(process, services, stages))
    await run_services(process, services)


def main() -> None:
    """Start the gateway as a process of its own."""
    settings = prepare("ingest")
    require_broker(settings)
    run_until_stopped(serve(settings), asyncio.new_event_loop)


if __name__ == "__main__":
    main()
