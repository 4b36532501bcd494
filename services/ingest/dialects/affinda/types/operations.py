"""The table of document types."""

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.types.models import (
    DocumentTypeCreate,
    DocumentTypeList,
    DocumentTypeUpdate,
    DocumentTypeView,
    JsonSchema,
    ModelCode,
)
from services.ingest.dialects.affinda.types.types import TypeHandlers
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_ONE = "/document_types/{identifier}"
_VIEW = Answer("the type", DocumentTypeView)
_FILTERS = (
    Parameter("organization", "the organization of the key; it may be left out"),
    Parameter("workspace", "only those that documents of this workspace can be of"),
)
_TITLE = Parameter("title", "what the interface and its file are called")
_MODEL_NAME = Parameter("model_name", "what the class of the whole is called")


def type_operations(parts: AffindaParts) -> list[Operation]:
    """All of document types."""
    api = TypeHandlers(parts)
    return [*_collection(api), *_single(api), *_models(api)]


def _collection(api: TypeHandlers) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path="/document_types",
            handle=api.list,
            name="getDocumentTypes",
            summary="The document types that the key reaches",
            tag="document types",
            scope=Scope.READ,
            parameters=_FILTERS,
            answers={200: Answer("a list", DocumentTypeList)},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path="/document_types",
            handle=api.create,
            name="createDocumentType",
            summary="Make a document type, without fields as yet",
            tag="document types",
            scope=Scope.ADMIN,
            body=Body(DocumentTypeCreate),
            answers={201: _VIEW},
            errors=(Code.NOT_FOUND, Code.CONFLICT, Code.BAD_REQUEST),
        ),
    ]


def _single(api: TypeHandlers) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getDocumentType",
            summary="One document type",
            tag="document types",
            scope=Scope.READ,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=api.change,
            name="updateDocumentType",
            summary="Give it another name or description",
            tag="document types",
            scope=Scope.ADMIN,
            body=Body(DocumentTypeUpdate),
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND, Code.BAD_REQUEST),
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=api.delete,
            name="deleteDocumentType",
            summary="Remove a document type; its documents stay",
            tag="document types",
            scope=Scope.ADMIN,
            answers={204: Answer("it is gone")},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _models(api: TypeHandlers) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=f"{_ONE}/json_schema",
            handle=api.json_schema,
            name="jsonSchemaFromDocumentType",
            summary="A JSON Schema of its compact data",
            tag="document types",
            scope=Scope.READ,
            parameters=(_TITLE,),
            answers={200: Answer("the schema", JsonSchema)},
            errors=(Code.NOT_FOUND, Code.BAD_REQUEST),
        ),
        Operation(
            method="GET",
            path=f"{_ONE}/pydantic_models",
            handle=api.pydantic_models,
            name="pydanticModelsFromDocumentType",
            summary="Pydantic models of its compact data",
            tag="document types",
            scope=Scope.READ,
            parameters=(_MODEL_NAME,),
            answers={200: Answer("the module", ModelCode)},
            errors=(Code.NOT_FOUND, Code.BAD_REQUEST),
        ),
    ]
