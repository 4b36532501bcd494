"""Receipts: to authenticated senders only, marked as automatic, and never in circles."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Parsed
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from services.ingest.mail.loops import may_be_answered
from services.ingest.mail.raw_headers import read_header
from services.ingest.mail.receipts import Receipt, Receipts
from shared.config import Settings
from shared.mail.server import MailServer, MailTrouble
from shared.store.collections import WORKSPACES
from tests.api.harness import API, Caller, Gateway, running
from tests.api.smtp_door import Mail, mail_door, message
from tests.servers.process import free_port


@dataclass
class Outbox:
    """An operator's mail server: keeps what it is given."""

    port: int = 0
    given: "asyncio.Queue[tuple[str, list[str], Parsed]]" = field(default_factory=asyncio.Queue)
    refuses: bool = False
    refused: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_DATA(self, _: object, __: object, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            self.refused.set()
            return "451 later"
        mail = message_from_bytes(envelope.content)
        self.given.put_nowait((envelope.mail_from, envelope.rcpt_tos, mail))
        return "250 OK"


@asynccontextmanager
async def outbox_server(**options: Any) -> AsyncIterator[Outbox]:
    outbox, loop = Outbox(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(outbox, loop=loop, **options), "127.0.0.1", outbox.port
    )
    outbox.port = server.sockets[0].getsockname()[1]
    yield outbox
    server.close()


@asynccontextmanager
async def receiving(gateway: Gateway, outbox: Outbox) -> AsyncIterator[Mail]:
    server = MailServer.of_url(f"smtp://127.0.0.1:{outbox.port}")
    receipts = Receipts(server, "docs@in.example.com", "in.example.com")
    async with mail_door(gateway, receipts=receipts) as mail:
        mail.names[("example.net", "TXT")] = ["v=spf1 ip4:127.0.0.1 -all"]
        yield mail


async def wanting(mail: Mail, caller: Caller) -> str:
    """The address of a workspace that wants receipts."""
    workspaces = mail.gateway.store.of(caller.tenant, WORKSPACES)
    await workspaces.change(
        caller.workspace,
        lambda it: it.copy_with(address=it.address.copy_with(receipts=True)),
    )
    return await mail.address(caller)


async def test_an_authenticated_sender_is_told(gateway: Gateway, alice: Caller) -> None:
    async with outbox_server() as outbox, receiving(gateway, outbox) as mail:
        assert (await mail.send(message(), await wanting(mail, alice)))[0] == 250
        async with asyncio.timeout(30):
            sender, to, told = await outbox.given.get()
        (document,) = await mail.documents(alice)
        assert (sender, to) == ("<>", ["a@example.net"])
        assert told["In-Reply-To"] == "<1@example.net>"
        assert (told["Auto-Submitted"], told["X-Loop"]) == ("auto-replied", "in.example.com")
        assert document.id in told.get_payload()
        # What a receipt is answered with, or itself, goes no further.
        code, _ = await mail.send(told.as_bytes(), await mail.address(alice))
        assert code == 554


async def test_nobody_else_is_told(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    async with outbox_server() as outbox, receiving(gateway, outbox) as mail:
        to, silent = await wanting(mail, alice), await mail.address(bob)
        forged = message(From="victim@example.com", Message_ID="<2@x>")
        automatic = message(Auto_Submitted="auto-replied", Message_ID="<3@x>")
        assert (await mail.send(message(), silent))[0] == 250
        assert (await mail.send(forged, to, sender="victim@example.com"))[0] == 250
        assert (await mail.send(forged, to))[0] == 250
        assert (await mail.send(message(Message_ID="<4@x>"), to, sender=""))[0] == 250
        assert (await mail.send(message(Message_ID="<5@x>"), to, sender="b@example.net"))[0] == 250
        assert (await mail.send(automatic, to))[0] == 250
        outbox.refuses = True  # and a receipt that is not taken keeps nobody waiting
        assert (await mail.send(message(Message_ID="<6@x>"), to))[0] == 250
        await asyncio.wait_for(outbox.refused.wait(), 30)
        outbox.refuses = False
        assert (await mail.send(message(Message_ID="<7@x>"), to))[0] == 250
        async with asyncio.timeout(30):
            _, _, told = await outbox.given.get()
        assert told["In-Reply-To"] == "<7@x>"
        assert outbox.given.empty()


async def test_a_password_is_not_said_in_the_clear() -> None:
    said: list[object] = []

    def note(*given: object) -> AuthResult:
        said.append(given)
        return AuthResult(success=True)

    async with outbox_server(authenticator=note, auth_require_tls=False) as outbox:
        server = MailServer.of_url(f"smtp://user:p%40ss@127.0.0.1:{outbox.port}")
        assert (server.username, server.password) == ("user", "p@ss")
        receipts = Receipts(server, "docs@in.example.com", "in.example.com")
        with pytest.raises(MailTrouble, match="no TLS"):
            await receipts._send(Receipt("a@example.net", "", "1"))
        assert said == []
        assert outbox.given.empty()


@pytest.mark.parametrize(
    ("lines", "may"),
    [
        ("", True),
        ("Auto-Submitted: no\n", True),
        ("Auto-Submitted: No; owner=a\n", True),
        ("Auto-Submitted: auto-generated\n", False),
        ("auto-submitted:\n AUTO-replied\n", False),
        ("Precedence: first-class\n", True),
        ("Precedence: Bulk\n", False),
        ("Precedence: list\n", False),
        ("Precedence: junk\n", False),
        ("List-Id: <a.example>\n", False),
        ("X-Loop: anything\n", False),
    ],
)
def test_what_may_be_answered(tmp_path: Path, *, lines: str, may: bool) -> None:
    path = tmp_path / "message"
    path.write_text(f"From: a@example.net\n{lines}\nHello")
    assert may_be_answered(read_header(path), "a@example.net") is may
    for nobody in ("", "<>"):
        assert not may_be_answered(read_header(path), nobody)


def test_a_receipt_holds_nothing_that_a_stranger_can_write() -> None:
    receipts = Receipts(MailServer.of_url("smtp://x"), "docs@in.example.com", "in.example.com")
    for hostile in ("<a@b>\r\nBcc: c@example.com", "<a b>", "<é@b>", "", "<" + "a" * 300 + ">"):
        written = receipts.write(Receipt("a@example.net", hostile, "1"))
        assert (written["In-Reply-To"], written["Bcc"]) == (None, None)


async def test_a_workspace_may_want_them_where_there_is_a_mail_server(
    gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    path = f"{API}/workspaces/{alice.workspace}/address"
    await alice.call("PATCH", path, 409, json={"receipts": True})
    assert (await alice.call("PATCH", path, 200, json={}))["receipts"] is False
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path / "more",
            "smarthost_url": f"smtp://127.0.0.1:{free_port()}",
            "smarthost_from": "docs@in.example.com",
        }
    )
    async with running(settings) as other:
        carol = await other.caller("carol")
        path = f"{API}/workspaces/{carol.workspace}/address"
        assert (await carol.call("PATCH", path, 200, json={"receipts": True}))["receipts"] is True
        rotated = await carol.call("POST", f"{path}/rotate", 200)
        assert rotated["receipts"] is True
    for wrong in ({"smarthost_url": "http://x"}, {"smarthost_url": "smtp://x"}):
        with pytest.raises(ValueError, match="must be"):
            Settings.model_validate(wrong)
