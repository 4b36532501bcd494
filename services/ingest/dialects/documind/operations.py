"""The table of this dialect: its routes and its OpenAPI document are made from it."""

from services.ingest.dialects.documind.context import DocumindParts
from services.ingest.dialects.documind.documents import Documents
from services.ingest.dialects.documind.extract import Extract
from services.ingest.dialects.documind.extractions import Extractions
from services.ingest.dialects.documind.keys import Keys
from services.ingest.dialects.documind.listing import DIRECTIONS, ORDERS
from services.ingest.dialects.documind.models import (
    DescribedSchema,
    DescriptionWish,
    DocumentIds,
    DocumentPage,
    DocumentView,
    ErrorView,
    ExtractAnswer,
    ExtractionPage,
    ExtractionView,
    ExtractWish,
    ModelList,
    ReviewWish,
    SchemaAnswer,
    Status,
)
from services.ingest.dialects.documind.schema_making import SchemaMaking
from services.ingest.dialects.documind.uploads import Uploads
from services.ingest.dialects.documind.usage import UsageHandlers
from services.ingest.dialects.documind.usage_models import (
    Credits,
    CurrentUsage,
    KeyChange,
    KeyList,
    KeyRequest,
    KeyView,
    NewKeyView,
    UsageHistory,
)
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_FILE = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
_UPLOAD_FORM = {
    "type": "object",
    "required": ["files"],
    "properties": {"files": {"type": "array", "items": _FILE, "maxItems": 100}},
}
_GONE = (Code.NOT_FOUND,)
_LATE = Answer("not done in time; it goes on", ErrorView)
_TIME = {"type": "string", "format": "date-time"}
_TRUTH = {"type": "boolean"}
_PART = (
    Parameter("skip", "how many to leave out", {"type": "integer", "minimum": 0, "default": 0}),
    Parameter("limit", "how many at most; more than 100 is lowered", {"type": "integer"}),
    Parameter("offset", "another name for `skip`", {"type": "integer", "minimum": 0}),
)
_FILTERS = (
    Parameter("document_id", "only of this document"),
    Parameter("status", "only these", {"type": "string", "enum": list(Status)}),
    Parameter("needs_review", "only those a person should look at, or not", _TRUTH),
    Parameter("is_reviewed", "only those a person has looked at, or not", _TRUTH),
    Parameter("original_filename", "only of files of exactly this name"),
    Parameter("created_after", "later than this time", _TIME),
    Parameter("created_before", "earlier than this time", _TIME),
    Parameter("organization_id", "only of this organization"),
    Parameter("sort_by", "what by", {"type": "string", "enum": list(ORDERS)}),
    Parameter("sort_order", "which way", {"type": "string", "enum": list(DIRECTIONS)}),
    *_PART,
)


def documind_operations(parts: DocumindParts) -> list[Operation]:
    """The whole dialect. Literal paths come before those that an id could hide."""
    return [
        *_documents(parts),
        *_schemas(parts),
        *_extractions(parts),
        *_reviews(parts),
        *_usage(parts),
        *_keys(parts),
    ]


def _documents(parts: DocumindParts) -> list[Operation]:
    documents = Documents(parts)
    return [
        Operation(
            method="POST",
            path="/upload",
            handle=Uploads(parts).upload,
            name="upload",
            summary="Send up to 100 files; all are taken, or none",
            tag="documents",
            scope=Scope.WRITE,
            body=Body(media_type="multipart/form-data", schema=_UPLOAD_FORM),
            answers={200: Answer("their ids, in their order", DocumentIds)},
            errors=(Code.FILE_TOO_LARGE, Code.INSUFFICIENT_STORAGE),
        ),
        Operation(
            method="GET",
            path="/documents",
            handle=documents.list,
            name="listDocuments",
            summary="List documents, newest first",
            tag="documents",
            scope=Scope.READ,
            parameters=_PART,
            answers={200: Answer("some of the documents", DocumentPage)},
        ),
        Operation(
            method="GET",
            path="/documents/{id}",
            handle=documents.get,
            name="getDocument",
            summary="One document",
            tag="documents",
            scope=Scope.READ,
            answers={200: Answer("the document", DocumentView)},
            errors=_GONE,
        ),
        Operation(
            method="GET",
            path="/documents/{id}/download",
            handle=documents.download,
            name="downloadDocument",
            summary="The file as it came in",
            tag="documents",
            scope=Scope.READ,
            answers={200: Answer("the file", media_type="application/octet-stream")},
            errors=_GONE,
        ),
    ]


