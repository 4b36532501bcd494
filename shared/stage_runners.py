"""A stage's runner on the ports of a process, with its troubles counted."""

from typing import Generic, TypeVar

from shared.config import JOB_SECONDS
from shared.errors import DocstageError
from shared.models.outbox import Aggregate
from shared.models.work import StageName
from shared.process import Process
from shared.stages.job import JobContext, JobParts, Stage
from shared.stages.runner import StageRunner
from shared.stages.workbench import Workbench
from shared.telemetry.stage_metrics import StageMetrics

R = TypeVar("R", bound=Aggregate)
Result = TypeVar("Result")


def build_stage(
    process: Process,
    stage: Stage[R, Result],
    workbench: Workbench[R, Result],
    slots: int,
) -> StageRunner[R, Result]:
    """A runner for a stage on the ports of a process, ``slots`` jobs at a time."""
    name = stage.name.value

    def observe(outcome: str, seconds: float = 0.0) -> None:
        process.metrics.ended(name, outcome, seconds)

    parts = JobParts(
        runtime=process.runtime,
        workbench=workbench,
        stage=_Told(stage, process.metrics),
        outbox=process.outbox,
        job_seconds=JOB_SECONDS[stage.name],
        observe=observe,
        failpoints=process.failpoints,
    )
    return StageRunner(parts, slots)


class _Told(Generic[R, Result]):
    """A stage whose troubles are counted, so that an alert can name them."""

    def __init__(self, stage: Stage[R, Result], metrics: StageMetrics) -> None:
        self._stage = stage
        self._metrics = metrics

    @property
    def name(self) -> StageName:
        """See ``Stage``."""
        return self._stage.name

    async def run(self, record: R, context: JobContext[R]) -> Result:
        """See ``Stage``."""
        try:
            return await self._stage.run(record, context)
        except DocstageError as error:
            self._metrics.trouble(self.name.value, error.code.value)
            raise
