"""The operator's mail server: one message to one recipient, and what it said to that.

Replies after RFC 5321, section 4.2.1: 4yz may be tried again, 5yz may not. A 5yz before the mail
is named (greeting, TLS, login) speaks of our settings and not of the mail, so that one may.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from shared.config import Settings
from shared.errors import Code, DocstageError

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_PERMANENT = 5
_NEEDS_LOGIN = frozenset({530, 534, 535, 538})
_TAKEN = 250


class MailTrouble(DocstageError):
    """A message was not taken; ``reply`` is the server's code, if it said one.

    ``MAIL_REFUSED``: for good. ``TARGET_REFUSED``, ``TARGET_UNREACHABLE``: at present. The
    sentence holds no address, as what servers say often does.
    """

    def __init__(self, code: Code, detail: str, reply: int | None = None) -> None:
        super().__init__(code, detail)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over; ``is_tls`` is TLS from the first byte.

    ``start_tls``: it must be had (``True``), is not asked for (``False``), or is taken where
    offered. ``authorities`` is a PEM file of those that vouch for its certificate, beside the
    system's.
    """

    host: str
    port: int
    is_tls: bool = False
    username: str | None = None
    password: str | None = None
    start_tls: bool | None = None
    authorities: str = ""

    @classmethod
    def of_url(cls, url: str, tls: str = "auto", authorities: str = "") -> "MailServer":
        """Of ``smtp://USER:PASSWORD@HOST:587`` or ``smtps://…``, as the settings check it.

        With a password TLS must be had, whatever ``tls`` says: it is never said in the clear.
        """
        parts = urlsplit(url)
        is_tls = parts.scheme == "smtps"
        port = parts.port or (465 if is_tls else 587)
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        wanted = True if password else {"required": True, "off": False}.get(tls)
        start_tls = False if is_tls else wanted
        return cls(parts.hostname or "", port, is_tls, user, password, start_tls, authorities)


def mail_server(settings: Settings) -> MailServer | None:
    """The one for notices, if one is set; the smarthost where there is no other."""
    url = settings.mail_url or settings.smarthost_url
    if url is None:
        return None
    return MailServer.of_url(url.get_secret_value(), settings.mail_tls, settings.mail_authorities)


class MailClient:
    """Hands messages over, each on a connection of its own."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._context: ssl.SSLContext | None = None

    async def send(self, mail: EmailMessage, sender: str, recipient: str, seconds: float) -> int:
        """Hand a message over to one recipient; the code it was taken with.

        Both addresses are ASCII. Raises ``MailTrouble``.
        """
        # Written here, as the client would go by rules of its own and fold what is to be whole;
        # in seven bits, so that any server takes it.
        content = mail.as_bytes(policy=mail.policy.clone(cte_type="7bit"))
        async with self._connected(seconds) as smtp:
            try:
                await smtp.sendmail(sender, [recipient], content)
            except aiosmtplib.SMTPRecipientsRefused as error:
                raise _answered(error.recipients[0]) from None
            except aiosmtplib.SMTPResponseException as error:
                raise _answered(error) from None
            with suppress(aiosmtplib.SMTPException, OSError):
                await smtp.quit()  # it is taken, whatever is said to this
        return _TAKEN

    async def look(self, seconds: float) -> None:
        """Connect, log in and leave. Raises ``MailTrouble``."""
        async with self._connected(seconds) as smtp:
            await smtp.quit()

    @asynccontextmanager
    async def _connected(self, seconds: float) -> AsyncIterator[aiosmtplib.SMTP]:
        if self._context is None:  # authorities are read from disk
            self._context = await asyncio.to_thread(_context, self._server.authorities)
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.is_tls,
            start_tls=server.start_tls,
            tls_context=self._context,
            timeout=seconds,
        )
        try:
            async with asyncio.timeout(seconds):
                await smtp.connect()
                yield smtp
        except TimeoutError:
            raise MailTrouble(Code.TARGET_UNREACHABLE, "The mail server did not answer.") from None
        except ssl.SSLError:
            raise MailTrouble(Code.TARGET_UNREACHABLE, _UNTRUSTED) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _not_let_in(error) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _unreachable(error) from None
        finally:
            smtp.close()


_UNTRUSTED = "The mail server's TLS cannot be trusted."


def _context(authorities: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if authorities:
        context.load_verify_locations(authorities)
    return context


def _answered(error: aiosmtplib.SMTPResponseException) -> MailTrouble:
    """What it said of the mail, its sender or its recipient."""
    is_final = error.code // 100 == _PERMANENT and error.code not in _NEEDS_LOGIN
    code = Code.MAIL_REFUSED if is_final else Code.TARGET_REFUSED
    return MailTrouble(code, f"The mail server answered {_said(error)}.", error.code)


def _not_let_in(error: aiosmtplib.SMTPResponseException) -> MailTrouble:
    """What it said before it was told of a mail."""
    is_login = isinstance(error, aiosmtplib.SMTPAuthenticationError)
    place = " to the login" if is_login else ""
    detail = f"The mail server answered {_said(error)}{place}."
    return MailTrouble(Code.TARGET_REFUSED, detail, error.code)


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    enhanced = _ENHANCED.match(error.message)
    return f"{error.code} {enhanced[0]}" if enhanced else str(error.code)


def _unreachable(error: Exception) -> MailTrouble:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return MailTrouble(Code.TARGET_UNREACHABLE, _UNTRUSTED)
        cause = cause.__cause__ or cause.__context__
    if not isinstance(error, OSError):
        return MailTrouble(Code.TARGET_UNREACHABLE, "The mail server offers no TLS, or no login.")
    detail = "The mail server could not be reached, or broke off."
    return MailTrouble(Code.TARGET_UNREACHABLE, detail)
