"""The SMTP door under load: memory with many large messages at once, CPU and time of small ones.

    python -m benchmarks.mail [--messages 40] [--mebibytes 25] [--small 400] [--json FILE]

Beside it, in the same run, aiosmtpd as it comes (``benchmarks/reference/smtp.py``), which keeps
each message in memory until it is whole. Each message is on disk when it is answered.
"""

import argparse
import asyncio
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.disk import fsync_milliseconds
from benchmarks.processes import cpu_seconds, forget_peak, peak_mib, resident_mib
from benchmarks.report import Figures, Floor, Report, at_share, middle, parser, progress
from services.ingest.mail.addresses import Addresses
from services.ingest.tenants import default_workspace_id, found_organization
from shared.models.tenancy import Licence
from shared.store.collections import WORKSPACES
from shared.store.connect import connect_store
from shared.store.port import Tenant
from tests.api.smtp_process import SECRET, DoorProcess
from tests.servers.process import accepts, free_port

MIB = 1024 * 1024
LINE = b"x" * 74 + b"\r\n"
SMALL_BYTES = 50_000
SENDERS = 4
GROWTH_MIB = 80.0
A_SESSION = 90
SETTINGS = {
    "DOCSTAGE_SMTP_MAX_SESSIONS_PER_IP": "50",
    "DOCSTAGE_SMTP_MESSAGES_PER_MINUTE": "0",
    "DOCSTAGE_LOG_LEVEL": "WARNING",
}


@dataclass(frozen=True)
class Server:
    """Where mail goes."""

    name: str
    port: int
    pid: int
    address: str


def send(server: Server, count: int, size: int, name: str, times: list[float]) -> None:
    """Send messages one after the other; ``times`` are seconds from MAIL to the last 250."""
    body = b"Subject: x\r\n\r\n" + LINE * (size // len(LINE))
    with smtplib.SMTP("127.0.0.1", server.port, timeout=600) as client:
        for number in range(count):
            if number and number % A_SESSION == 0:
                client.quit()
                client.connect("127.0.0.1", server.port)
            client.ehlo_or_helo_if_needed()
            begun = time.perf_counter()
            client.mail("a@example.net")
            client.rcpt(server.address)
            head = f"Message-ID: <{name}.{number}@example.net>\r\n".encode()
            code, text = client.data(head + body)
            if code != 250:
                raise RuntimeError(f"{server.name}: {code} {text.decode()}")
            times.append(time.perf_counter() - begun)


def at_once(server: Server, senders: int, count: int, size: int, name: str) -> Figures:
    """What so many senders cost, each with ``count`` messages of ``size`` bytes."""
    send(server, 1, MIB, f"first-{name}", [])
    forget_peak(server.pid)
    resident, cpu = resident_mib([server.pid]), cpu_seconds([server.pid])
    times: list[float] = []
    threads = [
        threading.Thread(target=send, args=(server, count, size, f"{name}-{number}", times))
        for number in range(senders)
    ]
    begun = time.perf_counter()
    for it in threads:
        it.start()
    for it in threads:
        it.join()
    seconds, messages = time.perf_counter() - begun, senders * count
    if len(times) != messages:
        raise RuntimeError(f"{server.name} took {len(times)} of {messages}")
    return {
        "runner": server.name,
        "messages": messages,
        "MiB each": round(size / MIB, 2),
        "memory MiB more": round(peak_mib(server.pid) - resident, 1),
        "CPU ms each": round(1e3 * (cpu_seconds([server.pid]) - cpu) / messages, 1),
        "p50 ms": middle([1e3 * it for it in times], 1),
        "p99 ms": at_share([1e3 * it for it in times], 0.99, 1),
        "MiB/s": round(messages * size / MIB / seconds, 1),
    }


async def new_address(data: Path) -> str:
    """The address of a new organization's workspace, in the store of a data folder."""
    store = connect_store(f"sqlite:///{data}/docstage.db")
    await store.open()
    organization = await found_organization(store, "bench", Licence())
    workspaces = store.of(Tenant(organization.id), WORKSPACES)
    workspace = await workspaces.get(default_workspace_id(organization.id))
    await store.close()
    if workspace is None:
        raise RuntimeError("the organization has no workspace")
    return Addresses(SECRET.encode(), "localhost").write(workspace)


@contextmanager
def docstage(folder: Path) -> Iterator[Server]:
    """The SMTP door as a process of its own, on SQLite and a folder."""
    (folder / "data").mkdir()
    address = asyncio.run(new_address(folder / "data"))
    with DoorProcess(folder / "data", **SETTINGS) as door:
        yield Server("docstage", door.port, door.pid, address)


@contextmanager
def aiosmtpd(folder: Path) -> Iterator[Server]:
    """The reference."""
    port, kept = free_port(), folder / "kept"
    kept.mkdir()
    command = [sys.executable, "-m", "benchmarks.reference.smtp", str(port), str(kept)]
    with subprocess.Popen(command) as process:  # noqa: S603 - our own command line
        try:
            while not accepts(port):
                time.sleep(0.05)
            yield Server("aiosmtpd", port, process.pid, "a@localhost")
        finally:
            process.kill()


def measure(run: Callable[[Server], list[Figures]]) -> list[Figures]:
    """Both, each in a folder of its own that is gone before the next."""
    figures: list[Figures] = []
    for open_server in (docstage, aiosmtpd):
        with tempfile.TemporaryDirectory() as folder, open_server(Path(folder)) as server:
            progress(server.name)
            figures += run(server)
    return figures


def main() -> None:
    """Measure, print, and hold against the floor."""
    command = parser(__doc__)
    command.add_argument("--messages", type=int, default=40, help="large ones, all at once")
    command.add_argument("--mebibytes", type=int, default=25)
    command.add_argument("--small", type=int, default=400, help="of 50 kB, by four senders")
    given: argparse.Namespace = command.parse_args()

    def run(server: Server) -> list[Figures]:
        large = at_once(server, given.messages, 1, given.mebibytes * MIB, "large")
        return [large, at_once(server, SENDERS, given.small // SENDERS, SMALL_BYTES, "small")]

    figures = measure(run)
    with tempfile.TemporaryDirectory() as folder:
        setting = {"store": "SQLite", "fsync p50 ms": fsync_milliseconds(Path(folder))}
    growth = float(figures[0]["memory MiB more"])
    floors = [Floor("memory with all large ones, MiB more", growth, GROWTH_MIB, at_most=True)]
    Report("mail", setting, figures, floors).finish(given.json)


if __name__ == "__main__":
    main()
