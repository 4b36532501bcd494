"""The operations on documents."""

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.documents.content import Content
from services.ingest.dialects.affinda.documents.given import Given
from services.ingest.dialects.affinda.documents.handlers import Documents
from services.ingest.dialects.affinda.documents.models import (
    DataWish,
    DocumentPage,
    DocumentUpdate,
    DocumentView,
)
from services.ingest.dialects.affinda.documents.uploads import Uploads
from services.ingest.dialects.affinda.documents.views import Views
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_TRUTH = {"type": "boolean"}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_TIME = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_FORM = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "url": {"type": "string", "format": "uri"},
        "workspace": _TEXT,
        "documentType": _TEXT,
        "collection": _TEXT,
        "wait": {"type": "boolean", "default": True},
        "customIdentifier": _TEXT,
        "identifier": _TEXT,
        "fileName": _TEXT,
        "expiryTime": _TIME,
        "language": _TEXT,
        "rejectDuplicates": _TRUTH,
        "regionBias": {"type": "string", "contentMediaType": "application/json"},
        "lowPriority": _TRUTH,
        "compact": _TRUTH,
        "deleteAfterParse": _TRUTH,
        "enableValidationTool": _TRUTH,
        "useOcr": _TRUTH,
        "llmHint": _TEXT,
        "limitToExamples": _TEXTS,
        "warningMessages": {"type": "string", "contentMediaType": "application/json"},
    },
}
_SHAPE = (Parameter("snake_case", "keys in snake case", _TRUTH),)
_COMPACT = (Parameter("compact", "plain values in `data`", _TRUTH), *_SHAPE)
_STATES = ["uploaded", "review", "validated", "archived", "rejected"]
_LIST = (
    Parameter("offset", "how many to leave out", {"type": "integer", "minimum": 0}),
    Parameter("limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": 100}),
    Parameter("workspace", "only of this workspace"),
    Parameter("collection", "only of this document type"),
    Parameter("state", "only these", {"type": "string", "enum": _STATES}),
    Parameter("tags", "only with one of these", {"type": "array", "items": {"type": "integer"}}),
    Parameter("created_dt", "`today`, `yesterday`, `week`, `month` or `year`"),
    Parameter("search", "part of the file's name, or of the custom identifier"),
    Parameter("ordering", "`file_name`, `created_dt`, …; `-` before it for descending", _TEXTS),
    Parameter("include_data", "with `data`", _TRUTH),
    Parameter("exclude", "not these documents", _TEXTS),
    Parameter("in_review", "those that wait for a person, or the others", _TRUTH),
    Parameter("failed", "those nothing came of, or the others", _TRUTH),
    Parameter("ready", "those that are done, or the others", _TRUTH),
    Parameter("validatable", "those that a person can look over, or the others", _TRUTH),
    Parameter("has_challenges", "those that need a person, or the others", _TRUTH),
    Parameter("custom_identifier", "only with this one"),
    Parameter("count", "`false`: the whole number may be left out", _TRUTH),
    *_COMPACT,
)
_GONE = (Code.NOT_FOUND,)


def document_operations(parts: AffindaParts) -> list[Operation]:
    """All of them."""
    views = Views(parts)
    return [*_making(parts, views), *_keeping(parts, views), *_linked(parts)]


