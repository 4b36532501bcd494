"""Rows Q1 to Q6: result queues under the same faults.

Whatever dies, each event arrives, is known as the same when it arrives twice, and a queue that
nobody reads, or that takes nothing, harms nobody else.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aio_pika

from tests.faults.matrix import Row
from tests.faults.readers import Heard, QueueReader, without_webhook
from tests.faults.scene import Scene

_QUEUES = "/api/v1/result-queues"
_PATIENT = 25.0


async def _queue(scene: Scene, name: str, **wish: Any) -> dict[str, Any]:
    made: dict[str, Any] = await scene.api.post(_QUEUES, {"name": name, **wish})
    return made


def _reader(scene: Scene, queue: dict[str, Any]) -> QueueReader:
    """As the broker's own user: the world's RabbitMQ has no management API to make others."""
    return QueueReader(scene.world.broker_url or "", queue["amqp"]["queue"])


async def _events(scene: Scene) -> set[str]:
    """The ids of all that happened to the scene's documents."""
    documents = (await scene.look()).documents
    return {event.id for it in documents for event in it.events}


async def _all_heard(scene: Scene, reader: QueueReader) -> None:
    """State that the reader hears of every event, and of nothing else."""
    events = await _events(scene)
    missing = await reader.until(events, _PATIENT)
    where = await _where(scene, reader) if missing else ""
    text = f"{len(missing)} of {len(events)} events never reached the reader ({where})"
    scene.require(not missing, text)
    unknown = {it.id for it in reader.heard} - events
    scene.require(not unknown, f"{len(unknown)} messages are of no event")


async def _where(scene: Scene, reader: QueueReader) -> str:
    """What became of deliveries and messages, for whoever looks into a red row."""
    found = (await scene.api.get("/api/v1/deliveries", limit="100"))["deliveries"]
    states = Counter(it["state"] for it in found)
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return f"deliveries of all kinds: {told}; {await reader.left()}"


async def broker_killed_while_publishing(scene: Scene) -> None:
    """The broker dies while deliveries are in hand, and comes back some seconds later."""
    world = scene.world
    queue = await _queue(scene, "killed")
    async with _reader(scene, queue) as reader:
        await scene.upload(1)  # killed in a queue's first second, RabbitMQ 3.10 loses its leader
        await scene.finished()
        await _all_heard(scene, reader)
        world.arm("notify", "notify.claimed=sleep:2")
        uploading = asyncio.create_task(scene.upload(2))
        await world.until_reached("notify", "notify.claimed")
        world.servers.rabbitmq.kill()
        await asyncio.sleep(4.0)
        world.disarm("notify")
        await asyncio.to_thread(world.servers.rabbitmq.start)
        await uploading
        await scene.finished()
        await _all_heard(scene, reader)


async def broker_wiped(scene: Scene) -> None:
    """The broker loses its disk: what was published is gone; a replay brings it back."""
    world = scene.world
    queue = await _queue(scene, "wiped")
    await scene.upload(2)
    await scene.finished()
    before = await _events(scene)
    await _sent(scene, queue, len(before))
    world.servers.rabbitmq.kill()
    world.servers.rabbitmq.wipe()
    await asyncio.to_thread(world.servers.rabbitmq.start)
    await scene.upload(1)
    await scene.finished()
    await _sent(scene, queue, len(await _events(scene)))
    path = f"{_QUEUES}/wiped/replay"
    found = await _again(scene, path, {"from": queue["created"]})
    scene.require(found >= len(before), f"{found} of {len(before)} were replayed")
    async with _reader_when_there(scene, queue) as reader:
        if reader is not None:
            await _all_heard(scene, reader)


async def _again(scene: Scene, path: str, wish: dict[str, Any]) -> int:
    async with asyncio.timeout(_PATIENT):
        while True:
            async with scene.api.session.post(path, json=wish) as answer:
                if answer.status == 200:
                    return int((await answer.json())["replayed"])
            await asyncio.sleep(0.5)


@asynccontextmanager
async def _reader_when_there(
    scene: Scene, queue: dict[str, Any]
) -> AsyncIterator[QueueReader | None]:
    reader = _reader(scene, queue)
    try:
        await reader.__aenter__()
    except aio_pika.exceptions.ChannelClosed:
        scene.require(False, "there is no queue")  # noqa: FBT003
        yield None
        return
    try:
        yield reader
    finally:
        await reader.__aexit__()


async def _sent(scene: Scene, queue: dict[str, Any], count: int) -> None:
    """Wait until so many of a queue's deliveries are done."""
    query = {"subscription": queue["id"], "state": "done", "limit": 100}
    async with asyncio.timeout(_PATIENT):
        while len((await scene.api.get("/api/v1/deliveries", **query))["deliveries"]) < count:
            await asyncio.sleep(0.2)


