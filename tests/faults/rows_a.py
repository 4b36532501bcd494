"""Rows A: what may happen on the way in, until a document is accepted."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import aiohttp
from aiohttp import web

from shared.models.document import DocumentState
from tests.api.origin import running_origin
from tests.e2e.api import Api
from tests.faults.driver import PATH, Driver, File, invoices
from tests.faults.dump import list_blobs
from tests.faults.launch import Launch
from tests.faults.mailing import Sender
from tests.faults.matrix import Row
from tests.faults.scene import Scene

_GATEWAY = "ingest"


async def killed_before_the_record(scene: Scene) -> None:
    """A1: the gateway dies with the file in its spool, and with the file in the blob store."""
    world = scene.world
    for step in ("ingest.spooled", "ingest.stored"):
        world.arm(_GATEWAY, f"{step}=kill@1")
        told = await scene.upload(1, persist=False)
        await world.died(_GATEWAY)
        scene.require(told == [None], f"an answer though it died at {step}")
        await world.start(_GATEWAY)
        there = (await scene.look()).documents
        scene.require(not there, f"visible, though it was never accepted ({step})")
    scene.require(await _orphans_go(scene), "the file without a record stays for ever")
    await scene.upload(2)


async def _orphans_go(scene: Scene) -> bool:
    """Whether files without a record are removed, once their grace is over."""
    own = f"{scene.organization}/"
    deadline = time.monotonic() + scene.patience
    while time.monotonic() < deadline:
        keys = await asyncio.to_thread(list_blobs, scene.world.blobs_url)
        if not any(key.startswith(own) for key in keys):
            return True
        await asyncio.sleep(0.5)
    return False


async def killed_before_the_answer(scene: Scene) -> None:
    """A2: the record is written, the sender hears nothing, and sends again."""
    world = scene.world
    world.arm(_GATEWAY, "ingest.inserted=kill@1")
    sending = asyncio.create_task(scene.upload(1))
    await world.died(_GATEWAY)
    await world.start(_GATEWAY)
    told = await sending
    scene.require(told[0] is not None, "the second call was not answered")


async def killed_before_publishing(scene: Scene) -> None:
    """A3: the record is written, no message is sent; somebody has to find the entry."""
    world = scene.world
    world.arm(_GATEWAY, "outbox.publishing=kill@1")
    await scene.upload(1, persist=False)
    await world.died(_GATEWAY)
    await world.start(_GATEWAY)


async def killed_after_the_confirm(scene: Scene) -> None:
    """A4: the broker has the message, the entry is still there: it is published twice."""
    world = scene.world
    await world.stop("ocr")
    world.arm(_GATEWAY, "outbox.published=kill@1")
    await scene.upload(1, persist=False)
    await world.died(_GATEWAY)
    await world.start(_GATEWAY)
    await _published_again(scene)
    await world.start("ocr")


async def _published_again(scene: Scene) -> None:
    async with asyncio.timeout(20):
        while (await scene.look()).queues["docstage.ocr.normal"] < 2:
            await asyncio.sleep(0.2)


async def dropped_and_crowded(scene: Scene) -> None:
    """A5: a sender that goes away in the midst of its file; fifty calls with one key."""
    half = invoices(1)[0]
    parts = aiohttp.FormData()
    parts.add_field("files", _half(half.content), filename=half.name)
    try:
        await scene.api.session.post(PATH, data=parts)
    except (aiohttp.ClientError, OSError, ConnectionResetError):
        pass
    else:
        scene.require(holds=False, what="a call that was broken off was answered")
    file, key = invoices(1)[0], uuid4().hex
    async with Api(scene.api.url, scene.api.key) as crowd:  # whose connections end with it
        driver = Driver(crowd, scene.journal)
        calls = (driver.upload(file, key=key, persist=False) for _ in range(50))
        answers = {it for it in await asyncio.gather(*calls) if it is not None}
    scene.require(len(answers) == 1, f"{len(answers)} documents by one key")


async def _half(content: bytes) -> AsyncIterator[bytes]:
    yield content[: len(content) // 2]
    raise ConnectionResetError


async def bad_servers_of_files(scene: Scene) -> None:
    """A6: servers that lead in circles, stand still, fail, and send without end."""
    async with running_origin() as origin:
        origin.redirect("/circle", origin.url("/circle"))
        origin.serve("/broken.pdf", b"", status=503)
        origin.answers["/silent.pdf"] = _silent
        origin.answers["/endless.pdf"] = _endless
        expected = {
            "/circle": "FETCH_REDIRECTED",
            "/broken.pdf": "FETCH_FAILED",
            "/silent.pdf": "FETCH_TIMED_OUT",
            "/endless.pdf": "FETCH_TOO_LARGE",
        }
        urls = [origin.url(path) for path in expected]
        accepted = await asyncio.gather(*map(scene.driver.submit_url, urls))
        await scene.finished()
    codes = {it.id: it.error.code if it.error else None for it in scene.evidence.documents}
    for identity, (path, code) in zip(accepted, expected.items(), strict=True):
        found = codes.get(identity or "")
        scene.require(found == code, f"{path} ended with {found}", identity or "")


async def _silent(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    response.content_length = 5_000
    await response.prepare(request)
    await response.write(b"%PDF-1.7\n")
    await asyncio.sleep(600)
    return response


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"%PDF-1.7\n")
    for _ in range(10_000):
        await response.write(bytes(1024 * 1024))
    return response


async def mail_whose_answer_is_lost(scene: Scene) -> None:
    """A7: killed after the message came in, and after it was stored, before its 250."""
    world, sender = scene.world, await Sender.of(scene)
    for step in ("smtp.spooled", "smtp.stored"):
        world.arm(_GATEWAY, f"{step}=kill@1")
        files = invoices(2)
        sending = asyncio.create_task(sender.send(files))
        await world.died(_GATEWAY)
        await world.start(_GATEWAY)
        scene.require(await sending, f"the message was never taken ({step})")
    await scene.finished()
    roots = [it for it in scene.evidence.documents if it.parent is None]
    scene.require(len(roots) == 2, f"{len(roots)} messages of two")
    children = len(scene.evidence.documents) - len(roots)
    scene.require(children == 4, f"{children} documents of four attachments")


async def mail_with_a_bad_attachment(scene: Scene) -> None:
    """A8: each attachment ends by itself, also where one is no document at all."""
    sender = await Sender.of(scene)
    good, bad = invoices(2), File("broken.pdf", b"%PDF-1.7\n" + b"\x00garbage" * 100)
    strange = File("archive.exe", b"MZ" + bytes(200))
    scene.require(await sender.send([good[0], bad, strange, good[1]]), "not taken")
    await scene.finished()
    named = {it.name: it.state for it in scene.evidence.documents}
    settled = {DocumentState.READY, DocumentState.NEEDS_REVIEW}
    for file in good:
        scene.require(named.get(file.name) in settled, f"a good one is {named.get(file.name)}")
    scene.require(named.get("broken.pdf") is DocumentState.FAILED, "the broken one did not fail")


_TIDY = {"DOCSTAGE_ORPHAN_SECONDS": "1", "DOCSTAGE_ORPHAN_GRACE": "3"}
_IMPATIENT = {
    "DOCSTAGE_FETCH_TIMEOUT": "4",
    "DOCSTAGE_FETCH_IDLE_TIMEOUT": "1",
    "DOCSTAGE_MAX_FILE_BYTES": str(2 * 1024 * 1024),
    "DOCSTAGE_MAX_ATTEMPTS": "1",
}

ROWS = (
    Row("A1", "gateway killed with the file in its spool; with the file stored",
        killed_before_the_record, "file before record", frozenset({"row", "V1"}),
        launches={_GATEWAY: Launch(settings=_TIDY)}),
    Row("A2", "gateway killed after the record, before the answer",
        killed_before_the_answer, "idempotency keys", frozenset({"V2"}), is_fast=True),
    Row("A3", "gateway killed after the record, before publishing",
        killed_before_publishing, "relay and sweeper", frozenset({"V3"})),
    Row("A4", "gateway killed after the confirm, before the entry is removed",
        killed_after_the_confirm, "state checks", frozenset({"V2", "V5"}),
        engines=("rabbitmq",), is_fast=True),
    Row("A5", "sender gone in the midst of a file; 50 calls at once with one key",
        dropped_and_crowded, "idempotency keys", frozenset({"V2"})),
    Row("A6", "URL: redirect loop, silence, 503, a file without end",
        bad_servers_of_files, "download limits", frozenset({"row", "V3"}),
        launches={_GATEWAY: Launch(settings=_IMPATIENT)}),
    Row("A7", "mail: gateway killed before and after storing, no 250",
        mail_whose_answer_is_lost, "message keys", frozenset({"row", "V2"})),
    Row("A8", "mail with good attachments, a broken and a strange one",
        mail_with_a_bad_attachment, "files apart", frozenset({"row", "V3"})),
)  # fmt: skip
