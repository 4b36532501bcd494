"""Trainings: what a workspace's reviews teach, made when asked for, used until another is."""

from collections.abc import Callable

from services.ingest.changes import change
from shared.blobs.keys import training_key
from shared.blobs.port import Blobs
from shared.broker.topology import TRAININGS_QUEUE
from shared.errors import Code, Permanent
from shared.models.base import StoredModel
from shared.models.ids import new_id
from shared.models.messages import TrainingMessage
from shared.models.tenancy import Workspace
from shared.models.training import Progress, Training
from shared.stages.on_demand import OnDemand
from shared.store.collections import TRAININGS, WORKSPACES
from shared.store.port import Query, Repository, Store, Tenant

TOO_LITTLE = "There are not three accepted reviews of one layout to learn from."


class _Learned(StoredModel):
    """What the gateway reads of the outcome; the lessons are the extract stage's."""

    progress: Progress


class Trainings:
    """Makes, uses and removes trainings of a workspace."""

    def __init__(self, store: Store, blobs: Blobs, on_demand: OnDemand) -> None:
        self._store = store
        self._blobs = blobs
        self._on_demand = on_demand

    async def train(self, workspace: Workspace, type_name: str) -> Training:
        """Learn from the accepted reviews of documents of the type, and use that from now on.

        Raises ``Permanent(CONFLICT)`` where there is too little to learn from; ``Transient``:
        ``ARTIFACT_PENDING`` when it takes too long, ``DEPENDENCY_DOWN``.
        """
        made = new_id()
        asked = TrainingMessage(
            organization=workspace.organization,
            workspace=workspace.id,
            type=type_name,
            training=made,
        )
        key = training_key(workspace.organization, workspace.id, made)
        await self._on_demand.made(key, TRAININGS_QUEUE, asked, Code.ARTIFACT_PENDING)
        outcome = await self._blobs.get(key)
        if not outcome:
            await self._blobs.delete(key)
            raise Permanent(Code.CONFLICT, TOO_LITTLE)
        training = Training(
            id=made,
            organization=workspace.organization,
            workspace=workspace.id,
            type=type_name,
            version=await self._next_version(workspace, type_name),
            progress=_Learned.model_validate_json(outcome).progress,
        )
        await self.of(workspace).insert(training)
        await self.use(training)
        return training

    async def use(self, training: Training) -> Workspace:
        """Have documents of its type extracted with it from now on."""
        return await self._change(training, lambda used: {**used, training.type: training.id})

    async def rest(self, training: Training) -> Workspace:
        """No longer use it, if it is in use: the type is extracted as it comes."""
        return await self._change(
            training,
            lambda used: {name: it for name, it in used.items() if it != training.id},
        )

    async def remove(self, training: Training) -> None:
        """Forget what was learned."""
        workspace = await self.rest(training)
        await self.of(workspace).delete(training.id)
        await self._blobs.delete(training_key(workspace.organization, workspace.id, training.id))

    async def _change(
        self, training: Training, step: Callable[[dict[str, str]], dict[str, str]]
    ) -> Workspace:
        workspaces = self._store.of(Tenant(training.organization), WORKSPACES)
        return await change(
            workspaces,
            training.workspace,
            lambda it: it.copy_with(trainings=step(it.trainings)),
        )

    def of(self, workspace: Workspace) -> Repository[Training]:
        """The trainings that can be reached through a workspace."""
        tenant = Tenant(workspace.organization, frozenset({workspace.id}))
        return self._store.of(tenant, TRAININGS)

    async def _next_version(self, workspace: Workspace, type_name: str) -> int:
        query = Query(equals={"workspace": workspace.id, "type": type_name})
        newest = await self.of(workspace).page(query, None, 1)
        return newest[0].version + 1 if newest else 1
