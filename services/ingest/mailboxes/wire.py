"""A connection to a mail server that others name: where it leads, and how much comes back.

The address is checked where the socket is dialled, as for all targets that others choose. What
a server sends is counted, so that none can fill the memory; it blocks, and runs in threads.
"""

import imaplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from imapclient import IMAPClient

from shared.errors import AttemptFailed, Code, Permanent
from shared.http.targets import TargetPolicy
from shared.models.mailbox import MailboxSecurity

MAIL_PORTS = frozenset({143, 993})
PER_COMMAND = 4 * 1024 * 1024
"""Bytes that one command may bring back."""


Opened = Callable[[socket.socket], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to."""

    host: str
    port: int
    security: MailboxSecurity


class Dialler:
    """Opens sockets to mail servers that a policy allows; ``seconds`` for each step."""

    def __init__(
        self,
        policy: TargetPolicy,
        seconds: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._tls = tls or ssl.create_default_context()
        self.seconds = seconds

    @property
    def tls(self) -> ssl.SSLContext:
        """What servers' certificates are checked with."""
        return self._tls

    def dial(self, target: Target, opened: Opened) -> socket.socket:
        """A connected socket, inside TLS where that comes first.

        ``opened`` is told of every socket before it waits for the other side. Raises
        ``Permanent(TARGET_BLOCKED)`` and ``OSError``.
        """
        plain = self._connected(target, opened)
        if target.security is not MailboxSecurity.TLS:
            return plain
        wrapped = self._tls.wrap_socket(
            plain, server_hostname=target.host, do_handshake_on_connect=False
        )
        opened(wrapped)
        try:
            wrapped.do_handshake()
        except BaseException:
            wrapped.close()
            raise
        return wrapped

    def _connected(self, target: Target, opened: Opened) -> socket.socket:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        trouble: OSError | None = None
        for family, kind, protocol, _, address in found:
            if not self._allows(target, str(address[0])):
                continue
            one = socket.socket(family, kind, protocol)
            opened(one)
            try:
                one.settimeout(self.seconds)
                one.connect(address)
            except OSError as error:
                one.close()
                trouble = error
            else:
                return one
        if trouble is not None:
            raise trouble
        raise Permanent(Code.TARGET_BLOCKED)

    def _allows(self, target: Target, address: str) -> bool:
        if target.security is MailboxSecurity.NONE:  # the password would be everybody's to read
            return self._policy.is_named(address)
        return self._policy.allows(address, target.port, MAIL_PORTS)


class Wire(imaplib.IMAP4):
    """The protocol over a socket of ours, with what comes back counted."""

    def __init__(self, dialler: Dialler, target: Target, opened: Opened) -> None:
        self._dialler = dialler
        self._target = target
        self._opened = opened
        self._left = PER_COMMAND
        super().__init__(target.host, target.port)

    def renew(self) -> None:
        """Another command begins."""
        self._left = PER_COMMAND

    def read(self, size: int) -> bytes:
        """See ``imaplib.IMAP4``; raises ``abort`` for more than a command may bring."""
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        """See ``imaplib.IMAP4``."""
        line = super().readline()
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort("too much")

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return self._dialler.dial(self._target, self._opened)


class Client(IMAPClient):  # type: ignore[misc]  # half of it has types
    """IMAPClient over a ``Wire``."""

    def __init__(self, dialler: Dialler, target: Target, opened: Opened) -> None:
        """Connect and read the greeting, with TLS as the target says.

        Raises ``DocstageError`` with codes ``MAILBOX_UNREACHABLE``, ``MAILBOX_INSECURE`` and
        ``TARGET_BLOCKED``.
        """
        self._dialler = dialler
        self._target = target
        self._opened = opened
        try:
            super().__init__(target.host, target.port, ssl=False, timeout=dialler.seconds)
            self._imap.debug = 0  # else passwords and mails would be handed to the logger
            if target.security is MailboxSecurity.STARTTLS:
                self._start_tls()
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or "no TLS"
            raise AttemptFailed(Code.MAILBOX_INSECURE, f"TLS failed: {reason}.") from None
        except (OSError, UnicodeError, imaplib.IMAP4.error):
            raise AttemptFailed(Code.MAILBOX_UNREACHABLE) from None

    def _start_tls(self) -> None:
        if not self.has_capability("STARTTLS"):
            raise AttemptFailed(Code.MAILBOX_INSECURE, "The server has no STARTTLS.")
        self.starttls(self._dialler.tls)
        self._opened(self._imap.sock)

    def _create_IMAP4(self) -> Wire:  # noqa: N802 - IMAPClient's name
        return Wire(self._dialler, self._target, self._opened)

    def renew(self) -> None:
        """Another command begins: it may bring back as much as any."""
        self._imap.renew()
