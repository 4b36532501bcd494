"""Founding organizations and handing out keys."""

import contextlib
from dataclasses import dataclass

from shared.errors import Code, Permanent
from shared.http.keys import NewKey, key_prefix, known_key
from shared.models.ids import derived_id, new_id
from shared.models.tenancy import ApiKey, Licence, Organization, Scope, Workspace
from shared.models.time import Timestamp
from shared.store.collections import API_KEYS, ORGANIZATIONS, WORKSPACES
from shared.store.port import AlreadyExistsError, Store, Tenant

FIRST_ORGANIZATION = "default"


@dataclass(frozen=True, slots=True)
class KeyRights:
    """What a key is for and may do; see ``ApiKey``."""

    name: str
    scopes: tuple[Scope, ...]
    workspaces: tuple[str, ...] | None = None
    user: str | None = None
    expires: Timestamp | None = None
    description: str = ""


def default_workspace_id(organization: str) -> str:
    """The id of the workspace for uploads that name none."""
    return derived_id("default-workspace", organization)


async def found_organization(
    store: Store, name: str, licence: Licence, organization_id: str | None = None
) -> Organization:
    """Make an organization with its default workspace.

    Raises ``Permanent(CONFLICT)`` when the name is taken.
    """
    identity = organization_id or new_id()
    organization = Organization(id=identity, organization=identity, name=name, licence=licence)
    try:
        await store.of(Tenant(identity), ORGANIZATIONS).insert(organization)
    except AlreadyExistsError:
        raise Permanent(Code.CONFLICT, "An organization of that name exists.") from None
    await ensure_default_workspace(store, identity)
    return organization


async def ensure_default_workspace(store: Store, organization: str) -> None:
    """Make the default workspace, unless it is there."""
    workspace = Workspace(
        id=default_workspace_id(organization),
        organization=organization,
        name="default",
        default=True,
    )
    try:
        await store.of(Tenant(organization), WORKSPACES).insert(workspace)
    except AlreadyExistsError:
        return


async def issue_key(store: Store, organization: str, key: NewKey, rights: KeyRights) -> ApiKey:
    """Store a key's record; raises ``AlreadyExistsError`` for a key that is in use."""
    record = ApiKey(
        organization=organization,
        name=rights.name,
        description=rights.description,
        digest=key.digest,
        prefix=key_prefix(key.key),
        last_four=key.last_four,
        scopes=list(rights.scopes),
        workspaces=None if rights.workspaces is None else list(rights.workspaces),
        user=rights.user,
        expires=rights.expires,
    )
    await store.of(Tenant(organization), API_KEYS).insert(record)
    return record


async def bootstrap(store: Store, secret: bytes, key: str) -> str:
    """Make sure that ``key`` administers the first organization, whose id is returned.

    It may also operate the others. Doing it again, on any replica, changes nothing. Raises
    ``ValueError`` for a bad key.
    """
    new = known_key(secret, key)
    identity = derived_id("organization", FIRST_ORGANIZATION)
    with contextlib.suppress(Permanent):
        await found_organization(store, FIRST_ORGANIZATION, Licence(), identity)
    await ensure_default_workspace(store, identity)
    rights = KeyRights("bootstrap", (Scope.ADMIN, Scope.OPERATE))
    with contextlib.suppress(AlreadyExistsError):
        await issue_key(store, identity, new, rights)
    return identity