async def queue_that_nobody_reads(scene: Scene) -> None:
    """It loses its oldest, and only that; other queues and webhooks hear of everything."""
    limit = 5
    forgotten = await _queue(scene, "forgotten", max_length=limit)
    read = await _queue(scene, "read")
    async with _reader(scene, read) as reader:
        await scene.upload(3)
        await scene.finished()
        await _all_heard(scene, reader)
        order = [it.id for it in reader.heard]
        await _sent(scene, forgotten, len(order))
    async with _reader(scene, forgotten) as late:
        await asyncio.sleep(1.0)
        kept = len(late.heard)
        scene.require(kept == limit, f"{kept} messages were kept of {limit}")
        await scene.upload(1)
        await scene.finished()
        news = await _events(scene) - set(order)
        missing = await late.until(news, _PATIENT)
        scene.require(not missing, f"{len(missing)} of {len(news)} events after that are missing")


async def queue_that_refuses(scene: Scene) -> None:
    """Somebody has put a queue in its place that takes nothing; it ends, and all is there."""
    queue = await _queue(scene, "refusing")
    name = queue["amqp"]["queue"]
    connection = await aio_pika.connect(scene.world.broker_url or "")
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete(name)
        arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
        await channel.declare_queue(name, arguments=arguments)
        publish = channel.default_exchange.publish
        await publish(aio_pika.Message(b"{}"), name)
        await scene.upload(3)
        await scene.finished()
        finals = {it.events[-1].id for it in (await scene.look()).documents}
        told = await _told_by_webhook(scene, finals)
        scene.require(told, "a queue that refuses has held up webhooks")
        await channel.queue_delete(name)
    await _sent(scene, queue, len(await _events(scene)))
    async with _reader_when_there(scene, queue) as reader:
        if reader is not None:
            await _all_heard(scene, reader)


async def _told_by_webhook(scene: Scene, events: Iterable[str]) -> bool:
    try:
        async with asyncio.timeout(_PATIENT):
            while not set(events) <= {it.webhook_id for it in scene.listener.receipts()}:
                await asyncio.sleep(0.2)
    except TimeoutError:
        return False
    return True


async def pulling_reader_dies(scene: Scene) -> None:
    """A reader dies with messages in hand, and the gateway with it; another one gets them all."""
    await _queue(scene, "pulled", mode="pull")
    await scene.upload(2)
    await scene.finished()
    await _announced(scene)
    first = await _fetch(scene, 100, visibility=2)
    await scene.world.restart("ingest")
    got: list[Heard] = []
    async with asyncio.timeout(_PATIENT):
        while len({it.id for it in got}) < len(first) or not got:
            some = await _fetch(scene, 3, visibility=30)
            got += some
            await scene.api.post(
                f"{_QUEUES}/pulled/messages", {"ack": [it.id for it in some]}, 200
            ) if some else await asyncio.sleep(0.3)
            if not some and not (await scene.api.get(f"{_QUEUES}/pulled"))["waiting"]:
                break
    events = await _events(scene)
    missing = events - {it.id for it in got}
    scene.require(not missing, f"{len(missing)} of {len(events)} events reached no living reader")
    for document in {it.document for it in got}:
        order = [it.sequence for it in got if it.document == document]
        scene.require(order == sorted(set(order)), f"read in the order {order}", document)


async def _announced(scene: Scene) -> None:
    async with asyncio.timeout(_PATIENT):
        while any(it.announced < it.sequence for it in (await scene.look()).documents):
            await asyncio.sleep(0.2)


async def _fetch(scene: Scene, limit: int, visibility: int) -> list[Heard]:
    query = {"max": str(limit), "visibility": str(visibility)}
    found = await scene.api.get(f"{_QUEUES}/pulled/messages", **query)
    return [Heard.of(it) for it in found["messages"]]


async def killed_after_publishing(scene: Scene) -> None:
    """Notify dies after the broker has confirmed, before it is written down: the same again."""
    world = scene.world
    await without_webhook(scene)
    queue = await _queue(scene, "twice", events=["document.ready", "document.needs_review"])
    async with _reader(scene, queue) as reader:
        world.arm("notify", "notify.sent=kill@1")
        (identity,) = await scene.upload(1)
        await world.died("notify")
        await world.start("notify")
        await scene.finished()
        document = await scene.document(identity or "")
        final = {document.events[-1].id}
        missing = await reader.until(final, _PATIENT)
        scene.require(not missing, "the event never reached the reader")
        await _sent(scene, queue, 1)
        await asyncio.sleep(0.5)
        scene.require(len(reader.heard) > 1, "it was not sent again")
        unknown = {it.id for it in reader.heard} - final
        scene.require(not unknown, "what was sent again has another id")


ROWS = (
    Row("Q1", "broker killed while results are published",
        broker_killed_while_publishing, "result confirms", frozenset({"row"}),
        engines=("rabbitmq",)),
    Row("Q2", "broker wiped, then a replay",
        broker_wiped, "result queues declared", frozenset({"row"}), engines=("rabbitmq",)),
    Row("Q3", "result queue that nobody reads, full",
        queue_that_nobody_reads, "result queue limits", frozenset({"row"}),
        engines=("rabbitmq",)),
    Row("Q4", "result queue that refuses",
        queue_that_refuses, "result confirms", frozenset({"row"}), engines=("rabbitmq",)),
    Row("Q5", "reader of a pulled queue dies, gateway killed",
        pulling_reader_dies, "lending", frozenset({"row"})),
    Row("Q6", "notify killed after publishing, before it is written down",
        killed_after_publishing, "result ids", frozenset({"row"}), engines=("rabbitmq",)),
)  # fmt: skip
