"""Rows C: RabbitMQ dies, forgets, is full, says nothing, says it twice, says it in any order."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from shared.broker.topology import EVENTS_QUEUE, job_queue
from shared.models.work import Lane, StageName
from tests.faults.amqp_frames import BASIC_ACK
from tests.faults.between import between
from tests.faults.deadlines import unhurried
from tests.faults.driver import PATH
from tests.faults.health import metric
from tests.faults.launch import Launch
from tests.faults.matrix import Row
from tests.faults.scene import Scene
from tests.faults.toxics import OnFrame, Way
from tests.faults.wire import in_hands, told_again, told_before_its_time, told_of_old
from tests.servers.rabbitmq import RabbitMQ

OCR = job_queue(StageName.OCR, Lane.NORMAL)
EXTRACT = job_queue(StageName.EXTRACT, Lane.NORMAL)
_ACCEPTED = 202
_FEW = 8
_ALL = {
    name: Launch(faults=("fault: publish thrice",))
    for name in ("ingest", "ocr", "extract", "notify")
}


async def broker_killed(scene: Scene) -> None:
    """C1: kill -9 while messages are published and consumed; uploads are accepted meanwhile."""
    rabbitmq = scene.world.servers.rabbitmq
    scene.world.arm("ocr", "ocr.computed=sleep:0.3")
    sending = asyncio.create_task(scene.upload(6))
    await asyncio.sleep(0.5)
    await asyncio.to_thread(rabbitmq.kill)
    told = await scene.upload(4, persist=False)
    scene.require(None not in told, "an upload was not accepted while the broker was away")
    scene.require(None not in await sending, "an upload under way was refused")
    await asyncio.to_thread(rabbitmq.start)
    await scene.finished()


async def broker_wiped(scene: Scene) -> None:
    """C2: the broker comes back without queues and messages."""
    world, rabbitmq = scene.world, scene.world.servers.rabbitmq
    world.pause("ocr")
    told = await scene.upload(_FEW)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(rabbitmq.kill)
    await asyncio.to_thread(rabbitmq.wipe)
    await asyncio.to_thread(rabbitmq.start)
    world.resume("ocr")
    scene.require(None not in told, "an upload was refused")
    await scene.finished()


async def queues_deleted(scene: Scene) -> None:
    """C3: queues vanish, and the broker cancels their consumers."""
    rabbitmq = scene.world.servers.rabbitmq
    for queue in (OCR, EXTRACT, EVENTS_QUEUE):
        await asyncio.to_thread(rabbitmq.control, "delete_queue", queue)
    await scene.upload(4)
    await scene.finished()


async def memory_alarm(scene: Scene) -> None:
    """C4: the broker takes no messages, for want of memory."""
    on = ("set_vm_memory_high_watermark", "0")
    await _alarm(scene, on, ("set_vm_memory_high_watermark", "0.4"))


async def disk_alarm(scene: Scene) -> None:
    """C4: the same, for want of disk."""
    on = ("set_disk_free_limit", "1000000000000000")
    await _alarm(scene, on, ("set_disk_free_limit", "50000000"))


async def _alarm(scene: Scene, on: Sequence[str], off: Sequence[str]) -> None:
    """Under the alarm uploads are accepted, and what was in hand is acknowledged.

    There is more than ends at once: the first to end publish, which is what the broker blocks.
    """
    world, rabbitmq = scene.world, scene.world.servers.rabbitmq
    world.arm("ocr", "ocr.computed=hold")  # what is in hand ends under the alarm, not before it
    await scene.upload(8)
    await world.until_reached("ocr", "ocr.computed")
    await asyncio.to_thread(rabbitmq.control, *on)
    try:
        world.disarm("ocr")
        told = await scene.upload(3, persist=False)
        scene.require(None not in told, "an upload was refused because of an alarm")
        scene.require(await _let_go(rabbitmq, OCR), "what is in hand cannot be acknowledged")
        documents = (await scene.look()).documents
        scene.require(any(it.outbox for it in documents), "nothing waits in an outbox")
    finally:
        await asyncio.to_thread(rabbitmq.control, *off)
    await scene.finished()


async def confirms_lost(scene: Scene) -> None:
    """C5: the broker has stored messages when the connection ends before it says so.

    Nobody claims the work before the relay, some seconds later, has published it again.
    """
    async with between(scene, "broker", "ingest") as proxy:
        lost = OnFrame(BASIC_ACK, Way.TO_CLIENT, nth=0)
        proxy.triggers = [lost]
        scene.world.pause("ocr")
        await scene.upload(6)
        await _fired(scene, proxy.triggers)
        await _lost(lost, 3)  # of one it may be an event's, which is of no work
        proxy.triggers = []
        await _all_published(scene)
        scene.world.resume("ocr")
        await scene.finished()


async def acks_lost(scene: Scene) -> None:
    """C6: work is committed when its message comes again, for nobody heard of the end."""
    async with between(scene, "broker", "ocr") as proxy:
        proxy.triggers = [OnFrame(BASIC_ACK, Way.TO_SERVER, nth=2)]
        await scene.upload(6)
        await _fired(scene, proxy.triggers)
        await scene.finished()


async def queue_full(scene: Scene) -> None:
    """C7: a queue rejects what is published: said, counted, kept; other queues go on."""
    world, rabbitmq = scene.world, scene.world.servers.rabbitmq
    limit = '{"max-length":1,"overflow":"reject-publish"}'
    command = ("set_policy", "full", f"^{EXTRACT}$", limit, "--apply-to", "queues")
    await asyncio.to_thread(rabbitmq.control, *command)
    world.pause("extract")
    told = await scene.upload(16)
    kept = await _kept(scene, EXTRACT, least=3)
    scene.require(kept >= 3, f"{kept} entries kept of messages that were rejected")
    counted = await asyncio.to_thread(_refused_of, scene)
    scene.require(counted >= 3, f"{counted:.0f} rejections counted")
    scene.require(None not in told, "an upload was refused")
    world.resume("extract")
    await scene.finished()
    await asyncio.to_thread(rabbitmq.control, "clear_policy", "full")


async def consumer_timeout(scene: Scene) -> None:
    """C8: the broker gives a message to another while its work goes on, and the ack is lost."""
    world, rabbitmq = scene.world, scene.world.servers.rabbitmq
    async with _short_consumer_timeout(rabbitmq):
        await world.start("ocr-2")
        for name in ("ocr", "ocr-2"):
            world.arm(name, "ocr.computed=sleep:6@1")
        await scene.upload(2)
        await scene.finished()
        lost = "broker.answer_lost" in await asyncio.to_thread(world.log("ocr").read_text)
        scene.require(lost, "the broker minded nothing")


async def published_thrice(scene: Scene) -> None:
    """C9: every message comes three times, at the same time."""
    await scene.upload(6)
    await scene.finished()


async def out_of_order(scene: Scene) -> None:
    """C10: jobs before their time, jobs of an old revision, events backwards and again."""
    world = scene.world
    world.arm("ocr", "ocr.claimed=sleep:1@1")
    identities = [it for it in await scene.upload(3) if it]
    await told_before_its_time(scene, identities)
    await scene.finished()
    world.forget()
    async with scene.api.session.post(f"{PATH}/{identities[0]}/reprocess", json={}) as answer:
        scene.require(answer.status == _ACCEPTED, f"reprocess: {answer.status}")
    await told_of_old(scene, identities[0])
    await scene.finished()
    await told_of_old(scene, identities[0])
    await told_again(scene)
    await asyncio.sleep(1.0)
    for service in ("ocr", "extract"):
        dropped = await asyncio.to_thread(
            metric, world, service, "docstage_stage_attempts_total", 'outcome="stale"'
        )
        scene.require(dropped >= 1, f"{service} counted nothing that it dropped")


async def _fired(scene: Scene, triggers: Sequence[OnFrame]) -> None:
    for it in triggers:
        scene.require(
            await asyncio.to_thread(it.fired.wait, unhurried(15)), "the fault did not happen"
        )


async def _lost(frames: OnFrame, least: int) -> None:
    """Wait until so many frames were lost, or a while."""
    deadline = time.monotonic() + unhurried(20)
    while frames.seen < least and time.monotonic() < deadline:
        await asyncio.sleep(0.1)


async def _let_go(rabbitmq: RabbitMQ, queue: str, seconds: float = 30.0) -> bool:
    """Whether everything in consumers' hands is acknowledged in that time, and stays so.

    A quorum queue says every five seconds only how much that is (``quorum_tick_interval``).
    """
    calm = 0
    for _ in range(int(seconds)):
        calm = 0 if await in_hands(rabbitmq, queue) else calm + 1
        if calm > 6:
            return True
        await asyncio.sleep(1.0)
    return False


async def _kept(scene: Scene, queue: str, least: int) -> int:
    """How many outbox entries for a queue are kept, once they are so many, or after a while."""
    kept = 0
    for _ in range(20):
        documents = (await scene.look()).documents
        entries = [entry for it in documents for entry in it.outbox if entry.stage is not None]
        kept = sum(f".{entry.stage}." in queue for entry in entries)
        if kept >= least:
            break
        await asyncio.sleep(0.5)
    return kept


async def _all_published(scene: Scene) -> None:
    """Wait until no job is left in an outbox, or a while."""
    for _ in range(60):
        documents = (await scene.look()).documents
        if not any(it.stage is not None for document in documents for it in document.outbox):
            return
        await asyncio.sleep(0.5)


def _refused_of(scene: Scene) -> float:
    name, label = "docstage_outbox_left_total", 'reason="refused"'
    return sum(metric(scene.world, it, name, label) for it in ("ingest", "ocr"))


@asynccontextmanager
async def _short_consumer_timeout(rabbitmq: RabbitMQ) -> AsyncIterator[None]:
    """Three seconds, looked at each second.

    RabbitMQ 3.10 ignores ``x-consumer-timeout``, but not the setting of the node.
    """
    await _set(rabbitmq, consumer_timeout=3000, channel_tick_interval=1000)
    try:
        yield
    finally:
        await _set(rabbitmq, consumer_timeout=1_800_000, channel_tick_interval=60_000)


async def _set(rabbitmq: RabbitMQ, **parameters: int) -> None:
    code = "".join(f"application:set_env(rabbit,{k},{v})," for k, v in parameters.items())
    await asyncio.to_thread(rabbitmq.control, "eval", f"{code}ok.")
    # Channels ask once, when they are opened.
    await asyncio.to_thread(rabbitmq.control, "close_all_connections", "settings")


_DOUBLED = frozenset({"V2", "V5"})
_STUCK = frozenset({"V3", "V4"})

ROWS = [
    Row("C1", "broker killed, publishing and consuming", broker_killed, "reconnection", _STUCK,
        ("rabbitmq",), is_fast=True),
    Row("C2", "broker's data wiped", broker_wiped, "relay and sweeper", _STUCK, ("rabbitmq",)),
    Row("C3", "queues deleted, consumers cancelled", queues_deleted, "consumers restored",
        _STUCK, ("rabbitmq",)),
    Row("C4", "memory alarm", memory_alarm, "two connections", frozenset({"row"}),
        ("rabbitmq",)),
    Row("C4b", "disk alarm", disk_alarm, "two connections", frozenset({"row"}), ("rabbitmq",)),
    Row("C5", "confirm lost", confirms_lost, "state checks", _DOUBLED, ("rabbitmq",),
        is_fast=True),
    Row("C6", "ack lost", acks_lost, "state checks", _DOUBLED, ("rabbitmq",), is_fast=True),
    Row("C7", "queue full, publishes rejected", queue_full, "refusals", frozenset({"row"}),
        ("rabbitmq",)),
    Row("C8", "consumer timeout in a slow job", consumer_timeout, "state checks", _DOUBLED,
        ("rabbitmq",)),
    Row("C9", "each message three times", published_thrice, "state checks", _DOUBLED,
        ("rabbitmq",), launches=_ALL),
    Row("C10", "messages out of order, of old revisions, again", out_of_order, "state checks",
        _DOUBLED, ("rabbitmq",)),
]  # fmt: skip
