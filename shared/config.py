"""The settings tree: environment variables ``DOCSTAGE_*``, or a ``.env`` file.

URLs choose the adapters: ``DOCSTAGE_BROKER_URL`` is ``memory://`` or ``amqp://…``,
``DOCSTAGE_STORE_URL`` is ``sqlite:///path`` or ``mongodb://…/database``,
``DOCSTAGE_BLOBS_URL`` is ``file:///path`` or ``s3://KEY:SECRET@host:port/bucket``
(``s3+http://`` for a server without TLS).
"""

import re
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.models.languages import language_codes
from shared.models.work import StageName

_NAMED_KEY = re.compile(r"[A-Za-z0-9_-]{1,32}:[^,]{32,}")
_PAUSES = re.compile(r"[0-9]{1,7}(,[0-9]{1,7}){0,49}")
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,253}")


class Settings(BaseSettings):
    """Everything an operator can set. Times are seconds, sizes bytes."""

    model_config = SettingsConfigDict(
        env_prefix="DOCSTAGE_",
        env_file=".env",
        extra="ignore",
        hide_input_in_errors=True,  # a URL that is wrong may hold a password
    )

    host: str = "127.0.0.1"
    port: int = 8080
    admin_host: str = "127.0.0.1"
    admin_port: int = Field(default=0, description="0: no admin port (docstage up serves it)")
    public_url: str = Field(default="", description="how others reach us, for links in mail")
    tls_cert: str = Field(
        default="", description="a PEM file, its chain included, for HTTPS; empty: plain HTTP"
    )
    tls_key: str = Field(default="", description="its key's PEM file; empty: in the same file")
    data_dir: Path = Path("data")
    broker_url: str = "memory://"
    store_url: str = Field(default="", description="empty: SQLite in the data folder")
    blobs_url: str = Field(default="", description="empty: a folder in the data folder")
    spool_dir: Path | None = Field(default=None, description="empty: in the data folder")

    bootstrap_key: SecretStr | None = Field(
        default=None, min_length=32, description="becomes the first administration key, verbatim"
    )
    secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="signs cursors and links, peppers keys; equal on all replicas",
    )

    max_file_bytes: int = 100 * 1024 * 1024
    max_files: int = 100
    max_pages: int = 5_000
    rate_per_key: float = Field(
        default=500.0, ge=0, description="calls a second, per process; 0: without limit"
    )
    rate_per_key_burst: int = Field(default=2_000, ge=1, description="calls at once")
    rate_per_organization: float = Field(
        default=1_000.0, ge=0, description="the same for all keys of an organization"
    )
    rate_per_organization_burst: int = Field(default=4_000, ge=1)
    overload_backlog: int = Field(
        default=50_000, ge=0, description="documents waiting to be read; 0: any number"
    )
    overload_spool_bytes: int = Field(
        default=20 * 1024**3, ge=0, description="of uploads under way; 0: any number"
    )
    overload_free_bytes: int = Field(
        default=512 * 1024**2, ge=0, description="to stay free on the spool's disk; 0: nothing"
    )
    overload_memory_bytes: int = Field(
        default=0, ge=0, description="of the gateway; 0: nine tenths of its container's"
    )
    wait_limit: float = 60.0
    upload_timeout: float = 600.0
    fetch_timeout: float = Field(
        default=45.0, gt=0, le=50, description="for a URL's whole file, redirects included"
    )
    fetch_idle_timeout: float = Field(
        default=20.0, gt=0, description="how long a URL's server may be silent"
    )
    lead_time: float = Field(
        default=3600.0, gt=0, description="the SLA moment that the DocDigitizer dialect tells"
    )
    extract_wait_limit: float = Field(
        default=300.0, gt=0, description="how long the Documind dialect waits for an extraction"
    )
    affinda_wait_limit: float = Field(
        default=180.0,
        gt=0,
        le=280,
        description="how long the Affinda dialect waits for a document; its clients wait 300 s",
    )
    daily_credits: int = Field(
        default=0, ge=0, description="Documind's, per organization and day; 0: without end"
    )
    documind_retention_days: int = Field(
        default=30, ge=0, description="how long documents sent through it are kept; 0: for ever"
    )
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
    authserv_ids: str = Field(
        default="",
        description="comma-separated names of those relays, as in their Authentication-Results",
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
    encryption_keys: SecretStr | None = Field(
        default=None,
        description="NAME:KEY, comma-separated, for mailboxes' passwords: the first seals, all "
        "open; empty: made of the secret",
    )
    workers: int = Field(default=0, ge=0, description="child processes; 0: one per core")
    child_memory: int = 4 * 1024**3
    pages_per_part: int = 10
    ocr_engine: str = Field(
        default="auto", description="auto, fast, craft, exact, tesseract or easyocr (an extra)"
    )
    ocr_langs: str = Field(
        default="en,de,fr,es,pt,it,nl", description="languages of documents, best first"
    )
    ocr_model_dir: str = Field(
        default="", description="folder with EasyOCR's weights for more languages, if you have any"
    )
    llm_url: str = Field(
        default="", description="an OpenAI-compatible endpoint, such as http://host:8000/v1"
    )
    llm_model: str = Field(
        default="", validate_default=True, description="the name that the endpoint knows it by"
    )
    llm_api_key: SecretStr | None = None
    llm_timeout: float = Field(default=60.0, gt=0, le=100, description="for one answer")
    llm_concurrency: int = Field(default=4, ge=1, description="questions at a time, per process")
    llm_tokens_per_page: int = Field(default=2_000, ge=100, description="of a page's words")
    llm_tokens: int = Field(default=24_000, ge=100, description="of a document's words")
    llm_answer_tokens: int = Field(default=4_000, ge=100)
    llm_accuracy: float = Field(
        default=0.75, ge=0.5, le=0.98, description="how often its values are right, as measured"
    )
    vlm_url: str = Field(default="", description="the same for a model that sees pages")
    vlm_model: str = Field(default="", validate_default=True)
    vlm_api_key: SecretStr | None = None
    vlm_timeout: float = Field(default=90.0, gt=0, le=100)
    vlm_concurrency: int = Field(default=2, ge=1)
    vlm_accuracy: float = Field(default=0.75, ge=0.5, le=0.98)
    vlm_pages: int = Field(default=6, ge=1, le=50, description="pictures sent of a document")
    allow_private_targets: str = Field(
        default="", description="comma-separated networks that webhooks and fetches may reach"
    )
    deny_targets: str = Field(
        default="", description="comma-separated networks that they may not, though public"
    )
    webhook_schedule: str = Field(
        default="5,300,1800,7200,18000,36000,50400,72000,86400",
        description="seconds between the tries of a webhook, comma-separated; they end after them",
    )
    rabbitmq_management_url: str = Field(
        default="", description="its HTTP API, with a login; empty: the operator makes users"
    )
    public_broker_url: str = Field(
        default="", description="how readers of result queues reach RabbitMQ, without a login"
    )
    otlp_endpoint: str = Field(
        default="", description="where traces go, ending in /v1/traces; empty: nowhere"
    )
    otlp_share: float = Field(default=1.0, ge=0, le=1, description="of traces that begin here")
    log_level: str = "INFO"
    log_format: str = Field(default="auto", pattern="^(auto|json|console)$")

    page_timeout: float = 60.0
    lease_seconds: float = 60.0
    beat_seconds: float = 15.0
    sweep_seconds: float = 5.0
    relay_seconds: float = 0.25
    sweep_grace: float = 120.0
    orphan_seconds: float = Field(
        default=6 * 3600.0, ge=0, description="between two looks for files without records; 0: none"
    )
    orphan_grace: float = Field(
        default=7 * 86400.0, ge=1, description="after which such files are removed"
    )
    max_attempts: int = 3
    transient_hours: float = 24.0
    drain_seconds: float = 30.0

    @field_validator("encryption_keys")
    @classmethod
    def _encryption_keys_have_names(cls, keys: SecretStr | None) -> SecretStr | None:
        for item in filter(None, (keys.get_secret_value() if keys else "").split(",")):
            if not _NAMED_KEY.fullmatch(item.strip()):
                raise ValueError("must be NAME:KEY, with 32 characters or more, comma-separated")
        return keys

    @field_validator("webhook_schedule")
    @classmethod
    def _pauses_are_seconds(cls, listed: str) -> str:
        pauses = listed.replace(" ", "")
        if not _PAUSES.fullmatch(pauses):
            raise ValueError("must be whole seconds, comma-separated, each under 10^7")
        return pauses

    @field_validator("tls_key")
    @classmethod
    def _key_has_a_certificate(cls, key: str, info: ValidationInfo) -> str:
        if key and not info.data.get("tls_cert"):
            raise ValueError("is of no use without DOCSTAGE_TLS_CERT")
        return key

    @field_validator("ocr_langs")
    @classmethod
    def _languages_are_known(cls, listed: str) -> str:
        language_codes(listed)
        return listed

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

    @field_validator("llm_url", "vlm_url")
    @classmethod
    def _endpoint_is_a_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("must be an http or https URL")
        if "@" in parts.netloc:
            raise ValueError("must hold no login: there is a setting for the key")
        return url

    @field_validator("llm_model", "vlm_model")
    @classmethod
    def _endpoint_has_a_model(cls, model: str, info: ValidationInfo) -> str:
        if not model and info.data.get(str(info.field_name).replace("_model", "_url")):
            raise ValueError("must name a model of the endpoint")
        return model

    @property
    def local_url(self) -> str:
        """Where the API listens, for whoever is on this machine."""
        scheme = "https" if self.tls_cert else "http"
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{shown}:{self.port}"

    @property
    def mail_domain(self) -> str:
        """Right of the ``@`` in ingest addresses."""
        return (self.smtp_domain or "localhost").lower()

    @property
    def store(self) -> str:
        """The store's URL, with the embedded default filled in."""
        return self.store_url or f"sqlite:///{self.data_dir.absolute()}/docstage.db"

    @property
    def blobs(self) -> str:
        """The blob store's URL, with the embedded default filled in."""
        return self.blobs_url or f"file://{self.data_dir.absolute()}/blobs"

    @property
    def spool(self) -> Path:
        """Where uploads lie while they are hashed; best on the blob folder's file system."""
        return self.spool_dir or self.data_dir.absolute() / "spool"


JOB_SECONDS: dict[StageName, float] = {
    StageName.FETCH: 60.0,
    StageName.UNPACK: 120.0,
    StageName.OCR: 600.0,
    StageName.EXTRACT: 120.0,
    StageName.NOTIFY: 20.0,
}
"""The longest a job may run; page < job < grace < consumer timeout (a test holds them)."""

GRACE_SECONDS: dict[StageName, float] = {
    StageName.FETCH: 280.0,  # the gateway's: requests under way end first, then its stages
    StageName.UNPACK: 280.0,
    StageName.OCR: 660.0,
    StageName.EXTRACT: 180.0,
    StageName.NOTIFY: 60.0,
}
"""``terminationGracePeriodSeconds`` of each stage's pods."""

CONSUMER_TIMEOUT_SECONDS: dict[StageName, float] = {
    StageName.FETCH: 3600.0,
    StageName.UNPACK: 3600.0,
    StageName.OCR: 3 * 3600.0,
    StageName.EXTRACT: 3600.0,
    StageName.NOTIFY: 3600.0,
}
"""RabbitMQ's ``consumer_timeout``, set by policy on the stage queues."""

PREFETCH: dict[StageName, int] = {
    StageName.FETCH: 16,
    StageName.UNPACK: 2,
    StageName.OCR: 1,
    StageName.EXTRACT: 4,
    StageName.NOTIFY: 16,
}
"""Jobs at a time per worker slot and lane; OCR takes one per child process."""
