"""The SMTP door: listens, and ends sessions in order when the process is told to stop."""

import asyncio
import logging
import time
import weakref
from ipaddress import ip_network
from pathlib import Path

from services.ingest.doors.smtp_limits import Sessions, SmtpLimits
from services.ingest.doors.smtp_session import SessionParts, SmtpSession
from services.ingest.intake import Intake
from services.ingest.mail import replies
from services.ingest.mail.addresses import Addresses
from services.ingest.mail.authentication import SenderAuthentication
from services.ingest.mail.networks import Network
from services.ingest.mail.receipts import Receipts
from services.ingest.mail.reception import Reception, ReceptionParts
from services.ingest.mail.resolver import DnsResolver
from services.ingest.spool import Spool
from shared.config import Settings
from shared.http.certificates import Certificate
from shared.http.load import Load
from shared.http.rates import Buckets, Rate
from shared.mail.server import MailServer
from shared.process import Process
from shared.telemetry.metrics import IntakeMetrics

_BACKLOG = 100
_LOOK_SECONDS = 0.1
_STOP_SECONDS = 20.0
"""A sender who is cut off then sends the message again; others of the process must stop too."""


class SmtpDoor:
    """Takes mail by SMTP while it runs; a ``Service`` of the gateway's process."""

    name = "smtp"

    def __init__(
        self,
        settings: Settings,
        reception: Reception,
        hostname: str,
        receipts: Receipts | None = None,
    ) -> None:
        self._settings = settings
        self._receipts = receipts
        relays = networks_of(settings.smtp_relays)
        limits = SmtpLimits(
            max_bytes=settings.smtp_max_bytes,
            max_recipients=settings.smtp_max_recipients,
            max_sessions=settings.smtp_max_sessions,
            max_sessions_per_ip=settings.smtp_max_sessions_per_ip,
            idle_seconds=settings.smtp_idle_timeout,
            session_seconds=settings.smtp_session_timeout,
        )
        self._parts = SessionParts(reception, Sessions(limits, relays), limits, hostname)
        self._certificate = _certificate(settings)
        self._open: weakref.WeakSet[SmtpSession] = weakref.WeakSet()
        self._server: asyncio.Server | None = None

    @property
    def alive(self) -> bool:
        """Whether it listens, or was told to stop."""
        return self._server is None or self._server.is_serving()

    @property
    def port(self) -> int:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("the door is closed")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen; raises ``OSError`` when the port is taken or the certificate not readable."""
        # It logs each command, with addresses in its arguments.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        if self._certificate is not None:
            self._certificate.load()
        if self._receipts is not None:
            await self._receipts.start()
        self._server = await asyncio.get_running_loop().create_server(
            self._session, self._settings.smtp_host, self._settings.smtp_port, backlog=_BACKLOG
        )

    async def stop(self, seconds: float) -> None:
        """Take no new mail; messages under way may end within so many seconds."""
        if self._server is None:
            return
        self._server.close()
        deadline = time.monotonic() + min(seconds, _STOP_SECONDS)
        while self._open and time.monotonic() < deadline:
            self._end_idle()
            await asyncio.sleep(_LOOK_SECONDS)
        for session in list(self._open):
            session.end(replies.STOPPING)
        if self._receipts is not None:
            await self._receipts.stop()
        self._server = None

    def _end_idle(self) -> None:
        for session in list(self._open):
            if session.transport is None or session.transport.is_closing():
                self._open.discard(session)
            elif not session.is_receiving:
                session.end(replies.STOPPING)

    def _session(self) -> SmtpSession:
        tls = self._certificate.context() if self._certificate else None
        session = SmtpSession(
            self._parts, tls, require_tls=self._settings.smtp_tls == "required" and tls is not None
        )
        self._open.add(session)
        return session


def build_smtp(process: Process, metrics: IntakeMetrics, load: Load | None = None) -> SmtpDoor:
    """The door on the ports of a process; nothing is taken in while ``load`` is full."""
    settings = process.settings
    addresses = Addresses(process.secret, settings.mail_domain)
    receipts = _receipts(settings)
    parts = ReceptionParts(
        store=process.store,
        intake=Intake(process.store, process.blobs, process.outbox, metrics),
        spool=Spool(settings.spool, settings.smtp_max_bytes),
        addresses=addresses,
        authentication=SenderAuthentication(DnsResolver()),
        metrics=metrics,
        failpoints=process.failpoints,
        receipts=receipts,
        load=load,
        rate=Buckets(rate_of(settings.smtp_messages_per_minute)),
        relays=networks_of(settings.smtp_relays),
        authserv_ids=_listed(settings.authserv_ids),
    )
    return SmtpDoor(settings, Reception(parts), addresses.domain, receipts)


def _receipts(settings: Settings) -> Receipts | None:
    if settings.smarthost_url is None:
        return None
    server = MailServer.of_url(settings.smarthost_url.get_secret_value())
    return Receipts(server, settings.smarthost_from, settings.mail_domain)


def rate_of(per_minute: int) -> Rate:
    """So many a minute in the long run, and as many at once; 0 is no limit."""
    return Rate(per_minute / 60, max(1, per_minute))


def networks_of(listed: str) -> list[Network]:
    """Of a setting that lists them, with commas between."""
    return [ip_network(it) for it in _listed(listed)]


def _listed(text: str) -> list[str]:
    return [it.strip() for it in text.split(",") if it.strip()]


def _certificate(settings: Settings) -> Certificate | None:
    if not settings.smtp_certificate:
        return None
    key = Path(settings.smtp_key) if settings.smtp_key else None
    return Certificate(Path(settings.smtp_certificate), key)
