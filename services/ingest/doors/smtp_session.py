"""One session of the SMTP door: aiosmtpd's protocol, but messages go to disk as they come.

aiosmtpd keeps a message in memory until it is whole, and has no limits per peer. What is changed
here is that, the times and counts, and what should not be said or taken on port 25.
"""

import asyncio
import contextlib
import re
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, syntax
from aiosmtpd.smtp import Envelope as Told
from aiosmtpd.smtp import Session as Known

from services.ingest.doors.smtp_limits import Sessions, SmtpLimits, plain_ip
from services.ingest.mail import replies
from services.ingest.mail.reception import Envelope, Reception, RefusedMail
from services.ingest.mail.transparency import Transparency
from shared.errors import Code, Permanent
from shared.models.tenancy import Workspace

_PIECE = 1024 * 1024
_BUFFER = 32 * 1024
_MAX_UNKNOWN = 5
_NULL_SENDER = "<>"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_COMMANDS = {"*": 100, "RCPT": 2_000, "STARTTLS": 1, "VRFY": 5, "HELP": 5, "EXPN": 5}


@dataclass(frozen=True)
class SessionParts:
    """What all sessions of a door share."""

    reception: Reception
    sessions: Sessions
    limits: SmtpLimits
    hostname: str


class _Hooks:
    """What aiosmtpd asks about commands."""

    def __init__(self, parts: SessionParts) -> None:
        self._parts = parts
        self.workspaces: dict[str, Workspace] = {}
        self._unknown = 0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, session: Known, __: Told, hostname: str, lines: list[str]
    ) -> list[str]:
        """Say what we can do; nobody logs in here, and many commands may come at a time."""
        session.host_name = hostname
        told = [it for it in lines if not it.startswith("250-AUTH")]
        return [*told[:-1], "250-PIPELINING", told[-1]]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _: Known, envelope: Told, address: str, options: list[str]
    ) -> str:
        """Take only addresses of ours."""
        if len(envelope.rcpt_tos) >= self._parts.limits.max_recipients:
            return replies.TOO_MANY_RECIPIENTS
        try:
            workspace = await self._parts.reception.workspace_of(address)
        except RefusedMail as refused:
            self._unknown += refused.reply == replies.NO_SUCH_ADDRESS
            if self._unknown >= _MAX_UNKNOWN:
                server.close_after_reply()  # type: ignore[attr-defined]  # our own, below
                return replies.TOO_MANY_UNKNOWN
            return refused.reply
        envelope.rcpt_tos.append(address)
        self.workspaces[workspace.id] = workspace
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Whatever it is: it is not stored."""
        structlog.get_logger(__name__).error("smtp_session_failed", exc_info=error)
        return replies.GONE_ASTRAY


class SmtpSession(SMTP):
    """A session; ``is_receiving`` while a message comes in or is stored."""

    line_length_limit = _BUFFER  # how much waits for us in memory, before the peer has to

    def __init__(self, parts: SessionParts, tls: SSLContext | None, *, require_tls: bool) -> None:
        self._parts = parts
        self._hooks = _Hooks(parts)
        super().__init__(
            self._hooks,
            data_size_limit=parts.limits.max_bytes,
            enable_SMTPUTF8=True,
            hostname=parts.hostname,
            ident="Docstage",
            tls_context=tls,
            require_starttls=require_tls,
            timeout=parts.limits.idle_seconds,
            command_call_limit=_COMMANDS,
            loop=asyncio.get_running_loop(),
        )
        # aiosmtpd's is one for all sessions, and grows with each EHLO.
        self.command_size_limits = defaultdict(lambda: 512, MAIL=1024, RCPT=1024)
        self.is_receiving = False
        self._peer_ip = ""
        self._is_leaving = False
        self._deadline: asyncio.TimerHandle | None = None

    @property
    def _was_let_in(self) -> bool:
        return self._deadline is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, if there is room; STARTTLS comes by here again."""
        if self._was_let_in:
            super().connection_made(transport)
            return
        peer = transport.get_extra_info("peername")
        self._peer_ip = plain_ip(peer[0])
        if not self._parts.sessions.enter(self._peer_ip):
            _say_and_close(transport, replies.BUSY)
            return
        seconds = self._parts.limits.session_seconds
        self._deadline = self.loop.call_later(seconds, self.end, replies.OVER_TIME)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """End; the message that was coming in is given up."""
        if self._deadline is None:
            return
        if not self._deadline.cancelled():
            self._deadline.cancel()
            self._parts.sessions.leave(self._peer_ip)
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The peer says no more."""
        return super().eof_received() if self._was_let_in else False

    def end(self, reply: str | None = None) -> None:
        """Say why, unless all was said, and hang up; nothing that waits is a command any more.

        Over TLS the connection is not gone before the peer has taken leave, too.
        """
        if self.transport is not None:
            _say_and_close(self.transport, reply)
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()

    def close_after_reply(self) -> None:
        """Hang up once the present command is answered."""
        self._is_leaving = True

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]  # as it comes
        self._hooks.workspaces = {}

    def _timeout_cb(self) -> None:
        self.end(replies.IDLE)

    async def push(self, status: Any) -> None:  # noqa: ANN401 - text or bytes
        """Answer; some answers repeat what was said, which need not be text, or one line."""
        await super().push(_plain(status) if isinstance(status, str) else status)
        if self._is_leaving:
            self.end()

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Take a message: to disk while it comes in, and answered when it is stored."""
        if await self.check_helo_needed():
            return
        if not self._hooks.workspaces or self.envelope is None:
            await self.push("503 5.5.1 Error: need RCPT command")
        elif arg:
            await self.push("501 Syntax: DATA")
        elif self._reader._buffer:  # type: ignore[attr-defined]  # noqa: SLF001 - as aiosmtpd
            self.close_after_reply()
            await self.push(replies.TOO_EARLY)
        else:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._receive(_envelope(self._peer_ip, self, self._hooks.workspaces))

    async def _receive(self, envelope: Envelope) -> None:
        stream = Transparency()
        self.is_receiving = True
        try:
            async with contextlib.aclosing(self._content(stream)) as content:
                await self._parts.reception.take(envelope, content)
            reply = replies.TAKEN
        except RefusedMail as refused:
            reply = refused.reply
        finally:
            self.is_receiving = False
            if not stream.has_ended:  # what comes next is no command
                self.close_after_reply()
        self._set_post_data_state()
        self._reset_timeout()
        await self.push(reply)

    async def _content(self, stream: Transparency) -> AsyncGenerator[bytes, None]:
        """The message in pieces; what is far too long is not even read to its end."""
        size = 0
        while not stream.has_ended:
            piece = await self._reader.read(_PIECE)
            if not piece:
                raise EOFError
            self._reset_timeout()
            size += len(piece)
            if size > 2 * self._parts.limits.max_bytes:
                raise Permanent(Code.FILE_TOO_LARGE)
            content = stream.feed(piece)
            if stream.rest:
                self._reader.feed_data(stream.rest)
            if content:
                yield content

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        """Nobody logs in here."""
        await self.push(replies.NO_LOGIN)

    async def _no_mail_client(self, arg: str | None) -> None:
        self.close_after_reply()
        await self.push(replies.NO_MAIL_CLIENT)

    # A browser can be made to send a form here: what it says first must be its last word.
    smtp_GET = smtp_POST = smtp_PUT = smtp_CONNECT = _no_mail_client  # noqa: N815


def _envelope(peer_ip: str, session: SMTP, workspaces: dict[str, Workspace]) -> Envelope:
    told, known = session.envelope, session.session
    sender = _plain((told.mail_from if told else "") or "")
    return Envelope(
        peer_ip=peer_ip,
        helo=_plain((known.host_name if known else "") or ""),
        sender="" if sender == _NULL_SENDER else sender,
        workspaces=dict(workspaces),
    )


def _plain(text: str) -> str:
    """Without control characters, and without the surrogates that bytes of no UTF-8 come as."""
    return _CONTROL.sub("?", text).encode(errors="replace").decode()


def _say_and_close(transport: asyncio.BaseTransport, reply: str | None) -> None:
    if (
        reply is not None
        and isinstance(transport, asyncio.WriteTransport)
        and not transport.is_closing()
    ):
        transport.write(f"{reply}\r\n".encode())
    transport.close()
