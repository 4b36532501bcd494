"""Extractions that somebody asked for: of a document once it is read, for fields of their own."""

from collections.abc import Callable

from shared.errors import Code, Permanent, Transient
from shared.models.document import OPEN_DOCUMENT_STATES, Document, DocumentState
from shared.models.extraction import Extraction, ExtractionMode, Fields, ReviewReason
from shared.stages.job import JobContext
from shared.store.collections import DOCUMENTS
from shared.store.port import Store, Tenant

_WAIT_SECONDS = 5.0
_WITHOUT_PAGES = frozenset({DocumentState.FAILED, DocumentState.CANCELLED, DocumentState.EXPIRED})


async def ready_for_order(
    store: Store, record: Extraction, context: JobContext[Extraction]
) -> Extraction:
    """The record with the number of pages that have been read by now.

    Raises ``Transient(NOT_READY)`` while there is more to read, and ``Permanent`` where there
    will be nothing: NOT_FOUND, CONFLICT, or what the reading ended with.
    """
    document = await store.of(Tenant(record.organization), DOCUMENTS).get(record.document)
    if document is None or document.state is DocumentState.EXPIRED:
        raise Permanent(Code.NOT_FOUND, "The document is gone.")
    if document.revision != record.revision:
        raise Permanent(Code.CONFLICT, "The document is being processed anew.")
    if document.state in OPEN_DOCUMENT_STATES:
        raise Transient(Code.NOT_READY, retry_after=_WAIT_SECONDS)
    if document.state in _WITHOUT_PAGES or document.pages is None:
        raise _unread(document)
    pages = document.pages
    return record if record.pages == pages else await context.update(_with_pages(pages))


def missing_wholes(record: Extraction, fields: Fields) -> list[ReviewReason]:
    """A reason for each field with parts that the order requires and none of which was found."""
    if record.order is None or record.mode is ExtractionMode.BASIC:
        return []
    plain = {spec.name for spec in record.order.fields_schema.fields}
    found = {name.partition(".")[0] for name in fields}
    return [
        ReviewReason(code="missing_required", field=name, detail="no value was found")
        for name in record.order.required
        if name not in plain and name not in found
    ]


def _unread(document: Document) -> Permanent:
    problem = document.error
    known = problem is not None and problem.code in set(Code)
    code = Code(problem.code) if problem is not None and known else Code.NO_PAGE_READABLE
    return Permanent(code, problem.detail if problem else "")


def _with_pages(pages: int) -> Callable[[Extraction], Extraction]:
    return lambda record: record.copy_with(pages=pages)
