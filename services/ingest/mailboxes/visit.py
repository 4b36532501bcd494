"""One look into a mailbox: its new mails become documents, and are then put away.

The order is what keeps mail from being lost: the document is durable before the mail is touched,
and the mailbox's record moves on after both. A crash in between makes the next look find a mail
that is stored already, which stays one document and is put away then.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from services.ingest.intake import Intake
from services.ingest.mail.authentication import SenderAuthentication, SenderVerdict
from services.ingest.mail.messages import MEDIA_TYPE, Message, look_at, store_message
from services.ingest.mail.senders import judge
from services.ingest.mailboxes import records
from services.ingest.mailboxes.server import PIECE, MailFacts, MailServer
from services.ingest.spool import Spool, SpooledFile
from shared.errors import AttemptFailed, Code, DocstageError, Permanent, RetryClass
from shared.models.mailbox import Mailbox
from shared.models.senders import SenderPolicy, Senders
from shared.models.source_email import SourceEmail
from shared.models.tenancy import Workspace
from shared.models.time import utc_now
from shared.models.work import Problem
from shared.stages.failpoints import Failpoints
from shared.telemetry.metrics import IntakeMetrics

T = TypeVar("T")
DOOR = "imap"
MAX_MAILS = 50
"""Mails of one look; what is left is another look's, after others had their turn."""

_NAME = "message.eml"
Change = Callable[[Mailbox], Mailbox]
Save = Callable[[Change], Awaitable[Mailbox]]


class LostLease(Exception):
    """Another process looks now, or the mailbox is gone."""


@dataclass(frozen=True)
class VisitParts:
    """What looks work with; ``max_bytes`` of one mail."""

    intake: Intake
    spool: Spool
    authentication: SenderAuthentication
    metrics: IntakeMetrics
    executor: Executor
    failpoints: Failpoints
    max_bytes: int


class Visit:
    """One look. ``save`` changes the mailbox's record; it raises ``LostLease``."""

    def __init__(
        self, parts: VisitParts, server: MailServer, workspace: Workspace, save: Save
    ) -> None:
        self._parts = parts
        self._server = server
        self._workspace = workspace
        self._save = save
        self._stopping = False
        self._log = structlog.get_logger("docstage.imap")

    def stop(self) -> None:
        """End after the mail that is being taken."""
        self._stopping = True

    async def run(self, password: str) -> bool:
        """Look; whether there is more than one look takes.

        Raises ``DocstageError`` when the server or a store of ours does not work.
        """
        await self._threaded(self._server.open, password)
        folder = await self._threaded(self._server.select)
        now = utc_now()
        mailbox = await self._save(records.opened(folder.uid_validity, folder.uid_next, now))
        again = [it.uid for it in mailbox.troubled if it.due <= now][:MAX_MAILS]
        last = mailbox.progress.last_uid
        fresh = await self._threaded(self._server.new_uids, folder, last, MAX_MAILS)
        facts = await self._threaded(self._server.facts, [*again, *fresh])
        for uid in [*again, *fresh]:
            if self._stopping:
                return False
            await self._deal_with(mailbox, uid, facts.get(uid))
        await self._threaded(self._server.close)
        return len(fresh) == MAX_MAILS

    async def _deal_with(self, mailbox: Mailbox, uid: int, facts: MailFacts | None) -> None:
        if facts is None or records.is_old(mailbox.progress, uid, facts.received):
            await self._save(records.passed(uid, facts.received if facts else None))
            return
        try:
            await self._take(mailbox, uid, facts)
        except LostLease:
            raise
        except DocstageError as error:
            await self._note(error, uid, facts.received)
            return
        except Exception as error:  # noqa: BLE001 - a mail that finds a fault holds up no other
            self._log.warning("mail_failed", error=type(error).__name__)
            await self._note(AttemptFailed(Code.UNEXPECTED_ERROR), uid, facts.received)
            return
        await self._save(records.taken(uid, facts.received))

    async def _note(self, error: DocstageError, uid: int, received: datetime | None) -> None:
        """Write down what became of a mail; raises ``error`` where it is not the mail's fault."""
        if error.retry in {RetryClass.TRANSIENT, RetryClass.QUOTA}:
            raise error
        problem, now = Problem(code=error.code.value, detail=error.detail), utc_now()
        self._parts.metrics.rejected(DOOR, error.code.value)
        if error.retry is RetryClass.PERMANENT:
            await self._save(records.refused(uid, received, problem, now))
            return
        await self._save(records.troubled(uid, received, problem, now))
        if error.code is Code.MAILBOX_UNREACHABLE:
            raise error

    async def _take(self, mailbox: Mailbox, uid: int, facts: MailFacts) -> None:
        if facts.size > self._parts.max_bytes:
            limit = f"At most {self._parts.max_bytes} bytes are taken per mail."
            raise Permanent(Code.FILE_TOO_LARGE, limit)
        content = self._content(uid)
        file = await self._parts.spool.take(_NAME, content, known_as=MEDIA_TYPE)
        try:
            await self._parts.failpoints.reach("imap.fetched")
            await self._store(mailbox, file)
            await self._parts.failpoints.reach("imap.stored")
        finally:
            file.discard()
        await self._threaded(self._server.put_away, uid)
        await self._parts.failpoints.reach("imap.put_away")

    async def _store(self, mailbox: Mailbox, file: SpooledFile) -> None:
        message = await look_at(file)
        rules = mailbox.senders or self._workspace.senders
        email = SourceEmail(door=DOOR, received=utc_now(), message_id=message.message_id)
        warnings: list[str] = []
        if rules.policy is not SenderPolicy.OFF:
            verdict = await self._verdict(mailbox, message)
            email = _with_verdict(email, verdict)
            warnings = _warnings(rules, verdict)
        await store_message(self._parts.intake, self._workspace, message, email, warnings)

    async def _verdict(self, mailbox: Mailbox, message: Message) -> SenderVerdict:
        servers = [mailbox.authserv_id] if mailbox.authserv_id else []
        return await self._parts.authentication.verdict(
            message.file.path, peer_ip=None, authserv_ids=servers
        )

    async def _content(self, uid: int) -> AsyncIterator[bytes]:
        """A mail piece by piece; what a server said of its size is only what it said."""
        size = 0
        while True:
            piece = await self._threaded(self._server.piece, uid, size)
            size += len(piece)
            if size > self._parts.max_bytes:
                raise Permanent(Code.FILE_TOO_LARGE)
            if piece:
                yield piece
            if len(piece) < PIECE:
                return

    async def _threaded(self, call: Callable[..., T], *arguments: object) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._parts.executor, call, *arguments)


def _with_verdict(email: SourceEmail, verdict: SenderVerdict) -> SourceEmail:
    return email.copy_with(
        sender=verdict.sender,
        authenticated=verdict.aligned,
        authentication=verdict.method,
        authenticated_domain=verdict.domain,
        detail=verdict.detail,
    )


def _warnings(rules: Senders, verdict: SenderVerdict) -> list[str]:
    """What a document's readers are to know of its sender; raises where it is not taken."""
    judgement = judge(rules, verdict)
    if judgement.problem is None:
        return []
    if judgement.temporary:
        raise AttemptFailed(judgement.problem, verdict.detail)
    if not judgement.accepted:
        raise Permanent(judgement.problem, verdict.detail)
    return [judgement.problem.value]
