"""Many documents at once: counted, acted on, exported."""

from aiohttp import web

from services.ingest.bulk import MOST, Bulk, Outcome, Result
from services.ingest.dialects.native.bulk_models import (
    BulkOutcome,
    BulkRequest,
    BulkResult,
    DocumentCount,
)
from services.ingest.document_exports import ExportForm
from services.ingest.document_lists import FILTERS, DocumentList, read_list
from services.ingest.document_types import DocumentTypes
from services.ingest.export_downloads import ExportDownloads
from services.ingest.parts import IngestParts
from services.ingest.processing import Processing
from services.ingest.resources.document_views import PREFIX
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.http.cursors import ListScope
from shared.http.filters import given_filters
from shared.http.json import json_answer, json_body

MOST_COUNTED = 10_000


class DocumentBulk:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._types = DocumentTypes(parts.store, parts.types)
        self._downloads = ExportDownloads(parts)
        processing = Processing(parts.store, parts.outbox, self._types)
        self._bulk = Bulk(parts.store, parts.blobs, processing)

    async def count(self, request: web.Request) -> web.Response:
        """How many documents there are, counted so far."""
        principal = principal_of(request)
        wanted = await self._list(principal, given_filters(request, FILTERS))
        if wanted.wanted is not None:
            raise Permanent(Code.BAD_REQUEST, "Documents of a tag are not counted.")
        found = await self._parts.documents(principal).count(wanted.query, MOST_COUNTED + 1)
        return json_answer(
            DocumentCount(count=min(found, MOST_COUNTED), capped=found > MOST_COUNTED)
        )

    async def act(self, request: web.Request) -> web.Response:
        """One action on many documents."""
        principal = principal_of(request)
        wish = await json_body(request, BulkRequest)
        if (wish.ids is None) == (wish.filter is None):
            raise Permanent(Code.BAD_REQUEST, "Give ids, or a filter.")
        ids, cursor = wish.ids or [], None
        if wish.filter is not None:
            ids, cursor = await self._chosen(principal, wish, wish.filter)
        outcomes = await self._bulk.run(principal, wish.action, ids, wish.type)
        return json_answer(_result(outcomes, cursor))

    async def export(self, request: web.Request) -> web.Response:
        """Documents with their fields as one file."""
        principal = principal_of(request)
        form = _form(request.query.get("format", ExportForm.JSON))
        ids = request.query.getall("id", [])
        if len(ids) > MOST:
            raise Permanent(Code.BAD_REQUEST, f"There may be {MOST} ids at most.")
        filters = given_filters(request, FILTERS)
        if ids and filters:
            raise Permanent(Code.BAD_REQUEST, "Give ids, or filters.")
        if ids:
            return await self._downloads.file(principal, form, ids)
        scope = ListScope(request.path, principal.organization, tuple(filters.items()))
        after = self._parts.pager.read(request.query.get("cursorId", ""), scope)
        wanted = await self._list(principal, filters)
        chosen = await self._bulk.choose(principal, wanted, after, MOST)
        answer = await self._downloads.file(principal, form, chosen.ids, filters.get("type"))
        cursor = self._parts.pager.write(chosen.last, scope)
        answer.headers["X-Cursor-ID"] = cursor
        answer.headers["X-More-Results-Available"] = str(chosen.more).lower()
        return answer

    async def _chosen(
        self, principal: Principal, wish: BulkRequest, filters: dict[str, str]
    ) -> tuple[list[str], str | None]:
        unknown = filters.keys() - set(FILTERS)
        if unknown:
            raise Permanent(Code.BAD_REQUEST, f"There is no filter {min(unknown)[:40]!r}.")
        given = tuple((name, it) for name, it in filters.items() if it)
        if not given:
            raise Permanent(Code.BAD_REQUEST, "The filter is empty.")
        scope = ListScope(f"{PREFIX}/documents/bulk", principal.organization, given)
        after = self._parts.pager.read(wish.cursor or "", scope)
        if wish.cursor and after is None:
            raise Permanent(Code.BAD_REQUEST, "The cursor is not one of this filter.")
        wanted = await self._list(principal, dict(given))
        chosen = await self._bulk.choose(principal, wanted, after, wish.limit)
        cursor = self._parts.pager.write(chosen.last, scope) if chosen.more else None
        return chosen.ids, cursor

    async def _list(self, principal: Principal, filters: dict[str, str]) -> DocumentList:
        return await read_list(self._parts.store, principal, filters)


def _form(given: str) -> ExportForm:
    if given not in set(ExportForm):
        raise Permanent(Code.BAD_REQUEST, f"format must be one of {', '.join(ExportForm)}.")
    return ExportForm(given)


def _result(outcomes: list[Outcome], cursor: str | None) -> BulkResult:
    views = [
        BulkOutcome(id=it.id, name=it.name, result=it.result, code=it.code, detail=it.detail)
        for it in outcomes
    ]
    counts = {result: sum(it.result is result for it in outcomes) for result in Result}
    return BulkResult(
        outcomes=views,
        done=counts[Result.DONE],
        unchanged=counts[Result.UNCHANGED],
        failed=counts[Result.FAILED],
        more=cursor is not None,
        cursor=cursor,
    )
