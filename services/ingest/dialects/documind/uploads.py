"""``POST /upload``: files become documents, all of them or none."""

import asyncio
from datetime import timedelta

from aiohttp import BodyPartReader, web

from services.ingest.dialects.documind.context import (
    CHANNEL,
    MAX_FILES,
    MAX_UPLOAD_BYTES,
    DocumindParts,
)
from services.ingest.dialects.documind.models import DocumentIds
from services.ingest.doors.upload import Form, read_form
from services.ingest.intake import Order
from services.ingest.spool import RefusedFile, SpooledFile
from services.ingest.usage import Used
from services.ingest.workspaces import find_workspace
from shared.errors import Code, DocstageError, Permanent
from shared.http.context import Principal, principal_of
from shared.http.json import json_answer
from shared.models.time import utc_now

MEDIA_TYPES = (
    "application/pdf",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/bmp",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)
_NAMES = "pdf, jpg, jpeg, png, tif, tiff, bmp, docx"


class Uploads:
    """The handler and what it works with."""

    def __init__(self, parts: DocumindParts) -> None:
        self._parts = parts

    async def upload(self, request: web.Request) -> web.Response:
        """Take the files in; the answer is the bare list of their ids, in their order."""
        principal, form = principal_of(request), Form()
        try:
            await self._read(request, form)
            files = _all_sound(form)
            ids = await self._accept(principal, files)
        except DocstageError as error:
            self._parts.metrics.rejected(CHANNEL, error.code.value)
            raise
        finally:
            form.discard()
        used = Used(api_calls=1, taken_bytes=sum(it.size for it in files))
        await self._parts.ledger.add(principal.organization, used)
        return json_answer(DocumentIds(ids))

    async def _read(self, request: web.Request, form: Form) -> None:
        if (request.content_length or 0) > MAX_UPLOAD_BYTES:
            raise _too_much()

        def check(_: BodyPartReader) -> None:
            if sum(it.size for it in form.files if isinstance(it, SpooledFile)) > MAX_UPLOAD_BYTES:
                raise _too_much()

        try:
            async with asyncio.timeout(self._parts.upload_seconds):
                await read_form(request, self._parts.spool, MAX_FILES, form, check)
        except TimeoutError:
            raise Permanent(Code.BAD_REQUEST, "The upload took too long.") from None

    async def _accept(self, principal: Principal, files: list[SpooledFile]) -> list[str]:
        workspace = await find_workspace(self._parts.store, principal)
        days = self._parts.retention_days
        expires = utc_now() + timedelta(days=days) if days else None
        order = Order(
            workspace=workspace.id,
            policies=workspace.policies,
            expires=expires,
            on_request=True,
            keeps_found=True,
        )
        intake = self._parts.intake
        return [(await intake.accept(principal, it, order, channel=CHANNEL)).id for it in files]


def _all_sound(form: Form) -> list[SpooledFile]:
    """The files; raises what is wrong with the first that cannot be taken."""
    if not form.files:
        raise Permanent(Code.BAD_REQUEST, "No files were sent: the form has no part 'files'.")
    files: list[SpooledFile] = []
    for file in form.files:
        if isinstance(file, RefusedFile):
            raise _refused(file.name, file.error)
        if file.media_type not in MEDIA_TYPES:
            raise _not_supported(file.name)
        files.append(file)
    return files


def _refused(name: str, error: DocstageError) -> DocstageError:
    if error.code is Code.TOO_MANY_FILES:
        return Permanent(error.code, f"At most {MAX_FILES} files are taken in one call.")
    if error.code is Code.FILE_TYPE_NOT_SUPPORTED:
        return _not_supported(name)
    return type(error)(error.code, f"{name}: {error.detail}", retry_after=error.retry_after)


def _not_supported(name: str) -> Permanent:
    return Permanent(Code.FILE_TYPE_NOT_SUPPORTED, f"{name}: supported formats are {_NAMES}.")


def _too_much() -> Permanent:
    limit = MAX_UPLOAD_BYTES // 1024**2
    return Permanent(Code.FILE_TOO_LARGE, f"At most {limit} MB are taken in one call.")
