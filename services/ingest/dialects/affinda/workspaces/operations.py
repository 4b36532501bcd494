"""The table of workspaces."""

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.workspaces.models import (
    WorkspaceCreate,
    WorkspaceList,
    WorkspaceUpdate,
    WorkspaceView,
)
from services.ingest.dialects.affinda.workspaces.workspaces import WorkspaceHandlers
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_ONE = "/workspaces/{identifier}"
_VIEW = Answer("the workspace", WorkspaceView)
_FILTERS = (
    Parameter("organization", "the organization of the key; it may be left out"),
    Parameter("name", "only of exactly this name"),
)


def workspace_operations(parts: AffindaParts) -> list[Operation]:
    """All of workspaces."""
    api = WorkspaceHandlers(parts)
    return [*_collection(api), *_single(api)]


def _collection(api: WorkspaceHandlers) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path="/workspaces",
            handle=api.list,
            name="getAllWorkspaces",
            summary="The workspaces that the key reaches",
            tag="workspaces",
            scope=Scope.READ,
            parameters=_FILTERS,
            answers={200: Answer("a list", WorkspaceList)},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path="/workspaces",
            handle=api.create,
            name="createWorkspace",
            summary="Make a workspace",
            tag="workspaces",
            scope=Scope.ADMIN,
            body=Body(WorkspaceCreate),
            answers={201: _VIEW},
            errors=(Code.NOT_FOUND, Code.UNKNOWN_TYPE, Code.CONFLICT, Code.BAD_REQUEST),
        ),
    ]


def _single(api: WorkspaceHandlers) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getWorkspace",
            summary="One workspace",
            tag="workspaces",
            scope=Scope.READ,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=api.change,
            name="updateWorkspace",
            summary="Change a workspace",
            tag="workspaces",
            scope=Scope.ADMIN,
            body=Body(WorkspaceUpdate),
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND, Code.UNKNOWN_TYPE, Code.CONFLICT, Code.BAD_REQUEST),
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=api.delete,
            name="deleteWorkspace",
            summary="Remove a workspace with its documents and all else that is in it",
            tag="workspaces",
            scope=Scope.ADMIN,
            answers={204: Answer("it is gone")},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
    ]
