"""The table of collections."""

from services.ingest.dialects.affinda.collections.collections import CollectionHandlers
from services.ingest.dialects.affinda.collections.models import (
    CollectionCreate,
    CollectionList,
    CollectionUpdate,
    DataFieldCreate,
    DataFieldView,
    FieldUpdate,
    FieldView,
    WholeCollectionView,
)
from services.ingest.dialects.affinda.context import AffindaParts
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_ONE = "/collections/{identifier}"
_FIELD = f"{_ONE}/fields/{{datapoint_identifier}}"
_VIEW, _FIELD_VIEW = Answer("the collection", WholeCollectionView), Answer("the field", FieldView)
_WRONG = (Code.NOT_FOUND, Code.BAD_REQUEST)


def collection_operations(parts: AffindaParts) -> list[Operation]:
    """All of collections."""
    api = CollectionHandlers(parts)
    return [*_collection(api), *_single(api), *_fields(api)]


def _collection(api: CollectionHandlers) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path="/collections",
            handle=api.list,
            name="getAllCollections",
            summary="The types that documents of a workspace can be of",
            tag="collections",
            scope=Scope.READ,
            parameters=(Parameter("workspace", "a workspace; else that of the key"),),
            answers={200: Answer("a list", CollectionList)},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path="/collections",
            handle=api.create,
            name="createCollection",
            summary="Make a document type of a workspace",
            tag="collections",
            scope=Scope.ADMIN,
            body=Body(CollectionCreate),
            answers={201: _VIEW},
            errors=(*_WRONG, Code.CONFLICT),
        ),
    ]


def _single(api: CollectionHandlers) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getCollection",
            summary="One document type, with its fields",
            tag="collections",
            scope=Scope.READ,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=api.change,
            name="updateCollection",
            summary="Give it another name",
            tag="collections",
            scope=Scope.ADMIN,
            body=Body(CollectionUpdate),
            answers={200: _VIEW},
            errors=_WRONG,
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=api.delete,
            name="deleteCollection",
            summary="Remove a document type; its documents stay",
            tag="collections",
            scope=Scope.ADMIN,
            answers={204: Answer("it is gone")},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _fields(api: CollectionHandlers) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path=f"{_ONE}/create_data_field",
            handle=api.add_field,
            name="createDataFieldForCollection",
            summary="Add a field",
            tag="collections",
            scope=Scope.ADMIN,
            body=Body(DataFieldCreate),
            answers={200: Answer("the field", DataFieldView)},
            errors=(*_WRONG, Code.CONFLICT),
        ),
        Operation(
            method="GET",
            path=_FIELD,
            handle=api.field,
            name="getDataFieldForCollection",
            summary="One field",
            tag="collections",
            scope=Scope.READ,
            answers={200: _FIELD_VIEW},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path=_FIELD,
            handle=api.change_field,
            name="updateDataFieldForCollection",
            summary="What a field is called, and whether it must be there",
            tag="collections",
            scope=Scope.ADMIN,
            body=Body(FieldUpdate),
            answers={200: _FIELD_VIEW},
            errors=_WRONG,
        ),
    ]
