"""How the native API shows webhooks."""

from collections.abc import Sequence

from aiohttp import web

from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.subscription_models import (
    SecretSubscriptionView,
    SubscriptionView,
)
from shared.http.json import json_answer
from shared.models.delivery import Subscription
from shared.models.endpoint import Endpoint, endpoint_id
from shared.store.collections import ENDPOINTS
from shared.store.port import Store, Tenant


def secret_answer(subscription: Subscription, status: int = 200) -> web.Response:
    """A webhook with its secret, this once."""
    view = SecretSubscriptionView(**_values(subscription, None), secret=subscription.secret)
    return json_answer(view, status)


async def subscription_views(
    store: Store, subscriptions: Sequence[Subscription]
) -> list[SubscriptionView]:
    """Webhooks of one organization, and how their endpoints do."""
    if not subscriptions:
        return []
    organization = subscriptions[0].organization
    ids = [endpoint_id(organization, it.id) for it in subscriptions]
    found = await store.of(Tenant(organization), ENDPOINTS).get_many(ids)
    known = {it.id: it for it in found}
    pairs = zip(subscriptions, ids, strict=True)
    return [SubscriptionView(**_values(it, known.get(identity))) for it, identity in pairs]


def _values(subscription: Subscription, endpoint: Endpoint | None) -> dict[str, object]:
    own = f"{PREFIX}/subscriptions/{subscription.id}"
    return {
        "id": subscription.id,
        "workspace": subscription.workspace,
        "url": subscription.url,
        "events": subscription.events,
        "types": subscription.types,
        "enabled": subscription.enabled,
        "ordered": subscription.ordered,
        "disabled": subscription.disabled,
        "failing_since": endpoint.failing_since if endpoint else None,
        "resting_until": endpoint.open_until if endpoint else None,
        "former_until": max((it.until for it in subscription.former), default=None),
        "created": subscription.created,
        "updated": subscription.updated,
        "links": {
            "self": own,
            "collection": f"{PREFIX}/subscriptions",
            "deliveries": f"{PREFIX}/deliveries?subscription={subscription.id}",
        },
    }
