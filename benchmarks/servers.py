"""Starting what is measured, as processes of their own."""

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.embedded import Up, free_port, wait_until_ready
from tests.servers.rabbitmq import RabbitMQ

STAGES = ("ocr", "extract", "notify")


@dataclass(frozen=True)
class Server:
    """Something that takes uploads."""

    name: str
    url: str
    key: str
    amqp: str | None = None


def embedded(stack: ExitStack, folder: Path) -> Server:
    """``docstage up``."""
    up = stack.enter_context(Up(folder / "up" / "data"))
    return Server("docstage embedded", up.url, up.key)


def services(stack: ExitStack, folder: Path) -> Server:
    """The four services apart, on RabbitMQ, SQLite and a folder."""
    rabbit = RabbitMQ(folder / "rabbit")
    rabbit.start()
    stack.callback(rabbit.stop)
    port, key = free_port(), "benchmark-key-0123456789-abcdefghij"
    environment = {
        **os.environ,
        "DOCSTAGE_BROKER_URL": rabbit.url,
        "DOCSTAGE_DATA_DIR": str(folder / "services"),
        "DOCSTAGE_BOOTSTRAP_KEY": key,
        "DOCSTAGE_SECRET": "benchmark-secret-0123456789-abcdefghij",
        "DOCSTAGE_PORT": str(port),
    }
    log = folder / "services.log"
    for service in (*STAGES, "ingest"):
        process = _start(
            stack, [sys.executable, "-m", "services.cli", "run", service], environment, log
        )
    wait_until_ready(f"http://127.0.0.1:{port}", process, log)
    return Server("docstage on RabbitMQ", f"http://127.0.0.1:{port}", key, rabbit.url)


def bare(stack: ExitStack, folder: Path, amqp: str | None) -> Server:
    """The reference pipeline."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "benchmarks.reference.pipeline",
        str(port),
        str(folder / "bare"),
    ]
    log = folder / "bare.log"
    process = _start(stack, command + ([amqp] if amqp else []), dict(os.environ), log)
    wait_until_ready(f"http://127.0.0.1:{port}", process, log)
    return Server("bare reference", f"http://127.0.0.1:{port}", "", amqp)


def _start(
    stack: ExitStack, command: list[str], environment: dict[str, str], log: Path
) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)  # noqa: S603
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process
