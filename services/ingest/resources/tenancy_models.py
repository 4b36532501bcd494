"""What the native API says of organizations, workspaces, users and keys."""

from pydantic import Field

from services.ingest.resources.policy_models import PolicyChange, PolicyView
from services.ingest.resources.sender_models import SenderRules, SendersView
from services.ingest.workspaces import MAX_MEMBERS
from shared.models.base import Model
from shared.models.tenancy import Licence, LicenceState, Scope, Visibility
from shared.models.time import Timestamp

_NAME = Field(min_length=1, max_length=200)
_REGION = Field(
    default=None,
    pattern="^[A-Z]{2}$",
    description="the country that documents mostly come from, ISO 3166 alpha-2: how dates and "
    "numbers are read that could be meant either way",
)

_VISIBILITY = Field(
    default=Visibility.ORGANIZATION,
    description="`private`: only for the keys of its members, and for keys of no person",
)
_MEMBERS: list[str] = Field(
    default_factory=list, max_length=MAX_MEMBERS, description="ids of users, for a private one"
)


class LicenceView(Model):
    """The right to use the service; no ``until`` means no end."""

    state: LicenceState
    until: Timestamp | None


class OrganizationView(Model):
    """An organization."""

    id: str
    name: str
    licence: LicenceView
    created: Timestamp
    updated: Timestamp
    links: dict[str, str]


class OrganizationList(Model):
    """Organizations, newest first."""

    organizations: list[OrganizationView]


class NewOrganization(Model):
    """An organization to be; without a licence it gets one without end."""

    name: str = _NAME
    licence: Licence = Field(default_factory=Licence)


class OrganizationChange(Model):
    """What to change; what is absent stays."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    licence: Licence | None = None


class WorkspaceView(Model):
    """A workspace."""

    id: str
    name: str
    default: bool
    visibility: Visibility
    members: list[str]
    review_threshold: float
    region: str | None
    policies: PolicyView
    senders: SendersView
    created: Timestamp
    updated: Timestamp
    links: dict[str, str]


class WorkspaceList(Model):
    """Workspaces, newest first."""

    workspaces: list[WorkspaceView]


class NewWorkspace(Model):
    """A workspace to be."""

    name: str = _NAME
    visibility: Visibility = _VISIBILITY
    members: list[str] = _MEMBERS
    review_threshold: float = Field(default=0.8, ge=0, le=1)
    region: str | None = _REGION
    policies: PolicyChange = Field(default_factory=PolicyChange)
    senders: SenderRules = Field(default_factory=SenderRules)


class WorkspaceChange(Model):
    """What to change; what is absent stays."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    visibility: Visibility | None = None
    members: list[str] | None = Field(default=None, max_length=MAX_MEMBERS)
    review_threshold: float | None = Field(default=None, ge=0, le=1)
    region: str | None = _REGION
    policies: PolicyChange | None = None
    senders: SenderRules | None = None


class FormerAddressView(Model):
    """An address that was replaced, and works until then."""

    address: str
    until: Timestamp


class AddressView(Model):
    """A workspace's ingest address: whoever knows it can send documents there.

    ``accepting`` is whether this server takes mail at all, ``receipts`` whether senders are
    told that theirs came in.
    """

    address: str
    accepting: bool
    receipts: bool
    former: list[FormerAddressView]
    links: dict[str, str]


class AddressChange(Model):
    """What to change; what is absent stays."""

    receipts: bool | None = Field(
        default=None, description="tell authenticated senders that their mail came in"
    )


class AddressRotation(Model):
    """How long the present address is to work beside the new one."""

    overlap: int = Field(
        default=0, ge=0, le=30 * 86400, description="seconds; 0: it is void at once"
    )


class UserView(Model):
    """A person."""

    id: str
    name: str
    email: str
    created: Timestamp
    links: dict[str, str]


class UserList(Model):
    """Users, newest first."""

    users: list[UserView]


class NewUser(Model):
    """A user to be."""

    name: str = _NAME
    email: str = Field(min_length=3, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")


class KeyView(Model):
    """A key's record; the key itself cannot be shown again."""

    id: str
    name: str
    last_four: str
    scopes: list[Scope]
    workspaces: list[str] | None
    user: str | None
    created: Timestamp
    expires: Timestamp | None
    revoked: Timestamp | None
    last_used: Timestamp | None
    links: dict[str, str]


class NewKeyView(KeyView):
    """A key's record with the key, this once."""

    key: str


class KeyList(Model):
    """Keys, newest first, with those that are revoked."""

    keys: list[KeyView]


class KeyRequest(Model):
    """A key to be. ``workspaces`` absent means all; ``organization`` is for operators."""

    name: str = _NAME
    scopes: list[Scope] = Field(default=[Scope.READ, Scope.WRITE], min_length=1)
    workspaces: list[str] | None = Field(default=None, min_length=1, max_length=100)
    user: str | None = None
    expires: Timestamp | None = None
    organization: str | None = None
