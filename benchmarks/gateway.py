"""Uploads through the gateway, beside a bare handler that hashes and fsyncs a raw body.

    python -m benchmarks.gateway [--rounds N] [--large N] [--small N] [--json FILE]

Starts the ingest service on RabbitMQ and SQLite (no other service: what is accepted stays in
its queue) and the bare reference, and uploads to both in turn from a process of its own: files
of 25 MB two at a time, and of 200 KB eight at a time. Then 50 files of 25 MB at once, for
the memory that each takes above what it held idle. CPU is the server's alone.

Docstage's figures include the form, the key, the limits, the record's durable write and the
job's publishing; the reference has none of these.
"""

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.disk import fsync_milliseconds
from benchmarks.processes import cpu_seconds, forget_peak, peak_mib, resident_mib
from benchmarks.report import (
    Figures,
    Floor,
    Report,
    at_share,
    median_ratio,
    middle,
    parser,
    progress,
)
from benchmarks.servers import Server, reference, services
from benchmarks.uploader import Order, upload

MB = 1024 * 1024
LARGE, LARGE_PARALLEL = 25 * MB, 2
SMALL, SMALL_PARALLEL = 200 * 1024, 8
CROWD = 50
MIN_SPEED = 0.85
MAX_MEMORY = 150.0


@dataclass(frozen=True)
class Target:
    """Where to upload to, and where it keeps what it took."""

    server: Server
    path: str
    files: Path

    def order(self, size: int, parallel: int, uploads: int) -> Order:
        """Uploads to it."""
        return Order(self.server.url + self.path, self.server.key, size, parallel, uploads)

    def clear(self) -> None:
        """Make room on the disk; nobody reads the files."""
        for entry in self.files.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()


@dataclass
class Measured:
    """Rounds of uploads: per second, milliseconds each, the server's CPU milliseconds each."""

    speeds: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


Rounds = dict[str, Measured]


def one_round(target: Target, found: Measured, size: int, parallel: int, uploads: int) -> None:
    """Upload a round, and note what it took."""
    before = cpu_seconds(target.server.pids)
    outcome = upload(target.order(size, parallel, uploads))
    found.speeds.append(uploads / outcome.seconds)
    found.milliseconds += outcome.milliseconds
    found.cpu.append(1e3 * (cpu_seconds(target.server.pids) - before) / uploads)
    target.clear()


def measure(targets: list[Target], size: int, parallel: int, uploads: int, rounds: int) -> Rounds:
    """All rounds of one size."""
    measured: Rounds = {target.server.name: Measured() for target in targets}
    for target in targets:
        upload(target.order(size, parallel, 2 * parallel))
    for number in range(rounds):
        for target in targets if number % 2 == 0 else reversed(targets):
            found = measured[target.server.name]
            one_round(target, found, size, parallel, uploads)
            speed = f"{found.speeds[-1]:,.1f} uploads/s of {size // 1024} KiB"
            progress(f"round {number + 1} of {rounds}: {target.server.name} {speed}")
    return measured


def memory(target: Target) -> float:
    """MiB above idle while many large files come in at once."""
    (pid,) = target.server.pids
    idle = resident_mib([pid])
    forget_peak(pid)
    upload(target.order(LARGE, CROWD, CROWD))
    above = peak_mib(pid) - idle
    progress(f"{target.server.name}: {above:.0f} MiB above {idle:.0f} with {CROWD} at once")
    target.clear()
    return round(above, 1)


def figures(name: str, measured: Rounds) -> list[Figures]:
    """A row for each server."""
    return [
        {
            "uploads": name,
            "server": server,
            "uploads/s": middle(found.speeds, 1),
            "p50 ms": middle(found.milliseconds, 1),
            "p99 ms": at_share(found.milliseconds, 0.99, 1),
            "CPU ms each": middle(found.cpu),
        }
        for server, found in measured.items()
    ]


def ratio(measured: Rounds) -> float:
    """Ours by the reference's, uploads per second."""
    ours, theirs = measured.values()
    return median_ratio(ours.speeds, theirs.speeds)


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--large", type=int, default=16, help="files of 25 MB per round")
    options.add_argument("--small", type=int, default=400, help="files of 200 KB per round")
    given = options.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        progress("starting the servers")
        ours = services(stack, folder, ["ingest"])
        bare = reference(stack, folder, "upload", [], ours)
        blobs = folder / "services" / "blobs" / "files"
        targets = [Target(ours, "/api/v1/documents", blobs), Target(bare, "/", folder / "upload")]
        large = measure(targets, LARGE, LARGE_PARALLEL, given.large, given.rounds)
        small = measure(targets, SMALL, SMALL_PARALLEL, given.small, given.rounds)
        above, above_bare = [memory(target) for target in targets]
        setting = {
            "store": "SQLite, synchronous FULL", "broker": "RabbitMQ, quorum queues",
            "fsync p50 ms": fsync_milliseconds(folder),
        }  # fmt: skip
    report = Report("gateway", setting)
    report.figures = [*figures("25 MB x 2", large), *figures("200 KB x 8", small)]
    setting["ratio at 200 KB"] = ratio(small)
    setting["MiB above idle, reference"] = above_bare
    report.floors = [
        Floor("25 MB uploads/s of the bare reference", ratio(large), MIN_SPEED),
        Floor(f"MiB above idle at {CROWD} x 25 MB", above, MAX_MEMORY, at_most=True),
    ]
    report.finish(given.json)


if __name__ == "__main__":
    main()