def _schemas(parts: DocumindParts) -> list[Operation]:
    making = SchemaMaking(parts)
    return [
        Operation(
            method="POST",
            path="/schema/generate-dynamic-schema",
            handle=making.from_description,
            name="generateSchema",
            summary="Make a schema from a description; the body is the schema",
            tag="schemas",
            scope=Scope.WRITE,
            body=Body(DescriptionWish),
            answers={200: Answer("the schema", DescribedSchema)},
        ),
        Operation(
            method="POST",
            path="/schema/{id}",
            handle=making.from_sample,
            name="schemaFromSample",
            summary="Make a schema of what stands on a document",
            tag="schemas",
            scope=Scope.WRITE,
            answers={200: Answer("the schema", SchemaAnswer), 504: _LATE},
            errors=(Code.BAD_REQUEST, *_GONE),
        ),
        Operation(
            method="GET",
            path="/models",
            handle=Documents(parts).models,
            name="listModels",
            summary="The models that can be named",
            tag="schemas",
            scope=Scope.READ,
            answers={200: Answer("the models", ModelList)},
        ),
    ]


def _extractions(parts: DocumindParts) -> list[Operation]:
    extractions = Extractions(parts)
    return [
        Operation(
            method="POST",
            path="/extract/{id}",
            handle=Extract(parts).extract,
            name="extract",
            summary="Find the fields of a schema on a document; answered when they are there",
            tag="extractions",
            scope=Scope.WRITE,
            body=Body(ExtractWish),
            answers={200: Answer("what was found", ExtractAnswer), 504: _LATE},
            errors=(*_GONE, Code.NO_CREDITS),
        ),
        Operation(
            method="GET",
            path="/data/extractions",
            handle=extractions.list,
            name="listExtractions",
            summary="List extractions",
            tag="extractions",
            scope=Scope.READ,
            parameters=_FILTERS,
            answers={200: Answer("some of the extractions", ExtractionPage)},
        ),
        Operation(
            method="GET",
            path="/data/extractions/{id}",
            handle=extractions.get,
            name="getExtraction",
            summary="One extraction",
            tag="extractions",
            scope=Scope.READ,
            answers={200: Answer("the extraction", ExtractionView)},
            errors=_GONE,
        ),
    ]


def _reviews(parts: DocumindParts) -> list[Operation]:
    extractions = Extractions(parts)
    return [
        Operation(
            method="GET",
            path="/pending-reviews",
            handle=extractions.pending,
            name="listPendingReviews",
            summary="Extractions that wait for a person, the oldest first",
            tag="reviews",
            scope=Scope.READ,
            parameters=_PART,
            answers={200: Answer("some of the extractions", ExtractionPage)},
        ),
        Operation(
            method="PUT",
            path="/review/{id}",
            handle=extractions.review,
            name="review",
            summary="Correct and approve an extraction, or the newest of a document",
            tag="reviews",
            scope=Scope.WRITE,
            body=Body(ReviewWish, required=False),
            answers={200: Answer("the extraction", ExtractionView)},
            errors=_GONE,
        ),
    ]


def _usage(parts: DocumindParts) -> list[Operation]:
    usage = UsageHandlers(parts)
    months = {"type": "integer", "minimum": 1, "maximum": 12, "default": 1}
    return [
        Operation(
            method="GET",
            path="/usage/current",
            handle=usage.current,
            name="getCurrentUsage",
            summary="This month's use",
            tag="usage",
            scope=Scope.READ,
            answers={200: Answer("the use", CurrentUsage)},
        ),
        Operation(
            method="GET",
            path="/usage/history",
            handle=usage.history,
            name="getUsageHistory",
            summary="The use of the last months",
            tag="usage",
            scope=Scope.READ,
            parameters=(Parameter("months", "how many, this one included", months),),
            answers={200: Answer("months, the present one first", UsageHistory)},
        ),
        Operation(
            method="GET",
            path="/usage/credits",
            handle=usage.credits,
            name="getCredits",
            summary="The credits that are left",
            tag="usage",
            scope=Scope.READ,
            answers={200: Answer("the credits", Credits)},
        ),
    ]


def _keys(parts: DocumindParts) -> list[Operation]:
    keys = Keys(parts)
    return [
        Operation(
            method="GET",
            path="/auth/api-keys",
            handle=keys.list,
            name="listKeys",
            summary="List API keys",
            tag="keys",
            scope=Scope.ADMIN,
            answers={200: Answer("the keys", KeyList)},
        ),
        Operation(
            method="POST",
            path="/auth/api-keys",
            handle=keys.create,
            name="createKey",
            summary="Make an API key; it is shown this once",
            tag="keys",
            scope=Scope.ADMIN,
            body=Body(KeyRequest),
            answers={201: Answer("the key", NewKeyView)},
        ),
        Operation(
            method="GET",
            path="/auth/api-keys/{id}",
            handle=keys.get,
            name="getKey",
            summary="One API key's record",
            tag="keys",
            scope=Scope.ADMIN,
            answers={200: Answer("the key's record", KeyView)},
            errors=_GONE,
        ),
        Operation(
            method="PUT",
            path="/auth/api-keys/{id}",
            handle=keys.change,
            name="changeKey",
            summary="Rename an API key, or revoke it",
            tag="keys",
            scope=Scope.ADMIN,
            body=Body(KeyChange),
            answers={200: Answer("the key's record", KeyView)},
            errors=_GONE,
        ),
    ]
