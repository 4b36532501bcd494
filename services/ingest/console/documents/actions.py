"""What is done to documents from their pages: to one, or to many that were chosen."""

from aiohttp import web

from services.ingest.bulk import MOST, Action, Bulk, Chosen, Outcome, Result
from services.ingest.console.documents.choices import Choices
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Fields, Visit
from services.ingest.document_exports import ExportForm
from services.ingest.document_lists import read_list
from services.ingest.document_types import DocumentTypes
from services.ingest.export_downloads import ExportDownloads
from services.ingest.parts import IngestParts
from services.ingest.processing import Processing
from shared.errors import Code, Permanent
from shared.http.cursors import ListScope
from shared.models.document import Document

LIST = f"{ROOT}/documents"
_DONE = {
    Action.REPROCESS: "Being processed anew",
    Action.RETYPE: "Being processed anew as that type",
    Action.DELETE: "Deleted",
}


class DocumentActions:
    """Does it, with an answer for each document."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._downloads = ExportDownloads(parts)
        processing = Processing(parts.store, parts.outbox, DocumentTypes(parts.store, parts.types))
        self._bulk = Bulk(parts.store, parts.blobs, processing)

    async def act(self, visit: Visit) -> web.StreamResponse:
        """One action on the documents chosen; a script sends some at a time and gets JSON."""
        fields = await visit.fields()
        action = _action(fields.text("action"))
        choices = Choices.of(visit)
        chosen = await self._chosen(visit, choices, fields)
        is_asked = action is Action.DELETE and not fields.has("sure")
        if is_asked and chosen.ids:
            return await self._ask(visit, choices, fields, chosen)
        kind = fields.text("type") if action is Action.RETYPE else None
        if action is Action.RETYPE and not kind:
            raise Permanent(Code.BAD_REQUEST, "Choose a type first.")
        outcomes = await self._bulk.run(visit.principal, action, chosen.ids, kind)
        if "application/json" in visit.request.headers.get("Accept", ""):
            return web.json_response(self._told(visit, choices, outcomes, chosen))
        counts = {it: sum(one.result is it for one in outcomes) for it in Result}
        return await visit.page(
            "documents/report.html",
            outcomes=outcomes,
            counts=counts,
            done=_DONE[action],
            more=chosen.more,
            back=_back(choices),
        )

    async def export(self, visit: Visit) -> web.StreamResponse:
        """The documents chosen as a file."""
        fields = await visit.fields()
        if fields.text("format") not in set(ExportForm):
            raise Permanent(Code.BAD_REQUEST, "There is no such format.")
        choices = Choices.of(visit)
        chosen = await self._chosen(visit, choices, fields)
        if not chosen.ids:
            raise Permanent(Code.BAD_REQUEST, "Choose documents first.")
        form = ExportForm(fields.text("format"))
        return await self._downloads.file(
            visit.principal, form, chosen.ids, choices.given.get("type")
        )

    async def one(self, visit: Visit) -> web.StreamResponse:
        """An action on the document of a page."""
        fields = await visit.fields()
        document = await self._document(visit)
        action = _action(fields.text("action"))
        kind = fields.text("type") if action is Action.RETYPE else None
        (outcome,) = await self._bulk.run(visit.principal, action, [document.id], kind)
        if outcome.result is Result.FAILED:
            raise Permanent(Code(outcome.code or Code.CONFLICT), outcome.detail)
        return visit.go(LIST if action is Action.DELETE else f"{LIST}/{document.id}")

    async def ask(self, visit: Visit) -> web.StreamResponse:
        """Whether a document is really to be deleted."""
        document = await self._document(visit)
        return await visit.page("documents/delete.html", document=document)

    async def _document(self, visit: Visit) -> Document:
        identity = visit.request.match_info["id"]
        document = await self._parts.documents(visit.principal).get(identity)
        if document is None:
            raise Permanent(Code.NOT_FOUND)
        return document

    async def _chosen(self, visit: Visit, choices: Choices, fields: Fields) -> Chosen:
        if not fields.has("all"):
            return Chosen(fields.all("id")[:MOST], more=len(fields.all("id")) > MOST)
        filters = choices.filters
        wanted = await read_list(self._parts.store, visit.principal, filters)
        limit = fields.text("limit")
        most = min(MOST, int(limit)) if limit.isdecimal() and 0 < len(limit) < 5 else MOST  # noqa: PLR2004
        after = self._parts.pager.read(fields.text("cursor"), _scope(visit, choices))
        return await self._bulk.choose(visit.principal, wanted, after, most)

    async def _ask(
        self, visit: Visit, choices: Choices, fields: Fields, chosen: Chosen
    ) -> web.StreamResponse:
        found = await self._parts.documents(visit.principal).get_many(chosen.ids[:20])
        return await visit.page(
            "documents/delete_many.html",
            names=[it.name for it in found],
            ids=[] if fields.has("all") else chosen.ids,
            count=len(chosen.ids),
            more=chosen.more,
            query=choices.query,
            back=_back(choices),
        )

    def _told(
        self, visit: Visit, choices: Choices, outcomes: list[Outcome], chosen: Chosen
    ) -> dict[str, object]:
        cursor = self._parts.pager.write(chosen.last, _scope(visit, choices))
        return {
            "outcomes": [
                {"id": it.id, "name": it.name, "result": it.result, "detail": it.detail}
                for it in outcomes
            ],
            "more": chosen.more,
            "cursor": cursor,
        }


def _scope(visit: Visit, choices: Choices) -> ListScope:
    given = tuple(choices.filters.items())
    return ListScope("console/bulk", visit.principal.organization, given)


def _action(given: str) -> Action:
    if given not in set(Action):
        raise Permanent(Code.BAD_REQUEST, "There is no such action.")
    return Action(given)


def _back(choices: Choices) -> str:
    return f"{LIST}?{choices.query}" if choices.query else LIST
