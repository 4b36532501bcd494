"""Rows I and J: clocks that are wrong, versions side by side, a store from yesterday."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import aio_pika
import pymongo
from aio_pika.abc import AbstractChannel

from shared.broker.topology import QUARANTINE_QUEUE, job_queue
from shared.models.work import Lane, StageName
from shared.store.collections import COLLECTIONS
from tests.faults.driver import Driver, invoices
from tests.faults.dump import list_blobs
from tests.faults.health import metric
from tests.faults.journal import Journal
from tests.faults.launch import Launch
from tests.faults.matrix import Row
from tests.faults.rows_d import begun
from tests.faults.scene import Scene
from tests.servers.faketime import at_another_time
from tests.servers.process import Unavailable

_TEN_MINUTES = 600
_CLOSE = 60
_OCR = job_queue(StageName.OCR, Lane.NORMAL)


async def clocks_apart(scene: Scene) -> None:
    """I1: services ten minutes apart from each other, and a job longer than its lease."""
    world = scene.world
    early, late = at_another_time(-_TEN_MINUTES), at_another_time(_TEN_MINUTES)
    await asyncio.gather(
        world.restart("ingest", Launch(settings=late)),
        world.restart("ocr", Launch(settings=early)),
        world.restart("notify", Launch(settings=late)),
        world.start("ocr-2", Launch(settings=late)),
    )
    for worker in ("ocr", "ocr-2"):
        world.arm(worker, "ocr.fetched=sleep:6@1")
    await scene.upload(6)
    await scene.finished()
    for document in scene.evidence.documents:
        scene.require(begun(document) == 1, "its lease was taken by another", document.id)
    for name, expected in (("ocr", -_TEN_MINUTES), ("ingest", _TEN_MINUTES)):
        skew = await asyncio.to_thread(metric, world, name, "docstage_clock_skew_seconds")
        scene.require(abs(skew - expected) < _CLOSE, f"nobody can see that {name} is {skew} s off")
    await world.stop("ocr-2")


async def clock_set_back(scene: Scene) -> None:
    """I1: the machine's clock is set back ten minutes, while work waits for a time to come."""
    world = scene.world
    shift = world.folder / "clock"
    shift.write_text(f"+{_TEN_MINUTES}")
    settings = {name: value for name, value in at_another_time(0).items() if name != "FAKETIME"} | {
        "FAKETIME_TIMESTAMP_FILE": str(shift),
        "FAKETIME_NO_CACHE": "1",
    }
    await world.restart("up", Launch(settings=settings))
    folder = Path(world.blobs_url.removeprefix("file://"))
    elsewhere = folder.with_name("unmounted")
    world.arm("ocr", "ocr.delivered=sleep:1")
    await scene.upload(4)
    await world.until_reached("ocr", "ocr.delivered")
    await asyncio.to_thread(folder.rename, elsewhere)
    await asyncio.sleep(4.0)
    shift.write_text("+0")
    await asyncio.to_thread(elsewhere.rename, folder)
    world.disarm("ocr")
    await scene.upload(2)
    await scene.finished()


async def messages_of_other_versions(scene: Scene) -> None:
    """J1: messages of an older and a newer version, of one nobody knows, and half a one."""
    world = scene.world
    await asyncio.to_thread(world.kill, "ocr")
    await scene.upload(4)
    strange: list[bytes] = []

    def older(job: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in job.items() if name not in {"part", "target"}}

    def newer(job: dict[str, Any]) -> dict[str, Any]:
        return {**job, "colour": "blue", "hints": [1, 2]}

    def unknown(job: dict[str, Any]) -> dict[str, Any]:
        return {**job, "version": 2, "what": {"document": job["document"]}}

    ways: list[Callable[[dict[str, Any]], dict[str, Any]]] = [older, newer, unknown]
    async with _channel(scene) as channel:
        queue = await channel.declare_queue(_OCR, passive=True)
        for number in range(4):
            body = (await _next(queue)).body
            made = json.dumps(ways[number](json.loads(body))).encode() if number < 3 else body[:50]
            strange += [made] if number > 1 else []
            await channel.default_exchange.publish(aio_pika.Message(made), _OCR)
    await world.start("ocr")
    await scene.finished()
    scene.require(
        all(it.is_final for it in scene.evidence.documents), "a document was lost with its message"
    )
    async with _channel(scene) as channel:
        queue = await channel.declare_queue(QUARANTINE_QUEUE, passive=True)
        kept = [(await _next(queue)).body for _ in strange]
    scene.require(sorted(kept) == sorted(strange), "what could not be read was not kept")


