"""What reviews have taught about a type: measured, used, left alone."""

from dataclasses import dataclass

from aiohttp import web

from services.ingest.console.screens import Route
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Visit
from services.ingest.document_types import DocumentTypes
from services.ingest.parts import IngestParts
from services.ingest.trainings import Trainings
from services.ingest.workspaces import find_workspace
from shared.errors import Code, Permanent
from shared.models.tenancy import Scope, Workspace
from shared.models.training import Training
from shared.stages.on_demand import OnDemand
from shared.store.port import Query

_PATIENCE = 120.0  # two hundred documents take half a minute
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Lesson:
    """A training with whether it is used, and how many values it gets right, before and after."""

    training: Training
    is_used: bool

    @property
    def values(self) -> int:
        """How many values were counted."""
        return sum(it.values for it in self.training.progress.fields)

    @property
    def before(self) -> int:
        """How many of them were right without it."""
        return sum(it.before for it in self.training.progress.fields)

    @property
    def after(self) -> int:
        """How many of them are right with it."""
        return sum(it.after for it in self.training.progress.fields)


class TrainingPage:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        patience = min(_PATIENCE, parts.settings.wait_limit)
        on_demand = OnDemand(parts.blobs, parts.broker, patience)
        self._trainings = Trainings(parts.store, parts.blobs, on_demand)
        self._types = DocumentTypes(parts.store, parts.types)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The trainings of a type in the workspace that is chosen, or the default one."""
        name = visit.request.match_info["name"]
        workspace = await self._workspace(visit)
        schema = await self._types.find(visit.principal, name, workspace.id)
        if schema is None:
            raise Permanent(Code.NOT_FOUND)
        query = Query({"workspace": workspace.id, "type": name})
        rows = await self._trainings.of(workspace).page(query, None, _SHOWN)
        used = workspace.trainings.get(name)
        lessons = [Lesson(it, it.id == used) for it in rows]
        return await visit.page(
            "types/training.html", schema=schema, place=workspace, lessons=lessons
        )

    async def train(self, visit: Visit) -> web.StreamResponse:
        """Learn from the reviews so far, and use that."""
        name = visit.request.match_info["name"]
        workspace = await self._workspace(visit)
        if await self._types.find(visit.principal, name, workspace.id) is None:
            raise Permanent(Code.NOT_FOUND)
        await self._trainings.train(workspace, name)
        return visit.go(f"{ROOT}/types/{name}/training?done=learned")

    async def switch(self, visit: Visit) -> web.StreamResponse:
        """Use a training from now on, or no longer."""
        sent, name = await visit.fields(), visit.request.match_info["name"]
        workspace = await self._workspace(visit)
        training = await self._trainings.of(workspace).get(sent.text("training"))
        if training is None or training.type != name:
            raise Permanent(Code.NOT_FOUND)
        done = "used" if sent.text("do") == "use" else "stopped"
        if done == "used":
            await self._trainings.use(training)
        else:
            await self._trainings.rest(training)
        return visit.go(f"{ROOT}/types/{name}/training?done={done}")

    async def _workspace(self, visit: Visit) -> Workspace:
        return await find_workspace(self._parts.store, visit.principal, visit.workspace or "")


def training_routes(parts: IngestParts) -> list[Route]:
    """A type's trainings."""
    page = TrainingPage(parts)
    path = "/types/{name}/training"
    return [
        Route("GET", path, page.show, Scope.READ),
        Route("POST", path, page.train, Scope.ADMIN),
        Route("POST", f"{path}/switch", page.switch, Scope.ADMIN),
    ]
