"""The ingest service, the gateway: ``python -m services.ingest``.

Relay and sweeper run here too, as this is the one service that is never scaled to zero.
"""

import sys
from datetime import timedelta

from services.ingest.app import GatewayParts, build_app
from services.ingest.first_key import ensure_first_key
from shared.broker.connect import is_memory
from shared.config import Settings
from shared.models.work import StageName
from shared.process import Process, Service, open_process, run_services
from shared.schemas import built_in
from shared.serve import HttpService, build_admin, prepare, require_broker, run_until_stopped
from shared.stages.services import RescueService


def build(process: Process) -> HttpService:
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
    )
    settings = process.settings
    return HttpService("gateway", build_app(parts), settings.host, settings.port)


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
    )


async def serve(settings: Settings) -> None:
    """Run the gateway until it is told to stop."""
    process = await open_process(settings, workers=0)
    key = await ensure_first_key(settings, process.store, process.secret)
    if key is not None:
        print(f"First key, shown once: {key}", file=sys.stderr)  # noqa: T201 - for a person
    services: list[Service] = [build_rescue(process), build(process)]
    if settings.admin_port:
        services.append(build_admin(process, services, [StageName.FETCH]))
    await run_services(process, services)


def main() -> None:
    """Start the gateway as a process of its own."""
    settings = prepare("ingest")
    require_broker(settings)
    run_until_stopped(serve(settings))


if __name__ == "__main__":
    main()
