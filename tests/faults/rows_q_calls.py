"""Rows Q7 to Q9: callbacks, REST hooks and mail under the same faults.

What fails, or was sent and not written down, is sent again, and can be known as the same.
"""

import asyncio
import json
from contextlib import suppress
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import aiohttp
from aiohttp import web

from tests.faults.driver import File, invoices
from tests.faults.evidence import Upload
from tests.faults.launch import Launch
from tests.faults.matrix import Row
from tests.faults.readers import Called, without_webhook
from tests.faults.scene import Scene
from tests.servers.mail_sink import MailSink, mail_sink
from tests.servers.process import free_ports

_PATIENT = 25.0


async def callback_repeated(scene: Scene) -> None:
    """DocDigitizer's callback: notify dies after the call, and the receiver fails once."""
    world = scene.world
    await without_webhook(scene)
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
    await without_webhook(scene)
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
    await without_webhook(scene)
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
    Row("Q7", "DocDigitizer callback: receiver fails, notify killed after the call",
        callback_repeated, "callback words", frozenset({"row"})),
    Row("Q8", "REST hook: receiver fails, notify killed after the call",
        hook_repeated, "REST hook tries", frozenset({"row"})),
    Row("Q9a", "mail: notify killed after the message was taken",
        mail_killed_after_sending, "mail ids", frozenset({"row"})),
    Row("Q9b", "mail: server down, then up",
        mail_server_away, "mail tries", frozenset({"row"})),
)  # fmt: skip
