"""Trying a draft on a document, at once: what would be found, how surely, and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from services.ingest.console import csrf
from services.ingest.console.screens import Route, of_request
from services.ingest.console.types.checks import schema_of
from services.ingest.console.visit import Visit
from services.ingest.document_files import DocumentFiles
from services.ingest.doors.upload import Form, read_form
from services.ingest.ordered import OrderedExtractions
from services.ingest.parts import IngestParts
from services.ingest.resources.type_models import NewType
from services.ingest.spool import RefusedFile
from services.ingest.stored_pages import StoredPages, parse_page
from services.ingest.trials import Trials
from services.ingest.workspaces import find_workspace
from shared.errors import Code, Permanent
from shared.models.document import Document
from shared.models.extraction import Extraction, Field, Fields
from shared.models.page import Box
from shared.models.schema import Schema
from shared.models.tenancy import Scope
from shared.store.collections import DOCUMENTS, WORKSPACES

_SHOWN_PAGES = 5
_TRIAL_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A value that was found: of a field, or of a cell of row ``row`` (from 1)."""

    name: str
    text: str
    raw: str
    confidence: float | None
    boxes: tuple[Box, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page with the boxes on it; sizes are in points."""

    number: int
    width: float
    height: float
    boxes: tuple[tuple[str, Box], ...]


def found_values(schema: Schema, extraction: Extraction) -> list[FoundValue]:
    """What is found, in the order of the schema; what is not, with an empty text."""
    reasons: dict[str, str] = {}
    for it in extraction.reasons:
        reasons.setdefault(it.field or "", it.detail or it.code)
    values: list[FoundValue] = []
    for spec in schema.fields:
        values += _values_of(spec.name, extraction.fields, reasons.get(spec.name, ""))
    return values


def _values_of(name: str, fields: Fields, reason: str) -> Iterator[FoundValue]:
    value = fields.get(name)
    if isinstance(value, Field):
        yield _found(name, value, reason)
    elif value:
        for number, row in enumerate(value, 1):
            for column, cell in row.items():
                yield _found(f"{name} {number} · {column}", cell, "")
    else:
        yield FoundValue(name, "", "", None, reason=reason)


def _found(name: str, value: Field, reason: str) -> FoundValue:
    return FoundValue(
        name, str(value.value), value.raw, value.confidence, tuple(value.boxes), reason
    )


class Trying:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._pages = StoredPages(parts.blobs)
        orders = OrderedExtractions(parts.store, parts.outbox, parts.watch)
        seconds = min(_TRIAL_SECONDS, parts.settings.extract_wait_limit)
        self.trials = Trials(parts.store, parts.intake, orders, seconds)

    async def recent(self, visit: Visit) -> list[Document]:
        """Documents to choose from."""
        return await self.trials.recent(visit.principal, visit.workspace)

    async def outcome(self, visit: Visit, wish: NewType, identity: str) -> dict[str, object]:
        """What is found of a type on a document: both, for a page to show."""
        document = await self._document(visit, identity)
        schema = schema_of(wish)
        place = await self._parts.store.of(visit.principal.tenant, WORKSPACES).get(
            document.workspace
        )
        threshold = place.review_threshold if place else 0.8
        extraction = await self.trials.run(visit.principal, document, schema, threshold)
        document = await self._document(visit, document.id)
        values = found_values(schema, extraction)
        pages = await self._shown(document, values)
        return {"document": document, "values": values, "pages": pages}

    async def take(self, visit: Visit) -> web.StreamResponse:
        """A file to try on; it is chosen at once."""
        document = await self.sample(visit, await self.form(visit))
        recent = await self.recent(visit)
        return visit.fragments(
            "types/_documents.html", recent=[document, *recent], chosen=document, at_once=True
        )

    async def form(self, visit: Visit) -> Form:
        """The form with a file that was sent, and its token checked; who calls discards it."""
        form = Form()
        try:
            await read_form(visit.request, self._parts.spool, 1, form)
            if csrf.HEADER not in visit.request.headers:
                visit.check_token(form.fields.get(csrf.FIELD, ""))
        except BaseException:
            form.discard()
            raise
        return form

    async def sample(self, visit: Visit, form: Form) -> Document:
        """The document of a form: that of its file, or the one chosen; the form is discarded."""
        try:
            file = form.files[0] if form.files else None
            if file is None or (isinstance(file, RefusedFile) and _is_no_file(file)):
                return await self._document(visit, form.fields.get("document", ""))
            if isinstance(file, RefusedFile):
                raise file.error
            workspace = await find_workspace(
                self._parts.store, visit.principal, visit.workspace or ""
            )
            return await self.trials.take(visit.principal, file, workspace)
        finally:
            form.discard()

    async def _document(self, visit: Visit, identity: str) -> Document:
        if not identity:
            raise Permanent(Code.BAD_REQUEST, "Choose a document, or a file.")
        found = await self._parts.store.of(visit.principal.tenant, DOCUMENTS).get(identity)
        if found is None:
            raise Permanent(Code.NOT_FOUND)
        return found

    async def _shown(self, document: Document, values: list[FoundValue]) -> list[ShownPage]:
        boxes = [(it.name, box) for it in values for box in it.boxes]
        numbers = sorted({box.page for _, box in boxes} or {0})[:_SHOWN_PAGES]
        return [await self._page(document, it, boxes) for it in numbers]

    async def _page(
        self, document: Document, number: int, boxes: list[tuple[str, Box]]
    ) -> ShownPage:
        page = parse_page(await self._pages.one(document, number))
        here = tuple(it for it in boxes if it[1].page == number)
        return ShownPage(number, page.width, page.height, here)


def trying_routes(parts: IngestParts, trying: Trying) -> list[Route]:
    """The file of a try, and its pictures."""
    pictures = of_request(DocumentFiles(parts).preview)
    return [
        Route("POST", "/types/samples", trying.take, Scope.ADMIN, checks_token=True),
        Route("GET", "/types/pictures/{id}/{number}", pictures, Scope.READ),
    ]


def _is_no_file(file: RefusedFile) -> bool:
    """What browsers send of a file input in which nothing was chosen."""
    return file.error.code is Code.FILE_EMPTY
