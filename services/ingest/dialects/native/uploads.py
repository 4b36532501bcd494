"""``POST /documents``: many files, a result for each; or a URL, a result for that."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from services.ingest.children import until_all_final
from services.ingest.dialects.native.by_url import UrlUpload
from services.ingest.doors.upload import Form, read_form
from services.ingest.duplicates import DuplicateError
from services.ingest.intake import Order
from services.ingest.parts import IngestParts
from services.ingest.resources.document_models import DocumentView, RejectedFile, UploadResult
from services.ingest.resources.document_views import document_view, document_views
from services.ingest.spool import RefusedFile, SpooledFile
from services.ingest.upload_orders import read_order, read_wait
from shared.errors import Code, DocstageError, Permanent, Transient
from shared.http.context import Principal, principal_of
from shared.http.idempotency import idempotency_key
from shared.http.json import json_answer, json_body, media_type
from shared.http.targets import MAX_FETCH_URL, TargetPolicy
from shared.models.document import Document

AT_A_TIME = 8
"""Files of one call that are stored side by side."""

Outcome = Document | RefusedFile


class Uploads:
    """The handler and what it works with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        settings = parts.settings
        self._policy = TargetPolicy(settings.allow_private_targets, settings.deny_targets)

    async def create(self, request: web.Request) -> web.Response:
        """Take files in; 200 when all are final within the wait, else 202."""
        principal = principal_of(request)
        if media_type(request) == "application/json":
            return await self._take_url(request, principal)
        key = idempotency_key(request)
        form = Form()
        try:
            async with _in_time(self._parts.settings.upload_timeout):
                await read_form(request, self._parts.spool, self._parts.settings.max_files, form)
            if not form.files:
                raise Permanent(Code.BAD_REQUEST, "There is no file in the form.")
            wait = read_wait(form.fields.get("wait", ""), self._parts.settings.wait_limit)
            order = await read_order(self._parts, principal, form.fields)
            outcomes = await self._record(principal, form, order, key)
        finally:
            form.discard()
        return await self._answer(principal, outcomes, wait)

    async def _take_url(self, request: web.Request, principal: Principal) -> web.Response:
        key = idempotency_key(request)
        wish = await json_body(request, UrlUpload)
        url, fields = wish.url.strip(), wish.as_fields()
        try:
            self._policy.check_url(url, MAX_FETCH_URL)
        except DocstageError as error:
            self._parts.metrics.rejected("url", error.code.value)
            raise
        wait = read_wait(fields["wait"], self._parts.settings.wait_limit)
        order = await read_order(self._parts, principal, fields)
        file_key = None if key is None else f"0:{key}"
        document = await self._parts.intake.accept_url(principal, url, order, file_key)
        return await self._answer(principal, [document], wait)

    async def _record(
        self, principal: Principal, form: Form, order: Order, key: str | None
    ) -> list[Outcome]:
        room = asyncio.Semaphore(AT_A_TIME)

        async def record(index: int, file: SpooledFile | RefusedFile) -> Outcome:
            if isinstance(file, RefusedFile):
                return file
            file_key = None if key is None else f"{index}:{key}"
            async with room:
                try:
                    return await self._parts.intake.accept(principal, file, order, file_key)
                except DocstageError as error:
                    return RefusedFile(file.name, error)

        return await asyncio.gather(*(record(*it) for it in enumerate(form.files)))

    async def _answer(
        self, principal: Principal, outcomes: list[Outcome], wait: float
    ) -> web.Response:
        documents = [it for it in outcomes if isinstance(it, Document)]
        refused = [it for it in outcomes if isinstance(it, RefusedFile)]
        for file in refused:
            self._parts.metrics.rejected("upload", file.error.code.value)
        if not documents:
            raise refused[0].error
        all_final, views = await self._look(principal, documents, wait)
        rejected = [
            RejectedFile(
                name=it.name,
                code=it.error.code.value,
                detail=it.error.detail,
                duplicate_of=it.error.twin if isinstance(it.error, DuplicateError) else None,
            )
            for it in refused
        ]
        answer = UploadResult(documents=views, rejected=rejected)
        return json_answer(answer, 200 if all_final else 202)

    async def _look(
        self, principal: Principal, documents: list[Document], wait: float
    ) -> tuple[bool, list[DocumentView]]:
        """Whether all are final after the wait, with what they hold; and how they stand.

        They are accepted already: a store that does not answer now must not turn that into
        an error, which would have the caller send everything again.
        """
        try:
            current, all_final = await self._wait(principal, documents, wait)
            views = await document_views(
                self._parts.store, principal.tenant, current, with_children=True
            )
        except Transient:
            all_final = all(it.is_final for it in documents)
            return all_final, [document_view(it, None) for it in documents]
        return all_final, views

    async def _wait(
        self, principal: Principal, documents: list[Document], seconds: float
    ) -> tuple[list[Document], bool]:
        if seconds <= 0:
            return documents, all(it.is_final for it in documents)
        repository = self._parts.documents(principal)
        return await until_all_final(self._parts.watch, repository, documents, seconds)


@contextlib.asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Permanent(Code.BAD_REQUEST, "The upload took too long.") from None
