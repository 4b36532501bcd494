"""The table of this dialect: its routes and its OpenAPI document are made from it."""

from typing import get_args

from aiohttp import web

from services.ingest.dialects.docdigitizer.callbacks import TAG_HEADER
from services.ingest.dialects.docdigitizer.context import DocDigitizerParts
from services.ingest.dialects.docdigitizer.documents import FORMATS, Documents
from services.ingest.dialects.docdigitizer.models import (
    Accepted,
    AnnotationsAnswer,
    AnnotationStatus,
    AssetList,
    Created,
    DocumentAnswer,
    DocumentList,
    ReviewList,
    ReviewRequest,
    TaskAnswer,
    TaskList,
    TaskStatus,
)
from services.ingest.dialects.docdigitizer.reviews import DocumentReviews
from services.ingest.dialects.docdigitizer.uploads import Uploads
from shared.errors import Code, Permanent
from shared.http.operations import Answer, Body, Handle, Method, Operation, Parameter
from shared.models.tenancy import Scope

_UPLOAD_FORM = {
    "type": "object",
    "required": ["files"],
    "properties": {
        "files": {
            "type": "string",
            "format": "binary",
            "contentMediaType": "application/octet-stream",
            "description": "PDF, JPEG, PNG or TIFF up to 25 MiB; only the first file is taken",
        },
        "callback_url": {"type": "string", "description": "called as the document moves on"},
        "callback_method": {"type": "string", "enum": ["GET", "POST"], "default": "GET"},
    },
    "patternProperties": {
        r"^callback_headers\[.+\]$": {"type": "string", "description": "sent along with POST"}
    },
}
_ONE = "/documents/{id}"
_GONE = (Code.NOT_FOUND,)
_TIME = {"type": "string", "format": "date-time"}
_TIMES = (
    Parameter("created_after", "later than this time", _TIME),
    Parameter("created_before", "earlier than this time", _TIME),
)
_FILTERS = (
    Parameter("status", "only these", {"type": "string", "enum": list(AnnotationStatus)}),
    Parameter("class", "only this document class"),
    Parameter("reviewed", "only those reviewed, or not", {"type": "boolean"}),
    *_TIMES,
)
_TASK_STATUS = Parameter("status", "only these", {"type": "string", "enum": list(TaskStatus)})
_TAGS = Parameter(TAG_HEADER, "tags for the document, comma-separated", place="header")
_FORMAT = Parameter(
    "output_format", "of the answer", {"type": "string", "enum": list(FORMATS), "default": "json"}
)


def docdigitizer_operations(parts: DocDigitizerParts) -> list[Operation]:
    """The whole dialect, as far as it is described."""
    return [
        *_uploads(parts),
        *_documents(parts),
        *_assets(parts),
        *_reviews(parts),
        *_tasks(parts),
        _not_implemented("GET", "/schemas", "listSchemas"),
    ]


def refused_operations() -> list[Operation]:
    """What else is answered with 501: schemas cannot be made through this API."""
    return [
        _not_implemented(method, path, f"{method}{path}")
        for method in get_args(Method)
        for path in ("/schemas", "/schemas/{rest:.*}")
        if (method, path) != ("GET", "/schemas")
    ]


async def _refuse(_: web.Request) -> web.StreamResponse:
    raise Permanent(Code.NOT_IMPLEMENTED)


def _not_implemented(method: Method, path: str, name: str) -> Operation:
    return Operation(
        method=method,
        path=path,
        handle=_refuse,
        name=name,
        summary="Schemas are not made through this API",
        tag="schemas",
        scope=Scope.READ,
        answers={},
        errors=(Code.NOT_IMPLEMENTED,),
    )


def _uploads(parts: DocDigitizerParts) -> list[Operation]:
    uploads = Uploads(parts)
    return [
        _upload("/documents/annotate", uploads.annotate, "annotate"),
        _upload("/documents/annotate:{class}", uploads.annotate_as, "annotateAs"),
        _upload("/documents", uploads.annotate, "createDocument"),
    ]


