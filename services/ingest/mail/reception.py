"""What becomes of mail that comes by SMTP: who it is for, whether it is taken, where it is put.

It knows nothing of sockets: the door speaks the protocol and asks here.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from services.ingest.intake import Intake
from services.ingest.mail.addresses import Addresses
from services.ingest.mail.authentication import SenderAuthentication, SenderVerdict
from services.ingest.mail.loops import is_loop
from services.ingest.mail.messages import MEDIA_TYPE, Message, for_each, look_at, store_message
from services.ingest.mail.networks import Network, is_within
from services.ingest.mail.receipts import Receipts, receipt_for
from services.ingest.mail.replies import (
    GONE_ASTRAY,
    LOOP,
    NO_LICENCE,
    NO_SUCH_ADDRESS,
    TOO_OFTEN,
    of_error,
    of_problem,
)
from services.ingest.mail.senders import Judgement, judge
from services.ingest.spool import Spool, SpooledFile
from shared.errors import Code, DocstageError
from shared.http.load import Load
from shared.http.rates import Buckets, Rate
from shared.models.senders import SenderPolicy
from shared.models.source_email import SourceEmail
from shared.models.tenancy import LicenceState, Workspace
from shared.models.time import utc_now
from shared.stages.failpoints import Failpoints
from shared.store.collections import ORGANIZATIONS
from shared.store.port import Store
from shared.telemetry.metrics import IntakeMetrics

DOOR = "smtp"
_NAME = "message.eml"


class RefusedMail(Exception):
    """Mail that is not taken; ``reply`` is what its sender is told."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who hands a message over, and for which workspaces, by their id.

    ``sender`` is that of ``MAIL FROM``, empty for the null sender.
    """

    peer_ip: str
    helo: str
    sender: str
    workspaces: Mapping[str, Workspace]


@dataclass(frozen=True)
class ReceptionParts:
    """What the reception works with.

    Peers in ``relays`` are the operator's own mail servers: only they are believed what
    ``authserv_ids`` are said to have found. ``rate`` is that of messages for a workspace.
    """

    store: Store
    intake: Intake
    spool: Spool
    addresses: Addresses
    authentication: SenderAuthentication
    metrics: IntakeMetrics
    failpoints: Failpoints = field(default_factory=Failpoints)
    receipts: Receipts | None = None
    load: Load | None = None
    rate: Buckets = field(default_factory=lambda: Buckets(Rate()))
    relays: Sequence[Network] = ()
    authserv_ids: Collection[str] = ()


class Reception:
    """Decides on mail and puts it down."""

    def __init__(self, parts: ReceptionParts) -> None:
        self._parts = parts
        self._log = structlog.get_logger(__name__)

    async def workspace_of(self, address: str) -> Workspace:
        """The workspace of a recipient; raises ``RefusedMail``."""
        now = utc_now()
        try:
            workspace = await self._parts.addresses.find(self._parts.store, address, now)
            if workspace is None:
                raise RefusedMail(NO_SUCH_ADDRESS)
            if self._parts.load is not None:
                self._parts.load.check()
            organizations = self._parts.store.across(ORGANIZATIONS)
            organization = await organizations.get(workspace.organization)
        except DocstageError as error:
            raise RefusedMail(of_error(error)) from None
        if organization is None:
            raise RefusedMail(NO_SUCH_ADDRESS)
        if organization.licence.state(now) is not LicenceState.VALID:
            raise RefusedMail(NO_LICENCE)  # for now: its sender keeps the mail for some days
        if self._parts.rate.take(workspace.id) > 0:
            raise RefusedMail(TOO_OFTEN)
        return workspace

    async def take(self, envelope: Envelope, content: AsyncIterator[bytes]) -> None:
        """Take a message in, durably for each workspace, or raise ``RefusedMail``.

        When this returns its sender may forget the message. When storing fails for one
        workspace the whole is to be sent again; where it is stored already it stays one.
        """
        spooled: SpooledFile | None = None
        try:
            spooled = await self._parts.spool.take(_NAME, content, known_as=MEDIA_TYPE)
            await self._parts.failpoints.reach("smtp.spooled")
            count = await self._store(envelope, await look_at(spooled))
            await self._parts.failpoints.reach("smtp.stored")
            self._log.info("mail_taken", bytes=spooled.size, count=count)
        except RefusedMail:
            raise
        except DocstageError as error:
            self._parts.metrics.rejected(DOOR, error.code.value)
            self._log.info("mail_refused", code=error.code.value)
            raise RefusedMail(of_error(error)) from None
        except OSError:
            self._parts.metrics.rejected(DOOR, Code.UNAVAILABLE.value)
            self._log.exception("mail_not_stored")
            raise RefusedMail(GONE_ASTRAY) from None
        finally:
            if spooled is not None:
                spooled.discard()

    async def _store(self, envelope: Envelope, message: Message) -> int:
        if is_loop(message.header, self._parts.addresses.domain):
            self._parts.metrics.rejected(DOOR, "LOOP")
            raise RefusedMail(LOOP)
        workspaces = list(envelope.workspaces.values())
        verdict = await self._verdict(envelope, workspaces, message)
        judged = {it.id: _judged(it, verdict) for it in workspaces}
        taking = [it for it in workspaces if judged[it.id].accepted]
        if not taking or any(it.temporary for it in judged.values()):
            raise self._not_judged_well(list(judged.values()))
        copies = await asyncio.to_thread(for_each, message, len(taking))
        references: list[str] = []
        try:
            for workspace, copy in zip(taking, copies, strict=True):
                problem = judged[workspace.id].problem
                warnings = [problem.value] if problem else []
                email = _source_email(envelope, message, verdict)
                stored = await store_message(self._parts.intake, workspace, copy, email, warnings)
                if stored is not None and workspace.address.receipts:
                    references.append(stored.id)
        finally:
            for copy in copies:
                copy.file.discard()
        self._acknowledge(envelope, message, verdict, references)
        return len(taking)

    def _acknowledge(
        self,
        envelope: Envelope,
        message: Message,
        verdict: SenderVerdict | None,
        references: Sequence[str],
    ) -> None:
        if self._parts.receipts is None or not references:
            return
        receipt = receipt_for(message, envelope.sender, verdict, references[0])
        if receipt is not None:
            self._parts.receipts.offer(receipt)

    async def _verdict(
        self, envelope: Envelope, workspaces: Sequence[Workspace], message: Message
    ) -> SenderVerdict | None:
        receipts = self._parts.receipts is not None
        if not any(
            it.senders.policy is not SenderPolicy.OFF or (receipts and it.address.receipts)
            for it in workspaces
        ):
            return None
        is_relay = is_within(envelope.peer_ip, self._parts.relays)
        return await self._parts.authentication.verdict(
            message.file.path,
            # A relay's own address says nothing about who sent the mail.
            peer_ip=None if is_relay else envelope.peer_ip,
            helo=envelope.helo,
            mail_from=envelope.sender,
            authserv_ids=self._parts.authserv_ids if is_relay else (),
        )

    def _not_judged_well(self, judgements: Sequence[Judgement]) -> RefusedMail:
        temporary = any(it.temporary for it in judgements)
        problem = next((it.problem for it in judgements if it.problem and not it.accepted), None)
        code = problem or Code.SENDER_NOT_AUTHENTICATED
        self._parts.metrics.rejected(DOOR, code.value)
        return RefusedMail(of_problem(code, temporary=temporary))


def _judged(workspace: Workspace, verdict: SenderVerdict | None) -> Judgement:
    if verdict is None or workspace.senders.policy is SenderPolicy.OFF:
        return Judgement(accepted=True, trusted=False)
    return judge(workspace.senders, verdict)


def _source_email(
    envelope: Envelope, message: Message, verdict: SenderVerdict | None
) -> SourceEmail:
    # The recipient is left out: who knows it can send, and who may read need not be able to.
    known = SourceEmail(
        door=DOOR,
        received=utc_now(),
        message_id=message.message_id,
        envelope_sender=envelope.sender,
    )
    if verdict is None:
        return known
    return known.copy_with(
        sender=verdict.sender,
        authenticated=verdict.aligned,
        authentication=verdict.method,
        authenticated_domain=verdict.domain,
        detail=verdict.detail,
    )
