"""A chain of three stages that do nothing: what the way itself costs.

    python -m benchmarks.chain [--jobs N] [--rounds N] [--kinds classic,quorum]
                               [--contenders NAME,...] [--json FILE]

Docstage's stage runtime, with all its state (claim, fencing token, commit and outbox in
SQLite, FULL synchronous; RabbitMQ), beside chains without any state on the same broker and
the same type of queue: plain aio-pika, FastStream, Celery (prefork, two processes). All
have durable queues, persistent messages, confirmed publishing, late acknowledgement and 32
messages at hand per stage. The contenders take turns, each round the other way round;
ratios are those of one round, and their median is shown.

    docstage            one record through three stages: three messages, as the others
    docstage document   the product's way: reading, extraction, settling, five events,
                        a webhook's delivery: nine messages, three records
    docstage 3, plain 3 the same with a process for each stage

CPU is that of all processes of a contender, and of the broker, in milliseconds per job.
"""

import asyncio
import importlib.util
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from benchmarks.chain_options import STAGES, ChainOptions
from benchmarks.contender import Contender, started
from benchmarks.disk import fsync_milliseconds
from benchmarks.docstage_chain import forget_queues
from benchmarks.driving import Task
from benchmarks.no_ops import DOCUMENT, RECORD
from benchmarks.processes import cpu_seconds
from benchmarks.report import Figures, Floor, Report, median_ratio, middle, parser, progress
from tests.servers.rabbitmq import RabbitMQ

OURS, PLAIN, CELERY = "docstage", "plain", "celery"
MIN_OF_PLAIN = 0.5
MIN_OF_CELERY = 1.3
IN_FLIGHT = 96  # 32 for each stage
IDLE = Task(jobs=60, in_flight=1, pause=0.02)
WARM_UP = Task(jobs=150, in_flight=IN_FLIGHT)


@dataclass(frozen=True)
class Kind:
    """A way to run the chain: its module, what it needs, and whether it is apart."""

    module: str
    needs: str = ""
    way: str = ""
    apart: bool = False


CONTENDERS = {
    PLAIN: Kind("benchmarks.reference.plain_chain"),
    OURS: Kind("benchmarks.docstage_chain", way=RECORD),
    "docstage document": Kind("benchmarks.docstage_chain", way=DOCUMENT),
    "faststream": Kind("benchmarks.reference.faststream_chain", needs="faststream"),
    CELERY: Kind("benchmarks.reference.celery_chain", needs="celery"),
    "plain 3": Kind("benchmarks.reference.plain_chain", apart=True),
    "docstage 3": Kind("benchmarks.docstage_chain", way=RECORD, apart=True),
}
DEFAULT = [PLAIN, OURS, "docstage document", "faststream", CELERY]


@dataclass
class Measured:
    """A contender's rounds: jobs per second, CPU milliseconds per job of itself and the broker."""

    speeds: list[float] = field(default_factory=list)
    own_cpu: list[float] = field(default_factory=list)
    broker_cpu: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)


def missing(names: Sequence[str]) -> list[str]:
    """What is not installed of that which contenders need."""
    needs = {CONTENDERS[name].needs for name in names} - {""}
    return sorted(name for name in needs if importlib.util.find_spec(name) is None)


