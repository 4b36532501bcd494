"""Care for what documents are found by."""

from aiohttp import web
from pydantic import Field

from services.ingest.parts import IngestParts
from services.ingest.search_rebuild import SearchRebuild
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.cursors import ListScope
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.models.base import Model
from shared.models.tenancy import Scope
from shared.stages.context import Runtime
from shared.stages.indexing import Indexing

MOST = 200
_PATH = "/search/rebuild"


class RebuildRequest(Model):
    """How many documents to index anew in this call."""

    limit: int = Field(default=50, ge=1, le=MOST)
    cursor: str | None = Field(default=None, description="of the answer before, to go on")


class RebuildResult(Model):
    """What was done; ``passed`` are still being processed, and are indexed as they are done."""

    indexed: int
    passed: int
    more: bool = Field(description="whether there are documents behind these")
    cursor: str | None


class SearchCalls:
    """The handler and what it works with."""

    def __init__(self, parts: IngestParts) -> None:
        self._pager = parts.pager
        indexing = Indexing(Runtime(parts.store, parts.broker), parts.blobs)
        self._rebuild = SearchRebuild(parts.store, indexing)

    async def rebuild(self, request: web.Request) -> web.Response:
        """Index the newest documents behind the cursor."""
        principal = principal_of(request)
        wish = await json_body(request, RebuildRequest)
        scope = ListScope(_PATH, principal.organization)
        after = self._pager.read(wish.cursor or "", scope)
        if wish.cursor and after is None:
            raise Permanent(Code.BAD_REQUEST, "The cursor is not one of this call.")
        done = await self._rebuild.run(principal, after, wish.limit)
        cursor = self._pager.write(done.last, scope) if done.more else None
        result = RebuildResult(
            indexed=done.indexed, passed=done.passed, more=done.more, cursor=cursor
        )
        return json_answer(result)


def search_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    return [
        Operation(
            method="POST",
            path=_PATH,
            handle=SearchCalls(parts).rebuild,
            name="rebuildSearch",
            summary=f"Index up to {MOST} documents anew",
            tag="documents",
            scope=Scope.ADMIN,
            body=Body(RebuildRequest),
            answers={200: Answer("how many were", RebuildResult)},
        ),
    ]
