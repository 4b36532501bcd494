"""Mailboxes on other people's mail servers, which mail is fetched from."""

from enum import StrEnum

from pydantic import Field

from shared.models.base import Record, StoredModel
from shared.models.senders import Senders
from shared.models.time import Timestamp, utc_now
from shared.models.work import Lease, Problem

MAX_TROUBLED = 100
MAX_LEFT_OUT = 100


class MailboxSecurity(StrEnum):
    """How the connection is made safe; ``none`` only towards networks an operator names."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class AfterTaking(StrEnum):
    """What is done to a mail on its server once its document exists."""

    NOTHING = "nothing"
    SEEN = "seen"
    FLAG = "flag"
    MOVE = "move"
    DELETE = "delete"


class TroubledMail(StoredModel):
    """A mail that could not be taken yet, and when it is tried again."""

    uid: int
    attempts: int
    due: Timestamp
    problem: Problem


class LeftOutMail(StoredModel):
    """A mail that was not taken, or not put away, and why."""

    uid: int
    at: Timestamp
    problem: Problem


class Progress(StoredModel):
    """How far a folder was looked through; UIDs hold for one ``uid_validity`` only (RFC 9051).

    Mails up to ``last_uid`` were dealt with, but for those in trouble. After the server began to
    count anew, mails with a UID below ``again_until`` are only new if they came after ``since``.
    ``newest`` is when the newest mail dealt with came to its server.
    """

    uid_validity: int | None = None
    last_uid: int = 0
    newest: Timestamp | None = None
    again_until: int = 0
    since: Timestamp | None = None


class Mailbox(Record):
    """A folder of a mail account whose mail becomes documents of a workspace.

    ``account`` names server, user and folder, once per organization. ``password`` is sealed.
    ``backlog``: mail that was there before is taken too. ``senders`` goes before the workspace's
    rule; ``authserv_id`` is the mail server whose ``Authentication-Results`` are believed.
    ``due`` is when it is looked into next; ``failures`` counts the looks that failed since one
    did not. Only whoever holds the ``lease`` looks; ``looking`` is the user and server it is held
    for, and of those one mailbox of an organization at a time is looked into.
    """

    workspace: str
    host: str
    port: int
    security: MailboxSecurity = MailboxSecurity.TLS
    user: str
    password: str
    folder: str = "INBOX"
    account: str
    after: AfterTaking = AfterTaking.SEEN
    move_to: str | None = None
    backlog: bool = False
    senders: Senders | None = None
    authserv_id: str | None = None
    enabled: bool = True
    progress: Progress = Field(default_factory=Progress)
    troubled: list[TroubledMail] = Field(default_factory=list)
    left_out: list[LeftOutMail] = Field(default_factory=list)
    taken: int = 0
    refused: int = 0
    looked: Timestamp | None = None
    problem: Problem | None = None
    failures: int = 0
    due: Timestamp = Field(default_factory=utc_now)
    lease: Lease | None = None
    looking: str | None = None

    def held_by(self, lease: Lease) -> "Mailbox":
        """Looked into by the holder of a lease, and with it the whole account."""
        return self.copy_with(lease=lease, looking=f"{self.user}@{self.host.lower()}")

    def released(self, **changes: object) -> "Mailbox":
        """Changed, and looked into by nobody."""
        return self.copy_with(**changes, lease=None, looking=None)


def account_name(host: str, port: int, user: str, folder: str) -> str:
    """What is the same for two rules about one folder."""
    name = "INBOX" if folder.upper() == "INBOX" else folder
    return f"{user}@{host.lower()}:{port}/{name}"