class Ring:
    """Contenders on one broker and one type of queue, taking turns."""

    def __init__(self, rabbit: RabbitMQ, kind: str, folder: Path) -> None:
        self._rabbit = rabbit
        self._kind = kind
        self._folder = folder
        self._contenders: list[Contender] = []
        self.measured: dict[str, Measured] = {}

    def measure(self, names: Sequence[str], jobs: int, rounds: int) -> None:
        """Run them all."""
        for number in range(rounds):
            for name in names if number % 2 == 0 else reversed(names):
                # Only one at a time: two of ours would share their queues.
                with ExitStack() as stack:
                    contender = self._start(stack, name)
                    contender.run(WARM_UP)
                    speed = self._round(contender, jobs)
                progress(
                    f"{self._kind}, round {number + 1} of {rounds}: {name} {speed:,.0f} jobs/s"
                )

    def _start(self, stack: ExitStack, name: str) -> Contender:
        kind, run = CONTENDERS[name], f"bench-{uuid4().hex[:8]}"
        pipe = self._folder / f"{run}.pipe"
        os.mkfifo(pipe)
        stack.callback(pipe.unlink)
        if kind.way:
            asyncio.run(forget_queues(self._rabbit.url))
        stages = [(number,) for number in range(STAGES)] if kind.apart else [tuple(range(STAGES))]
        options = [
            ChainOptions(self._rabbit.url, self._kind, run, pipe, self._folder, each, kind.way)
            for each in stages
        ]
        arguments = [each.arguments() for each in options]
        return started(stack, name, kind.module, arguments, self._folder / f"{run}.log")

    def _round(self, contender: Contender, jobs: int) -> float:
        found = self.measured.setdefault(contender.name, Measured())
        own, broker = cpu_seconds(contender.pids), cpu_seconds([self._rabbit.pid])
        outcome = contender.run(Task(jobs, IN_FLIGHT))
        speed = jobs / outcome.seconds
        found.speeds.append(speed)
        found.own_cpu.append(1e3 * (cpu_seconds(contender.pids) - own) / jobs)
        found.broker_cpu.append(1e3 * (cpu_seconds([self._rabbit.pid]) - broker) / jobs)
        found.idle.extend(contender.run(IDLE).latencies)
        return speed

    def figures(self) -> list[Figures]:
        """A row for each contender."""
        plain = self.measured[PLAIN]
        return [
            {
                "queue": self._kind,
                "runner": name,
                "jobs/s": middle(found.speeds, 0),
                "of plain": median_ratio(found.speeds, plain.speeds),
                "CPU own": middle(found.own_cpu),
                "CPU broker": middle(found.broker_cpu),
                "CPU of plain": median_ratio(
                    [sum(each) for each in zip(found.own_cpu, found.broker_cpu, strict=True)],
                    [sum(each) for each in zip(plain.own_cpu, plain.broker_cpu, strict=True)],
                ),
                "idle p50 ms": middle(found.idle, 1),
            }
            for name, found in self.measured.items()
        ]

    def floors(self) -> list[Floor]:
        """Those of the product's chain, for what was measured."""
        limits = {PLAIN: MIN_OF_PLAIN, CELERY: MIN_OF_CELERY}
        ours = self.measured.get(OURS)
        if ours is None:
            return []
        return [
            Floor(
                f"chain on {self._kind} queues, jobs/s of {name}",
                median_ratio(ours.speeds, self.measured[name].speeds),
                limit,
            )
            for name, limit in limits.items()
            if name in self.measured
        ]


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, default=800, help="per round and contender")
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--kinds", default="classic,quorum", help="of queues")
    options.add_argument("--contenders", default=",".join(DEFAULT), help=", ".join(CONTENDERS))
    given = options.parse_args()
    names = [PLAIN, *(it for it in given.contenders.split(",") if it != PLAIN)]
    if unknown := set(names) - CONTENDERS.keys():
        sys.exit(f"no such contender: {', '.join(sorted(unknown))}")
    if absent := missing(names):
        sys.exit(
            f"not installed: {', '.join(absent)}. They are measured against, and nothing else "
            "needs them: make install-bench, or leave them out with --contenders."
        )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rabbit = RabbitMQ(folder / "rabbit")
        progress("starting RabbitMQ")
        rabbit.start()
        stack.callback(rabbit.stop)
        setting = {
            "store": "SQLite, synchronous FULL", "broker": "RabbitMQ, one node",
            "fsync p50 ms": fsync_milliseconds(folder), "in flight": IN_FLIGHT,
        }  # fmt: skip
        report = Report("chain", setting)
        for kind in given.kinds.split(","):
            ring = Ring(rabbit, kind, folder)
            ring.measure(names, given.jobs, given.rounds)
            report.figures += ring.figures()
            report.floors += ring.floors()
    report.finish(given.json)


if __name__ == "__main__":
    main()
