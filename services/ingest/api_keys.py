"""API keys: made (told once) and revoked, for whoever administers an organization.

Nobody hands out more than they hold: neither scopes nor workspaces. Operators may name
another organization; to others it does not exist.
"""

from services.ingest.changes import change
from services.ingest.reach import require_whole_organization
from services.ingest.tenants import KeyRights, issue_key
from shared.errors import Code, Permanent
from shared.http.auth import Authenticator
from shared.http.context import Principal
from shared.http.keys import generate_key
from shared.models.tenancy import ApiKey, Scope
from shared.models.time import utc_now
from shared.store.collections import API_KEYS, ORGANIZATIONS, USERS, WORKSPACES
from shared.store.port import Repository, Store, Tenant


class ApiKeys:
    """Makes and revokes keys."""

    def __init__(self, store: Store, authenticator: Authenticator, secret: bytes) -> None:
        self._store = store
        self._authenticator = authenticator
        self._secret = secret

    async def of(self, principal: Principal, organization: str = "") -> Repository[ApiKey]:
        """The keys of an organization: one's own, or another for operators.

        Raises ``Permanent``: NOT_ENOUGH_PERMISSIONS for who is limited to workspaces, NOT_FOUND.
        """
        return self._store.of(await self._tenant(principal, organization), API_KEYS)

    async def issue(
        self, principal: Principal, rights: KeyRights, organization: str = ""
    ) -> tuple[ApiKey, str]:
        """A new key's record and the key, which nobody can be told again.

        Raises ``Permanent``: those of ``of``, NOT_ENOUGH_PERMISSIONS for more than one holds,
        UNKNOWN_WORKSPACE, INCOHERENT_DATA for an unknown user, BAD_REQUEST for a past end.
        """
        tenant = await self._tenant(principal, organization)
        if not set(rights.scopes) <= grantable(principal) or not _may_grant(principal, rights):
            raise Permanent(Code.NOT_ENOUGH_PERMISSIONS)
        await self._check(tenant, rights)
        new = generate_key(self._secret)
        return await issue_key(self._store, tenant.organization, new, rights), new.key

    async def revoke(self, principal: Principal, identity: str, organization: str = "") -> None:
        """Revoke a key, for good; raises as ``of`` does."""

        def step(key: ApiKey) -> ApiKey:
            return key if key.revoked else key.copy_with(revoked=utc_now())

        stored = await change(await self.of(principal, organization), identity, step)
        self._authenticator.forget(stored.digest)

    async def _tenant(self, principal: Principal, organization: str) -> Tenant:
        require_whole_organization(principal)
        if organization in {"", principal.organization}:
            return principal.tenant
        if Scope.OPERATE not in principal.scopes:
            raise Permanent(Code.NOT_FOUND)
        if await self._store.across(ORGANIZATIONS).get(organization) is None:
            raise Permanent(Code.NOT_FOUND)
        return Tenant(organization)

    async def _check(self, tenant: Tenant, rights: KeyRights) -> None:
        wanted = set(rights.workspaces or ())
        found = await self._store.of(tenant, WORKSPACES).get_many(sorted(wanted))
        if len(found) != len(wanted):
            raise Permanent(Code.UNKNOWN_WORKSPACE)
        if rights.user is not None:
            user = await self._store.of(tenant, USERS).get(rights.user)
            if user is None:
                raise Permanent(Code.INCOHERENT_DATA, "There is no such user.")
        if rights.expires is not None and rights.expires <= utc_now():
            raise Permanent(Code.BAD_REQUEST, "expires must be in the future.")


def grantable(principal: Principal) -> set[Scope]:
    """What a key that is made on a principal's behalf may be allowed."""
    everything = set(Scope) - {Scope.OPERATE}
    return everything | ({Scope.OPERATE} & principal.scopes)


def _may_grant(principal: Principal, rights: KeyRights) -> bool:
    """Who does not see every workspace hands out keys to nobody else: they might see more."""
    return not principal.tenant.hidden or rights.user == principal.user
