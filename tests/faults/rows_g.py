"""Rows G: networks that lose one direction, say nothing, are slow, tear, or know no names.

That the store hears a gateway or a worker, and they do not hear it, is row D1b.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.faults.amqp_frames import BASIC_DELIVER, BASIC_PUBLISH
from tests.faults.between import between
from tests.faults.deadlines import unhurried
from tests.faults.guards.broker import NO_NAMES
from tests.faults.launch import Engine, Launch
from tests.faults.matrix import Row
from tests.faults.proxy import Proxy
from tests.faults.scene import Scene
from tests.faults.toxics import Action, Latency, OnFrame, Slicer, Way

HEARTBEAT = 3
"""Seconds; as delivered it is a minute."""
_SLACK = 3.0
"""For dialling again, on a machine that has other things to do."""


async def worker_and_broker_apart(scene: Scene) -> None:
    """G1: what the broker says to a worker is lost, then what the worker says to it."""
    async with _short_heartbeat(scene) as proxy:
        for way in (Way.TO_CLIENT, Way.TO_SERVER):
            await _silenced(scene, proxy, way)
            if scene.broken:
                return
        await scene.finished()


async def half_open(scene: Scene) -> None:
    """G2: connections that look open, and on which nothing comes or goes."""
    async with _short_heartbeat(scene) as proxy:
        seconds = await _silenced(scene, proxy, Way.BOTH)
        limit = 2 * HEARTBEAT + _SLACK
        scene.require(seconds < limit, f"noticed after {seconds:.1f} s, not within {limit:.0f} s")
        await scene.finished()


async def bad_network(scene: Scene) -> None:
    """G3: late and in single bytes; then torn in the midst of a frame, each way."""
    async with between(scene, "broker", "ocr", "extract") as proxy:
        proxy.toxics = [Latency(0.02, jitter=0.05), Slicer(1)]
        await scene.upload(2)
        await scene.finished()
        proxy.toxics = []
        torn = [
            OnFrame(BASIC_PUBLISH, Way.TO_SERVER, action=Action.RESET),
            OnFrame(BASIC_DELIVER, Way.TO_CLIENT, nth=2, action=Action.RESET),
        ]
        proxy.triggers = torn
        await scene.upload(6)
        for it in torn:
            scene.require(await asyncio.to_thread(it.fired.wait, unhurried(20)), "nothing was torn")
        await scene.finished()
        ended = all(it.is_final for it in scene.evidence.documents)
        scene.require(ended, "documents stand still behind a torn connection")


async def no_names(scene: Scene) -> None:
    """G3: the broker's connections end, and for a while DNS does not know it."""
    missing = scene.world.folder / "no-names"
    settings = {NO_NAMES: str(missing)}
    launch = Launch(settings=settings, faults=("fault: no names",))
    await scene.world.restart("ocr", launch)
    missing.touch()
    try:
        rabbitmq = scene.world.servers.rabbitmq
        await asyncio.to_thread(rabbitmq.control, "close_all_connections", "no names")
        told = await scene.upload(4)
        scene.require(None not in told, "an upload was refused")
        await asyncio.sleep(2.0)
    finally:
        missing.unlink()
    await scene.finished()


@asynccontextmanager
async def _short_heartbeat(scene: Scene) -> AsyncIterator[Proxy]:
    options = {"heartbeat": str(HEARTBEAT)}
    async with between(scene, "broker", "ocr", options=options) as proxy:
        yield proxy


async def _silenced(scene: Scene, proxy: Proxy, way: Way) -> float:
    """Silence what is connected, with work under way; how long until it was dialled anew."""
    scene.world.arm("ocr", "ocr.computed=sleep:0.5@1")
    sending = asyncio.create_task(scene.upload(3))
    await scene.world.until_reached("ocr", "ocr.computed")
    before, begun = proxy.connections, time.monotonic()
    proxy.silence(way)
    deadline = begun + 5 * HEARTBEAT
    while proxy.connections < before + 2 and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    is_back = proxy.connections >= before + 2
    scene.require(is_back, f"silence was not noticed ({way.name})")
    scene.require(None not in await sending, "an upload was refused")
    scene.world.forget()
    return time.monotonic() - begun


_ONLY: tuple[Engine, ...] = ("rabbitmq",)
_ROW = frozenset({"row"})
_STUCK = frozenset({"V3", "V4", "row"})

ROWS = [
    Row("G1", "one-way partition of worker and broker", worker_and_broker_apart, "silence",
        _ROW, _ONLY),
    Row("G2", "half-open TCP", half_open, "silence", _ROW, _ONLY),
    Row("G3", "latency, jitter, single bytes, torn frames", bad_network, "reconnection", _STUCK,
        _ONLY),
    Row("G3b", "DNS fails", no_names, "reconnection", _STUCK, _ONLY),
]  # fmt: skip
