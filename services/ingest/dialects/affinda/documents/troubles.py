"""What goes wrong with documents, in this dialect's words."""

from collections.abc import Mapping
from typing import Any

from services.ingest.dialects.affinda.documents.models import ErrorDetail, WarningView
from shared.errors import Code
from shared.models.document import Document, DocumentState

_WORDS: Mapping[str, str] = {
    Code.DUPLICATE_DOCUMENT: "duplicate_document_error",
    Code.TYPE_NOT_ACCEPTED: "document_classification_failed",
    Code.NO_PAGE_READABLE: "no_text_found",
    Code.FILE_EMPTY: "no_text_found",
    Code.FILE_CORRUPT: "file_corrupted",
    Code.FILE_TOO_LARGE: "file_too_large",
    Code.FETCH_TOO_LARGE: "file_too_large",
    Code.TOO_MANY_PAGES: "file_too_large",
    Code.FILE_TYPE_NOT_SUPPORTED: "invalid_file_type",
    Code.FILE_ENCRYPTED: "password_protected",
    Code.CONVERTER_MISSING: "document_conversion_failed",
    Code.NO_CREDITS: "no_parsing_credits",
    Code.CRASHED: "parse_terminated",
    Code.TIMED_OUT: "parse_terminated",
    Code.OUT_OF_MEMORY: "capacity_exceeded",
}
_WARNINGS = "warningMessages"
_OWN_WARNING = "processing"


def trouble(document: Document) -> ErrorDetail:
    """Why a document is not what it should be; nulls where it is."""
    problem = document.error
    if problem is None or is_turned_down(document):
        return ErrorDetail()
    word = _WORDS.get(problem.code, problem.code.lower())
    return ErrorDetail(error_code=word, error_detail=problem.detail or None)


def is_turned_down(document: Document) -> bool:
    """Whether it was a person who rejected it."""
    problem = document.error
    rejected = document.state is DocumentState.REJECTED
    return rejected and problem is not None and problem.code == Code.REVIEW_REJECTED


def has_failed(document: Document) -> bool:
    """Whether nothing came of it, and not because a person said so."""
    if document.state in {DocumentState.FAILED, DocumentState.CANCELLED}:
        return True
    return document.state is DocumentState.REJECTED and not is_turned_down(document)


def warnings_of(document: Document) -> list[WarningView]:
    """Ours, and those that its sender gave along."""
    ours = [WarningView(warning_code=_OWN_WARNING, warning_detail=it) for it in document.warnings]
    given: list[dict[str, Any]] = document.terms.get(_WARNINGS, [])
    return [*ours, *(WarningView.model_validate(it) for it in given)]
