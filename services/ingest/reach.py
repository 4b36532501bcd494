"""How far a principal's key reaches within its organization."""

from shared.errors import Code, Permanent
from shared.http.context import Principal


def require_whole_organization(principal: Principal) -> None:
    """Refuse keys that are limited to some workspaces.

    Raises ``Permanent(NOT_ENOUGH_PERMISSIONS)``.
    """
    if principal.tenant.workspaces is not None:
        raise Permanent(Code.NOT_ENOUGH_PERMISSIONS)
