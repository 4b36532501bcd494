"""The rows of a log of deliveries: as they stand, and what has become of them since."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.ingest.console.integrations.standing import Standing, standings
from services.ingest.resources.delivery_views import delivery_view
from services.ingest.resources.subscription_models import DeliveryView
from services.ingest.resources.subscription_views import subscription_views
from shared.models.delivery import Delivery
from shared.models.work import WorkState
from shared.store.collections import DELIVERIES, RESULT_QUEUES, SUBSCRIPTIONS
from shared.store.port import Position, Query, Store, Tenant

MOST = 50
"""Rows that are asked for anew at a time, and newer ones that are shown at a time."""
WORDS = {
    WorkState.WAITING: ("Waiting", "busy"),
    WorkState.RUNNING: ("Sending", "busy"),
    WorkState.DONE: ("Delivered", "good"),
    WorkState.FAILED: ("Failed", "bad"),
    WorkState.CANCELLED: ("Called off", "calm"),
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Deliveries to be shown below each other.

    ``names`` are those of the receivers, by the ids of their subscriptions; ``None`` where all
    of it is of one receiver. ``standings`` are by the ids of deliveries.
    """

    rows: list[DeliveryView]
    names: dict[str, str] | None
    standings: dict[str, Standing]
    words: dict[WorkState, tuple[str, str]] = field(default_factory=lambda: WORDS)


@dataclass(frozen=True, slots=True)
class Log:
    """A page of a log. The next one is at ``older``, which is empty at its end.

    What becomes of rows that are not over is told at ``follow``.
    """

    page: Rows
    older: str
    follow: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What has become of a log: the rows asked for, newer ones, the newest first, and removed."""

    rows: Rows
    newer: Rows
    gone: list[str]


class DeliveryRows:
    """Reads them; of what a tenant sees alone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def shown(
        self, tenant: Tenant, found: Sequence[Delivery], *, named: bool, also: str = ""
    ) -> Rows:
        """Deliveries as rows, with their receivers' names if ``named``, and that of ``also``."""
        ids = sorted({it.subscription for it in found} | {also} - {""})
        store = self._store
        hooks, queues, now = await asyncio.gather(
            store.of(tenant, SUBSCRIPTIONS).get_many(ids),
            store.of(tenant, RESULT_QUEUES).get_many(ids if named else []),
            store.now(),
        )
        views = {it.id: it for it in await subscription_views(store, hooks)}
        names = {it.id: it.url for it in hooks} | {it.id: f"queue {it.name}" for it in queues}
        rows = [delivery_view(it) for it in found]
        return Rows(rows, names if named else None, standings(found, views, now))

    async def moved(
        self,
        tenant: Tenant,
        ids: Sequence[str],
        newest: str,
        equals: Mapping[str, str],
        *,
        named: bool,
    ) -> Moved:
        """Those of ``ids`` as they stand, and what a list of ``equals`` has above ``newest``."""
        records = self._store.of(tenant, DELIVERIES)
        asked = ids[:MOST]
        found = await records.get_many(asked)
        first = await records.get(newest) if newest else None
        newer: list[Delivery] = []
        if first is not None:
            above = Position(first.created, first.id)
            newer = await records.page(Query(equals, oldest_first=True), above, MOST)
        gone = sorted(set(asked) - {it.id for it in found})
        return Moved(
            await self.shown(tenant, found, named=named),
            await self.shown(tenant, newer[::-1], named=named),
            gone,
        )
