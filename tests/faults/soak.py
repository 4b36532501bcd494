"""The soak: ``make soak``. Documents of mixed kinds while services are killed at random.

Three phases: kills (every two to five seconds a ``kill -9`` of a service that runs), quiescence
(everything starts again and must come to an end; the checker judges by V1 to V7), and a steady
load without kills, in which each service's memory is measured and must not grow.
"""
# ruff: noqa: T201 - a program for the terminal

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, get_args

from deploy.dev.servers import Records, Servers
from tests.faults import memory
from tests.faults.checker import summary
from tests.faults.driver import Driver, File
from tests.faults.launch import Engine, Launch
from tests.faults.matrix import BOTH
from tests.faults.scene import Scene, opened
from tests.faults.soak_files import mixed
from tests.faults.soak_report import FLOOR, Outcome, Steady, counted, show, write
from tests.faults.soak_source import Source
from tests.faults.world import World
from tests.servers.process import Unavailable

REPORT_SECONDS = 30.0
SAMPLE_SECONDS = 2.0
MOST_OPEN = 40
"""Documents whose end was not delivered yet; no more are sent then.

What a document sends is delivered in order, so these bound the deliveries that wait, too: the
load is what the store, the machine and the kills let through.
"""
FORGET_SECONDS = 600.0
"""After so long a document whose end is not heard of counts no more towards those."""
WARM_UP = 0.3
"""The share of the steady phase before memory is fitted."""
LEAST_FIT = 5 * memory.BLOCK_SECONDS
"""Seconds after the warm-up that a line can be drawn through."""
SETTINGS = {
    "DOCSTAGE_RATE_PER_KEY": "0",
    "DOCSTAGE_RATE_PER_ORGANIZATION": "0",
    "DOCSTAGE_WEBHOOK_SCHEDULE": "1,1,2,2,3,3,4,4,3600",
}
"""Beside the world's own: webhooks are tried again soon, and not given up for being late."""
UPLOAD_PATIENCE = 180.0
END_PATIENCE = 300.0
"""Seconds within which all must have come to an end, when the kills have stopped."""
_ENDS = frozenset({"ready", "needs_review", "failed", "rejected"})


