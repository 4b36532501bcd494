"""The redacted PDF of a document, and the photo of a person on it."""

from aiohttp import web

from services.ingest.parts import IngestParts, document_of
from services.ingest.personal import HeadShots, Redacted
from services.ingest.stored_pages import require_read
from shared.errors import Code, Permanent
from shared.http.files import send_bytes, send_file
from shared.http.operations import Answer, Operation
from shared.models.tenancy import Scope
from shared.stages.on_demand import PATIENCE, OnDemand

_ONE = "/documents/{id}"


class PersonalFiles:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        on_demand = OnDemand(parts.blobs, parts.broker, min(PATIENCE, parts.settings.wait_limit))
        self._redacted = Redacted(parts.store, parts.blobs, on_demand)
        self._head_shots = HeadShots(parts.blobs, on_demand)

    async def redacted(self, request: web.Request) -> web.StreamResponse:
        """The document as a PDF without what is personal; it may take a moment to be made."""
        document = await document_of(self._parts, request)
        require_read(document)
        file = await self._redacted.get(document)
        chunks = self._parts.blobs.stream(file.key)
        # Not under the document's name, which is often the person's.
        return await send_file(request, chunks, file.size, "application/pdf", "redacted.pdf")

    async def head_shot(self, request: web.Request) -> web.Response:
        """The photo of the person, as JPEG; it may take a moment to be cut out."""
        document = await document_of(self._parts, request)
        require_read(document)
        photo = await self._head_shots.get(document)
        if photo is None:
            raise Permanent(Code.NOT_FOUND, "There is no photo of a person on the document.")
        return send_bytes(photo, "image/jpeg")


def personal_operations(parts: IngestParts) -> list[Operation]:
    """The operations."""
    files = PersonalFiles(parts)
    return [
        Operation(
            method="GET",
            path=f"{_ONE}/redacted.pdf",
            handle=files.redacted,
            name="getRedactedPdf",
            summary="The document as a PDF without what says who somebody is",
            tag="content",
            scope=Scope.READ,
            answers={200: Answer("the file", media_type="application/pdf")},
            errors=(
                Code.NOT_FOUND,
                Code.NOT_READY,
                Code.ARTIFACT_FAILED,
                Code.ARTIFACT_PENDING,
            ),
        ),
        Operation(
            method="GET",
            path=f"{_ONE}/head-shot",
            handle=files.head_shot,
            name="getHeadShot",
            summary="The photo of a person on the document",
            tag="content",
            scope=Scope.READ,
            answers={200: Answer("the photo", media_type="image/jpeg")},
            errors=(Code.NOT_FOUND, Code.ARTIFACT_PENDING),
        ),
    ]
