"""What a mailbox's server is asked, in our words. It blocks, and runs in threads."""

import imaplib
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

from services.ingest.mailboxes.wire import Client, Dialler, Target
from shared.errors import AttemptFailed, Code, DocstageError
from shared.models.mailbox import AfterTaking, Mailbox

P = ParamSpec("P")
T = TypeVar("T")

PIECE = 1024 * 1024
"""Bytes of a mail that are fetched at a time."""

_WINDOW = 10_000
_MAX_UID = 2**32 - 1
_UNPRINTABLE = re.compile(r"[^ -~]+")
_MAX_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it was opened."""

    uid_validity: int
    uid_next: int


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What a server says of a mail before it is fetched; ``size`` in bytes."""

    size: int
    received: datetime | None


class MailServer:
    """One connection. All methods raise ``AttemptFailed`` with a ``MAILBOX_…`` code."""

    def __init__(self, dialler: Dialler, mailbox: Mailbox) -> None:
        self._dialler = dialler
        self._target = Target(mailbox.host, mailbox.port, mailbox.security)
        self._mailbox = mailbox
        self._client: Client | None = None
        self._socket: socket.socket | None = None
        self._broken = False

    def open(self, password: str) -> None:
        """Connect and log in."""
        client = self._client = Client(self._dialler, self._target, self._opened)
        with _told():
            is_plain = client.has_capability("AUTH=PLAIN")
        try:
            log_in = client.plain_login if is_plain else client.login
            log_in(self._mailbox.user, password)
        except imaplib.IMAP4.abort:
            raise AttemptFailed(Code.MAILBOX_UNREACHABLE) from None
        except UnicodeError:  # whose text quotes the password
            detail = "This server takes only ASCII characters."
            raise AttemptFailed(Code.MAILBOX_LOGIN_REFUSED, detail) from None
        except imaplib.IMAP4.error as error:
            raise AttemptFailed(Code.MAILBOX_LOGIN_REFUSED, _printable(error)) from None
        except OSError:
            raise AttemptFailed(Code.MAILBOX_UNREACHABLE) from None

    def select(self) -> Folder:
        """Open the mailbox's folder."""
        found = self._ask(self._selected)
        validity, following = found.get(b"UIDVALIDITY"), found.get(b"UIDNEXT")
        if not isinstance(validity, int):
            raise AttemptFailed(Code.MAILBOX_FAILED, "The server knows no UIDs.")
        if not isinstance(following, int):
            following = max(self._search("*"), default=0) + 1
        return Folder(validity, following)

    def new_uids(self, folder: Folder, after: int, limit: int) -> list[int]:
        """The first UIDs behind one, in their order."""
        window = _WINDOW
        while after + 1 < folder.uid_next:
            last = min(after + window, folder.uid_next - 1, _MAX_UID)
            found = self._search(f"{after + 1}:{last}")
            inside = sorted(it for it in found if after < it <= last)
            if inside:
                return inside[:limit]
            after, window = last, window * 2
        return []

    def facts(self, uids: Sequence[int]) -> dict[int, MailFacts]:
        """Size and time of those that are there still."""
        if not uids:
            return {}
        found = self._ask(lambda it: it.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"]))
        return {
            uid: MailFacts(int(one.get(b"RFC822.SIZE", 0)), _utc(one.get(b"INTERNALDATE")))
            for uid, one in found.items()
        }

    def piece(self, uid: int, start: int) -> bytes:
        """Up to ``PIECE`` bytes of a mail from there; none behind its end."""
        wanted = f"BODY.PEEK[]<{start}.{PIECE}>"
        found = self._ask(lambda it: it.fetch([uid], [wanted])).get(uid, {})
        answers = [it for name, it in found.items() if name.startswith(b"BODY[]")]
        content = (answers[0] or b"") if answers else None  # NIL behind a mail's end
        if not isinstance(content, bytes) or len(content) > PIECE:
            raise AttemptFailed(Code.MAILBOX_FAILED, "The server sent something else.")
        return content

    def put_away(self, uid: int) -> None:
        """Do to a mail what the mailbox's rule says."""
        match self._mailbox.after:
            case AfterTaking.NOTHING:
                return
            case AfterTaking.SEEN:
                self._ask(lambda it: it.add_flags([uid], [b"\\Seen"], silent=True))
            case AfterTaking.FLAG:
                self._ask(lambda it: it.add_flags([uid], [b"\\Flagged"], silent=True))
            case AfterTaking.MOVE:
                self._move(uid, self._mailbox.move_to or "")
            case AfterTaking.DELETE:
                self._remove(uid)

    def close(self) -> None:
        """Say good-bye, if anybody listens."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                client.renew()
                client.logout()

    def break_off(self) -> None:
        """End the connection at once, from any thread: whoever waits for it wakes up."""
        self._broken = True
        if self._socket is not None:
            _end(self._socket)

    def _opened(self, one: socket.socket) -> None:
        self._socket = one
        if self._broken:
            _end(one)

    def _selected(self, client: Client) -> dict[bytes, object]:
        try:
            found: dict[bytes, object] = client.select_folder(self._mailbox.folder)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise AttemptFailed(Code.MAILBOX_FOLDER_MISSING, _printable(error)) from None
        return found

    def _search(self, uids: str) -> list[int]:
        return [int(it) for it in self._ask(lambda it: it.search(["UID", uids]))]

    def _move(self, uid: int, folder: str) -> None:
        try:
            self._move_to(uid, folder)
        except AttemptFailed as error:
            if error.code is Code.MAILBOX_UNREACHABLE:
                raise
            self._ask(lambda it: it.create_folder(folder))
            self._move_to(uid, folder)

    def _move_to(self, uid: int, folder: str) -> None:
        if self._ask(lambda it: it.has_capability("MOVE")):
            self._ask(lambda it: it.move([uid], folder))
        else:
            self._ask(lambda it: it.copy([uid], folder))
            self._remove(uid)

    def _remove(self, uid: int) -> None:
        self._ask(lambda it: it.add_flags([uid], [b"\\Deleted"], silent=True))
        # Without UIDPLUS it could only be removed together with what others have marked.
        if self._ask(lambda it: it.has_capability("UIDPLUS")):
            self._ask(lambda it: it.uid_expunge([uid]))

    def _ask(self, question: Callable[[Client], T]) -> T:
        if self._client is None:
            raise AttemptFailed(Code.MAILBOX_UNREACHABLE)
        self._client.renew()
        with _told():
            return question(self._client)


@contextmanager
def _told() -> Iterator[None]:
    """A server's and a connection's troubles in our words."""
    try:
        yield
    except DocstageError:
        raise
    except (imaplib.IMAP4.abort, OSError):
        raise AttemptFailed(Code.MAILBOX_UNREACHABLE) from None
    except imaplib.IMAP4.error as error:
        raise AttemptFailed(Code.MAILBOX_FAILED, _printable(error)) from None
    except (ValueError, TypeError, KeyError, IndexError, AssertionError, AttributeError):
        # What a server sends is parsed by a library that trusts it to make sense.
        raise AttemptFailed(Code.MAILBOX_FAILED, "The server's answer makes no sense.") from None


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def _printable(error: Exception) -> str:
    return _UNPRINTABLE.sub(" ", str(error))[:_MAX_DETAIL]


def _utc(moment: object) -> datetime | None:
    if not isinstance(moment, datetime):
        return None
    return moment.astimezone(UTC)