def _upload(path: str, handle: Handle, name: str) -> Operation:
    return Operation(
        method="POST",
        path=path,
        handle=handle,
        name=name,
        summary="Send a document to be annotated",
        tag="documents",
        scope=Scope.WRITE,
        parameters=(_TAGS,),
        body=Body(media_type="multipart/form-data", schema=_UPLOAD_FORM),
        answers={202: Answer("accepted; its task", Accepted)},
        errors=(
            *(_GONE if "{" in path else ()),
            Code.FILE_TOO_LARGE,
            Code.FILE_TYPE_NOT_SUPPORTED,
            Code.INCOHERENT_DATA,
            Code.INSUFFICIENT_STORAGE,
        ),
    )


def _documents(parts: DocDigitizerParts) -> list[Operation]:
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
            parameters=_FILTERS,
            answers={200: Answer("a page of documents", DocumentList)},
            paged=True,
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=documents.get,
            name="getDocument",
            summary="One document with its annotations",
            tag="documents",
            scope=Scope.READ,
            answers={200: Answer("the document", DocumentAnswer)},
            errors=_GONE,
        ),
        Operation(
            method="GET",
            path=f"{_ONE}/annotations",
            handle=documents.annotations,
            name="getAnnotations",
            summary="The annotations of a document, as JSON or CSV",
            tag="documents",
            scope=Scope.READ,
            parameters=(_FORMAT,),
            answers={200: Answer("the annotations", AnnotationsAnswer)},
            errors=(*_GONE, Code.INVALID_OUTPUT_FORMAT),
        ),
    ]


def _assets(parts: DocDigitizerParts) -> list[Operation]:
    documents = Documents(parts)
    return [
        Operation(
            method="GET",
            path=f"{_ONE}/assets",
            handle=documents.assets,
            name="listAssets",
            summary="The original files of a document",
            tag="assets",
            scope=Scope.READ,
            answers={200: Answer("what there is", AssetList)},
            errors=_GONE,
        ),
        Operation(
            method="GET",
            path=f"{_ONE}/assets/{{asset}}",
            handle=documents.asset,
            name="getAsset",
            summary="An original file",
            tag="assets",
            scope=Scope.READ,
            answers={200: Answer("the file", media_type="application/octet-stream")},
            errors=_GONE,
        ),
    ]


def _reviews(parts: DocDigitizerParts) -> list[Operation]:
    reviews = DocumentReviews(parts)
    return [
        Operation(
            method="GET",
            path=f"{_ONE}/reviews",
            handle=reviews.list,
            name="listReviews",
            summary="The reviews of a document",
            tag="reviews",
            scope=Scope.READ,
            answers={200: Answer("a page of reviews", ReviewList)},
            errors=_GONE,
            paged=True,
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/reviews",
            handle=reviews.create,
            name="createReview",
            summary="Correct and confirm the annotations of a document",
            tag="reviews",
            scope=Scope.WRITE,
            body=Body(ReviewRequest, required=False),
            answers={201: Answer("the review", Created)},
            errors=(*_GONE, Code.CONFLICT, Code.INCOHERENT_DATA),
        ),
    ]


def _tasks(parts: DocDigitizerParts) -> list[Operation]:
    documents = Documents(parts)
    return [
        Operation(
            method="GET",
            path="/tasks",
            handle=documents.tasks,
            name="listTasks",
            summary="List tasks, newest first",
            tag="tasks",
            scope=Scope.READ,
            parameters=(_TASK_STATUS, *_TIMES),
            answers={200: Answer("a page of tasks", TaskList)},
            paged=True,
        ),
        Operation(
            method="GET",
            path="/tasks/{id}",
            handle=documents.task,
            name="getTask",
            summary="One task, with its document once that is annotated",
            tag="tasks",
            scope=Scope.READ,
            answers={200: Answer("the task", TaskAnswer)},
            errors=_GONE,
        ),
    ]
