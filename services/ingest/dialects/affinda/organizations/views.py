"""Telling of organizations."""

from datetime import timedelta

from aiohttp import web

from services.ingest.dialects.affinda.context import V3, AffindaParts
from services.ingest.dialects.affinda.organizations.models import OrganizationView
from shared.http.context import Principal
from shared.http.signing_keys import SigningKeys
from shared.models.tenancy import Organization, Scope
from shared.models.time import utc_now

_LINKS_LAST = timedelta(hours=24)


def organization_view(
    parts: AffindaParts, request: web.Request, principal: Principal, organization: Organization
) -> OrganizationView:
    """The organization, as far as the key may know it."""
    is_admin = Scope.ADMIN in principal.scopes
    return OrganizationView(
        identifier=organization.id,
        name=organization.name,
        user_role="admin" if is_admin else "member",
        avatar=_avatar(parts, request, organization),
        resthook_signature_key=_signing_key(parts, organization) if is_admin else None,
        validation_tool_config=organization.review_tool,
    )


def avatar_path(organization: Organization) -> str:
    """Where its picture is served."""
    return f"{V3}/organizations/{organization.id}/avatar"


def _avatar(parts: AffindaParts, request: web.Request, organization: Organization) -> str | None:
    if organization.avatar is None:
        return None
    link = parts.links.sign(avatar_path(organization), utc_now() + _LINKS_LAST)
    return f"{parts.base_url(request)}{link}"


def _signing_key(parts: AffindaParts, organization: Organization) -> str | None:
    if organization.signing_key is None:
        return None
    try:
        return SigningKeys(parts.secret).open(organization.id, organization.signing_key)
    except ValueError:  # the server's secret was changed
        return None
