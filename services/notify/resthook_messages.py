"""What REST hooks tell of a document: Affinda's meta of it, without what needs looking up.

Left out are pages, links and people: receivers fetch the document. The names and what they mean
are those of the documents in the Affinda dialect, which a test compares.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.errors import Code
from shared.models.document import (
    Desk,
    Document,
    DocumentState,
    Event,
    EventName,
)
from shared.models.ids import derived_id
from shared.models.resthook import Outcome
from shared.models.tenancy import Workspace
from shared.models.time import to_milliseconds

_NO_TYPES = frozenset({"unknown", "generic"})
_TYPE_PREFIX = "dt_"
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


def outcome_of(event: Event, document: Document) -> Outcome:
    """How what an event tells of has ended, by the document as it stands."""
    rejected = document.state is DocumentState.REJECTED
    known = document.type is not None and document.type.name not in _NO_TYPES
    failed = {
        EventName.CLASSIFIED: not known or (rejected and not document.review.done),
        EventName.REVIEWED: rejected,
        EventName.FAILED: True,
        EventName.REJECTED: True,
    }
    return Outcome.FAILED if failed.get(event.name, False) else Outcome.SUCCEEDED


def render_resthook(event: Event, topic: str, document: Document, workspace: Workspace) -> str:
    """The JSON that is stored; the time is added when it is sent, each time anew."""
    message = {
        "id": derived_id("resthook message", event.id, topic),
        "event": topic,
        "payload": _meta(document, workspace),
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _meta(document: Document, workspace: Workspace) -> dict[str, Any]:
    kind = document.type.name if document.type else document.requested_type
    return {
        "identifier": document.id,
        "customIdentifier": document.reference,
        "fileName": document.name,
        "ready": document.is_final,
        "readyDt": _time(_ready_at(document)),
        "failed": _has_failed(document),
        "expiryTime": _time(document.expires),
        "language": document.language,
        "workspace": {"identifier": workspace.id, "name": workspace.name},
        "documentType": f"{_TYPE_PREFIX}{kind}" if kind else None,
        "parentDocument": {"identifier": document.parent} if document.parent else None,
        **_desk(document),
        "createdDt": _time(document.created),
        **_error(document),
    }


def _desk(document: Document) -> dict[str, Any]:
    reviewed = _time(document.review.at)
    confirmed = document.review.done and document.desk is not Desk.REJECTED
    rejected = document.state is DocumentState.REJECTED
    ends = [it.at for it in document.events if it.name is EventName.REJECTED]
    return {
        "isConfirmed": confirmed,
        "confirmedDt": reviewed if confirmed else None,
        "isRejected": rejected,
        "rejectedDt": _time(ends[-1] if ends else document.updated) if rejected else None,
        "isArchived": document.archived is not None,
        "archivedDt": _time(document.archived.at) if document.archived else None,
    }


def _error(document: Document) -> dict[str, Any]:
    problem = document.error
    if problem is None or _is_turned_down(document):
        return {"errorCode": None, "errorDetail": None}
    word = _WORDS.get(problem.code, problem.code.lower())
    return {"errorCode": word, "errorDetail": problem.detail or None}


def _has_failed(document: Document) -> bool:
    if document.state in {DocumentState.FAILED, DocumentState.CANCELLED}:
        return True
    return document.state is DocumentState.REJECTED and not _is_turned_down(document)


def _is_turned_down(document: Document) -> bool:
    """Whether it was a person who rejected it."""
    problem, rejected = document.error, document.state is DocumentState.REJECTED
    return rejected and problem is not None and problem.code == Code.REVIEW_REJECTED


def _ready_at(document: Document) -> datetime | None:
    if not document.is_final:
        return None
    ends = [it.at for it in document.events if it.name in _ENDS]
    return ends[0] if ends else document.updated


_ENDS = frozenset(
    {
        EventName.READY,
        EventName.NEEDS_REVIEW,
        EventName.FAILED,
        EventName.REJECTED,
        EventName.CANCELLED,
    }
)


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return to_milliseconds(moment).isoformat(timespec="microseconds")[:26] + "Z"
