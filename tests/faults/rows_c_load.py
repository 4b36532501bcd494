"""Rows C: more comes in than the broker, or who consumes from it, can take."""

import asyncio
from dataclasses import replace

import aiohttp

from tests.faults.driver import PATH, Driver, File, invoices
from tests.faults.evidence import Upload
from tests.faults.launch import Launch
from tests.faults.matrix import Row
from tests.faults.scene import Scene
from tests.faults.wire import connections

_UNAVAILABLE = 503
_FEW = 8
_MANY = 40


async def broker_away_too_long(scene: Scene) -> None:
    """C1: idle when it dies; the gateway accepts up to its limit, then 503, and again later."""
    rabbitmq = scene.world.servers.rabbitmq
    await asyncio.to_thread(rabbitmq.kill)
    told = await scene.upload(_FEW, persist=False)
    scene.require(None not in told, "an upload below the limit was refused")
    refusal = await _refused(scene)
    scene.require(refusal is not None, "everything was accepted, without limit")
    scene.require(refusal and float(refusal) >= 1, "no time to come back was named")
    await asyncio.to_thread(rabbitmq.start)
    await scene.finished()
    (identity,) = await scene.upload(1)
    scene.require(identity is not None, "nothing was accepted after the broker was back")


async def slow_consumer(scene: Scene) -> None:
    """C11: one worker, many documents: a limit, a time to come back, no lost heartbeats.

    They are five times what is let in at once. The database of the tests, at 20 ms for each
    operation, makes them wait as hundreds would elsewhere.
    """
    rabbitmq = scene.world.servers.rabbitmq
    before = await connections(rabbitmq, "docstage consuming")
    patient = Driver(scene.api, scene.journal, patience=300.0)
    sending = asyncio.create_task(patient.upload_all(invoices(_MANY), at_once=16))
    refusal = await _refused(scene, persist=True)
    scene.require(refusal and float(refusal) >= 1, "no limit, or no time to come back")
    scene.require(None not in await sending, "an upload was refused for good")
    if not refusal:
        return
    await scene.finished()
    after = await connections(rabbitmq, "docstage consuming")
    scene.require(before == after, "a consuming connection was lost")


async def _refused(scene: Scene, *, persist: bool = False) -> str | None:
    """Upload until it is refused for the load; its Retry-After, ``None`` if it never is.

    The upload is sent again later, if it is to ``persist``, else never.
    """
    for file in invoices(16):
        status, wait = await _sent(scene, file)
        if status == _UNAVAILABLE:
            if persist:
                await scene.driver.upload(file, key=file.name)
            return wait or "0"
        await asyncio.sleep(0.25)
    return None


async def _sent(scene: Scene, file: File) -> tuple[int, str | None]:
    """Send a file once, and note it as the driver does; status and ``Retry-After``."""
    upload = Upload(key=file.name, sha256=file.sha256)
    form = aiohttp.FormData()
    form.add_field("files", file.content, filename=file.name)
    scene.journal.attempted(upload, file.name)
    headers = {"Idempotency-Key": file.name}
    async with scene.api.session.post(PATH, data=form, headers=headers) as answer:
        told = (await answer.json()).get("documents", [{}])
        scene.journal.answered(replace(upload, status=answer.status, document=told[0].get("id")))
        return answer.status, answer.headers.get("Retry-After")


_LIMITED = {"ingest": Launch(settings={"DOCSTAGE_OVERLOAD_BACKLOG": "10"})}
_HIGH_WATER = {"ingest": Launch(settings={"DOCSTAGE_OVERLOAD_BACKLOG": str(_MANY // 5)})}

ROWS = [
    Row("C1b", "broker away longer than there is room in the outbox", broker_away_too_long,
        "overload", frozenset({"row"}), ("rabbitmq",), launches=_LIMITED),
    Row("C11", "one slow worker, five times the documents that are let in", slow_consumer,
        "overload", frozenset({"row"}), ("rabbitmq",), launches=_HIGH_WATER),
]  # fmt: skip
