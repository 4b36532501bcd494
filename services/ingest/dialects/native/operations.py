"""The table of the native API: its routes and its OpenAPI document are made from it."""

from services.ingest.dialects.native.addresses import address_operations
from services.ingest.dialects.native.by_url import (
    HINT,
    LANGUAGE,
    MODES,
    REGION,
    TEXT_LAYERS,
    UrlUpload,
)
from services.ingest.dialects.native.content_operations import content_operations
from services.ingest.dialects.native.dead_letters import dead_letter_operations
from services.ingest.dialects.native.deliveries import delivery_operations
from services.ingest.dialects.native.document_operations import LIST_FILTERS, bulk_operations
from services.ingest.dialects.native.documents import Documents
from services.ingest.dialects.native.exports import export_operations
from services.ingest.dialects.native.extractions import extraction_operations
from services.ingest.dialects.native.keys import key_operations
from services.ingest.dialects.native.mail_notices import mail_notice_operations
from services.ingest.dialects.native.mailboxes import mailbox_operations
from services.ingest.dialects.native.organizations import organization_operations
from services.ingest.dialects.native.personal_files import personal_operations
from services.ingest.dialects.native.queues import queue_operations
from services.ingest.dialects.native.result_queue_operations import result_queue_operations
from services.ingest.dialects.native.review_links import review_link_operations
from services.ingest.dialects.native.review_work_operations import review_work_operations
from services.ingest.dialects.native.reviews import review_operations
from services.ingest.dialects.native.search import search_operations
from services.ingest.dialects.native.splitting import splitting_operations
from services.ingest.dialects.native.subscriptions import subscription_operations
from services.ingest.dialects.native.timelines import timeline_operations
from services.ingest.dialects.native.trainings import training_operations
from services.ingest.dialects.native.type_code import type_code_operations
from services.ingest.dialects.native.types import type_operations
from services.ingest.dialects.native.unsubscribing import unsubscribing_operations
from services.ingest.dialects.native.uploads import Uploads
from services.ingest.dialects.native.users import user_operations
from services.ingest.dialects.native.webhook_actions import webhook_action_operations
from services.ingest.dialects.native.workspaces import workspace_operations
from services.ingest.parts import IngestParts
from services.ingest.resources.document_models import (
    DocumentList,
    DocumentView,
    ReprocessRequest,
    UploadResult,
)
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.extraction import ExtractionMode
from shared.models.read_by import TextLayers
from shared.models.tenancy import Scope


def _field(description: str, **more: object) -> dict[str, object]:
    # The empty default means "not given"; the page at /docs would fill in "string" else.
    return {"type": "string", "description": description, "default": "", **more}


_UPLOAD_FORM = {
    "type": "object",
    "required": ["files"],
    "properties": {
        "files": {
            "type": "array",
            # "format" too, as the page at /docs knows files by it.
            "items": {
                "type": "string",
                "format": "binary",
                "contentMediaType": "application/octet-stream",
            },
            "description": "PDF, PNG, JPEG, TIFF, BMP, GIF, WebP or HEIC; DOCX, XLSX, ODT, ODS, "
            "RTF, HTML or text; DOC and XLS where LibreOffice is; messages (EML, MSG) and ZIP "
            "archives, whose documents are taken out; by content, never by name",
        },
        "workspace": _field("id or name; else the default one"),
        "type": _field("document type; else it is classified"),
        "mode": _field(MODES, enum=list(ExtractionMode), default=ExtractionMode.ADVANCED),
        "wait": _field("true, or seconds: answer when all are done"),
        "priority": _field("of the lane", enum=["normal", "low"], default="normal"),
        "reference": _field("your own id", maxLength=255),
        "metadata": _field("a JSON object, given back as it is"),
        "expires": _field("ISO 8601 time after which it may go"),
        "region": _field(REGION),
        "language": _field(LANGUAGE),
        "text_layers": _field(TEXT_LAYERS, enum=list(TextLayers), default=TextLayers.AUTO),
        "hint": _field(HINT, maxLength=4_000),
    },
}
_ONE = "/documents/{id}"
_GONE = (Code.NOT_FOUND,)
_VIEW = Answer("the document", DocumentView)
_IDEMPOTENCY = Parameter(
    "Idempotency-Key",
    "a repeated call with the same key and files, or URL, makes no second document",
    {"type": "string", "maxLength": 255},
    place="header",
)


