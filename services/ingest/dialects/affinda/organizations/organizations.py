"""The handlers of organizations."""

from aiohttp import web

from services.ingest.changes import change
from services.ingest.dialects.affinda.context import (
    IDENTIFIER,
    AffindaParts,
    check_organization,
    organization_of,
)
from services.ingest.dialects.affinda.organizations.models import OrganizationView
from services.ingest.dialects.affinda.organizations.views import avatar_path, organization_view
from services.ingest.dialects.affinda.organizations.wishes import OrganizationWish, read_wish
from services.ingest.dialects.affinda.wire import answer
from shared.blobs.keys import avatar_key
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.paths import path_id
from shared.http.signing_keys import SigningKeys
from shared.models.tenancy import Organization, Picture
from shared.models.time import utc_now
from shared.store.collections import ORGANIZATIONS
from shared.store.port import AlreadyExistsError, Tenant


class Organizations:
    """The handlers and what they work with."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """The organization of the key: there is one."""
        principal = principal_of(request)
        own = await organization_of(self._parts, principal)
        return answer([self._view(request, principal, own)])

    async def get(self, request: web.Request) -> web.Response:
        """The organization."""
        principal = _own(request)
        found = await organization_of(self._parts, principal)
        return answer(self._view(request, principal, found))

    async def change(self, request: web.Request) -> web.Response:
        """Rename it, or set its picture, its signing key, or how its review tool looks."""
        principal = _own(request)
        if principal.tenant.workspaces is not None:
            raise Permanent(Code.NOT_ENOUGH_PERMISSIONS)
        wish = await read_wish(request)
        changes = await self._changes(principal, wish)

        def step(organization: Organization) -> Organization:
            return organization.copy_with(**changes) if changes else organization

        organizations = self._parts.store.of(principal.tenant, ORGANIZATIONS)
        try:
            stored = await change(organizations, principal.organization, step)
        except AlreadyExistsError:
            detail = "An organization of that name exists."
            raise Permanent(Code.CONFLICT, detail, field="name") from None
        self._parts.authenticator.forget_all()
        return answer(self._view(request, principal, stored))

    async def avatar(self, request: web.Request) -> web.Response:
        """The picture, for whoever has a link to it."""
        if not self._parts.links.is_good(request.path, request.query, utc_now()):
            raise Permanent(Code.NOT_FOUND)
        identity = path_id(request, IDENTIFIER)
        found = await self._parts.store.of(Tenant(identity), ORGANIZATIONS).get(identity)
        if found is None or found.avatar is None or request.path != avatar_path(found):
            raise Permanent(Code.NOT_FOUND)
        return web.Response(
            body=await self._parts.blobs.get(found.avatar.blob),
            content_type=found.avatar.media_type,
            headers={
                "Cache-Control": "private, max-age=86400",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _changes(self, principal: Principal, wish: OrganizationWish) -> dict[str, object]:
        changes: dict[str, object] = dict(wish.changes)
        if wish.signing_key is not None:
            keys = SigningKeys(self._parts.secret)
            changes["signing_key"] = keys.close(principal.organization, wish.signing_key)
        if wish.avatar is not None:
            key = avatar_key(principal.organization, wish.avatar.sha256)
            await self._parts.blobs.put(key, wish.avatar.content, wish.avatar.media_type)
            changes["avatar"] = Picture(blob=key, media_type=wish.avatar.media_type)
        return changes

    def _view(
        self, request: web.Request, principal: Principal, organization: Organization
    ) -> OrganizationView:
        return organization_view(self._parts, request, principal, organization)


def _own(request: web.Request) -> Principal:
    principal = principal_of(request)
    check_organization(principal, path_id(request, IDENTIFIER))
    return principal
