"""What middlewares know of a request and hand to its handler."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from shared.errors import Code, DocstageError

if TYPE_CHECKING:
    from shared.models.tenancy import Scope
    from shared.store.port import Tenant


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: the key, what it may do, and on whose behalf the store is used."""

    key: str
    tenant: "Tenant"
    scopes: "frozenset[Scope]"
    user: str | None = None

    @property
    def organization(self) -> str:
        """The id of the key's organization."""
        return self.tenant.organization

    @property
    def actor(self) -> str:
        """Who is told of as having done something: the person, or a key that has none."""
        return self.user or self.key

    def sees_workspace(self, workspace: str) -> bool:
        """Whether the key reaches a workspace of its organization."""
        return self.tenant.sees(workspace)


REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", Principal)
ROUTE: web.RequestKey[str] = web.RequestKey("route", str)


def principal_of(request: web.Request) -> Principal:
    """The principal that authentication put on the request.

    Raises ``DocstageError(WRONG_AUTH)`` on a route without authentication.
    """
    if PRINCIPAL not in request:
        raise DocstageError(Code.WRONG_AUTH)
    return request[PRINCIPAL]