def native_operations(parts: IngestParts) -> list[Operation]:
    """The whole native API."""
    return [
        *document_operations(parts),
        *timeline_operations(parts),
        *queue_operations(parts),
        *splitting_operations(parts),
        *review_operations(parts),
        *review_work_operations(parts),
        *review_link_operations(parts),
        *extraction_operations(parts),
        *content_operations(parts),
        *export_operations(parts),
        *search_operations(parts),
        *personal_operations(parts),
        *type_operations(parts),
        *type_code_operations(parts),
        *training_operations(parts),
        *workspace_operations(parts),
        *address_operations(parts),
        *mailbox_operations(parts),
        *mail_notice_operations(parts),
        *unsubscribing_operations(parts),
        *subscription_operations(parts),
        *webhook_action_operations(parts),
        *result_queue_operations(parts),
        *delivery_operations(parts),
        *dead_letter_operations(parts),
        *user_operations(parts),
        *key_operations(parts),
        *organization_operations(parts),
    ]


def document_operations(parts: IngestParts) -> list[Operation]:
    """Documents: take in, look at, change."""
    return [_upload(parts), *bulk_operations(parts), *_looks(parts), *_changes(parts)]


def _upload(parts: IngestParts) -> Operation:
    return Operation(
        method="POST",
        path="/documents",
        handle=Uploads(parts).create,
        name="uploadDocuments",
        summary="Upload files, or have one fetched from a URL",
        tag="documents",
        scope=Scope.WRITE,
        parameters=(_IDEMPOTENCY,),
        body=Body(media_type="multipart/form-data", schema=_UPLOAD_FORM, or_json=UrlUpload),
        answers={
            202: Answer("accepted", UploadResult),
            200: Answer("accepted, and all done within the wait", UploadResult),
        },
        errors=(
            Code.FILE_TOO_LARGE,
            Code.FILE_TYPE_NOT_SUPPORTED,
            Code.UNKNOWN_WORKSPACE,
            Code.IDEMPOTENCY_KEY_REUSED,
            Code.DUPLICATE_DOCUMENT,
            Code.UNAVAILABLE,
            Code.INSUFFICIENT_STORAGE,
            Code.TARGET_BLOCKED,
        ),
    )


def _looks(parts: IngestParts) -> list[Operation]:
    documents = Documents(parts)
    return [
        Operation(
            method="GET",
            path="/documents",
            handle=documents.list,
            name="listDocuments",
            summary="List documents, newest first",
            tag="documents",
            scope=Scope.READ,
            parameters=LIST_FILTERS,
            answers={200: Answer("a page of documents", DocumentList)},
            paged=True,
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=documents.get,
            name="getDocument",
            summary="One document with its fields",
            tag="documents",
            scope=Scope.READ,
            answers={200: _VIEW},
            errors=_GONE,
        ),
    ]


def _changes(parts: IngestParts) -> list[Operation]:
    documents = Documents(parts)
    return [
        Operation(
            method="DELETE",
            path=_ONE,
            handle=documents.delete,
            name="deleteDocument",
            summary="Remove a document, everything made of it, and what it was unpacked to",
            tag="documents",
            scope=Scope.WRITE,
            answers={204: Answer("removed")},
            errors=_GONE,
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/cancel",
            handle=documents.cancel,
            name="cancelDocument",
            summary="Call a document off, and what it was unpacked to",
            tag="documents",
            scope=Scope.WRITE,
            answers={200: _VIEW},
            errors=(*_GONE, Code.CONFLICT),
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/reprocess",
            handle=documents.reprocess,
            name="reprocessDocument",
            summary="Process a document anew, as another type if given",
            tag="documents",
            scope=Scope.WRITE,
            body=Body(ReprocessRequest, required=False),
            answers={202: _VIEW},
            errors=(*_GONE, Code.CONFLICT, Code.UNKNOWN_TYPE),
        ),
    ]
