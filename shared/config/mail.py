"""Mail that comes in by SMTP or is fetched, and mail that goes out."""

import re
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,253}")


class MailSettings(BaseModel):
    """A part of ``Settings``: times are seconds, sizes bytes."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=0, ge=0, le=65535, description="0: no mail is taken by SMTP")
    smtp_domain: str = Field(
        default="", description="right of the @ in ingest addresses; empty: localhost"
    )
    smtp_certificate: str = Field(
        default="", description="a PEM file, its chain included, for STARTTLS; empty: no TLS"
    )
    smtp_key: str = Field(default="", description="its key's PEM file; empty: in the same file")
    smtp_tls: str = Field(
        default="offered", pattern="^(offered|required)$", description="with a certificate"
    )
    smtp_max_bytes: int = Field(default=50 * 1024 * 1024, ge=65536, description="of a message")
    smtp_max_recipients: int = Field(default=100, ge=1, description="of a message")
    smtp_max_sessions: int = Field(default=50, ge=1, description="at a time, per process")
    smtp_max_sessions_per_ip: int = Field(default=10, ge=1)
    smtp_messages_per_minute: int = Field(
        default=600, ge=0, description="for a workspace, per process; 0: any number"
    )
    smtp_idle_timeout: float = Field(default=300.0, gt=0, description="a sender may be silent")
    smtp_session_timeout: float = Field(default=1800.0, gt=0, description="for a whole session")
    smtp_relays: str = Field(
        default="", description="comma-separated networks of your own relays that hand mail on"
    )
    authserv_ids: str = Field(
        default="",
        description="comma-separated names of those relays, as in their Authentication-Results",
    )
    smarthost_url: SecretStr | None = Field(
        default=None, description="your mail server, for receipts: smtp://USER:PASSWORD@HOST:587"
    )
    smarthost_from: str = Field(
        default="", validate_default=True, description="the address that receipts are from"
    )
    mail_url: SecretStr | None = Field(
        default=None,
        description="the mail server for notices: smtp://USER:PASSWORD@HOST:587; empty: the "
        "smarthost",
    )
    mail_from: str = Field(
        default="",
        validate_default=True,
        description="the address that notices are from; empty: that of receipts",
    )
    mail_tls: str = Field(
        default="auto",
        pattern="^(auto|required|off)$",
        description="STARTTLS: where it is offered, always, never; with a password always",
    )
    mail_authorities: str = Field(
        default="", description="a PEM file of those who vouch for the mail server's certificate"
    )
    mail_templates: Path | None = Field(
        default=None, description="a folder with the words of notices, in place of the built-in"
    )
    mail_link: str = Field(
        default="", description="where notices lead, with {id}; empty: its page in the console"
    )
    mail_recipients: str = Field(
        default="", description="comma-separated patterns of who may be told; empty: anybody"
    )
    imap_seconds: float = Field(
        default=30.0, gt=0, description="between two looks into a mailbox; it is looked into anew"
    )
    imap_max_bytes: int = Field(default=50 * 1024 * 1024, ge=1024, description="of a message")
    imap_concurrency: int = Field(
        default=4, ge=0, le=64, description="mailboxes looked into at a time, per process; 0: none"
    )
    imap_timeout: float = Field(
        default=30.0, gt=0, description="how long a mail server may be silent"
    )
    imap_look_timeout: float = Field(default=600.0, gt=0, description="for one look")

    @field_validator("smtp_relays")
    @classmethod
    def _relays_are_networks(cls, listed: str) -> str:
        for it in filter(None, listed.replace(" ", "").split(",")):
            ip_network(it)
        return listed

    @field_validator("smarthost_url", "mail_url")
    @classmethod
    def _smarthost_is_a_url(cls, url: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(url.get_secret_value() if url else "smtp://none")
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("must be smtp://HOST:PORT or smtps://HOST:PORT")
        return url

    @field_validator("smarthost_from")
    @classmethod
    def _smarthost_has_a_sender(cls, sender: str, info: ValidationInfo) -> str:
        if info.data.get("smarthost_url") is not None and "@" not in sender:
            raise ValueError("must be an address, as receipts are from somebody")
        return sender

    @field_validator("mail_from")
    @classmethod
    def _notices_have_a_sender(cls, sender: str, info: ValidationInfo) -> str:
        if sender and not (sender.isascii() and _ADDRESS.fullmatch(sender)):
            raise ValueError("must be an address, such as docs@example.com")
        if info.data.get("mail_url") is not None and not (
            sender or info.data.get("smarthost_from")
        ):
            raise ValueError("must be an address, as notices are from somebody")
        return sender

    @field_validator("mail_link")
    @classmethod
    def _link_is_a_url(cls, link: str) -> str:
        if link and (not link.startswith(("https://", "http://")) or "{id}" not in link):
            raise ValueError("must be a URL with {id} in it")
        return link

    @property
    def mail_domain(self) -> str:
        """Right of the ``@`` in ingest addresses."""
        return (self.smtp_domain or "localhost").lower()
