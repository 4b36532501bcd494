"""The page on which files are sent in: by script one by one, without one as a plain form."""

import asyncio
import secrets
from dataclasses import dataclass

from aiohttp import web

from services.ingest.console import csrf
from services.ingest.console.screens import Route, Screen
from services.ingest.console.upload.progress import steps, where
from services.ingest.console.visit import Visit
from services.ingest.console.words import plain
from services.ingest.document_types import DocumentTypes
from services.ingest.doors.upload import Form, read_form
from services.ingest.intake import Order
from services.ingest.names import UNNAMED
from services.ingest.parts import IngestParts
from services.ingest.spool import RefusedFile, SpooledFile
from services.ingest.upload_orders import read_order
from shared.errors import Code, DocstageError, Permanent
from shared.http.load import Load
from shared.http.targets import MAX_FETCH_URL, TargetPolicy
from shared.models.document import Document
from shared.models.tenancy import Scope

CHANNEL = "upload"
_PATH = "/upload"
_MOST_FILES = 100
_PROGRESS = {"steps": steps, "where": where}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file that was sent: a document, or ``detail`` says why not."""

    name: str
    document: Document | None = None
    detail: str = ""


class UploadPage:
    """Takes files and addresses, through the same door as the API."""

    def __init__(self, parts: IngestParts, load: Load) -> None:
        self._parts = parts
        self._load = load
        self._types = DocumentTypes(parts.store, parts.types)
        settings = parts.settings
        self._policy = TargetPolicy(settings.allow_private_targets, settings.deny_targets)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The empty page."""
        return await self._page(visit, [])

    async def take(self, visit: Visit) -> web.StreamResponse:
        """Files of a form; a script gets JSON, a browser the page with what became of them."""
        self._load.check()
        form = Form()
        try:
            async with asyncio.timeout(self._parts.settings.upload_timeout):
                await read_form(
                    visit.request, self._parts.spool, self._parts.settings.max_files, form
                )
            if csrf.HEADER not in visit.request.headers:
                visit.check_token(form.fields.get(csrf.FIELD, ""))
            order = await self._order(visit, form.fields)
            outcomes = await self._accept(visit, form, order)
            url = form.fields.get("url", "").strip()
            if url:
                outcomes.append(await self._fetch(visit, url, order, form.fields.get("once", "")))
        except TimeoutError:
            raise Permanent(Code.BAD_REQUEST, "The upload took too long.") from None
        finally:
            form.discard()
        if "application/json" in visit.request.headers.get("Accept", ""):
            return web.json_response({"outcomes": [_as_json(it) for it in outcomes]})
        if visit.is_swap:
            return visit.fragments(
                "upload/_sent.html", outcomes=outcomes, once=_new_once(), **_PROGRESS
            )
        return await self._page(visit, outcomes)

    async def files(self, visit: Visit) -> web.StreamResponse:
        """How far the documents named by ``id`` have come."""
        wanted = visit.request.query.getall("id", [])[:_MOST_FILES]
        documents = await self._parts.documents(visit.principal).get_many(wanted)
        return visit.fragments("upload/_files.html", documents=documents, **_PROGRESS)

    async def _order(self, visit: Visit, fields: dict[str, str]) -> Order:
        wishes = {name: fields.get(name, "") for name in ("workspace", "type", "reference")}
        wishes["workspace"] = wishes["workspace"] or visit.workspace or ""
        return await read_order(self._parts, visit.principal, wishes)

    async def _accept(self, visit: Visit, form: Form, order: Order) -> list[Outcome]:
        once = form.fields.get("once", "")
        files = [it for it in form.files if not _is_empty_choice(it)]
        return [
            await self._accept_one(visit, file, order, f"console:{index}:{once}" if once else None)
            for index, file in enumerate(files)
        ]

    async def _accept_one(
        self, visit: Visit, file: SpooledFile | RefusedFile, order: Order, key: str | None
    ) -> Outcome:
        if isinstance(file, RefusedFile):
            self._parts.metrics.rejected(CHANNEL, file.error.code.value)
            return Outcome(file.name, detail=plain(file.error))
        try:
            document = await self._parts.intake.accept(visit.principal, file, order, key)
        except DocstageError as error:
            self._parts.metrics.rejected(CHANNEL, error.code.value)
            return Outcome(file.name, detail=plain(error))
        return Outcome(file.name, document)

    async def _fetch(self, visit: Visit, url: str, order: Order, once: str) -> Outcome:
        try:
            self._policy.check_url(url, MAX_FETCH_URL)
            key = f"console:url:{once}" if once else None
            document = await self._parts.intake.accept_url(visit.principal, url, order, key)
        except DocstageError as error:
            self._parts.metrics.rejected("url", error.code.value)
            return Outcome(url, detail=plain(error))
        return Outcome(url, document)

    async def _page(self, visit: Visit, outcomes: list[Outcome]) -> web.Response:
        return await visit.page(
            "upload/page.html",
            outcomes=outcomes,
            types=await self._types.all(visit.principal),
            once=_new_once(),
            max_bytes=self._parts.settings.max_file_bytes,
            **_PROGRESS,
        )


def upload_screen(parts: IngestParts, load: Load) -> Screen:
    """The screen's routes."""
    page = UploadPage(parts, load)
    return Screen(
        "upload",
        [
            Route("GET", _PATH, page.show, Scope.WRITE),
            Route("GET", f"{_PATH}/files", page.files),
            Route("POST", _PATH, page.take, Scope.WRITE, checks_token=True),
        ],
        label="Upload",
        scope=Scope.WRITE,
    )


def _new_once() -> str:
    """By it a form that is sent twice makes no document twice."""
    return secrets.token_urlsafe(12)


def _is_empty_choice(file: SpooledFile | RefusedFile) -> bool:
    """What browsers send of a file input in which nothing was chosen."""
    return (
        isinstance(file, RefusedFile)
        and file.error.code is Code.FILE_EMPTY
        and file.name == UNNAMED
    )


def _as_json(outcome: Outcome) -> dict[str, str]:
    if outcome.document is None:
        return {"name": outcome.name, "error": outcome.detail}
    return {"name": outcome.name, "document": outcome.document.id}
