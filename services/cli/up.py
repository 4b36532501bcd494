"""``docstage up``: all services in one process, on embedded parts unless configured.

The composition of the whole: the same services as apart, the same stage runtime.
"""

import fcntl
import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from services.cli.development_certificate import DevelopmentCertificate, development_certificate
from services.cli.warmth import warm_child
from services.extract import __main__ as extract
from services.ingest import __main__ as ingest
from services.ingest.first_key import KEY_FILE, ensure_first_key
from services.notify import __main__ as notify
from services.ocr import __main__ as ocr
from services.ocr.models import warm as build_models
from shared.config import Settings
from shared.http.health import version
from shared.models.time import utc_now
from shared.models.work import StageName
from shared.process import Process, Service, open_process, run_services, worker_count
from shared.serve import build_admin, run_until_stopped
from shared.telemetry.logs import configure


def up(
    host: str | None = None,
    port: int | None = None,
    data_dir: Path | None = None,
    workers: int | None = None,
    *,
    tls: bool = False,
) -> None:
    """Run everything until SIGTERM or Ctrl-C; what is ``None`` comes from the settings.

    ``tls`` without a certificate in the settings makes one for development.
    """
    given = {"host": host, "port": port, "data_dir": data_dir, "workers": workers}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    configure("docstage", version(), settings.log_level, settings.log_format)
    ingest.certificate_of(settings)  # before anything is started
    lock = _lock(settings.data_dir)
    try:
        build_models(_say, settings.ocr_engine)
        development = _certificate(settings) if tls and not settings.tls_cert else None
        if development is not None:
            files = {"tls_cert": str(development.chain), "tls_key": str(development.key)}
            settings = settings.model_copy(update=files)
        run_until_stopped(_serve(settings, development))
    finally:
        lock.close()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - for a person who waits


def _certificate(settings: Settings) -> DevelopmentCertificate:
    """One for every name under which this machine is likely to be called."""
    public = urlsplit(settings.public_url).hostname
    everywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104 - read, not listened on
    hosts = [socket.gethostname() if everywhere else settings.host, *([public] if public else [])]
    return development_certificate(settings.data_dir.absolute(), hosts, utc_now())


async def _serve(settings: Settings, development: DevelopmentCertificate | None) -> None:
    warm = partial(warm_child, ocr.warming(settings))
    process = await open_process(settings, workers=worker_count(settings), warm=warm)
    key = await ensure_first_key(settings, process.store, process.secret)
    services: list[Service] = [
        ocr.build(process),
        extract.build(process),
        notify.build(process),
        *ingest.build(process),
    ]
    if settings.admin_port:
        stages = list(StageName)
        services.append(build_admin(process, services, stages))
    await run_services(process, services, ready=_greeting(process, key, development))


def _greeting(
    process: Process, key: str | None, development: DevelopmentCertificate | None
) -> Callable[[], None]:
    settings = process.settings
    url = settings.public_url or settings.local_url
    lines = [
        f"Docstage {version()} is ready.",
        f"  Pages  {url}/console (sign in with a key)",
        f"  API    {url}/api/v1",
        f"  Docs   {url}/docs",
        f"  Data   {settings.data_dir.absolute()}",
    ]
    if development is not None:
        lines += [
            f"  TLS    {development.authority}",
            f"         is whom clients must trust; SHA-256 {development.fingerprint}",
        ]
    if settings.smtp_port:
        listening = f"{settings.smtp_host}:{settings.smtp_port}"
        lines.append(f"  Mail   {listening}, for addresses at {settings.mail_domain}")
    if key is not None:
        lines += [
            f"  Key    {key}",
            f"         (shown once; also in {settings.data_dir / KEY_FILE}, for you alone)",
        ]

    def greet() -> None:
        print("\n".join(lines), flush=True)  # noqa: T201 - what the user waits for

    return greet


def _lock(folder: Path) -> TextIO:
    """Hold the data folder: two processes on one would fight over the same leases."""
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        sys.exit(
            f"docstage: the data folder {folder} is in use by process {holder}. "
            "Stop it, or choose another folder with --data-dir."
        )
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
