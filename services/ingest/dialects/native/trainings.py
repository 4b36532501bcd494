"""Trainings of a workspace: learn from its reviews, use what was learned, or go back."""

from aiohttp import web
from pydantic import Field

from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.document_views import PREFIX
from services.ingest.trainings import Trainings
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.models.base import Model
from shared.models.tenancy import Scope, Workspace
from shared.models.time import Timestamp
from shared.models.training import Progress, Training
from shared.stages.on_demand import OnDemand
from shared.store.collections import WORKSPACES
from shared.store.port import Query

_ALL = "/workspaces/{id}/trainings"
_ONE = f"{_ALL}/{{training}}"
_PATIENCE = 120.0  # two hundred documents take half a minute


class NewTraining(Model):
    """What to learn: the fields of this document type."""

    type: str = Field(min_length=1, max_length=100)


class TrainingView(Model):
    """What was learned, and how many values were right before and after.

    Each is counted on a document whose own review was left out.
    """

    id: str
    type: str
    version: int
    active: bool = Field(description="documents of the type are extracted with it")
    progress: Progress
    created: Timestamp
    links: dict[str, str]


class TrainingList(Model):
    """Trainings, newest first."""

    trainings: list[TrainingView]


class TrainingRoutes:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        patience = min(_PATIENCE, parts.settings.wait_limit)
        self._trainings = Trainings(
            parts.store, parts.blobs, OnDemand(parts.blobs, parts.broker, patience)
        )
        self._types = DocumentTypes(parts.store, parts.types)

    async def list(self, request: web.Request) -> web.Response:
        """The trainings of a workspace."""
        workspace = await self._workspace(request)
        asked = self._parts.pager.asked(request, principal_of(request))
        query = Query(equals={"workspace": workspace.id})
        page = await self._parts.pager.page(asked, self._trainings.of(workspace), query)
        return page.answer(TrainingList(trainings=[_view(it, workspace) for it in page.rows]))

    async def create(self, request: web.Request) -> web.Response:
        """Learn, and use it from now on."""
        workspace = await self._workspace(request)
        wish = await json_body(request, NewTraining)
        principal = principal_of(request)
        if await self._types.find(principal, wish.type, workspace.id) is None:
            raise Permanent(Code.UNKNOWN_TYPE)
        made = await self._trainings.train(workspace, wish.type)
        return json_answer(_view(made, await self._workspace(request)), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One training."""
        workspace = await self._workspace(request)
        return json_answer(_view(await self._training(request, workspace), workspace))

    async def use(self, request: web.Request) -> web.Response:
        """Use this one instead of another of its type."""
        training = await self._training(request, await self._workspace(request))
        return json_answer(_view(training, await self._trainings.use(training)))

    async def rest(self, request: web.Request) -> web.Response:
        """Use none of its type, if it is this one."""
        training = await self._training(request, await self._workspace(request))
        return json_answer(_view(training, await self._trainings.rest(training)))

    async def delete(self, request: web.Request) -> web.Response:
        """Forget what was learned."""
        training = await self._training(request, await self._workspace(request))
        await self._trainings.remove(training)
        return web.Response(status=204)

    async def _workspace(self, request: web.Request) -> Workspace:
        principal, identity = principal_of(request), path_id(request)
        workspace = await self._parts.store.of(principal.tenant, WORKSPACES).get(identity)
        if workspace is None or not principal.sees_workspace(identity):
            raise Permanent(Code.NOT_FOUND)
        return workspace

    async def _training(self, request: web.Request, workspace: Workspace) -> Training:
        training = await self._trainings.of(workspace).get(path_id(request, "training"))
        if training is None:
            raise Permanent(Code.NOT_FOUND)
        return training


def training_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api, one = TrainingRoutes(parts), Answer("the training", TrainingView)
    return [
        Operation(
            method="GET",
            path=_ALL,
            handle=api.list,
            name="listTrainings",
            summary="List what a workspace's reviews have taught",
            tag="trainings",
            scope=Scope.READ,
            answers={200: Answer("a page of trainings", TrainingList)},
            errors=(Code.NOT_FOUND,),
            paged=True,
        ),
        Operation(
            method="POST",
            path=_ALL,
            handle=api.create,
            name="createTraining",
            summary="Learn from a workspace's reviews of one document type",
            tag="trainings",
            scope=Scope.ADMIN,
            body=Body(NewTraining),
            answers={201: one},
            errors=(Code.NOT_FOUND, Code.UNKNOWN_TYPE, Code.CONFLICT, Code.ARTIFACT_PENDING),
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getTraining",
            summary="One training, and what it was worth",
            tag="trainings",
            scope=Scope.READ,
            answers={200: one},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/activate",
            handle=api.use,
            name="activateTraining",
            summary="Extract documents of its type with it",
            tag="trainings",
            scope=Scope.ADMIN,
            answers={200: one},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/deactivate",
            handle=api.rest,
            name="deactivateTraining",
            summary="Extract documents of its type without it",
            tag="trainings",
            scope=Scope.ADMIN,
            answers={200: one},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=api.delete,
            name="deleteTraining",
            summary="Forget what was learned",
            tag="trainings",
            scope=Scope.ADMIN,
            answers={204: Answer("removed")},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _view(training: Training, workspace: Workspace) -> TrainingView:
    collection = f"{PREFIX}/workspaces/{workspace.id}/trainings"
    return TrainingView(
        id=training.id,
        type=training.type,
        version=training.version,
        active=workspace.trainings.get(training.type) == training.id,
        progress=training.progress,
        created=training.created,
        links={"self": f"{collection}/{training.id}", "collection": collection},
    )
