"""An IMAP door over a test's gateway, and mailboxes on a Dovecot of its own."""

import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from services.ingest.doors.imap import ImapDoor, ImapParts
from services.ingest.intake import Intake
from services.ingest.mail.authentication import SenderAuthentication
from services.ingest.mail.resolver import RecordKind
from services.ingest.mailboxes.passwords import Passwords
from services.ingest.mailboxes.wire import Dialler
from services.ingest.spool import Spool
from shared.config import Settings
from shared.http.load import Load
from shared.http.targets import TargetPolicy
from shared.models.document import Document
from shared.stages.context import Limits, Runtime
from shared.stages.failpoints import Failpoints
from shared.store.collections import DOCUMENTS
from shared.store.port import Query
from shared.telemetry.metrics import IntakeMetrics, MailboxMetrics
from tests.api.harness import API, SECRET, Caller, Gateway, running
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.process import HOST, Unavailable
from tests.servers.requirement import missing

MAILBOXES_PATH = f"{API}/mailboxes"
MAX_BYTES = 2_000_000


class NoNames:
    """A DNS without any name."""

    async def lookup(self, name: str, kind: RecordKind) -> list[str]:
        return []


def mail(subject: str, text: str = "Hello.", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Ann <ann@example.com>"
    message["Subject"] = subject
    message["Message-ID"] = f"<{subject}@example.com>"
    message.set_content(text)
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return lines.encode() + message.as_bytes().replace(b"\n", b"\r\n")


@dataclass
class Account:
    """A user's mail, in the hands of somebody else's client."""

    server: Dovecot
    user: str

    def put(self, *messages: bytes, folder: str = "INBOX", date: str | None = None) -> None:
        client = self.server.client(self.user)
        for message in messages:
            status, detail = client.append(folder, "", date, message)
            assert status == "OK", detail
        client.logout()

    def ask(self, *command: str) -> None:
        client = self.server.client(self.user)
        name, *arguments = command
        status, detail = client._simple_command(name, *arguments)
        assert status == "OK", detail
        client.logout()

    def flags(self, folder: str = "INBOX") -> list[str]:
        """Of each mail, in its order, the flags that it has."""
        client = self.server.client(self.user)
        status, (count,) = client.select(folder, readonly=True)
        assert status == "OK", count
        found: list[str] = []
        if int(count or b"0"):
            _, answers = client.fetch("1:*", "(FLAGS)")
            listed = [it.decode() for it in answers if isinstance(it, bytes)]
            found = [re.search(r"FLAGS \((.*?)\)", it)[1] for it in listed]  # type: ignore[index]
        client.logout()
        return [it.replace("\\Recent", "").strip() for it in found]

    def logins(self) -> int:
        """How often somebody has logged in as this user."""
        return self.server.log().count(f"Login: user=<{self.user}>")


@dataclass
class Post:
    """A gateway, its callers, and the server where their mailboxes are."""

    gateway: Gateway
    server: Dovecot
    dns: Any = field(default_factory=NoNames)

    def door(
        self,
        failpoints: str = "",
        *,
        pause: float = 0.0,
        keys: str = "",
        tls: ssl.SSLContext | None = None,
        allowed: str = "127.0.0.0/8",
        seconds: float = 10.0,
        lease: float = 60.0,
        load: Load | None = None,
    ) -> ImapDoor:
        parts = self.gateway.parts
        limits = Limits(lease=timedelta(seconds=lease), beat=lease / 4)
        spool = Spool(parts.settings.spool, MAX_BYTES)
        spool.open()
        metrics = IntakeMetrics(parts.registry.__class__())
        return ImapDoor(
            ImapParts(
                runtime=Runtime(parts.store, parts.broker, limits),
                intake=Intake(parts.store, parts.blobs, parts.outbox, metrics),
                spool=spool,
                authentication=SenderAuthentication(self.dns),
                passwords=Passwords(keys, SECRET),
                dialler=Dialler(TargetPolicy(allowed), seconds, tls),
                metrics=metrics,
                mailboxes=MailboxMetrics(parts.registry.__class__()),
                max_bytes=MAX_BYTES,
                pause=pause,
                failpoints=Failpoints(failpoints),
                load=load,
            )
        )

    async def mailbox(self, caller: Caller, user: str, **more: Any) -> str:
        """A new mailbox's id."""
        wish = {
            "host": HOST,
            "port": self.server.port,
            "security": "none",
            "user": user,
            "password": PASSWORD,
            **more,
        }
        made = await caller.call("POST", MAILBOXES_PATH, 201, json=wish)
        identity: str = made["id"]
        return identity

    async def shown(self, caller: Caller, mailbox: str) -> dict[str, Any]:
        return await caller.call("GET", f"{MAILBOXES_PATH}/{mailbox}", 200)

    async def documents(self, caller: Caller) -> list[Document]:
        """Oldest first."""
        records = self.gateway.store.of(caller.tenant, DOCUMENTS)
        return await records.page(Query(oldest_first=True), None, 100)


@asynccontextmanager
async def post_at(server: Dovecot, folder: Path) -> AsyncIterator[Post]:
    settings = Settings(_env_file=None, data_dir=folder, allow_private_targets="127.0.0.0/8")
    async with running(settings) as gateway:
        yield Post(gateway, server)


def empty(server: Dovecot, user: str) -> Account:
    """A user's account without any mail, whatever tests did before."""
    account = Account(server, user)
    client = server.client(user)
    _, folders = client.list()
    for line in folders:
        name = re.sub(rb'.*"." ', b"", line or b"").decode().strip('"')
        if name and name != "INBOX":
            client.delete(f'"{name}"')
    _, (count,) = client.select("INBOX")
    if int(count or b"0"):
        client.store("1:*", "+FLAGS", "\\Deleted")
        client.expunge()
    client.logout()
    return account


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    try:
        dovecot = Dovecot(tls=True)
    except Unavailable as reason:
        missing(reason)
    try:
        dovecot.start()
        yield dovecot
    finally:
        dovecot.remove()


@pytest.fixture
async def post(server: Dovecot, tmp_path: Path) -> AsyncIterator[Post]:
    async with post_at(server, tmp_path) as post:
        yield post


@pytest.fixture
def ann(server: Dovecot) -> Account:
    return empty(server, "ann")
