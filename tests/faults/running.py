"""Running rows: guarded, where all must hold, and with the guard out, where it must not."""

import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.faults.cleaning import clean
from tests.faults.evidence import Violation
from tests.faults.guards.registry import guards
from tests.faults.launch import Engine
from tests.faults.matrix import Row
from tests.faults.scene import ROW, opened
from tests.faults.world import World

PATIENCE = 60.0
"""Seconds after the end of a fault within which all must have come to an end."""
LEAST_PATIENCE = 8.0


class Verdict(StrEnum):
    """``green``: all promises kept. ``red``: some were not. ``error``: it could not be run."""

    GREEN = "green"
    RED = "red"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of a row showed. ``settling`` is how long the end took, in seconds."""

    row: Row
    engine: Engine
    guarded: bool
    violations: Sequence[Violation] = ()
    seconds: float = 0.0
    settling: float = 0.0
    error: str = ""

    @property
    def verdict(self) -> Verdict:
        """In a word."""
        if self.error:
            return Verdict.ERROR
        return Verdict.RED if self.violations else Verdict.GREEN

    @property
    def is_as_it_should_be(self) -> bool:
        """Green with its guard, red without it, and for the reason that the row names."""
        if self.guarded:
            return self.verdict is Verdict.GREEN
        shown = {it.invariant for it in self.violations}
        return self.verdict is Verdict.RED and bool(shown & self.row.breaks)


async def run_row(
    world: World, row: Row, folder: Path, seed: int, *, guarded: bool, patience: float = PATIENCE
) -> Result:
    """One run of a row in a world, which is clean and whole again afterwards."""
    guard = guards()[row.guard]
    out = {} if guarded else dict.fromkeys(guard.services, (row.guard,))
    begun = time.monotonic()
    try:
        await world.ensure(row.launches, out)
        begun = time.monotonic()
        async with opened(world, folder, seed, patience) as scene:
            await row.run(scene)
            is_row_enough = not guarded and ROW in row.breaks
            violations = await scene.settle(is_row_enough=is_row_enough)
            settling = scene.settling
    except Exception:  # noqa: BLE001 - a row that cannot be run must not end the others
        await _recover(world)
        seconds, error = time.monotonic() - begun, traceback.format_exc(limit=-4)
        return Result(row, world.engine, guarded, seconds=seconds, error=error)
    seconds = time.monotonic() - begun
    if violations or row.spoils:
        await clean(world)
    return Result(row, world.engine, guarded, violations, seconds, settling)


async def _recover(world: World) -> None:
    """Servers and services may be in any state: begin from none."""
    await world.close()
    if world.engine == "rabbitmq":
        rabbitmq = world.servers.rabbitmq
        rabbitmq.kill()
        rabbitmq.wipe()  # killed soon after queues were deleted, 3.10 may not be able to use them
        rabbitmq.start()
        for server in (world.servers.mongo, world.servers.s3):
            server.kill()
            server.start()
    await clean(world)
