"""A short mail to whoever sent one: it came in. Off unless the operator and a workspace want it.

After RFC 3834: to the envelope's sender, from the null sender, marked as automatic, never in
answer to anything automatic. And only to senders whose domain was authenticated, so that
nobody can have receipts sent to others. A receipt is a courtesy: it is not stored, and when too
many wait or the mail server does not take it, there is none.
"""

import asyncio
import contextlib
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import structlog

from services.ingest.mail.authentication import SenderVerdict
from services.ingest.mail.domains import address_of
from services.ingest.mail.loops import LOOP_FIELD, may_be_answered
from services.ingest.mail.messages import Message
from shared.mail.server import MailClient, MailServer, MailTrouble

_WAITING = 200
_SECONDS = 30.0
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_SUBJECT = "Your message was received"
_TEXT = """\
Your message came in and is being processed.

Reference: {reference}

This is an automatic message; nobody reads answers to it.
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """For whom, for which message, and what to ask about later."""

    recipient: str
    message_id: str
    reference: str


def receipt_for(
    message: Message, envelope_sender: str, verdict: SenderVerdict | None, reference: str
) -> Receipt | None:
    """The receipt that a message's sender may be sent, if any."""
    if verdict is None or not verdict.aligned or not message.header.fields:
        return None
    if not may_be_answered(message.header, envelope_sender):
        return None
    if not envelope_sender.isascii() or "@".join(address_of(envelope_sender)) != verdict.sender:
        return None  # authenticated is the author, and the answer goes to the envelope's sender
    return Receipt(envelope_sender, message.message_id, reference)


class Receipts:
    """Sends receipts, one after the other, while it runs."""

    def __init__(self, server: MailServer, sender: str, domain: str) -> None:
        self._client = MailClient(server)
        self._sender = sender
        self._domain = domain
        self._waiting: asyncio.Queue[Receipt] = asyncio.Queue(_WAITING)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; receipts that wait are not sent."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def offer(self, receipt: Receipt) -> None:
        """Send one when its turn comes, unless too many wait."""
        with contextlib.suppress(asyncio.QueueFull):
            self._waiting.put_nowait(receipt)

    async def _run(self) -> None:
        log = structlog.get_logger(__name__)
        while True:
            receipt = await self._waiting.get()
            try:
                await self._send(receipt)
            except MailTrouble as error:
                log.warning("receipt_not_sent", reason=error.code)

    async def _send(self, receipt: Receipt) -> None:
        await self._client.send(self.write(receipt), "", receipt.recipient, _SECONDS)

    def write(self, receipt: Receipt) -> EmailMessage:
        """The mail; of the message it answers it holds nothing but its ``Message-ID``."""
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = receipt.recipient
        mail["Subject"] = _SUBJECT
        mail["Date"] = formatdate(usegmt=True)
        mail["Message-ID"] = make_msgid(domain=self._domain)
        if _MESSAGE_ID.fullmatch(receipt.message_id):
            mail["In-Reply-To"] = receipt.message_id
            mail["References"] = receipt.message_id
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
        mail[LOOP_FIELD] = self._domain
        mail.set_content(_TEXT.format(reference=receipt.reference))
        return mail
