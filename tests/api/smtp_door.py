"""An SMTP door on a free port, over the store, blobs and spool of a test's gateway."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, TypeVar

from services.ingest.doors.smtp import SmtpDoor, networks_of, rate_of
from services.ingest.intake import Intake
from services.ingest.mail.addresses import Addresses
from services.ingest.mail.authentication import SenderAuthentication
from services.ingest.mail.receipts import Receipts
from services.ingest.mail.reception import Reception, ReceptionParts
from services.ingest.mail.resolver import RecordKind, TemporaryDnsError
from services.ingest.spool import Spool
from shared.http.load import Load
from shared.http.rates import Buckets
from shared.models.document import Document
from shared.store.collections import DOCUMENTS, WORKSPACES
from shared.store.port import Query
from shared.telemetry.metrics import IntakeMetrics
from tests.api.harness import SECRET, Caller, Gateway

DOMAIN = "in.example.com"
AUTHSERV = "mx.example.org"
_T = TypeVar("_T")


class Names(dict[tuple[str, str], list[str]]):
    """A DNS of what is in it; a name with ``["?"]`` does not answer."""

    async def lookup(self, name: str, kind: RecordKind) -> list[str]:
        found = self.get((name, kind), [])
        if found == ["?"]:
            raise TemporaryDnsError(name)
        return found


@dataclass
class Mail:
    """A door, and how to use it."""

    gateway: Gateway
    door: SmtpDoor
    names: Names

    async def address(self, caller: Caller, workspace: str | None = None) -> str:
        found = await self.gateway.store.of(caller.tenant, WORKSPACES).get(
            workspace or caller.workspace
        )
        assert found is not None
        return Addresses(SECRET, DOMAIN).write(found)

    async def speak(self, talk: Callable[[smtplib.SMTP], _T]) -> _T:
        """Have a client talk to the door, in a thread."""

        def run() -> _T:
            with smtplib.SMTP("127.0.0.1", self.door.port, timeout=30) as client:
                return talk(client)

        return await asyncio.to_thread(run)

    async def send(
        self, content: bytes | EmailMessage, *to: str, sender: str = "a@example.net"
    ) -> tuple[int, str]:
        """Send a message; code and text of the answer to it, or of the first refusal."""
        raw = content if isinstance(content, bytes) else content.as_bytes()
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

        def talk(client: smtplib.SMTP) -> tuple[int, str]:
            client.ehlo("client.example.net")
            code, text = client.mail(sender)
            for address in to:
                if code == 250:
                    code, text = client.rcpt(address)
            if code == 250:
                code, text = client.data(raw)
            return code, text.decode()

        return await self.speak(talk)

    async def answers(self, *blocks: bytes) -> list[str]:
        """Write blocks to a bare socket, each once something was answered to the one before.

        All lines that are answered until the door hangs up.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
        told = b""
        try:
            async with asyncio.timeout(30):
                before = b""
                for block in blocks:
                    told += await reader.read(4096)
                    while before.endswith(b"DATA\r\n") and b"354 " not in told.splitlines()[-1]:
                        if not (more := await reader.read(4096)):
                            break
                        told += more
                    writer.write(block)
                    before = block
                return (told + await reader.read()).decode().splitlines()
        finally:
            writer.close()

    async def documents(self, caller: Caller) -> list[Document]:
        """What the caller's organization has, oldest first."""
        of_caller = self.gateway.store.of(caller.tenant, DOCUMENTS)
        return await of_caller.page(Query(oldest_first=True), None, 100)

    async def raw(self, document: Document) -> bytes:
        return await self.gateway.blobs.get(document.blob)


def message(text: str = "Hello", **headers: str) -> EmailMessage:
    """A small message; header names with ``_`` for ``-``."""
    made = EmailMessage()
    given = {"From": "a@example.net", "Subject": "Invoice", "Message-ID": "<1@example.net>"}
    for name, value in {**given, **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
        made[name] = value
    made.set_content(text)
    return made


@asynccontextmanager
async def mail_door(
    gateway: Gateway,
    *,
    relays: str = "",
    receipts: Receipts | None = None,
    load: Load | None = None,
    **settings: Any,
) -> AsyncIterator[Mail]:
    """A door that is open while the context lasts, with ``smtp_*`` settings."""
    given = {f"smtp_{name}": value for name, value in {**settings, "relays": relays}.items()}
    configured = gateway.settings.model_copy(update={"smtp_host": "127.0.0.1", **given})
    parts, names = gateway.parts, Names()
    metrics = parts.metrics or IntakeMetrics(type(parts.registry)())
    spool = Spool(configured.spool, configured.smtp_max_bytes)
    spool.open()
    addresses = Addresses(SECRET, DOMAIN)
    reception = Reception(
        ReceptionParts(
            store=parts.store,
            intake=Intake(parts.store, parts.blobs, parts.outbox, metrics),
            spool=spool,
            addresses=addresses,
            authentication=SenderAuthentication(names),
            metrics=metrics,
            receipts=receipts,
            load=load,
            rate=Buckets(rate_of(configured.smtp_messages_per_minute)),
            relays=networks_of(relays),
            authserv_ids=[AUTHSERV],
        )
    )
    door = SmtpDoor(configured, reception, DOMAIN, receipts)
    await door.start()
    try:
        yield Mail(gateway, door, names)
    finally:
        await door.stop(5)
