"""Lists of documents, and what is done to many at once: their part of the native API's table."""

from services.ingest.bulk import MOST
from services.ingest.dialects.native.bulk_models import BulkRequest, BulkResult, DocumentCount
from services.ingest.dialects.native.document_bulk import DocumentBulk
from services.ingest.document_exports import ExportForm
from services.ingest.document_lists import REVIEWS, SOURCES
from services.ingest.parts import IngestParts
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.document import DocumentState
from shared.models.tenancy import Scope
from shared.search.terms import MOST_CHARACTERS

_TIME = {"type": "string", "format": "date-time"}
_WORDS = {"type": "string", "maxLength": MOST_CHARACTERS}
_CONFIDENCE = {"type": "number", "minimum": 0, "maximum": 1}
LIST_FILTERS = (
    Parameter("search", 'all these words in its name, fields or pages; "…": side by side', _WORDS),
    Parameter("name", "all these words in its name, reference or message", _WORDS),
    Parameter("state", "only this state", {"type": "string", "enum": list(DocumentState)}),
    Parameter("type", "only this document type"),
    Parameter("workspace", "only this workspace, by id"),
    Parameter("reference", "only this reference"),
    Parameter("parent", "only what was in this container, by id"),
    Parameter("sha256", "only these bytes"),
    Parameter("review", "needed, or done by a person", {"type": "string", "enum": list(REVIEWS)}),
    Parameter("source", "how it came in", {"type": "string", "enum": list(SOURCES)}),
    Parameter("tag", "only with this tag, by name or id"),
    Parameter("confidence_from", "the least sure value is at least so sure", _CONFIDENCE),
    Parameter("confidence_below", "the least sure value is less sure than this", _CONFIDENCE),
    Parameter("created_after", "later than this time", _TIME),
    Parameter("created_before", "earlier than this time", _TIME),
)


def bulk_operations(parts: IngestParts) -> list[Operation]:
    """Count, act on, export. Their paths stand before those of one document."""
    bulk = DocumentBulk(parts)
    return [
        Operation(
            method="GET",
            path="/documents/count",
            handle=bulk.count,
            name="countDocuments",
            summary="How many documents a list has, counted to 10,000",
            tag="documents",
            scope=Scope.READ,
            parameters=LIST_FILTERS,
            answers={200: Answer("the count", DocumentCount)},
        ),
        Operation(
            method="POST",
            path="/documents/bulk",
            handle=bulk.act,
            name="changeDocuments",
            summary=f"Process anew, retype or delete up to {MOST} documents",
            tag="documents",
            scope=Scope.WRITE,
            body=Body(BulkRequest),
            answers={200: Answer("what became of each", BulkResult)},
            errors=(Code.UNKNOWN_TYPE,),
        ),
        Operation(
            method="GET",
            path="/documents/export",
            handle=bulk.export,
            name="exportDocuments",
            summary=f"Up to {MOST} documents with their fields as one file",
            tag="documents",
            scope=Scope.READ,
            parameters=(
                Parameter(
                    "format", "json unless given", {"type": "string", "enum": list(ExportForm)}
                ),
                Parameter("id", "these documents; may be given several times"),
                Parameter("cursorId", "X-Cursor-ID of the answer before"),
                *LIST_FILTERS,
            ),
            answers={200: Answer("the file", media_type="application/octet-stream")},
        ),
    ]
