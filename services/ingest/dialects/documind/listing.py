"""Lists of this dialect: so many after so many, with the whole number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from services.ingest.dialects.documind.context import CHANNEL
from services.ingest.dialects.documind.models import Status
from services.ingest.dialects.documind.views import STATUS
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.http.filters import TIME_FILTERS, given_filters, moment
from shared.store.port import Query

DEFAULT_LIMIT = MAX_LIMIT = 100
MOST_COUNTED = 1_000_000
MOST_SKIPPED = 1_000_000_000
FILTERS = (
    "document_id",
    "status",
    "needs_review",
    "is_reviewed",
    "original_filename",
    "organization_id",
    "sort_by",
    "sort_order",
)
ORDERS = {
    "created_at": None,
    "updated_at": "updated",
    "status": "state",
    "original_filename": "name",
}
DIRECTIONS = ("desc", "asc")
TRUTH = ("true", "false")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of which list; ``query`` is ``None`` where nothing can be in it."""

    query: Query | None
    skip: int
    limit: int


def asked_part(request: web.Request) -> Asked:
    """Where in a list, without filters; raises ``Permanent(BAD_REQUEST)``."""
    name = "skip" if "skip" in request.query else "offset"
    skip = _number(request, name, 0, 0, MOST_SKIPPED)
    limit = min(_number(request, "limit", DEFAULT_LIMIT, 1, MOST_SKIPPED), MAX_LIMIT)
    return Asked(Query(), skip, limit)


def asked_extractions(request: web.Request, principal: Principal) -> Asked:
    """Which extractions; raises ``Permanent(BAD_REQUEST)`` for values that cannot be."""
    filters = given_filters(request, (*FILTERS, *TIME_FILTERS))
    query = Query(
        _equals(filters),
        created_after=moment(filters, "created_after"),
        created_before=moment(filters, "created_before"),
        oldest_first=_one_of(filters, "sort_order", DIRECTIONS) == "asc",
        order_by=ORDERS[_one_of(filters, "sort_by", ORDERS) or "created_at"],
    )
    elsewhere = filters.get("organization_id", principal.organization) != principal.organization
    return replace(asked_part(request), query=None if elsewhere else query)


def pending_reviews(request: web.Request) -> Asked:
    """The extractions that wait for a person, those that wait longest first."""
    equals = {"ordered": CHANNEL, "doubtful": "true", "reviewed": "false"}
    return replace(asked_part(request), query=Query(equals, oldest_first=True))


def _equals(filters: Mapping[str, str]) -> dict[str, str]:
    equals = {"ordered": CHANNEL}
    if status := _one_of(filters, "status", list(Status)):
        equals["state"] = next(state.value for state, told in STATUS.items() if told == status)
    for name, ours in (("needs_review", "doubtful"), ("is_reviewed", "reviewed")):
        if value := _one_of(filters, name, TRUTH):
            equals[ours] = value
    for name, ours in (("original_filename", "name"), ("document_id", "document")):
        if name in filters:
            equals[ours] = filters[name]
    return equals


def _one_of(filters: Mapping[str, str], name: str, allowed: Iterable[str]) -> str | None:
    value = filters.get(name)
    if value is not None and name in {"needs_review", "is_reviewed"}:
        value = value.lower()  # Python clients write True
    if value is not None and value not in allowed:
        raise Permanent(Code.BAD_REQUEST, f"{name} must be one of {', '.join(allowed)}.")
    return value


def _number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    given = request.query.getall(name, [])
    if not given:
        return default
    text = given[-1]
    sound = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not sound or not least <= int(text) <= most:
        raise Permanent(Code.BAD_REQUEST, f"{name} must be a whole number from {least} on.")
    return int(text)