async def queue_of_another_version(scene: Scene) -> None:
    """J1: a queue is there with other arguments, as another version might have it."""
    world = scene.world
    await asyncio.to_thread(world.kill, "ocr")
    async with _channel(scene) as channel:
        await channel.queue_delete(_OCR)
        limited = {"x-queue-type": "quorum", "x-max-length": 1000}
        await channel.declare_queue(_OCR, durable=True, arguments=limited)
    try:
        await world.start("ocr")
    except Unavailable:
        scene.require(None, "refused to work with it, again and again")
    else:
        await scene.upload(4)
        await scene.finished()
        ended = all(it.is_final for it in scene.evidence.documents)
        scene.require(ended, "nothing is taken from it")
    async with _channel(scene) as channel:
        await channel.queue_delete(_OCR)


async def store_of_yesterday(scene: Scene) -> None:
    """J2: the store is restored from a backup made while work was under way."""
    world = scene.world
    world.arm("ocr", "ocr.claimed=sleep:2")
    await scene.upload(4)
    await world.until_reached("ocr", "ocr.claimed")
    backup = await asyncio.to_thread(_backup, world.store_url, world.folder / "backup.db")
    world.disarm("ocr")
    await scene.finished()
    forgotten = Driver(scene.api, Journal(world.folder / f"forgotten-{time.monotonic_ns()}.jsonl"))
    later = await forgotten.upload_all(invoices(2))
    await scene.finished()
    for name in world.services:
        world.kill(name)
    await asyncio.to_thread(_restore, world.store_url, backup)
    await asyncio.gather(*(world.start(it) for it in world.services))
    await scene.finished()
    left = await _orphans_of(scene, [it for it in later if it is not None])
    scene.require(len(later) == 2, "nothing was to be forgotten")
    scene.require(not left, "files without a record are left for ever")
    counted = await asyncio.to_thread(metric, world, "ingest", "docstage_orphans_removed_total")
    scene.require(counted >= 2, "nobody was told of them")


async def _orphans_of(scene: Scene, documents: list[str]) -> list[str]:
    deadline = time.monotonic() + min(15.0, scene.patience)
    while True:
        keys = await asyncio.to_thread(list_blobs, scene.world.blobs_url)
        left = [key for key in keys if key.split("/")[1] in documents]
        if not left or time.monotonic() > deadline:
            return left
        await asyncio.sleep(0.5)


Backup = dict[str, list[dict[str, Any]]] | Path


def _backup(url: str, path: Path) -> Backup:
    if url.startswith("sqlite:"):
        path.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10.0)) as source,
            closing(sqlite3.connect(path)) as target,
        ):
            source.backup(target)
        return path
    with pymongo.MongoClient[dict[str, Any]](url) as client:
        database = client.get_default_database("docstage")
        return {it.name: list(database[it.name].find()) for it in COLLECTIONS}


def _restore(url: str, backup: Backup) -> None:
    if isinstance(backup, Path):
        place = Path(url.removeprefix("sqlite:///"))
        for suffix in ("-wal", "-shm"):
            Path(f"{place}{suffix}").unlink(missing_ok=True)
        backup.replace(place)
        return
    with pymongo.MongoClient[dict[str, Any]](url) as client:
        database = client.get_default_database("docstage")
        for name, documents in backup.items():
            database[name].delete_many({})
            if documents:
                database[name].insert_many(documents)


class _channel:  # noqa: N801 - a context, as a function would be
    """A channel of the test's own on the world's broker."""

    def __init__(self, scene: Scene) -> None:
        self._url = scene.world.broker_url or ""

    async def __aenter__(self) -> AbstractChannel:
        self._connection = await aio_pika.connect(self._url)
        return await self._connection.channel()

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()


async def _next(queue: Any) -> Any:
    async with asyncio.timeout(10):
        while (message := await queue.get(fail=False, no_ack=True)) is None:
            await asyncio.sleep(0.1)
    return message


_QUICK = {"ingest": Launch(settings={"DOCSTAGE_ORPHAN_SECONDS": "1", "DOCSTAGE_ORPHAN_GRACE": "3"})}

ROWS = (
    Row("I1a", "services whose clocks are ten minutes ahead and behind",
        clocks_apart, "the store's clock", frozenset({"row", "V3"}), engines=("rabbitmq",)),
    Row("I1b", "the machine's clock is set back ten minutes",
        clock_set_back, "the store's clock", frozenset({"V3", "V4"}), engines=("embedded",)),
    Row("J1a", "messages of an older, a newer and an unknown version",
        messages_of_other_versions, "relay and sweeper", frozenset({"V3", "row"}),
        engines=("rabbitmq",)),
    Row("J1b", "a queue with the arguments of another version",
        queue_of_another_version, "queues as they are", frozenset({"V3", "row"}),
        engines=("rabbitmq",)),
    Row("J2a", "the store is restored from an older backup",
        store_of_yesterday, "relay and sweeper", frozenset({"V3", "row"}), launches=_QUICK),
    Row("J2b", "the same: files that no record knows",
        store_of_yesterday, "orphans are collected", frozenset({"row"}), launches=_QUICK),
)  # fmt: skip
