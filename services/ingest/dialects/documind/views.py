"""From stored records to what this dialect says of them."""

from collections.abc import Mapping

from services.ingest.dialects.documind.models import (
    DocumentView,
    ExtractAnswer,
    ExtractionView,
    ReviewMetadata,
    Status,
)
from services.ingest.dialects.documind.modes import cost
from services.ingest.dialects.documind.results import flags, results, scores
from services.ingest.dialects.documind.schema_form import SchemaForm, read_schema
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, Reviewed, ReviewVerdict
from shared.models.work import WorkState

STATUS: Mapping[WorkState, Status] = {
    WorkState.WAITING: Status.PENDING,
    WorkState.RUNNING: Status.PROCESSING,
    WorkState.DONE: Status.COMPLETED,
    WorkState.FAILED: Status.FAILED,
    WorkState.CANCELLED: Status.FAILED,
}
_READING: Mapping[DocumentState, Status] = {
    DocumentState.RECEIVED: Status.PENDING,
    DocumentState.READING: Status.PROCESSING,
    DocumentState.FAILED: Status.FAILED,
    DocumentState.CANCELLED: Status.FAILED,
}


def form_of(extraction: Extraction) -> SchemaForm:
    """The schema that was asked for."""
    return read_schema(extraction.order.terms["schema"] if extraction.order else None)


def document_view(document: Document) -> DocumentView:
    """A document."""
    return DocumentView(
        id=document.id,
        original_filename=document.name,
        media_type=document.media_type,
        size_bytes=document.size,
        pages=document.pages,
        status=_READING.get(document.state, Status.COMPLETED),
        created_at=document.created,
        updated_at=document.updated,
        expires_at=document.expires,
        error=document.error.detail if document.error else None,
    )


def extract_answer(extraction: Extraction) -> ExtractAnswer:
    """What a completed extraction found."""
    form = form_of(extraction)
    return ExtractAnswer(
        document_id=extraction.document,
        extraction_id=extraction.id,
        results=results(form, extraction.fields),
        needs_review=bool(extraction.doubtful),
        needs_review_metadata=_metadata(form, extraction),
        warnings=extraction.warnings,
    )


def extraction_view(extraction: Extraction) -> ExtractionView:
    """An extraction, at any time of its life."""
    form, done = form_of(extraction), extraction.work.state is WorkState.DONE
    terms = extraction.order.terms if extraction.order else {}
    reviewed = extraction.reviewed
    return ExtractionView(
        id=extraction.id,
        document_id=extraction.document,
        original_filename=extraction.document_name,
        status=STATUS[extraction.work.state],
        mode=extraction.mode.value,
        model=terms.get("model"),
        schema_=dict(form.sent),
        prompt=terms.get("prompt", ""),
        created_at=extraction.created,
        updated_at=extraction.updated,
        results=results(form, extraction.fields) if done else None,
        needs_review=bool(extraction.doubtful),
        needs_review_metadata=_metadata(form, extraction),
        is_reviewed=reviewed is not None,
        reviewed_results=_reviewed(form, reviewed),
        reviewed_at=reviewed.at if reviewed else None,
        reviewed_by=reviewed.by if reviewed else None,
        credits_used=_credits(extraction) if done else 0,
        warnings=extraction.warnings,
        error=_error(extraction),
    )


def _credits(extraction: Extraction) -> int:
    order = extraction.order
    return cost(extraction.mode, order, extraction.pages) if order else 0


def _metadata(form: SchemaForm, extraction: Extraction) -> ReviewMetadata:
    if extraction.work.state is not WorkState.DONE:
        return ReviewMetadata(confidence_scores={}, review_flags={})
    return ReviewMetadata(
        confidence_scores=scores(form, extraction), review_flags=flags(form, extraction)
    )


def _reviewed(form: SchemaForm, reviewed: Reviewed | None) -> dict[str, object] | None:
    """None as well where the reviewer, through another dialect, has rejected the document."""
    if reviewed is None or reviewed.verdict is ReviewVerdict.REJECT:
        return None
    return results(form, reviewed.fields)


def _error(extraction: Extraction) -> str | None:
    reviewed, problem = extraction.reviewed, extraction.work.problem
    if reviewed is not None and reviewed.verdict is ReviewVerdict.REJECT:
        return reviewed.note or "A person rejected the document."
    if extraction.work.state is not WorkState.FAILED or problem is None:
        return None
    return problem.detail or problem.code
