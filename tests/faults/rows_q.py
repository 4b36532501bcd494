"""Rows Q: what is told in other ways than by webhook, under the same faults.

Result queues, DocDigitizer's callbacks, Affinda's REST hooks and mail: whatever dies, each event
arrives, is known as the same when it arrives twice, and who does not listen harms nobody else.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import aio_pika
import aiohttp
from aiohttp import web

from tests.faults.driver import File, invoices
from tests.faults.evidence import Upload
from tests.faults.launch import Launch
from tests.faults.matrix import Row
from tests.faults.readers import Called, Heard, QueueReader
from tests.faults.scene import Scene
from tests.servers.mail_sink import MailSink, mail_sink
from tests.servers.process import free_ports

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
    scene.require(not missing, f"{len(missing)} of {len(events)} events never reached the reader")
    unknown = {it.id for it in reader.heard} - events
    scene.require(not unknown, f"{len(unknown)} messages are of no event")


async def _without_webhook(scene: Scene) -> None:
    """Nobody else is told: what notify does next is for whom the row is about."""
    for it in (await scene.api.get("/api/v1/subscriptions"))["subscriptions"]:
        async with scene.api.session.delete(f"/api/v1/subscriptions/{it['id']}") as answer:
            assert answer.status == 204


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
    await _without_webhook(scene)
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


async def callback_repeated(scene: Scene) -> None:
    """DocDigitizer's callback: notify dies after the call, and the receiver fails once."""
    world = scene.world
    await _without_webhook(scene)
    failed: list[str] = []

    def refuse_first(request: web.Request) -> int:
        failed.append(request.query.get("status", ""))
        return 503 if len(failed) == 1 else 200

    async with Called(refuse_first) as called:
        world.arm("notify", "notify.sent=kill@2")
        identity = await _annotated(scene, f"{called.url}/back?own=1")
        await world.died("notify")
        await world.start("notify")
        await scene.finished()
        wanted = {"start", "classified", "annotated"}
        done = await called.until(lambda it: wanted <= set(_statuses(it)), _PATIENT)
        scene.require(done, f"it was told only {sorted(set(_statuses(called)))}")
        await _all_done(scene, "callback")
        scene.require(_statuses(called).count("start") > 1, "what failed was not called again")
        repeated = len(called.calls) - len(wanted)
        scene.require(repeated > 1, "what was not written down was not called again")
        named = {parse_qs(urlsplit(path).query)["docid"][0] for path, _, _ in called.calls}
        scene.require(named == {identity}, "calls name another document", identity)


async def _all_done(scene: Scene, kind: str) -> None:
    """Wait, for as long as patience lasts, until all deliveries of a kind are done."""
    with suppress(TimeoutError):
        async with asyncio.timeout(scene.patience):
            while True:
                found = (await scene.api.get("/api/v1/deliveries", limit="100"))["deliveries"]
                if all(it["state"] == "done" for it in found if it["kind"] == kind):
                    return
                await asyncio.sleep(0.3)


def _statuses(called: Called) -> list[str]:
    return [parse_qs(urlsplit(path).query)["status"][0] for path, _, _ in called.calls]


async def _annotated(scene: Scene, callback: str) -> str:
    (file,) = invoices(1)
    form = aiohttp.FormData({"callback_url": callback})
    form.add_field("files", file.content, filename=file.name, content_type="application/pdf")
    headers = {"Authentication": f"API_KEY {scene.api.key}"}
    path = "/docdigitizer/api/v1/documents/annotate"
    async with scene.api.session.post(path, data=form, headers=headers) as answer:
        assert answer.status == 202, await answer.text()
        identity = str((await answer.json())["task"]["document_id"])
    told = Upload(key=uuid4().hex, sha256=file.sha256, status=202, document=identity)
    scene.journal.attempted(told, file.name)
    scene.journal.answered(told)
    return identity


