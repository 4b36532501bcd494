"""Notices by mail: the notify service beside a mail server, over sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from services.notify.__main__ import build
from services.notify.fan_out import FanOut
from services.notify.mail.telling import MailNotices
from shared.blobs.connect import connect_blobs
from shared.broker.connect import connect_broker
from shared.config import Settings
from shared.errors import Code
from shared.mail.templates import Templates
from shared.models.delivery import Delivery, Subscription
from shared.models.document import Document, DocumentState, EventName
from shared.models.extraction import TypeGuess
from shared.models.mail_notice import (
    MailEvent,
    MailNotice,
    MailTemplate,
    TemplateName,
    ToldWebhook,
)
from shared.models.messages import EventMessage
from shared.models.outbox import OutboxKind
from shared.models.tenancy import Workspace
from shared.models.time import utc_now
from shared.models.work import Problem, WorkState
from shared.process import Process
from shared.stages import lifecycle
from shared.stages.context import Runtime
from shared.stages.failpoints import Failpoints
from shared.stages.outbox import Outbox
from shared.store.collections import DELIVERIES, DOCUMENTS, MAIL_NOTICES, SUBSCRIPTIONS, WORKSPACES
from shared.store.connect import connect_store
from shared.store.port import Query, Tenant
from shared.telemetry.stage_metrics import StageMetrics
from tests.servers.mail_sink import MailSink, mail_sink
from tests.servers.process import free_port

ACME = Tenant("acme")
ANN, BEN = "ann@example.com", "ben@example.com"


@dataclass
class Desk:
    """A notify service that sends mail, and documents that end as they are told."""

    runtime: Runtime
    outbox: Outbox

    async def notice(self, *recipients: str, **values: object) -> MailNotice:
        made = MailNotice(
            organization="acme", workspace="main", recipients=list(recipients or (ANN,)),
            **{"events": list(MailEvent), **values},  # type: ignore[arg-type]
        )  # fmt: skip
        await self.runtime.store.of(ACME, MAIL_NOTICES).insert(made)
        return made

    async def ends(self, event: EventName, name: str = "a.pdf", told: int = 1) -> Document:
        """A document that ends so, and is told of."""
        values = {"media_type": "application/pdf", "size": 3, "sha256": "00", "blob": "x/y/o"}
        document = lifecycle.receive(
            Document(organization="acme", workspace="main", name=name, **values),  # type: ignore[arg-type]
            utc_now(),
        )
        problem = Problem(code=Code.FILE_ENCRYPTED, detail="of a canary")
        state = DocumentState(event.value.removeprefix("document."))
        last = document.events[0].copy_with(id=f"{document.id}-e", name=event, sequence=2)
        document = document.copy_with(
            state=state, error=problem, sequence=2, outbox=[],
            type=TypeGuess(name="invoice", confidence=0.9),
            events=[*document.events, last], metadata={"note": "canary"},
        )  # fmt: skip
        await self.runtime.store.of(ACME, DOCUMENTS).insert(document)
        for _ in range(told):
            await self.tell(document)
        return document

    async def tell(self, document: Document) -> None:
        event = document.events[-1]
        mail = MailNotices(self.runtime, self.outbox)
        await FanOut(self.runtime, self.outbox, mail).fan_out(
            EventMessage(
                id=event.id, name=event.name, organization="acme", workspace="main",
                document=document.id, sequence=event.sequence, callback=False,
            )
        )  # fmt: skip

    async def deliveries(self) -> list[Delivery]:
        records = self.runtime.store.of(ACME, DELIVERIES)
        return await records.page(Query(oldest_first=True), None, 100)

    async def once(self, good: Callable[[Delivery], bool]) -> Delivery:
        """The only delivery, once it is as it should be."""
        async with asyncio.timeout(20):
            while True:
                (delivery,) = await self.deliveries()
                if good(delivery):
                    return delivery
                await asyncio.sleep(0.02)

    async def again(self, tries: int) -> None:
        """Have the only delivery tried now that was tried so often."""
        waiting = await self.once(lambda it: len(it.log) == tries and bool(it.outbox))
        now = utc_now()
        due = [it.copy_with(not_before=now) for it in waiting.outbox]
        records = self.runtime.store.of(ACME, DELIVERIES)
        stored = await records.change(waiting.id, lambda it: it.copy_with(outbox=due))
        assert stored is not None
        await self.outbox.carry_out(DELIVERIES, stored)


Open = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(url: str, **settings: object) -> AsyncIterator[Desk]:
        given = Settings.model_validate(
            {
                "data_dir": tmp_path, "mail_url": url, "mail_from": "docs@docs.example.com",
                "smtp_domain": "in.example.com", "public_url": "https://docs.example.com/",
                **settings,
            }
        )  # fmt: skip
        store, broker = connect_store(given.store), connect_broker("memory://")
        await store.open()
        await broker.open()
        runtime = Runtime(store, broker)
        outbox, registry = Outbox(runtime), CollectorRegistry()
        process = Process(
            settings=given, secret=b"s" * 32, runtime=runtime, pool=None,
            blobs=connect_blobs(given.blobs), outbox=outbox, registry=registry,
            metrics=StageMetrics(registry), failpoints=Failpoints(),
        )  # fmt: skip
        await store.of(ACME, WORKSPACES).insert(
            Workspace(id="main", organization="acme", name="Purchases")
        )
        service = build(process)
        await service.start()
        yield Desk(runtime, outbox)
        await service.stop(1.0)
        await outbox.drain()
        await broker.close()
        await store.close()

    return opened


def said(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def test_each_address_is_told_once_and_in_plain_words(opened: Open) -> None:
    async with mail_sink() as sink, opened(f"smtp://127.0.0.1:{sink.port}") as desk:
        await desk.notice(ANN, BEN)
        await desk.notice(ANN, events=[MailEvent.NEEDS_REVIEW])
        await desk.notice("carl@example.com", types=["receipt"])
        await desk.notice("dora@example.com", enabled=False)
        document = await desk.ends(EventName.NEEDS_REVIEW, told=3)
        await desk.ends(EventName.READY)
        await sink.until(2)
        failed = await desk.ends(EventName.FAILED, "b.pdf")
        await sink.until(4)
        assert {tuple(to) for _, to, _ in sink.taken} == {(ANN,), (BEN,)}
        first = next(mail for _, to, mail in sink.taken[:2] if to == [ANN])
        link = f"https://docs.example.com/console/documents/{document.id}"
        assert first["Subject"] == "To be looked over: a.pdf"
        for kind in ("plain", "html"):
            assert link in said(first, kind)
            assert "Purchases" in said(first, kind)
        assert first["To"] == ANN
        assert "docs@docs.example.com" in first["From"]
        assert (first["Auto-Submitted"], first["X-Loop"]) == ("auto-generated", "in.example.com")
        assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = b"List-Unsubscribe: <https://docs.example.com/api/v1/linked/notices/"
        ends = [it for it in sink.raw[0].splitlines() if it.startswith(link)]
        assert len(ends) == 1
        assert ends[0].endswith(b">"), "whole, on one line, and not encoded"
        ids = [mail["Message-ID"] for _, _, mail in sink.taken]
        assert len(set(ids)) == 4
        second = sink.taken[-1][2]
        assert failed.id in said(second, "plain")
        assert "The file needs a password." in said(second, "plain")
        assert "canary" not in "".join(said(it[2], "plain") for it in sink.taken)
        async with asyncio.timeout(20):
            while {it.work.state for it in await desk.deliveries()} != {WorkState.DONE}:
                await asyncio.sleep(0.02)
        records = await desk.deliveries()
        assert len(records) == 4
        assert {f"<{it.id}@docs.example.com>" for it in records} == set(ids)
        assert {it.log[-1].status for it in records} == {250}


async def test_grey_lists_and_lost_answers_bring_the_same_mail_again(opened: Open) -> None:
    sink = MailSink(recipient_replies=["451 4.7.1 greylisted ann@example.com"],
                    data_replies=["421 4.3.0 later"])  # fmt: skip
    async with mail_sink(sink), opened(f"smtp://127.0.0.1:{sink.port}") as desk:
        await desk.notice()
        await desk.ends(EventName.REJECTED)
        await desk.again(1)
        await desk.again(2)
        await sink.until(1)
        delivery = await desk.once(lambda it: it.work.state is WorkState.DONE)
        assert [it.status for it in delivery.log] == [451, 421, 250]
        detail = delivery.log[0].problem
        assert detail is not None
        assert detail.detail == "The mail server answered 451 4.7.1."
        assert "@" not in detail.detail
        first, second = sink.raw
        assert first == second, "whoever gets it twice can see that it is the same"


@pytest.mark.parametrize("at", ["recipient_replies", "data_replies"])
async def test_a_refusal_is_final(opened: Open, at: str) -> None:
    sink = MailSink()
    getattr(sink, at).append("550 5.1.1 no such user")
    async with mail_sink(sink), opened(f"smtp://127.0.0.1:{sink.port}") as desk:
        await desk.notice()
        await desk.ends(EventName.FAILED)
        delivery = await desk.once(lambda it: bool(it.log))
        assert delivery.work.state is WorkState.FAILED
        assert [it for it in delivery.outbox if it.kind is OutboxKind.JOB] == []
        assert [it.status for it in delivery.log] == [550]
        assert delivery.work.problem is not None
        assert delivery.work.problem.code == Code.MAIL_REFUSED
        assert sink.taken == []


async def test_a_server_that_is_down_gets_it_when_it_is_up(opened: Open) -> None:
    sink = MailSink(port=free_port())
    async with opened(f"smtp://127.0.0.1:{sink.port}") as desk:
        await desk.notice()
        await desk.ends(EventName.FAILED)
        down = await desk.once(lambda it: bool(it.log))
        assert down.work.state is WorkState.WAITING
        problem = down.log[0].problem
        assert problem is not None
        assert (problem.code, down.log[0].status) == (Code.TARGET_UNREACHABLE, None)
        async with mail_sink(sink):
            await desk.again(1)
            await sink.until(1)
            await desk.once(lambda it: it.work.state is WorkState.DONE)


async def test_a_hostile_name_ends_no_header_and_marks_nothing_up(opened: Open) -> None:
    name = 'a"\r\nBcc: eve@example.com\r\n\r\n<img src=x onerror=alert(1)>$link.pdf\u202e'
    async with mail_sink() as sink, opened(f"smtp://127.0.0.1:{sink.port}") as desk:
        await desk.notice()
        await desk.ends(EventName.FAILED, name)
        await sink.until(1)
        _, to, mail = sink.taken[0]
        assert (to, mail["Bcc"], mail.defects) == ([ANN], None, [])
        assert mail["Subject"].startswith('Could not be processed: a" Bcc: eve@example.com <img')
        assert "<img" not in said(mail, "html")
        assert "&lt;img src=x" in said(mail, "html")
        assert "$link.pdf" in said(mail, "plain"), "what is filled in is not filled in again"


async def test_a_digest_is_one_mail_of_what_is_still_to_do(opened: Open) -> None:
    async with mail_sink() as sink, opened(f"smtp://127.0.0.1:{sink.port}") as desk:
        await desk.notice(digest_minutes=30)
        documents = [await desk.ends(EventName.NEEDS_REVIEW, f"{n}.pdf", told=2) for n in range(3)]
        await desk.ends(EventName.FAILED, "bad.pdf")
        (delivery,) = await desk.deliveries()
        (job,) = delivery.outbox
        assert timedelta(0) <= job.not_before - utc_now() <= timedelta(minutes=30)
        records = desk.runtime.store.of(ACME, DOCUMENTS)
        await records.change(documents[1].id, lambda it: it.copy_with(state=DocumentState.READY))
        await desk.again(0)
        await sink.until(1)
        mail = sink.taken[0][2]
        assert mail["Subject"] == "3 documents in Purchases"
        for kind in ("plain", "html"):
            shown = [it for it in ("0.pdf", "1.pdf", "2.pdf", "bad.pdf") if it in said(mail, kind)]
            assert shown == ["0.pdf", "2.pdf", "bad.pdf"]
        assert said(mail, "plain").count("- 0.pdf: to be looked over") == 1
        await desk.once(lambda it: it.work.state is WorkState.DONE)
        for document in documents:
            await desk.tell(document)
        assert len(await desk.deliveries()) == 1, "what was told is not told again"
        await desk.ends(EventName.NEEDS_REVIEW, "late.pdf")
        assert len(await desk.deliveries()) == 2, "what went out takes no more"


async def test_a_digest_of_what_is_over_is_not_sent(opened: Open) -> None:
    async with mail_sink() as sink, opened(f"smtp://127.0.0.1:{sink.port}") as desk:
        await desk.notice(digest_minutes=5)
        document = await desk.ends(EventName.NEEDS_REVIEW)
        await desk.runtime.store.of(ACME, DOCUMENTS).delete(document.id)
        await desk.again(0)
        delivery = await desk.once(lambda it: it.work.state is WorkState.DONE)
        assert delivery.log[-1].status is None
        assert sink.offered == 0


async def test_who_is_taken_off_hears_nothing_of_what_waits(opened: Open) -> None:
    sink = MailSink(port=free_port())
    async with opened(f"smtp://127.0.0.1:{sink.port}") as desk:
        notice = await desk.notice()
        await desk.ends(EventName.FAILED)
        await desk.once(lambda it: bool(it.log))
        notices = desk.runtime.store.of(ACME, MAIL_NOTICES)
        await notices.change(notice.id, lambda it: it.copy_with(recipients=[BEN]))
        async with mail_sink(sink):
            await desk.again(1)
            delivery = await desk.once(lambda it: it.work.state is WorkState.FAILED)
            assert delivery.work.problem is not None
            assert delivery.work.problem.code == Code.TARGET_GONE
            assert sink.offered == 0


async def test_owners_hear_of_a_webhook_that_was_disabled(opened: Open) -> None:
    async with mail_sink() as sink, opened(f"smtp://127.0.0.1:{sink.port}") as desk:
        await desk.notice(digest_minutes=30)
        webhook = ToldWebhook(subscription="s", host="hook.example", reason="It answered 410.")
        for _ in range(2):
            notices = MailNotices(desk.runtime, desk.outbox)
            await notices.of_webhook("acme", "main", webhook, "disabled-1")
        await sink.until(1)
        await desk.once(lambda it: it.work.state is WorkState.DONE)
        mail = sink.taken[0][2]
        assert mail["Subject"] == "Webhook to hook.example was disabled"
        assert "It answered 410." in said(mail, "plain")


async def test_a_webhook_that_says_it_is_gone_is_told_of_by_mail(opened: Open) -> None:
    async def gone(_: web.Request) -> web.Response:
        return web.Response(status=410)

    app = web.Application()
    app.router.add_post("/hook", gone)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    secret = "whsec_" + "QUJD" * 11
    hook = Subscription(organization="acme", workspace="main", url=url, secret=secret)
    async with (
        mail_sink() as sink,
        opened(f"smtp://127.0.0.1:{sink.port}", allow_private_targets="127.0.0.0/8") as desk,
    ):
        await desk.notice()
        await desk.runtime.store.of(ACME, SUBSCRIPTIONS).insert(hook)
        await desk.ends(EventName.READY)
        await sink.until(1)
        assert sink.taken[0][2]["Subject"] == "Webhook to 127.0.0.1 was disabled"
    await runner.cleanup()


async def test_own_words_go_before_the_operators_and_those_before_ours(
    opened: Open, tmp_path: Path
) -> None:
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "failed.subject.txt").write_text("[ops] $document\n")
    (folder / "failed.txt").write_text("$reason $$5")
    own = {TemplateName.FAILED: MailTemplate(html="<b>$document</b>$footer")}
    async with (
        mail_sink() as sink,
        opened(f"smtp://127.0.0.1:{sink.port}", mail_templates=folder) as desk,
    ):
        await desk.notice(templates=own)
        await desk.ends(EventName.FAILED, "<i>.pdf")
        await sink.until(1)
        mail = sink.taken[0][2]
        assert mail["Subject"] == "[ops] <i>.pdf"
        assert said(mail, "plain").strip() == "The file needs a password. $5"
        assert said(mail, "html").startswith("<b>&lt;i&gt;.pdf</b><p>")
    (folder / "failed.txt").write_text("$secret")
    with pytest.raises(ValueError, match=r"failed: text: there is no \$secret"):
        Templates(folder)
