"""From stored records to what this dialect says of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.ingest.dialects.docdigitizer.annotations import NO_VALUES, annotations
from services.ingest.dialects.docdigitizer.classes import class_of
from services.ingest.dialects.docdigitizer.context import PREFIX, DocDigitizerParts
from services.ingest.dialects.docdigitizer.models import (
    AnnotationStatus,
    DocumentView,
    TaskStatus,
    TaskView,
    Values,
)
from services.ingest.dialects.docdigitizer.tasks import task_id
from shared.http.context import Principal
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.schema import Schema
from shared.schemas import GENERIC
from shared.store.collections import EXTRACTIONS

DOCUMENTS_LINK = f"{PREFIX}/documents"
TASKS_LINK = f"{PREFIX}/tasks"

STATUS: Mapping[DocumentState, AnnotationStatus] = {
    DocumentState.RECEIVED: AnnotationStatus.PENDING,
    DocumentState.READING: AnnotationStatus.PROCESSING,
    DocumentState.EXTRACTING: AnnotationStatus.PROCESSING,
    DocumentState.READY: AnnotationStatus.SUCCESS,
    DocumentState.NEEDS_REVIEW: AnnotationStatus.SUCCESS,
    DocumentState.FAILED: AnnotationStatus.ERROR,
    DocumentState.REJECTED: AnnotationStatus.REJECTED,
    DocumentState.CANCELLED: AnnotationStatus.REJECTED,
    DocumentState.EXPIRED: AnnotationStatus.REJECTED,
}
_TASK_STATUS: Mapping[AnnotationStatus, TaskStatus] = {
    AnnotationStatus.PENDING: TaskStatus.PENDING,
    AnnotationStatus.PROCESSING: TaskStatus.PROCESSING,
    AnnotationStatus.SUCCESS: TaskStatus.SUCCESS,
    AnnotationStatus.ERROR: TaskStatus.FAILURE,
    AnnotationStatus.REJECTED: TaskStatus.FAILURE,
}


def annotation_status(document: Document) -> AnnotationStatus:
    """How far a document is."""
    return STATUS[document.state]


def task_status(document: Document) -> TaskStatus:
    """How far the queue is with a document."""
    return _TASK_STATUS[annotation_status(document)]


def task_links(document: Document) -> dict[str, str]:
    """Where a task, its neighbours and its document are."""
    return {
        "self": f"{TASKS_LINK}/{task_id(document.id)}",
        "collection": TASKS_LINK,
        "document": f"{DOCUMENTS_LINK}/{document.id}",
    }


def document_links(document: Document) -> dict[str, str]:
    """Where a document and its parts are; each answers at any time of its life."""
    own = f"{DOCUMENTS_LINK}/{document.id}"
    return {
        "annotations": f"{own}/annotations",
        "assets": f"{own}/assets",
        "collection": DOCUMENTS_LINK,
        "reviews": f"{own}/reviews",
        "self": own,
    }


def sla_moment(parts: DocDigitizerParts, document: Document) -> datetime:
    """When the document is to be done at the latest."""
    return document.created + parts.lead_time


def task_view(parts: DocDigitizerParts, document: Document) -> TaskView:
    """A document's task."""
    return TaskView(
        id=task_id(document.id),
        created=document.created,
        status=task_status(document),
        document_id=document.id,
        sla_moment=sla_moment(parts, document),
        links=task_links(document),
    )


async def document_views(
    parts: DocDigitizerParts, principal: Principal, documents: Sequence[Document]
) -> list[DocumentView]:
    """Documents with their annotations, in order."""
    wanted = [it.extraction for it in documents if it.extraction is not None]
    extractions = parts.store.of(principal.tenant, EXTRACTIONS)
    found = {it.id: it for it in await extractions.get_many(wanted)} if wanted else {}
    schemas = await schemas_of(parts, principal, found.values())
    return [
        _document_view(parts, it, values_of(it, found.get(it.extraction or ""), schemas))
        for it in documents
    ]


async def schemas_of(
    parts: DocDigitizerParts, principal: Principal, extractions: Iterable[Extraction]
) -> dict[str, Schema]:
    """The schemas that the extractions were made by, by the ids of these.

    That of an order, which another dialect may have placed, goes before that of the type.
    """
    all_of_them = list(extractions)
    names = dict.fromkeys(_type_name(it) for it in all_of_them if it.order is None)
    of_types = {name: await parts.types.find(principal, name) for name in names}
    schemas = {
        it.id: it.order.fields_schema if it.order else of_types[_type_name(it)]
        for it in all_of_them
    }
    return {identity: schema for identity, schema in schemas.items() if schema is not None}


def _type_name(extraction: Extraction) -> str:
    return extraction.type.name if extraction.type else GENERIC


def values_of(
    document: Document, extraction: Extraction | None, schemas: Mapping[str, Schema]
) -> Values:
    """The annotations that count; none until the document is annotated."""
    if extraction is None or annotation_status(document) is not AnnotationStatus.SUCCESS:
        return NO_VALUES
    schema = schemas.get(extraction.id)
    return annotations(document, extraction.current_fields, schema)


def _document_view(parts: DocDigitizerParts, document: Document, values: Values) -> DocumentView:
    return DocumentView(
        id=document.id,
        name=document.name,
        media_type=document.media_type if document.has_file else None,
        size=document.size if document.has_file else None,
        pages=document.pages,
        document_class=class_of(document),
        tags=document.tags,
        created=document.created,
        updated=document.updated,
        sla_moment=sla_moment(parts, document),
        task_id=task_id(document.id),
        annotation_status=annotation_status(document),
        reviewed=document.review.done,
        annotations=values,
        warnings=document.warnings,
        error=document.error,
        links=document_links(document),
    )
