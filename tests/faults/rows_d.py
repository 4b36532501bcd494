"""Rows D: the store dies, is away, does not answer in time, loses its answers."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from shared.models.document import Document
from shared.models.work import WorkState
from shared.store.sqlite.connection import BUSY_SECONDS
from tests.faults.between import between
from tests.faults.deadlines import unhurried
from tests.faults.driver import invoices
from tests.faults.evidence import Evidence
from tests.faults.health import is_well
from tests.faults.launch import Launch
from tests.faults.matrix import Row
from tests.faults.scene import Scene
from tests.faults.toxics import Latency, Swallow, Way

_AWAY = 5.0
"""Seconds that the store is away: longer than a lease, and than a connection is waited for."""


def begun(document: Document) -> int:
    """How often the parts of a document were begun, in all."""
    return sum(it.work.begun for it in document.parts)


def attempts(document: Document) -> int:
    """How many attempts its parts have cost."""
    return sum(it.work.attempts for it in document.parts)


async def store_killed_at_each_step(scene: Scene) -> None:
    """D1: the database dies as a record is inserted, a job claimed, a result and a try noted."""
    world, mongo = scene.world, scene.world.servers.mongo
    steps = {
        "ingest": ("ingest.stored",),
        "ocr": ("ocr.delivered", "ocr.stored"),
        "extract": ("extract.worked",),
        "notify": ("notify.sent",),
    }
    for service, points in steps.items():
        for point in points:
            world.arm(service, f"{point}=sleep:1@1")
            ended = scene.journal.ended()
            sending = asyncio.create_task(scene.upload(2))
            await world.until_reached(service, point)
            await asyncio.to_thread(mongo.kill)
            world.forget()
            if service == "ingest":  # away until its clients have heard what came of it
                await _answered(scene, ended + 2)
            else:
                await asyncio.sleep(1.2)
            await asyncio.to_thread(mongo.start)
            told = await sending
            scene.require(None not in told, f"not accepted in the end ({point})")
    await _all_in_one_attempt(scene)


async def _answered(scene: Scene, count: int) -> None:
    """Wait until so many tries have been answered, or were not."""
    async with asyncio.timeout(unhurried(30)):
        while scene.journal.ended() < count:
            await asyncio.sleep(0.1)


async def answers_of_the_store_lost(scene: Scene) -> None:
    """D1: writes arrive, their answers do not: what is written twice would be somebody else's."""
    world, count = scene.world, 3
    async with between(scene, "store", "ingest", "ocr") as proxy:
        for service, point in (("ingest", "ingest.stored"), ("ocr", "ocr.stored")):
            world.forget()
            world.arm(service, f"{point}=hold")
            sending = asyncio.create_task(scene.upload(count))
            await _reached(scene, service, point, count if service == "ingest" else 1)
            before = _written(await scene.look())
            proxy.toxics = [Swallow(Way.TO_CLIENT)]
            world.disarm(service)
            more = await _more_written(scene, before, count if service == "ingest" else 1)
            scene.require(more or service != "ingest", "no write has arrived")
            proxy.toxics = []
            proxy.cut()
            await sending
        await scene.finished()


async def _reached(scene: Scene, service: str, point: str, times: int) -> None:
    async with asyncio.timeout(unhurried(60)):
        while scene.world.reached(service).count(point) < times:
            await asyncio.sleep(0.05)


def _written(evidence: Evidence) -> int:
    """How many records were inserted and parts read."""
    parts = [part for it in evidence.documents for part in it.parts]
    return len(evidence.documents) + sum(it.work.state is WorkState.DONE for it in parts)


async def _more_written(scene: Scene, before: int, count: int) -> bool:
    """Whether so many writes arrive; a worker's may wait for the answer to its heartbeat."""
    deadline = time.monotonic() + unhurried(8)
    while time.monotonic() < deadline:
        if _written(await scene.look()) >= before + count:
            return True
        await asyncio.sleep(0.1)
    return False


