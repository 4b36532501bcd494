"""Searches as data. Each list names its index and is bounded on both sides of a position.

A page never skips: behind a position it asks for ``created`` at or before it (which bounds
the index) and, among equal ones, for smaller ids.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from shared.models.base import Record
from shared.models.time import to_milliseconds
from shared.models.work import StageName
from shared.search.terms import Search
from shared.store.mongo.driver import Bson, Find, Sort
from shared.store.mongo.layout import NEWEST_FIRST, OLDEST_FIRST, Layout
from shared.store.mongo.searching import BY_WORD, conditions, leads
from shared.store.port import Position, Query
from shared.store.scope import Scope
from shared.store.standings import Place
from shared.store.wanted import check

R = TypeVar("R", bound=Record)

_POINTER = ("organization", "schedule")


def one(scope: Scope, record_id: str, *, rev: int | None = None) -> Bson:
    """Matches a record, if it is in scope (and at ``rev``)."""
    return _both({"_id": record_id} | ({} if rev is None else {"rev": rev}), _visible(scope))


def many(scope: Scope, record_ids: Sequence[str]) -> Find:
    """Records by id."""
    return Find(_both({"_id": {"$in": list(record_ids)}}, _visible(scope)))


def to_index(
    layout: Layout[R], scope: Scope, record_id: str, unless: tuple[str, str] | None
) -> Bson:
    """Matches a record whose words are to be noted; ``ValueError`` where there is no search."""
    if not layout.collection.searched:
        raise ValueError(f"{layout.name} is not searched by words")
    if unless is None:
        return one(scope, record_id)
    name, value = unless
    if name not in layout.collection.filters:
        raise ValueError(f"{layout.name} has no filter {name}")
    return {"$and": [one(scope, record_id), {f"filters.{name}": {"$ne": value}}]}


def by_unique(layout: Layout[R], scope: Scope, field: str, value: str) -> Find:
    """The record with a value of a unique field; raises ``ValueError`` for another field."""
    everywhere = layout.collection.unique_everywhere
    allowed = everywhere if scope.organization is None else (*layout.collection.unique, *everywhere)
    if field not in allowed:
        raise ValueError(f"{layout.name}.{field} is not unique here")
    wanted = _both({f"unique.{field}": value}, _visible(scope))
    return Find(wanted, limit=1, hint=f"one_{field}")


def listed(
    layout: Layout[R], scope: Scope, query: Query, after: Position | None, limit: int
) -> Find:
    """A list in its order; raises ``ValueError`` for an unknown filter."""
    check(layout.collection, query)
    filters = list(layout.collection.filters)
    narrowest = max(query.equals, key=filters.index, default=None)
    if narrowest is None and scope.only_workspace is not None and "workspace" in filters:
        narrowest = "workspace"
    wanted = _both(
        {f"filters.{name}": value for name, value in query.equals.items()}, _visible(scope)
    )
    for name in {**query.at_least, **query.below}:
        wanted[f"measures.{name}"] = _span(query, name)
    created = _created(query, after)
    if created:
        wanted["created"] = created
    if after is not None:
        behind = "$gt" if query.oldest_first else "$lt"
        wanted["$or"] = [
            {"created": {behind: after.created}},
            {"created": after.created, "_id": {behind: after.id}},
        ]
    order: Sort = OLDEST_FIRST if query.oldest_first else NEWEST_FIRST
    if query.order_by is not None:
        order = ((f"filters.{query.order_by}", 1 if query.oldest_first else -1), *order)
    hint = f"by_{narrowest}" if narrowest else "newest"
    if query.search:
        wanted = {"$and": [wanted, *conditions(query.search)]}
        hint = BY_WORD if leads(query.search) else hint
    return Find(wanted, order, limit, hint if scope.organization is not None else "all")


def begun(scope: Scope, search: Search, limit: int) -> Find:
    """What words that begin so lead to, for a search in which no word is whole."""
    wanted = {"$and": [_visible(scope), *conditions(search)]}
    return Find(wanted, limit=limit, hint=BY_WORD if scope.organization is not None else "all")


def due(now: datetime, limit: int) -> Find:
    """What has an outbox entry to carry out, the longest due first."""
    return _waiting("due", "schedule.outbox_due", {"$lte": now}, limit)


def idle(stage: StageName, before: datetime, limit: int) -> Find:
    """What nobody has been working on, the longest idle first."""
    find = _waiting("idle", "schedule.idle_since", {"$lt": _up(before)}, limit)
    find.filter["schedule.stage"] = stage.value
    return find


def unannounced(before: datetime, limit: int) -> Find:
    """What notify has not taken over, the oldest first."""
    return _waiting("unannounced", "schedule.unannounced_since", {"$lt": _up(before)}, limit)


def unindexed(before: datetime, limit: int) -> Find:
    """What searches do not know, the longest so first."""
    return _waiting("unindexed", "schedule.unindexed_since", {"$lt": _up(before)}, limit)


def expired(now: datetime, limit: int) -> Find:
    """What is to go, the longest over first."""
    return _waiting("expired", "schedule.expires", {"$lte": now}, limit)


def standing(scope: Scope, place: Place, before: datetime | None, limit: int) -> Find:
    """What stands at a place, since before a moment."""
    wanted: Bson = {"standing.place": str(place)}
    if before is not None:
        wanted["standing.since"] = {"$lt": _up(before)}
    return Find(_both(wanted, _visible(scope)), limit=limit, hint=_line_of(scope))


def end_of_line(scope: Scope, place: Place, *, last: bool) -> Find:
    """The first one at a place, or the last one."""
    order = (("standing.since", -1 if last else 1),)
    wanted = _both({"standing.place": str(place)}, _visible(scope))
    return Find(wanted, order, 1, _line_of(scope), ("standing",))


def first_in_line(place: Place, limit: int) -> Find:
    """Those that have stood there for the longest."""
    order = (("standing.since", 1),)
    fields = ("organization", "standing")
    return Find({"standing.place": str(place)}, order, limit, "standing", fields)


def passed(way: str, limit: int) -> Find:
    """Those that passed in a way, the newest first."""
    order = (("standing.passed_at", -1),)
    fields = ("organization", "standing")
    return Find({"standing.passed": way}, order, limit, "passed", fields)


def passed_since(scope: Scope, way: str, after: datetime, limit: int) -> Find:
    """Those that passed in a way since a moment."""
    wanted: Bson = {"standing.passed": way, "standing.passed_at": {"$gt": after}}
    return Find(_both(wanted, _visible(scope)), limit=limit, hint="passed")


def _line_of(scope: Scope) -> str:
    return "standing" if scope.organization is None else "own_standing"


def _waiting(index: str, field: str, condition: Bson, limit: int) -> Find:
    return Find({field: condition}, ((field, 1),), limit, index, _POINTER)


def _span(query: Query, name: str) -> Bson:
    bounds: Bson = {}
    if name in query.at_least:
        bounds["$gte"] = query.at_least[name]
    if name in query.below:
        bounds["$lt"] = query.below[name]
    return bounds


def _created(query: Query, after: Position | None) -> Bson:
    bounds: Bson = {}
    if query.created_after is not None:
        bounds["$gt"] = query.created_after
    if query.created_before is not None:
        bounds["$lt"] = _up(query.created_before)
    if after is not None:
        bounds["$gte" if query.oldest_first else "$lte"] = after.created
    return bounds


def _up(moment: datetime) -> datetime:
    """``moment`` rounded up to milliseconds, for BSON would round it down."""
    floor = to_milliseconds(moment)
    return floor if floor == moment else floor + timedelta(milliseconds=1)


def _visible(scope: Scope) -> Bson:
    visible: Bson = {}
    if scope.organization is not None:
        visible["organization"] = scope.organization
    field = "_id" if scope.field == "id" else f"filters.{scope.field}"
    if scope.workspaces is not None:
        one_only = scope.only_workspace
        visible[field] = one_only if one_only is not None else {"$in": sorted(scope.workspaces)}
    if scope.hidden:
        visible[field] = {"$nin": [None, *sorted(scope.hidden)]}
    return visible


def _both(wanted: Bson, visible: Bson) -> Bson:
    """Both conditions; kept flat, for reading and for the planner, where they can be."""
    if wanted.keys() & visible.keys():
        return {"$and": [wanted, visible]}
    return visible | wanted
