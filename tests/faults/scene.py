"""One run of a scenario: a fresh organization in a world, with a driver and a receiver.

A scenario drives and breaks; ``settle`` waits until nothing more happens and has the checker
judge what is left. What a row promises beyond V1 to V8 it states by ``require``, and a broken
statement counts as a violation, named ``row``.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import uuid4

from shared.models.document import Document
from shared.models.work import FINAL_WORK_STATES
from tests.e2e.api import Api
from tests.faults.checker import check
from tests.faults.driver import Driver, invoices
from tests.faults.evidence import Evidence, Sample, Violation
from tests.faults.gathering import gather
from tests.faults.journal import Journal
from tests.faults.listener import Listener
from tests.faults.resources import sample, unbounded
from tests.faults.world import World

ROW = "row"
"""The name of what a row promises beyond the invariants."""
_LOOK_SECONDS = 0.5
_PASSING = frozenset({"V3", "V4", "V6"})
"""What may still become true by itself."""


@dataclass
class Scene:
    """What a scenario has in hands; ``patience`` is how long the end may take, in seconds."""

    world: World
    organization: str
    api: Api
    journal: Journal
    driver: Driver
    listener: Listener
    random: Random
    patience: float = 40.0
    settling: float = 0.0
    broken: list[Violation] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)

    def require(self, holds: object, what: str, document: str = "") -> None:
        """State something that the row promises."""
        if not holds:
            self.broken.append(Violation(ROW, document, what))

    async def upload(self, count: int = 6, *, persist: bool = True) -> list[str | None]:
        """Upload so many small invoices, side by side."""
        return await self.driver.upload_all(invoices(count), persist=persist)

    async def document(self, identity: str) -> Document:
        """A document as it is stored now."""
        evidence = await self.look()
        return next(it for it in evidence.documents if it.id == identity)

    async def look(self) -> Evidence:
        """What is there now."""
        self.evidence = await gather(self.world, self.organization, self.journal, self.listener)
        return self.evidence

    async def finished(self) -> None:
        """Wait until all documents have come to an end, or patience has."""
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            documents = (await self.look()).documents
            if documents and all(it.is_final for it in documents):
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def sample(self) -> None:
        """Note what the processes use now; each is compared with itself only."""
        world, now = self.world, time.monotonic()
        for name in filter(world.running, world.services):
            pid = world.pid(name)
            self.samples.append(await asyncio.to_thread(sample, f"{name} ({pid})", pid, now))

    async def settle(self, *, is_row_enough: bool = False) -> list[Violation]:
        """Wait until all is well, or for as long as patience lasts; what is wrong then.

        Where it ``is_row_enough`` that the row's own promise is broken, nothing more is waited for.

        Patience begins anew whenever something comes to an end, as a busy machine takes its
        time. After all is well it is looked at once more, for what comes twice.
        """
        begun, ended = time.monotonic(), -1
        await self._let_faults_end()
        if is_row_enough and self.broken:
            return self.broken
        while True:
            found = check(await self.look())
            if (count := _ended(self.evidence)) > ended:
                ended, deadline = count, time.monotonic() + self.patience
            if not found:
                await asyncio.sleep(1.0)
                found = check(await self.look())
            moving = any(it.invariant in _PASSING for it in found)
            if not found or not moving or time.monotonic() > deadline:
                self.settling = time.monotonic() - begun
                await self.sample()
                return [*self.broken, *found, *unbounded(self.samples)]
            await asyncio.sleep(_LOOK_SECONDS)

    async def _let_faults_end(self) -> None:
        """Wake what stands still, take failpoints back, start what is dead."""
        world = self.world
        for name in world.services:
            if world.running(name):
                world.resume(name)
            world.disarm(name)
        dead = [name for name in world.services if not world.running(name)]
        await asyncio.gather(*(world.start(name) for name in dead))


def _ended(evidence: Evidence) -> int:
    """How many things have come to an end."""
    deliveries = sum(it.work.state in FINAL_WORK_STATES for it in evidence.deliveries)
    return deliveries + sum(it.is_final for it in evidence.documents)


@asynccontextmanager
async def opened(world: World, folder: Path, seed: int, patience: float) -> AsyncIterator[Scene]:
    """A scene in a world that runs, with a webhook for all events."""
    journal = Journal(folder / "driver.jsonl")
    listener = Listener(folder / "receiver.jsonl")
    await listener.start()
    try:
        organization, api = await _tenant(world)
        async with api:
            await api.post("/api/v1/subscriptions", {"url": listener.url})
            scene = Scene(
                world=world,
                organization=organization,
                api=api,
                journal=journal,
                driver=Driver(api, journal),
                listener=listener,
                random=Random(seed),
                patience=patience,
            )
            await scene.sample()
            yield scene
    finally:
        await listener.stop()
        journal.close()


async def _tenant(world: World) -> tuple[str, Api]:
    async with Api(world.url, world.key) as owner:
        wish = {"name": f"scene {uuid4().hex[:12]}"}
        organization = (await owner.post("/api/v1/organizations", wish))["id"]
        wish = {"name": "test", "scopes": ["admin"], "organization": organization}
        key = (await owner.post("/api/v1/keys", wish))["key"]
        return organization, Api(world.url, key)
