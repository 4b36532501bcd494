"""The table of validation results."""

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.validation.models import (
    ValidationResultCreate,
    ValidationResultCreates,
    ValidationResultIds,
    ValidationResultUpdate,
    ValidationResultView,
)
from services.ingest.dialects.affinda.validation.results import ValidationResults
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_ALL, _ONE = "/validation_results", "/validation_results/{id}"
_NUMBER = {"type": "integer", "minimum": 0}
_ERRORS = (Code.NOT_FOUND, Code.BAD_REQUEST, Code.CONFLICT)
_VIEW = Answer("the validation result", ValidationResultView)
_VIEWS = Answer("an array of validation results", media_type="application/json")
_TAG = "validation results"


def validation_operations(parts: AffindaParts) -> list[Operation]:
    """All of them; the batches come before what a number could hide."""
    results = ValidationResults(parts)
    return [*_batches(results), *_collection(results), *_single(results)]


def _batches(results: ValidationResults) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path=f"{_ALL}/batch_create",
            handle=results.create_all,
            name="batchCreateValidationResults",
            summary="Add validation results",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(ValidationResultCreates),
            answers={201: _VIEWS},
            errors=_ERRORS,
        ),
        Operation(
            method="POST",
            path=f"{_ALL}/batch_delete",
            handle=results.delete_all,
            name="batchDeleteValidationResults",
            summary="Take validation results away",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(ValidationResultIds),
            answers={204: Answer("they are gone")},
            errors=_ERRORS,
        ),
    ]


def _collection(results: ValidationResults) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_ALL,
            handle=results.list,
            name="getAllValidationResults",
            summary="List the validation results of a document",
            tag=_TAG,
            scope=Scope.READ,
            parameters=(
                Parameter("document", "of this document; must be given"),
                Parameter("offset", "how many to leave out", _NUMBER),
                Parameter("limit", "how many at most, up to 100; else all", _NUMBER),
            ),
            answers={200: _VIEWS},
            errors=(Code.NOT_FOUND, Code.BAD_REQUEST),
        ),
        Operation(
            method="POST",
            path=_ALL,
            handle=results.create,
            name="createValidationResult",
            summary="Add a validation result",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(ValidationResultCreate),
            answers={201: _VIEW},
            errors=_ERRORS,
        ),
    ]


def _single(results: ValidationResults) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_ONE,
            handle=results.get,
            name="getValidationResult",
            summary="One validation result",
            tag=_TAG,
            scope=Scope.READ,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=results.update,
            name="updateValidationResult",
            summary="Change a validation result",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(ValidationResultUpdate),
            answers={200: _VIEW},
            errors=_ERRORS,
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=results.delete,
            name="deleteValidationResult",
            summary="Take a validation result away",
            tag=_TAG,
            scope=Scope.WRITE,
            answers={204: Answer("it is gone")},
            errors=(Code.NOT_FOUND,),
        ),
    ]