@dataclass
class Tally:
    """What has happened so far."""

    sent: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    accepted: dict[str, float] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for; times are in seconds, ``rate`` is documents a second.

    ``every`` is the least and the most time between two kills.
    """

    kills: float
    steady: float
    rate: float
    seed: int
    every: tuple[float, float] = (2.0, 5.0)


class Soak:
    """One run in one world."""

    def __init__(self, world: World, scene: Scene, source: Source, plan: Plan) -> None:
        self._world = world
        self._scene = scene
        self._source = source
        self._plan = plan
        self._random = Random(plan.seed)
        self._files = mixed(Random(plan.seed + 1))
        self._uploads: set[asyncio.Task[None]] = set()
        self._starting: dict[str, asyncio.Task[None]] = {}
        self._driver = Driver(scene.api, scene.journal, UPLOAD_PATIENCE)
        self._begun = time.monotonic()
        self._heard = 0
        self.tally = Tally()

    async def kill_at_random(self) -> None:
        """The first phase: uploads and kills, side by side."""
        await self._beside(self._plan.kills, self._killing())
        await asyncio.gather(*self._starting.values(), return_exceptions=True)

    async def run_steadily(self) -> dict[str, memory.Growth]:
        """The last phase: uploads alone, while memory is measured."""
        readings: dict[str, list[memory.Reading]] = {it: [] for it in self._world.services}
        await self._beside(self._plan.steady, self._measuring(readings))
        warm_up = WARM_UP * self._plan.steady
        if self._plan.steady - warm_up < LEAST_FIT:
            print("too short a steady load to tell how memory grows", flush=True)
            return {}
        return {name: memory.growth(found, warm_up) for name, found in readings.items()}

    async def drained(self) -> None:
        """Wait for the uploads under way."""
        await asyncio.gather(*self._uploads, return_exceptions=True)

    async def _beside(self, seconds: float, other: Coroutine[Any, Any, None]) -> None:
        """Upload for so many seconds, and have ``other`` done meanwhile."""
        tasks = [asyncio.create_task(other), asyncio.create_task(self._telling())]
        try:
            await self._uploading(time.monotonic() + seconds)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.drained()

    async def _uploading(self, until: float) -> None:
        while time.monotonic() < until:
            await asyncio.sleep(self._random.expovariate(self._plan.rate))
            if len(self._uploads) + self._open() >= MOST_OPEN:
                continue
            kind, file = await asyncio.to_thread(next, self._files)
            self.tally.sent[kind] += 1
            task = asyncio.create_task(self._upload(kind, file))
            self._uploads.add(task)
            task.add_done_callback(self._uploads.discard)

    async def _upload(self, kind: str, file: File) -> None:
        if kind == "url":
            document = await self._driver.submit_url(self._source.offer(file))
        else:
            document = await self._driver.upload(file)
        if document is not None:
            self.tally.accepted[document] = time.monotonic()

    def _open(self) -> int:
        """How many were accepted lately, and not heard of at their end yet."""
        received = self._scene.listener.received
        for got in received[self._heard :]:
            event = json.loads(got.body)
            if event["type"].removeprefix("document.") in _ENDS:
                self.tally.ended.add(event["data"]["document"]["id"])
        self._heard = len(received)
        since = time.monotonic() - FORGET_SECONDS
        recent = {it for it, at in self.tally.accepted.items() if at > since}
        return len(recent - self.tally.ended)

    async def _killing(self) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(*self._plan.every))
            alive = [it for it in self._world.services if it not in self._starting]
            if not alive:
                continue
            victim = self._random.choice(alive)
            self._world.kill(victim)
            self.tally.kills[victim] += 1
            self._scene.journal.noted(killed=victim)
            task = asyncio.create_task(self._revive(victim))
            self._starting[victim] = task
            task.add_done_callback(lambda _, name=victim: self._starting.pop(name, None))

    async def _revive(self, name: str) -> None:
        with suppress(Unavailable):  # quiescence starts it again, and fails if that fails
            await self._world.start(name)

    async def _measuring(self, readings: dict[str, list[memory.Reading]]) -> None:
        while True:
            for name, found in readings.items():
                reading = memory.read(self._world.pid(name), time.monotonic())
                if reading is not None:
                    found.append(reading)
            await asyncio.sleep(SAMPLE_SECONDS)

    async def _telling(self) -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            sent, kills = sum(self.tally.sent.values()), sum(self.tally.kills.values())
            seconds = time.monotonic() - self._begun
            print(
                f"{seconds:6.0f} s  sent {sent}, accepted {len(self.tally.accepted)}, "
                f"open {self._open()}, kills {kills}",
                flush=True,
            )


async def soak(world: World, folder: Path, plan: Plan) -> Outcome:
    """All three phases; raises what keeps it from being run."""
    tuned = Launch(settings=dict(SETTINGS))
    await world.ensure(dict.fromkeys(world.services, tuned))
    async with opened(world, folder, plan.seed, END_PATIENCE) as scene, Source() as source:
        run = Soak(world, scene, source, plan)
        begun = time.monotonic()
        if plan.kills:
            await run.kill_at_random()
        print("kills have stopped: everything has to come to an end", flush=True)
        violations = await scene.settle()
        settled = scene.settling
        growth: dict[str, memory.Growth] = {}
        before = len(run.tally.accepted)
        if plan.steady:
            for it in violations[:10]:
                print(f"  {it.invariant} {it.document}: {it.what}", flush=True)
            print(f"settled in {settled:.0f} s; steady load, memory is measured", flush=True)
            growth = await run.run_steadily()
            violations += await scene.settle()
        accepted = len(run.tally.accepted) - before
        return Outcome(
            engine=world.engine,
            records=world.store_url.partition(":")[0],
            seed=plan.seed,
            seconds=time.monotonic() - begun,
            kills=dict(run.tally.kills),
            sent=dict(run.tally.sent),
            summary=summary(scene.evidence),
            violations=violations,
            states=counted(it.state.value for it in scene.evidence.documents),
            codes=counted(it.error.code for it in scene.evidence.documents if it.error),
            settling=settled,
            growth=growth,
            steady=Steady(plan.steady, WARM_UP * plan.steady, accepted),
        )


async def _run(engine: Engine, records: Records, folder: Path, plan: Plan) -> Outcome:
    if engine == "embedded":
        return await _run_world(World(folder, engine), folder, plan)
    with Servers(folder / "servers", records=records) as servers:
        return await _run_world(World(folder, engine, servers), folder, plan)


async def _run_world(world: World, folder: Path, plan: Plan) -> Outcome:
    try:
        return await soak(world, folder, plan)
    finally:
        await world.close()


def main() -> None:
    """Run it, print what came of it; the exit status is 0 when all was well."""
    parser = argparse.ArgumentParser(prog="tests.faults.soak", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=30.0, help="of kills and steady load")
    parser.add_argument("--steady", type=float, default=0.5, help="the steady load's share of them")
    parser.add_argument("--engine", choices=BOTH, default="rabbitmq")
    parser.add_argument("--records", choices=get_args(Records), default="sqlite")
    parser.add_argument("--rate", type=float, default=0.5, help="documents a second")
    parser.add_argument("--every", type=float, nargs=2, default=(2.0, 5.0), metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--keep", type=Path, help="a folder for logs and journals, to be kept")
    parser.add_argument("--write", type=Path, help="a JSON file for the result")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # services and servers end before us
    seconds = 60 * options.minutes
    steady = options.steady * seconds
    plan = Plan(seconds - steady, steady, options.rate, options.seed, tuple(options.every))
    print(f"{options.engine}, {options.minutes:g} minutes, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="docstage-soak-") as temporary:
        folder = (options.keep or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            outcome = asyncio.run(_run(options.engine, options.records, folder, plan))
        except Unavailable as reason:
            sys.exit(f"make soak: {reason}")
    show(outcome)
    if options.write:
        write(options.write, outcome)
    sys.exit(0 if outcome.is_good else f"not as promised; floor {FLOOR:g} MiB/h, see above")


if __name__ == "__main__":
    main()
