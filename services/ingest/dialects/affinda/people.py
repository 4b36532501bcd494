"""Users as this dialect tells of them; a key that belongs to nobody counts as a user too."""

from collections.abc import Iterable

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.numbers import Kind
from services.ingest.dialects.affinda.wire import WireModel
from shared.store.collections import API_KEYS, USERS
from shared.store.port import Tenant


class UserView(WireModel):
    """Somebody of an organization."""

    id: int
    name: str
    username: str
    email: str
    avatar: str | None = None


async def people_of(
    parts: AffindaParts, organization: str, ids: Iterable[str | None]
) -> dict[str, UserView]:
    """Users and keys of an organization by their ids; those that are gone have no name."""
    wanted = list(dict.fromkeys(it for it in ids if it))
    if not wanted:
        return {}
    tenant = Tenant(organization)
    users = {it.id: it for it in await parts.store.of(tenant, USERS).get_many(wanted)}
    others = [it for it in wanted if it not in users]
    keys = {it.id: it for it in await parts.store.of(tenant, API_KEYS).get_many(others)}
    numbers = await parts.numbers.of_many(organization, Kind.USER, wanted)
    views: dict[str, UserView] = {}
    for identity in wanted:
        user, key = users.get(identity), keys.get(identity)
        name = user.name if user else key.name if key else ""
        email = user.email if user else ""
        views[identity] = UserView(
            id=numbers[identity], name=name, username=email or name, email=email
        )
    return views