def _making(parts: AffindaParts, views: Views) -> list[Operation]:
    given = Given(parts, views)
    return [
        Operation(
            method="POST",
            path="/documents",
            handle=Uploads(parts, views).create,
            name="createDocument",
            summary="Send a file, or the URL of one",
            tag="documents",
            scope=Scope.WRITE,
            parameters=_SHAPE,
            body=Body(media_type="multipart/form-data", schema=_FORM),
            answers={
                200: Answer("the document, done", DocumentView),
                201: Answer("the document, not done yet", DocumentView),
            },
            errors=(Code.NOT_FOUND, Code.FILE_TOO_LARGE, Code.IDEMPOTENCY_KEY_REUSED),
        ),
        Operation(
            method="POST",
            path="/documents/create_from_data",
            handle=given.create,
            name="createDocumentFromData",
            summary="Make a document of a résumé's or a job description's data",
            tag="documents",
            scope=Scope.WRITE,
            parameters=_SHAPE,
            body=Body(DataWish),
            answers={201: Answer("the document", DocumentView)},
            errors=_GONE,
        ),
        Operation(
            method="POST",
            path="/documents/{identifier}/update_data",
            handle=given.update,
            name="updateDocumentData",
            summary="Put data in place of what was found on a résumé or a job description",
            tag="documents",
            scope=Scope.WRITE,
            parameters=_SHAPE,
            body=Body(schema={"type": "object"}),
            answers={200: Answer("the document", DocumentView)},
            errors=_GONE,
        ),
    ]


def _keeping(parts: AffindaParts, views: Views) -> list[Operation]:
    documents = Documents(parts, views)
    return [
        Operation(
            method="GET",
            path="/documents",
            handle=documents.list,
            name="getAllDocuments",
            summary="List documents",
            tag="documents",
            scope=Scope.READ,
            parameters=_LIST,
            answers={200: Answer("some of the documents", DocumentPage)},
        ),
        Operation(
            method="GET",
            path="/documents/{identifier}",
            handle=documents.get,
            name="getDocument",
            summary="One document",
            tag="documents",
            scope=Scope.READ,
            parameters=(Parameter("format", "`json`"), *_COMPACT),
            answers={200: Answer("the document", DocumentView)},
            errors=_GONE,
        ),
        Operation(
            method="PATCH",
            path="/documents/{identifier}",
            handle=documents.update,
            name="updateDocument",
            summary="Confirm, reject, archive, rename or move a document, or change its type",
            tag="documents",
            scope=Scope.WRITE,
            parameters=_COMPACT,
            body=Body(DocumentUpdate),
            answers={200: Answer("the document", DocumentView)},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
        Operation(
            method="DELETE",
            path="/documents/{identifier}",
            handle=documents.delete,
            name="deleteDocument",
            summary="Remove a document and everything made of it",
            tag="documents",
            scope=Scope.WRITE,
            answers={204: Answer("it is gone")},
            errors=_GONE,
        ),
    ]


def _linked(parts: AffindaParts) -> list[Operation]:
    """Where signed links lead to; and the one file that is had with a key."""
    content = Content(parts)
    own = "/documents/{identifier}/content"
    return [
        Operation(
            method="GET",
            path="/documents/{identifier}/redacted",
            handle=content.redacted,
            name="getRedactedDocument",
            summary="The document as a PDF without what says who somebody is",
            tag="documents",
            scope=Scope.READ,
            answers={200: Answer("the PDF", media_type="application/pdf")},
            errors=(
                Code.NOT_FOUND,
                Code.NOT_READY,
                Code.ARTIFACT_FAILED,
                Code.ARTIFACT_PENDING,
            ),
        ),
        Operation(
            method="GET",
            path=f"{own}/file",
            handle=content.file,
            name="getLinkedFile",
            summary="The file as it came in; `file` of a document is a signed link to it",
            tag="content",
            scope=None,
            answers={200: Answer("the file", media_type="application/octet-stream")},
            errors=_GONE,
        ),
        Operation(
            method="GET",
            path=f"{own}/pdf",
            handle=content.pdf,
            name="getLinkedPdf",
            summary="The document as PDF; `pdf` of a document is a signed link to it",
            tag="content",
            scope=None,
            answers={200: Answer("the PDF", media_type="application/pdf")},
            errors=_GONE,
        ),
        Operation(
            method="GET",
            path=f"{own}/pages/{{number}}",
            handle=content.page,
            name="getLinkedPage",
            summary="The picture of a page; `image` of a page is a signed link to it",
            tag="content",
            scope=None,
            answers={200: Answer("the picture", media_type="image/webp")},
            errors=_GONE,
        ),
    ]