async def store_away(scene: Scene) -> None:
    """D2: nothing is accepted, nobody is ready, all live; afterwards all goes on."""
    world, mongo = scene.world, scene.world.servers.mongo
    world.arm("ocr", "ocr.fetched=sleep:0.5")
    await scene.upload(4)
    await world.until_reached("ocr", "ocr.fetched")
    world.arm("ingest", "ingest.stored=sleep:1")
    sending = asyncio.create_task(scene.driver.upload_all(invoices(2), persist=False))
    await world.until_reached("ingest", "ingest.stored")
    await asyncio.to_thread(mongo.kill)
    gone = time.monotonic()
    healthy = [f"{world.url}/livez", f"{world.admin_url('ocr')}/livez", f"{world.url}/readyz"]
    live, worker_live, ready = await asyncio.gather(
        *(asyncio.to_thread(is_well, url) for url in healthy)
    )
    scene.require(live and worker_live, "not alive, though only the store is away")
    scene.require(not ready, "ready without a store")
    scene.require(await sending == [None, None], "accepted without a store")
    await asyncio.sleep(max(0.0, _AWAY - (time.monotonic() - gone)))
    await asyncio.to_thread(mongo.start)
    world.disarm("ocr")
    await _all_in_one_attempt(scene)


async def store_locked(scene: Scene) -> None:
    """D2: another process holds the lock of the database file for longer than is waited for."""
    world = scene.world
    world.arm("ocr", "ocr.fetched=sleep:0.5")
    await scene.upload(4)
    await world.until_reached("ocr", "ocr.fetched")
    path = Path(world.store_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        locked = time.monotonic()
        told = await scene.driver.upload_all(invoices(2), persist=False)
        live = await asyncio.to_thread(is_well, f"{world.url}/livez")
        await asyncio.sleep(max(0.0, BUSY_SECONDS + 1 - (time.monotonic() - locked)))
        other.execute("ROLLBACK")
    scene.require(told == [None, None], "accepted, though nothing could be written")
    scene.require(live, "not alive, though only the store is locked")
    world.disarm("ocr")
    await _all_in_one_attempt(scene)


async def _all_in_one_attempt(scene: Scene) -> None:
    await scene.finished()
    for document in scene.evidence.documents:
        scene.require(attempts(document) <= 1, "an outage cost an attempt", document.id)


async def store_slow(scene: Scene) -> None:
    """D3: each operation of a worker's takes two seconds: its lease is kept all the same."""
    async with between(scene, "store", "ocr", settings=_LONGER_LEASES) as proxy:
        world = scene.world
        world.arm("ocr", "ocr.fetched=hold")
        proxy.toxics = [Latency(1.0)]
        await scene.upload(1)
        await world.until_reached("ocr", "ocr.fetched")
        await world.start("ocr-2")  # who would take over what nobody holds
        await asyncio.sleep(28.0)
        world.disarm("ocr")
        await scene.finished()
        for document in scene.evidence.documents:
            scene.require(begun(document) == 1, "its lease was lost", document.id)
        proxy.heal()


_LONGER_LEASES = {"DOCSTAGE_LEASE_SECONDS": "20", "DOCSTAGE_BEAT_SECONDS": "5"}
"""In proportion to what an operation takes they are far shorter than those in production."""

SKIPPED = {"D4": "failover needs a replica set of real MongoDB servers, which cannot be had here"}

ROWS = (
    Row("D1a", "store killed as it is written to: record, claim, result, try",
        store_killed_at_each_step, "answers after writes", frozenset({"V1"}),
        engines=("rabbitmq",)),
    Row("D1b", "writes of the store arrive, their answers do not",
        answers_of_the_store_lost, "named writes", frozenset({"V1", "V3", "row"}),
        engines=("rabbitmq",)),
    Row("D2a", "store away for a while",
        store_away, "answers after writes", frozenset({"V1", "row"}), engines=("rabbitmq",),
        is_fast=True),
    Row("D2b", "the store's file is locked by another process for a while",
        store_locked, "answers after writes", frozenset({"V1", "row"}), engines=("embedded",)),
    Row("D3", "store takes 2 s for each operation of a worker",
        store_slow, "heartbeat", frozenset({"row"}), engines=("rabbitmq",),
        launches={"ingest": Launch(settings={"DOCSTAGE_SWEEP_GRACE": "1"})}),
)  # fmt: skip
