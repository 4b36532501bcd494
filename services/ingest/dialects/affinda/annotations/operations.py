"""The table of annotations."""

from services.ingest.dialects.affinda.annotations.annotations import Annotations
from services.ingest.dialects.affinda.annotations.models import (
    AnnotationCreate,
    AnnotationCreates,
    AnnotationIds,
    AnnotationPage,
    AnnotationUpdate,
    AnnotationUpdates,
    Removed,
)
from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.documents.annotations import AnnotationView
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_ALL, _ONE = "/annotations", "/annotations/{id}"
_NUMBER = {"type": "integer", "minimum": 0}
_ERRORS = (Code.NOT_FOUND, Code.BAD_REQUEST, Code.CONFLICT, Code.INCOHERENT_DATA)
_VIEW = Answer("the value", AnnotationView)
_VIEWS = Answer("an array of values", media_type="application/json")
_TAG = "annotations"


def annotation_operations(parts: AffindaParts) -> list[Operation]:
    """All of them; the batches come before what a number could hide."""
    annotations = Annotations(parts)
    return [*_batches(annotations), *_collection(annotations), *_single(annotations)]


def _batches(annotations: Annotations) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path=f"{_ALL}/batch_create",
            handle=annotations.create_all,
            name="batchCreateAnnotations",
            summary="Add values that were not found",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(AnnotationCreates),
            answers={201: _VIEWS},
            errors=_ERRORS,
        ),
        Operation(
            method="POST",
            path=f"{_ALL}/batch_update",
            handle=annotations.update_all,
            name="batchUpdateAnnotations",
            summary="Change values",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(AnnotationUpdates),
            answers={200: _VIEWS},
            errors=_ERRORS,
        ),
        Operation(
            method="POST",
            path=f"{_ALL}/batch_delete",
            handle=annotations.delete_all,
            name="batchDeleteAnnotations",
            summary="Take values away",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(AnnotationIds),
            answers={200: Answer("they are gone", Removed)},
            errors=_ERRORS,
        ),
    ]


def _collection(annotations: Annotations) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_ALL,
            handle=annotations.list,
            name="getAllAnnotations",
            summary="List the values of a document",
            tag=_TAG,
            scope=Scope.READ,
            parameters=(
                Parameter("document", "of this document; must be given"),
                Parameter("offset", "how many to leave out", _NUMBER),
                Parameter("limit", "how many at most, up to 100", _NUMBER),
            ),
            answers={200: Answer("some of the values", AnnotationPage)},
            errors=(Code.NOT_FOUND, Code.BAD_REQUEST),
        ),
        Operation(
            method="POST",
            path=_ALL,
            handle=annotations.create,
            name="createAnnotation",
            summary="Add a value that was not found",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(AnnotationCreate),
            answers={201: _VIEW},
            errors=_ERRORS,
        ),
    ]


def _single(annotations: Annotations) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_ONE,
            handle=annotations.get,
            name="getAnnotation",
            summary="One value",
            tag=_TAG,
            scope=Scope.READ,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=annotations.update,
            name="updateAnnotation",
            summary="Change a value, or say that it is right",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(AnnotationUpdate),
            answers={200: _VIEW},
            errors=_ERRORS,
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=annotations.delete,
            name="deleteAnnotation",
            summary="Take a value away",
            tag=_TAG,
            scope=Scope.WRITE,
            answers={200: Answer("it is gone", Removed)},
            errors=_ERRORS,
        ),
    ]
