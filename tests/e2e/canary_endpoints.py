"""Other people's servers, which answer with words that may stand in no log.

Receivers of webhooks, a mail server and a language model: they take what they are sent, or fail in
every way there is, and quote in their answers.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.e2e.api import Api
from tests.e2e.canaries import word
from tests.samples.invoices import Invoice, invoice_pdf
from tests.servers.chat import ChatServer, Question, Say, refuse, state, write
from tests.servers.mail_sink import MailSink

_FINAL = ["document.ready", "document.needs_review", "document.failed"]
_MODEL_CODES = {"LLM_REFUSED", "LLM_ANSWER_INVALID", "LLM_TIMED_OUT"}


class Hooks:
    """Receivers of webhooks, each bad in a way of its own; ``asked`` are those that were tried."""

    ways = ("good", "moved", "gone", "busy", "broken", "cut", "garbled")

    def __init__(self) -> None:
        self.port = 0
        self.asked: set[str] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        way = request.match_info["way"]
        self.asked.add(way)
        if way in {"cut", "garbled"}:
            assert request.transport is not None
            if way == "garbled":
                request.transport.write(f"HTTP/1.1 {word('status')}\r\n\r\n".encode())
            request.transport.close()
        status = {"good": 204, "moved": 307, "gone": 410, "busy": 429}.get(way, 500)
        headers = {
            "Location": f"http://{word('location')}.invalid/{word('locationpath')}",
            "Retry-After": word("retryafter"),
            "Set-Cookie": f"{word('cookie')}=1",
            f"X-{word('header')}": word("headervalue"),
        }
        return web.Response(status=status, headers=headers, text=word("hookanswer"))


@asynccontextmanager
async def bad_hooks() -> AsyncIterator[Hooks]:
    """The receivers, listening."""
    hooks = Hooks()
    app = web.Application()
    app.router.add_post("/{way}/{rest:.*}", hooks.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hooks.port = runner.addresses[0][1]
    try:
        yield hooks
    finally:
        await runner.cleanup()


@dataclass
class Told:
    """What was set up: secrets of it, and where the log of its deliveries is."""

    secrets: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)


async def tell_hooks(api: Api, hooks: Hooks) -> Told:
    """Have events sent to each of them, and to one that speaks no TLS."""
    told, plain = Told(), f"127.0.0.1:{hooks.port}"
    for url in (*(f"http://{plain}/{it}" for it in hooks.ways), f"https://{plain}/notls"):
        wish = {"url": f"{url}/{word('way')}?key={word('waykey')}", "events": _FINAL}
        made = await api.post("/api/v1/subscriptions", wish)
        told.secrets.append(made["secret"].removeprefix("whsec_"))
        told.logs.append(made["links"]["deliveries"])
        await api.post(f"{made['links']['self']}/test", None)
    return told


async def tell_by_mail(api: Api, sink: MailSink) -> Told:
    """Notices to addresses that are taken, refused for good, and at present."""
    told = Told()
    sink.recipient_replies += [f"550 5.1.1 <{word('refused')}@example.net> is unknown here"]
    sink.data_replies += [f"554 5.7.1 {word('spam')} says our filter", f"451 {word('later')}"]
    for who in ("ann", "ben", "eve", "joe"):
        templates = {"failed": {"subject": f"{word('notice')} $document"}}
        wish = {"recipients": [f"{word(who)}@example.net"], "templates": templates}
        made = await api.post("/api/v1/mail-notices", wish)
        told.logs.append(made["links"]["deliveries"])
        await api.post(f"{made['links']['self']}/test", None, 202)
    refused = {"recipients": [f"{word('elsewhere')}@elsewhere.example"]}
    async with api.session.post("/api/v1/mail-notices", json=refused) as answer:
        assert answer.status == 422, await answer.text()
    return told


async def read_from_queues(api: Api) -> list[str]:
    """A queue that is pulled and one on RabbitMQ, with wrong calls to both; the secrets."""
    path = "/api/v1/result-queues"
    wish = {"name": "pulled", "mode": "pull", "events": _FINAL}
    await api.post(path, wish)
    pushed = await api.post(path, {**wish, "name": "pushed", "mode": "push"})
    uploaded = await api.upload(invoice_pdf(), f"{word('queued')}.pdf", reference=word("inqueue"))
    await api.finished(uploaded["id"])
    read = ""
    while word("queued") not in read:
        messages = (await api.get(f"{path}/pulled/messages", max="9", wait="20"))["messages"]
        read = str(messages)
        wish = {"ack": [it["id"] for it in messages]}
        await api.post(f"{path}/pulled/messages", wish, 200)
    wrong = {"ack": [word("message")]}
    async with api.session.post(f"{path}/pulled/messages", json=wrong) as answer:
        assert answer.status < 500
    async with api.session.post(path, json={"name": word("queue name")}) as answer:
        assert answer.status == 400
    access = pushed["amqp"]
    return [access["password"]] if access else []


async def ask_models(api: Api, chat: ChatServer) -> None:
    """A model that answers, copies, stammers, refuses, hangs and leads elsewhere."""

    async def moved(_: Question, __: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": f"http://{word('model')}.invalid/"})

    garbled = write(f"{word('stammer')} {{")
    right = state(invoice_number=word("bymodel"), supplier_name=word("unheard"))
    said = f"You asked about {word('modelquote')}."
    codes: set[str] = set()
    scripts: tuple[list[Say], ...] = (
        [right], [garbled], [refuse(401, said)], [refuse(429, said, Retry_After="1"), right],
        [refuse(503, said), refuse(400, said), right], [chat.hang()], [moved],
    )  # fmt: skip
    for number, script in enumerate(scripts):
        chat.will(*script)
        bill = Invoice(number=f"{word('asked')}{number}", buyer=f"{word('askedbuyer')} AG")
        made = await api.upload(
            invoice_pdf(bill), f"{word('formodel')}.pdf", mode="llm", hint=word("modelhint")
        )
        done = await api.finished(made["id"])
        assert chat.questions, "it was asked"
        codes.add((done["error"] or {}).get("code", done["state"]))
    assert codes >= _MODEL_CODES, codes


async def until_told(api: Api, hooks: Hooks, sink: MailSink, logs: Iterable[str]) -> None:
    """Wait until each has been tried; what failed is in the logs of deliveries, and only there."""
    wanted = {"TARGET_REFUSED", "TARGET_UNREACHABLE", "TARGET_GONE", "MAIL_REFUSED"}
    async with asyncio.timeout(60):
        while (
            hooks.asked < set(hooks.ways) or not sink.taken or not wanted <= await _codes(api, logs)
        ):
            await asyncio.sleep(0.2)


async def _codes(api: Api, logs: Iterable[str]) -> set[str]:
    pages = [(await api.get(it, maxRetrieve="100"))["deliveries"] for it in logs]
    return {it["problem"]["code"] for page in pages for it in page if it["problem"]}
