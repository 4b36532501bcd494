"""Starting what is measured, as processes of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.e2e.embedded import Up, wait_until_ready
from tests.servers.process import free_port
from tests.servers.rabbitmq import RabbitMQ

STAGES = ("ocr", "extract", "notify")
UNLIMITED = {"DOCSTAGE_RATE_PER_KEY": "0", "DOCSTAGE_RATE_PER_ORGANIZATION": "0"}
"""One key may call as fast as it can."""


@dataclass(frozen=True)
class Server:
    """Something that takes uploads; ``pids`` are its processes, the broker's among them."""

    name: str
    url: str
    key: str
    amqp: str | None = None
    pids: tuple[int, ...] = ()
    broker_pid: int | None = None


def embedded(stack: ExitStack, folder: Path) -> Server:
    """``docstage up``."""
    up = stack.enter_context(Up(folder / "up" / "data", **UNLIMITED))
    return Server("docstage embedded", up.url, up.key, pids=(up.pid,))


def services(stack: ExitStack, folder: Path, names: Sequence[str] = (*STAGES, "ingest")) -> Server:
    """Services apart, ``ingest`` being the last, on RabbitMQ, SQLite and a folder."""
    rabbit = RabbitMQ(folder / "rabbit")
    rabbit.start()
    stack.callback(rabbit.stop)
    port, key = free_port(), "benchmark-key-0123456789-abcdefghij"
    environment = {
        **os.environ,
        **UNLIMITED,
        "DOCSTAGE_BROKER_URL": rabbit.url,
        "DOCSTAGE_DATA_DIR": str(folder / "services"),
        "DOCSTAGE_BOOTSTRAP_KEY": key,
        "DOCSTAGE_SECRET": "benchmark-secret-0123456789-abcdefghij",
        "DOCSTAGE_PORT": str(port),
    }
    log, url = folder / "services.log", f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "services.cli", "run"]
    started = [_start(stack, [*command, name], environment, log) for name in names]
    wait_until_ready(url, started[-1], log)
    pids = tuple(process.pid for process in started)
    return Server("docstage on RabbitMQ", url, key, rabbit.url, pids, rabbit.pid)


def bare(stack: ExitStack, folder: Path, ours: Server) -> Server:
    """The reference pipeline, on the broker of ``ours`` if that has one."""
    return reference(stack, folder, "pipeline", _broker_of(ours), ours)


def bare_with_our_work(stack: ExitStack, folder: Path, ours: Server) -> Server:
    """The same, reading and extracting with our code in as many children as we have."""
    more = [*_broker_of(ours), "--children", str(len(os.sched_getaffinity(0)))]
    server = reference(stack, folder / "same", "pipeline", more, ours)
    return replace(server, name="bare, our work")


def _broker_of(ours: Server) -> list[str]:
    return ["--amqp", ours.amqp] if ours.amqp else []


def reference(
    stack: ExitStack, folder: Path, module: str, more: Sequence[str], ours: Server
) -> Server:
    """A reference script that serves HTTP: ``MODULE PORT FOLDER ...``."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    name = f"benchmarks.reference.{module}"
    command = [sys.executable, "-m", name, str(port), str(folder / module), *more]
    log, url = folder / f"{module}.log", f"http://127.0.0.1:{port}"
    process = _start(stack, command, dict(os.environ), log)
    wait_until_ready(url, process, log)
    return Server("bare reference", url, "", ours.amqp, (process.pid,), ours.broker_pid)


def _start(
    stack: ExitStack, command: list[str], environment: dict[str, str], log: Path
) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        process = subprocess.Popen(  # noqa: S603 - our own command lines
            command, env=environment, stdout=file, stderr=file, start_new_session=True
        )
    stack.callback(process.wait)
    # With its children: those of the reference's pool would live on for ever.
    stack.callback(os.killpg, process.pid, signal.SIGKILL)
    return process
