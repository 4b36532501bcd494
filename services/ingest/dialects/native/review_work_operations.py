"""The table of reviews under way."""

from collections.abc import Sequence

from services.ingest.dialects.native.review_work import Handler, ReviewWork, refusing
from services.ingest.dialects.native.review_work_models import (
    ApproveRequest,
    FieldRequest,
    LockedRequest,
    LockRequest,
    ReadAgainRequest,
    RejectRequest,
    ReviewWorkView,
    RowRequest,
)
from services.ingest.parts import IngestParts
from services.ingest.resources.document_models import DocumentView
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.base import Model
from shared.models.document import DocumentState
from shared.models.tenancy import Scope

_ONE = "/documents/{id}/review"
_PLACE = "{place:.+}"
_TAG = "reviews"
_VIEW = Answer("the review as it is now", ReviewWorkView)
_WAITING = [DocumentState.NEEDS_REVIEW, DocumentState.READY]
_QUEUE = (
    Parameter("state", "of the queue", {"type": "string", "enum": _WAITING}),
    Parameter("type", "only this document type"),
    Parameter("workspace", "only this workspace, by id"),
    Parameter("postponed", "true: those as well that were put aside", {"type": "boolean"}),
)


def review_work_operations(parts: IngestParts) -> list[Operation]:
    """All of them."""
    api = ReviewWork(parts)
    return [
        Operation(
            method="GET",
            path=f"{_ONE}/work",
            handle=api.get,
            name="getReviewWork",
            summary="A review under way: how each value stands, and who has it",
            tag=_TAG,
            scope=Scope.READ,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
        Operation(
            method="POST",
            path="/reviews/next",
            handle=api.next,
            name="nextReview",
            summary="The oldest document that nobody has, with its lock",
            tag=_TAG,
            scope=Scope.WRITE,
            parameters=_QUEUE,
            answers={200: _VIEW, 204: Answer("none is left")},
            errors=(Code.BAD_REQUEST,),
        ),
        *_locks(api),
        *_values(api),
        *_words(api),
    ]


def _locks(api: ReviewWork) -> list[Operation]:
    lock = Parameter("lock", "its token", {"type": "string", "maxLength": 100})
    return [
        Operation(
            method="POST",
            path=f"{_ONE}/lock",
            handle=api.take_lock,
            name="lockReview",
            summary="Have a review for oneself for 30 seconds, or longer by asking again",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(LockRequest, required=False),
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND, Code.CONFLICT, Code.LOCKED),
        ),
        Operation(
            method="DELETE",
            path=f"{_ONE}/lock",
            handle=api.free_lock,
            name="unlockReview",
            summary="Let others have it",
            tag=_TAG,
            scope=Scope.WRITE,
            parameters=(lock,),
            answers={204: Answer("yours no more")},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
    ]


def _values(api: ReviewWork) -> list[Operation]:
    return [
        Operation(
            method="PUT",
            path=f"{_ONE}/fields/{_PLACE}",
            handle=refusing(api.write),
            name="writeReviewField",
            summary="Accept or change one value; nobody is told before the approval",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(FieldRequest),
            answers={200: _VIEW},
            errors=_errors(Code.STALE_REVISION, Code.INCOHERENT_DATA),
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/rows/{_PLACE}",
            handle=refusing(api.change_row),
            name="changeReviewRow",
            summary="Put a row of a table in or out, fill it by words; accept or clear all of them",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(RowRequest),
            answers={200: _VIEW},
            errors=_errors(Code.STALE_REVISION, Code.INCOHERENT_DATA),
        ),
    ]


def _words(api: ReviewWork) -> list[Operation]:
    return [
        _word(
            "approve",
            api.approve,
            "The values are right as they are",
            ApproveRequest,
            (Code.STALE_REVISION, Code.OPEN_FLAGS),
        ),
        _word("reject", api.reject, "The document is no use", RejectRequest),
        _word("postpone", api.postpone, "Put it aside, for somebody else or later", LockedRequest),
        Operation(
            method="POST",
            path=f"{_ONE}/read-again",
            handle=refusing(api.read_again),
            name="readAgainForReview",
            summary="Read pages anew that lie the wrong way up; what was said of values stays",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(ReadAgainRequest, required=False),
            answers={202: Answer("it is read again", DocumentView)},
            errors=_errors(Code.INCOHERENT_DATA),
        ),
        _word("undo", api.undo, "Take an approval or a rejection back", LockedRequest),
    ]


def _word(
    verb: str, handle: Handler, summary: str, model: type[Model], errors: Sequence[Code] = ()
) -> Operation:
    return Operation(
        method="POST",
        path=f"{_ONE}/{verb}",
        handle=refusing(handle),
        name=f"{verb}Review",
        summary=summary,
        tag=_TAG,
        scope=Scope.WRITE,
        body=Body(model, required=model is not LockedRequest),
        answers={200: _VIEW},
        errors=_errors(*errors),
    )


def _errors(*more: Code) -> tuple[Code, ...]:
    return (Code.NOT_FOUND, Code.CONFLICT, Code.LOCKED, *more)
