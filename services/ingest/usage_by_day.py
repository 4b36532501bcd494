"""How many documents and pages came in, by day and workspace, of those that are still here."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.models.document import Document
from shared.store.collections import DOCUMENTS
from shared.store.port import Position, Query, Store, Tenant

MOST = 5_000
"""Documents that are looked at; of more, the newest."""
_PAGE = 250


@dataclass(frozen=True, slots=True)
class Use:
    """What came in."""

    documents: int = 0
    pages: int = 0

    def __add__(self, other: "Use") -> "Use":
        return Use(self.documents + other.documents, self.pages + other.pages)


@dataclass(frozen=True, slots=True)
class UsageByDay:
    """By day (UTC, the newest first, days without anything too) and workspace id.

    ``complete`` is false where there were more documents than are looked at.
    """

    days: dict[date, dict[str, Use]]
    complete: bool

    def of_day(self, day: date) -> Use:
        """All workspaces together."""
        return sum(self.days[day].values(), Use())

    def of_workspace(self, workspace: str) -> Use:
        """All days together."""
        return sum((it.get(workspace, Use()) for it in self.days.values()), Use())


async def usage_by_day(
    store: Store, tenant: Tenant, workspace: str | None, days: int
) -> UsageByDay:
    """The last ``days`` days, today included, as the tenant sees them."""
    now = await store.now()
    first = (now - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    equals = {"workspace": workspace} if workspace else {}
    query = Query(equals, created_after=first - timedelta(milliseconds=1))
    records, found, after = store.of(tenant, DOCUMENTS), list[Document](), None
    while len(found) < MOST and (rows := await records.page(query, after, _PAGE)):
        found += rows
        after = Position(rows[-1].created, rows[-1].id)
    return counted(found, now, days, complete=len(found) < MOST)


def counted(
    documents: Iterable[Document], now: datetime, days: int, *, complete: bool
) -> UsageByDay:
    """Documents laid out by day and workspace."""
    used: dict[date, dict[str, Use]] = {
        (now - timedelta(days=it)).date(): defaultdict(Use) for it in range(days)
    }
    for it in documents:
        place = used.get(it.created.date())
        if place is not None:
            place[it.workspace] += Use(1, it.pages or 0)
    return UsageByDay({day: dict(it) for day, it in used.items()}, complete)
