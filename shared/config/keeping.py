"""Where records, files and messages are kept, and the secrets that they are kept with."""

import re
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, field_validator

_NAMED_KEY = re.compile(r"[A-Za-z0-9_-]{1,32}:[^,]{32,}")


class KeepingSettings(BaseModel):
    """A part of ``Settings``: times are seconds, sizes bytes."""

    data_dir: Path = Path("data")
    broker_url: str = "memory://"
    store_url: str = Field(default="", description="empty: SQLite in the data folder")
    blobs_url: str = Field(default="", description="empty: a folder in the data folder")
    spool_dir: Path | None = Field(default=None, description="empty: in the data folder")
    rabbitmq_management_url: str = Field(
        default="", description="its HTTP API, with a login; empty: the operator makes users"
    )
    public_broker_url: str = Field(
        default="", description="how readers of result queues reach RabbitMQ, without a login"
    )
    bootstrap_key: SecretStr | None = Field(
        default=None, min_length=32, description="becomes the first administration key, verbatim"
    )
    secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="signs cursors and links, peppers keys; equal on all replicas",
    )
    encryption_keys: SecretStr | None = Field(
        default=None,
        description="NAME:KEY, comma-separated, for mailboxes' passwords: the first seals, all "
        "open; empty: made of the secret",
    )

    @field_validator("encryption_keys")
    @classmethod
    def _encryption_keys_have_names(cls, keys: SecretStr | None) -> SecretStr | None:
        for item in filter(None, (keys.get_secret_value() if keys else "").split(",")):
            if not _NAMED_KEY.fullmatch(item.strip()):
                raise ValueError("must be NAME:KEY, with 32 characters or more, comma-separated")
        return keys

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
