"""Starting one service as a process of its own."""

import asyncio
import sys
from collections.abc import Callable

import structlog

from shared.broker.connect import is_memory
from shared.config import Settings
from shared.errors import DocstageError
from shared.http.admin import AdminService
from shared.models.work import StageName
from shared.process import Build, open_process, run_services, worker_count
from shared.telemetry.logs import configure_logging

NEEDS_A_BROKER = (
    "The in-process broker connects nothing but the parts of one process. Set "
    "DOCSTAGE_BROKER_URL=amqp://… to run the services apart, or use `docstage up`."
)


def main_of_stage(
    stage: StageName,
    build: Build,
    *,
    children: bool,
    warm: Callable[[], object] | None = None,
) -> None:
    """Run a stage until it is told to stop; the exit status is the process's.

    ``children`` says whether it computes in child processes, which call ``warm`` first.
    """
    settings = Settings()
    require_broker(settings)
    configure_logging(settings.log_level, settings.log_format)
    try:
        asyncio.run(_serve(settings, stage, build, children=children, warm=warm))
    except DocstageError as error:
        structlog.get_logger("docstage.process").error("not_started", code=error.code)
        sys.exit(f"docstage: {error.detail}")


def require_broker(settings: Settings) -> None:
    """Exit with a clear message when the broker of the settings cannot connect processes."""
    if is_memory(settings.broker_url):
        sys.exit(f"docstage: {NEEDS_A_BROKER}")


async def _serve(
    settings: Settings,
    stage: StageName,
    build: Build,
    *,
    children: bool,
    warm: Callable[[], object] | None,
) -> None:
    process = await open_process(
        settings, workers=worker_count(settings) if children else 0, warm=warm
    )
    service = build(process)
    admin = AdminService(process, [service], [stage])
    await run_services(process, [service, admin])
