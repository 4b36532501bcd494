"""Organizations, users, workspaces, and the keys that act for them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from shared.models.addresses import AddressState
from shared.models.base import Record, StoredModel
from shared.models.policies import Policies
from shared.models.senders import Senders
from shared.models.time import Timestamp


class LicenceState(StrEnum):
    """Whether an organization may use the service."""

    NONE = "none"
    VALID = "valid"
    EXPIRED = "expired"


class Licence(StoredModel):
    """The right of an organization to use the service; no ``until`` means no end."""

    granted: bool = True
    until: Timestamp | None = None

    def state(self, now: datetime) -> LicenceState:
        """The state at ``now`` (UTC)."""
        if not self.granted:
            return LicenceState.NONE
        if self.until is not None and self.until <= now:
            return LicenceState.EXPIRED
        return LicenceState.VALID


class Picture(StoredModel):
    """A picture that was uploaded: the key of its file."""

    blob: str
    media_type: str


class Organization(Record):
    """Owns everything. Its ``organization`` field is its own ``id``.

    ``signing_key`` is the key that its webhooks are signed with where a dialect has one for all of
    them, sealed. ``review_tool`` is how the tool for reviews is to look and what it offers.
    """

    name: str
    licence: Licence = Field(default_factory=Licence)
    signing_key: str | None = None
    avatar: Picture | None = None
    review_tool: dict[str, Any] | None = None


class User(Record):
    """A person of an organization."""

    name: str
    email: str


class Visibility(StrEnum):
    """For whom of an organization a workspace is there.

    ``organization``: everybody. ``private``: its members, and keys that belong to no person.
    """

    ORGANIZATION = "organization"
    PRIVATE = "private"


class Workspace(Record):
    """Groups documents, types and rules.

    ``members`` are people's ids; they only matter where its ``visibility`` is private.
    ``review_threshold`` is a confidence 0..1: a required field below it asks for a person.
    ``region`` is the country that its documents mostly come from, ISO 3166 alpha-2.
    ``senders`` says whose mail it takes.
    ``trainings`` names the training to use, by document type. ``address`` is what is stored of
    the address that takes mail for it.
    """

    name: str
    default: bool = False
    visibility: Visibility = Visibility.ORGANIZATION
    members: list[str] = Field(default_factory=list)
    review_threshold: float = 0.8
    region: str | None = None
    trainings: dict[str, str] = Field(default_factory=dict)
    policies: Policies = Field(default_factory=Policies)
    senders: Senders = Field(default_factory=Senders)
    address: AddressState = Field(default_factory=AddressState)


class Scope(StrEnum):
    """What a key may do; ``admin`` includes all of it."""

    READ = "documents:read"
    WRITE = "documents:write"
    ADMIN = "admin"
    OPERATE = "operate"


class ApiKey(Record):
    """A key's record; the key itself is only known to whoever got it.

    ``digest`` is a peppered SHA-256 in hex, ``prefix`` how a generated key begins.
    ``workspaces`` limits the key to some workspaces; ``None`` means all of the organization.
    Scope ``operate`` is for operators: it reaches across organizations on the administration
    routes.
    """

    name: str
    description: str = ""
    digest: str
    prefix: str = ""
    last_four: str
    scopes: list[Scope]
    workspaces: list[str] | None = None
    user: str | None = None
    expires: Timestamp | None = None
    revoked: Timestamp | None = None
    last_used: Timestamp | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked is None and (self.expires is None or self.expires > now)
