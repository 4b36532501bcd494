"""What the native API says of mailboxes."""

from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from services.ingest.mail.domains import domain_of
from services.ingest.resources.sender_models import SenderRules, SendersView
from shared.models.base import Model
from shared.models.mailbox import AfterTaking, Mailbox, MailboxSecurity, account_name
from shared.models.time import Timestamp
from shared.models.work import Problem

_TEXT = "^[^\\x00-\\x1f\\x7f]+$"  # what has lines would be commands of its own
_TLS_PORT = 993
_NULLABLE = frozenset({"move_to", "authserv_id"})


def _host(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    found = domain_of(text)
    if not found:
        raise ValueError("must be the name or address of a server")
    return found


def _secret(text: SecretStr) -> SecretStr:
    plain = text.get_secret_value()
    if not plain or len(plain) > 1024 or any(ord(it) < 32 or ord(it) == 127 for it in plain):  # noqa: PLR2004 - ASCII's control characters
        raise ValueError("must be 1 to 1024 characters without control characters")
    return text


Host = Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_host)]
Port = Annotated[int, Field(ge=1, le=65535)]
Text = Annotated[str, Field(min_length=1, max_length=255, pattern=_TEXT)]
Password = Annotated[SecretStr, AfterValidator(_secret)]
_AFTER = "what is done to a mail on its server once its document exists"
_AUTHSERV = (
    "the mail server whose `Authentication-Results` are believed, as it names itself there; it "
    "must be the one that receives the mailbox's mail"
)


class TroubledMailView(Model):
    """A mail that could not be taken yet."""

    uid: int
    attempts: int
    due: Timestamp
    problem: Problem


class LeftOutMailView(Model):
    """A mail that was not taken, or whose document exists but that could not be put away."""

    uid: int
    at: Timestamp
    problem: Problem


class MailboxView(Model):
    """A mailbox; its password cannot be shown.

    ``looked`` is when a look last went well, ``due`` when the next one is; ``problem`` is what
    the last one failed with. ``taken`` and ``refused`` count mails; ``left_out`` are the newest.
    """

    id: str
    workspace: str
    host: str
    port: int
    security: MailboxSecurity
    user: str
    folder: str
    after: AfterTaking
    move_to: str | None
    backlog: bool
    senders: SendersView | None
    authserv_id: str | None
    enabled: bool
    looked: Timestamp | None
    due: Timestamp
    problem: Problem | None
    failures: int
    taken: int
    refused: int
    troubled: list[TroubledMailView]
    left_out: list[LeftOutMailView]
    created: Timestamp
    updated: Timestamp
    links: dict[str, str]


class MailboxList(Model):
    """Mailboxes, newest first."""

    mailboxes: list[MailboxView]


class NewMailbox(Model):
    """A mailbox to be; ``workspace`` is an id or a name, absent for the default one."""

    host: Host
    port: Port = _TLS_PORT
    security: MailboxSecurity = Field(
        default=MailboxSecurity.TLS, description="`none` only towards networks of the operator's"
    )
    user: Text
    password: Password
    folder: Text = "INBOX"
    after: AfterTaking = Field(default=AfterTaking.SEEN, description=_AFTER)
    move_to: Text | None = Field(default=None, description="the folder, for `after` `move`")
    backlog: bool = Field(default=False, description="take mail that is there already, too")
    senders: SenderRules | None = Field(default=None, description="null: the workspace's rules")
    authserv_id: Text | None = Field(default=None, description=_AUTHSERV)
    workspace: str | None = None
    enabled: bool = True

    def mailbox(self, organization: str, identity: str, workspace: str, sealed: str) -> Mailbox:
        """The same as a record, with its sealed password."""
        return Mailbox(
            id=identity,
            organization=organization,
            workspace=workspace,
            host=self.host,
            port=self.port,
            security=self.security,
            user=self.user,
            password=sealed,
            folder=self.folder,
            account=account_name(self.host, self.port, self.user, self.folder),
            after=self.after,
            move_to=self.move_to,
            backlog=self.backlog,
            senders=self.senders.stored() if self.senders else None,
            authserv_id=self.authserv_id,
            enabled=self.enabled,
        )


class MailboxChange(Model):
    """What to change; what is absent stays."""

    host: Host | None = None
    port: Port | None = None
    security: MailboxSecurity | None = None
    user: Text | None = None
    password: Password | None = None
    folder: Text | None = None
    after: AfterTaking | None = None
    move_to: Text | None = None
    senders: SenderRules | None = None
    authserv_id: Text | None = None
    enabled: bool | None = None

    def given(self) -> dict[str, object]:
        """What is to be other than it is, without the password."""
        names = self.model_fields_set - {"password", "senders"}
        values = {name: getattr(self, name) for name in names}
        given = {name: it for name, it in values.items() if it is not None or name in _NULLABLE}
        if "senders" in self.model_fields_set:
            given["senders"] = self.senders.stored() if self.senders else None
        return given
