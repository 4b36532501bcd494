"""How many documents came in, by the month."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from aiohttp import web

from services.ingest.dialects.affinda.context import (
    IDENTIFIER,
    AffindaParts,
    check_organization,
    named_workspace,
    workspace_of,
)
from services.ingest.dialects.affinda.types.book import type_book
from services.ingest.dialects.affinda.types.identifiers import name_of
from services.ingest.dialects.affinda.wire import WireModel, answer
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.models.time import utc_now
from shared.store.port import Query

MOST_COUNTED = 10_000_000
MAX_MONTHS = 120
_MONTHS = 12
_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-\d{2})?")
_TICK = timedelta(milliseconds=1)
Month = tuple[int, int]


class UsageView(WireModel):
    """A month, such as ``2026-01``, and how many documents came in then."""

    month: str
    count: int


class UsageHandlers:
    """Counts the documents that are there; those removed are counted no more."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts

    async def all(self, request: web.Request) -> web.Response:
        """Of an organization, or of a workspace or document type of it."""
        principal, filters = principal_of(request), dict[str, str]()
        if organization := request.query.get("organization", "").strip():
            check_organization(principal, organization)
        if workspace := request.query.get("workspace", "").strip():
            named = await named_workspace(self._parts, principal, workspace, "workspace")
            filters["workspace"] = named.id
        if kind := request.query.get("document_type", "").strip():
            filters["type"] = name_of(kind)
        return await self._counted(request, principal, filters)

    async def of_workspace(self, request: web.Request) -> web.Response:
        """Of a workspace."""
        workspace = await workspace_of(self._parts, request)
        return await self._counted(request, principal_of(request), {"workspace": workspace.id})

    async def of_collection(self, request: web.Request) -> web.Response:
        """Of a document type."""
        principal = principal_of(request)
        book = await type_book(self._parts.types, principal)
        name = book.find(request.match_info[IDENTIFIER]).schema.name
        return await self._counted(request, principal, {"type": name})

    async def _counted(
        self, request: web.Request, principal: Principal, filters: dict[str, str]
    ) -> web.Response:
        documents, views = self._parts.documents(principal), []
        for month in _asked(request, utc_now()):
            span = Query(
                filters,
                created_after=_begin(month) - _TICK,
                created_before=_begin(_next(month)),
            )
            count = await documents.count(span, MOST_COUNTED)
            views.append(UsageView(month=_text(month), count=count))
        return answer(list(views))


def _asked(request: web.Request, now: datetime) -> Iterator[Month]:
    """The months asked for, the earliest first; else the last twelve."""
    last = _month(request, "end") or (now.year, now.month)
    first = _month(request, "start") or _back(last, _MONTHS - 1)
    if _index(last) - _index(first) >= MAX_MONTHS:
        detail = f"At most {MAX_MONTHS} months are counted at a time."
        raise Permanent(Code.BAD_REQUEST, detail, field="start")
    return (_back(last, number) for number in range(_index(last) - _index(first), -1, -1))


def _month(request: web.Request, name: str) -> Month | None:
    text = request.query.get(name, "").strip()
    if not text:
        return None
    found = _MONTH.fullmatch(text)
    year, month = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= month <= 12 or not 1970 <= year <= 9000:  # noqa: PLR2004 - months and years
        raise Permanent(Code.BAD_REQUEST, "Must be a month such as 2026-01.", field=name)
    return year, month


def _index(month: Month) -> int:
    return month[0] * 12 + month[1] - 1


def _back(month: Month, count: int) -> Month:
    year, number = divmod(_index(month) - count, 12)
    return year, number + 1


def _next(month: Month) -> Month:
    return _back(month, -1)


def _begin(month: Month) -> datetime:
    return datetime(*month, 1, tzinfo=UTC)


def _text(month: Month) -> str:
    return f"{month[0]:04}-{month[1]:02}"
