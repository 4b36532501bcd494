"""The list of documents: newest first, page by page, with its filters in the address."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web

from services.ingest.console.documents.choices import REVIEW_WORDS, STATES, SURE, Choices
from services.ingest.console.documents.rows import SOURCES, DocumentRow, document_row
from services.ingest.console.visit import Visit
from services.ingest.document_lists import DocumentList, read_list
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts
from services.ingest.tags import Tags
from shared.errors import Code, DocstageError
from shared.http.cursors import ListScope
from shared.models.document import Document
from shared.store.port import Position

PAGE = 50
MOST_SHOWN = 1_000
"""Rows that are put under each other; more make a browser slow."""
MOST_COUNTED = 10_000
_SCANS = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list, and what leads to the next."""

    rows: list[DocumentRow] = field(default_factory=list)
    cursor: str = ""
    shown: int = 0
    trouble: str = ""

    @property
    def is_long(self) -> bool:
        """Whether the next page is better a page of its own."""
        return self.shown >= MOST_SHOWN


class DocumentListing:
    """Shows it."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._types = DocumentTypes(parts.store, parts.types)
        self._tags = Tags(parts.store)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The page; for a script what has changed of it."""
        choices = Choices.of(visit)
        listed = await self._listed(visit, choices)
        context = {"listed": listed, "choices": choices, "has_any": True}
        if visit.is_swap and visit.query("cursor"):
            return visit.fragments("documents/_older.html", **context)
        if not listed.rows and not choices.given:
            context["has_any"] = False
        context["count"] = await self._count(visit, choices, listed)
        context["types"] = await self._types.all(visit.principal)
        if visit.is_swap:
            return visit.fragments("documents/_found.html", **context)
        tags = await self._tags.all(visit.principal, visit.workspace)
        return await visit.page(
            "documents/list.html",
            **context,
            states=STATES,
            sources=SOURCES,
            reviews=REVIEW_WORDS,
            sure={name: words for name, (words, _) in SURE.items()},
            tags=sorted({it.name for it in tags}),
        )

    async def rows(self, visit: Visit) -> web.StreamResponse:
        """Rows that have changed, by their ids; those of documents that are gone go."""
        ids = list(dict.fromkeys(visit.request.query.getall("id", [])))[:100]
        found = await self._parts.documents(visit.principal).get_many(ids) if ids else []
        there = {it.id for it in found}
        return visit.fragments(
            "documents/_rows.html",
            rows=await self._rows(visit, found),
            gone=[it for it in ids if it not in there],
        )

    async def _listed(self, visit: Visit, choices: Choices) -> Listed:
        try:
            filters = choices.filters
            wanted = await read_list(self._parts.store, visit.principal, filters)
        except DocstageError as error:
            if error.code is not Code.BAD_REQUEST:
                raise
            return Listed(trouble=error.detail)
        scope = ListScope("console", visit.principal.organization, tuple(filters.items()))
        after = self._parts.pager.read(visit.query("cursor"), scope)
        found, last, more = await self._page(visit, wanted, after)
        before = int(given) if (given := visit.query("shown")).isdecimal() and len(given) < 6 else 0  # noqa: PLR2004
        return Listed(
            rows=await self._rows(visit, found),
            cursor=self._parts.pager.write(last, scope) if more else "",
            shown=(before if after else 0) + len(found),
        )

    async def _page(
        self, visit: Visit, wanted: DocumentList, after: Position | None
    ) -> tuple[list[Document], Position | None, bool]:
        """Documents, the last position looked at, and whether there is more behind it."""
        documents = self._parts.documents(visit.principal)
        found: list[Document] = []
        for _ in range(_SCANS):
            rows = await documents.page(wanted.query, after, PAGE + 1)
            for row in rows[:PAGE]:
                if wanted.wanted is None or wanted.wanted(row):
                    if len(found) == PAGE:
                        return found, after, True
                    found.append(row)
                after = Position(row.created, row.id)
            if len(rows) <= PAGE:
                return found, after, False
            if len(found) == PAGE:
                return found, after, True
        return found, after, True

    async def _rows(self, visit: Visit, found: Sequence[Document]) -> list[DocumentRow]:
        types = await self._types.all(visit.principal)
        return [document_row(it, types) for it in found]

    async def _count(self, visit: Visit, choices: Choices, listed: Listed) -> str:
        """How many there are, in words."""
        if listed.trouble or "tag" in choices.given:
            return ""
        if not listed.cursor:
            return f"{len(listed.rows):,}"
        wanted = await read_list(self._parts.store, visit.principal, choices.filters)
        documents = self._parts.documents(visit.principal)
        count = await documents.count(wanted.query, MOST_COUNTED + 1)
        return f"more than {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"