async def hook_repeated(scene: Scene) -> None:
    """A REST hook's receiver fails, and notify dies after a call: the same message again."""
    world = scene.world
    await _without_webhook(scene)
    secrets: list[str] = []
    told: list[int] = []

    def answer(request: web.Request) -> int:
        secret = request.headers.get("X-Hook-Secret")
        if secret is not None:
            secrets.append(secret)
            return 200
        told.append(1)
        return 503 if len(told) == 1 else 200

    async with Called(answer) as called:
        wish = {"targetUrl": f"{called.url}/hook", "event": "document.parse.completed"}
        await scene.api.post("/v3/resthook_subscriptions", wish)
        assert await called.until(lambda _: bool(secrets), _PATIENT), "nobody was asked"
        async with scene.api.session.post(
            "/v3/resthook_subscriptions/activate", headers={"X-Hook-Secret": secrets[0]}
        ) as activated:
            assert activated.status == 200, await activated.text()
        await scene.upload(1)
        await scene.finished()
        assert await called.until(lambda _: len(told) >= 1, _PATIENT), "it was never called"
        world.arm("notify", "notify.sent=kill@1")
        again = await called.until(lambda _: len(told) > 1, _PATIENT)
        scene.require(again, "what the receiver refused did not come again")
        if not again:
            return
        await world.died("notify")
        await world.start("notify")
        third = await called.until(lambda _: len(told) > 2, _PATIENT)
        scene.require(third, "what was not written down did not come again")
        ids = {json.loads(body)["id"] for _, headers, body in called.calls
               if "x-hook-secret" not in headers}  # fmt: skip
        scene.require(len(ids) == 1, f"one message came under {len(ids)} ids")


async def _mailed(scene: Scene, sink: MailSink) -> None:
    """State that each document that failed was told of, under one ``Message-ID``."""
    events = {it.events[-1].id for it in (await scene.look()).documents}
    mails = await _mail_deliveries(scene)
    scene.require(len(mails) == len(events), f"{len(mails)} mails of {len(events)} events")
    taken: list[EmailMessage] = [mail for _, _, mail in sink.taken]
    subjects = {str(it["Subject"]) for it in taken}
    scene.require(len(subjects) == len(events), f"{len(subjects)} of {len(events)} arrived")
    ids = {str(it["Message-ID"]) for it in taken}
    scene.require(len(ids) == len(subjects), f"{len(subjects)} mails came under {len(ids)} ids")


async def _noticed(scene: Scene) -> MailSink:
    """Somebody is told by mail of what fails, and by nothing else; the server is still down."""
    world, (port,) = scene.world, free_ports(1)
    settings = {
        "DOCSTAGE_MAIL_URL": f"smtp://127.0.0.1:{port}",
        "DOCSTAGE_MAIL_FROM": "docs@docs.example.com",
    }
    for name in {world.home("ingest"), world.home("notify")}:
        await world.restart(name, Launch(settings=settings))
    await _without_webhook(scene)
    wish = {"recipients": ["ann@example.com"], "events": ["document.failed"]}
    await scene.api.post("/api/v1/mail-notices", wish)
    return MailSink(port=port)


async def mail_killed_after_sending(scene: Scene) -> None:
    """Notify dies after the mail was taken, before it is written down: the same mail again."""
    world = scene.world
    async with mail_sink(await _noticed(scene)) as sink:
        world.arm("notify", "notify.sent=kill@1")
        await _bad(scene)
        await world.died("notify")
        await world.start("notify")
        await scene.finished()
        async with asyncio.timeout(scene.patience):
            while len(sink.taken) < 2:
                await asyncio.sleep(0.1)
        await _mailed(scene, sink)


async def mail_server_away(scene: Scene) -> None:
    """The mail server is down when a mail is to be sent, and comes up later."""
    sink = await _noticed(scene)
    await _bad(scene)
    await scene.finished()
    async with asyncio.timeout(scene.patience):
        while not any(it["log"] for it in await _mail_deliveries(scene)):
            await asyncio.sleep(0.2)
    async with mail_sink(sink):
        await _all_done(scene, "mail")
        await _mailed(scene, sink)


async def _mail_deliveries(scene: Scene) -> list[dict[str, Any]]:
    found = (await scene.api.get("/api/v1/deliveries", limit="100"))["deliveries"]
    return [it for it in found if it["kind"] == "mail"]


async def _bad(scene: Scene) -> None:
    """A document that nobody can read."""
    await scene.driver.upload(File("bad.pdf", b"%PDF-1.7\nnothing " + uuid4().bytes))


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
    Row("Q7", "DocDigitizer callback: receiver fails, notify killed after the call",
        callback_repeated, "callback words", frozenset({"row"})),
    Row("Q8", "REST hook: receiver fails, notify killed after the call",
        hook_repeated, "REST hook tries", frozenset({"row"})),
    Row("Q9a", "mail: notify killed after the message was taken",
        mail_killed_after_sending, "mail ids", frozenset({"row"})),
    Row("Q9b", "mail: server down, then up",
        mail_server_away, "mail tries", frozenset({"row"})),
)  # fmt: skip
