"""The soak: ``make soak``. Documents of mixed kinds while services are killed at random.

Three phases: kills (every two to five seconds a ``kill -9`` of a service that runs), quiescence
(everything starts again and must come to an end; the checker judges by V1 to V7), and a load
without kills: first a brisk one that warms the services up, then a steady one under which each
service's memory is measured and must not grow.
"""
# ruff: noqa: T201 - a program for the terminal

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
from typing import Any

from deploy.dev.servers import Records, Servers
from tests.faults import memory
from tests.faults.checker import summary
from tests.faults.driver import Driver, File
from tests.faults.launch import Engine, Launch
from tests.faults.scene import Scene, opened
from tests.faults.soak_files import mixed
from tests.faults.soak_plan import Plan, parsed
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
        self._steady_since = self._begun
        self.tally = Tally()

    async def kill_at_random(self) -> None:
        """The first phase: uploads and kills, side by side."""
        await self._beside(self._killing(), (self._plan.kills, self._plan.rate))
        await asyncio.gather(*self._starting.values(), return_exceptions=True)

    async def run_steadily(self) -> dict[str, memory.Growth]:
        """The last phase: uploads alone, briskly and then steadily, while memory is measured."""
        readings: dict[str, list[memory.Reading]] = {it: [] for it in self._world.services}
        plan = self._plan
        self._steady_since = time.monotonic()
        steadily = (plan.steady - plan.brisk[0], plan.rate)
        await self._beside(self._measuring(readings), plan.brisk, steadily)
        if plan.steady - plan.warm_up < LEAST_FIT:
            print("too short a steady load to tell how memory grows", flush=True)
            return {}
        return {name: memory.growth(found, plan.warm_up) for name, found in readings.items()}

    def measured(self) -> Steady:
        """The load of the last phase, and how many were accepted of it after the warm-up."""
        plan, begun = self._plan, self._steady_since
        accepted = sum(at >= begun + plan.warm_up for at in self.tally.accepted.values())
        return Steady(plan.steady, plan.warm_up, accepted)

    async def drained(self) -> None:
        """Wait for the uploads under way."""
        await asyncio.gather(*self._uploads, return_exceptions=True)

    async def _beside(self, other: Coroutine[Any, Any, None], *loads: tuple[float, float]) -> None:
        """Upload for so many seconds at such a rate, and have ``other`` done meanwhile."""
        tasks = [asyncio.create_task(other), asyncio.create_task(self._telling())]
        try:
            for seconds, rate in loads:
                await self._uploading(time.monotonic() + seconds, rate)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.drained()

    async def _uploading(self, until: float, rate: float) -> None:
        while time.monotonic() < until:
            await asyncio.sleep(self._random.expovariate(rate))
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
        if plan.steady:
            for it in violations[:10]:
                print(f"  {it.invariant} {it.document}: {it.what}", flush=True)
            print(f"settled in {settled:.0f} s; steady load, memory is measured", flush=True)
            growth = await run.run_steadily()
            violations += await scene.settle()
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
            steady=run.measured(),
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
    options = parsed(__doc__.split("\n")[0])
    plan = options.plan
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # services and servers end before us
    print(
        f"{options.engine}, {plan.kills / 60:g} minutes of kills, {plan.steady / 60:g} without, "
        f"seed {plan.seed}",
        flush=True,
    )
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
