"""The extract service: ``python -m services.extract``."""

from services.extract.child import warm
from services.extract.stage import ExtractStage
from shared.config import PREFETCH
from shared.models.work import StageName
from shared.process import Process, build_stage
from shared.serve import main_of_stage
from shared.stages.extracting import Extracting
from shared.stages.services import StageService


def build(process: Process) -> StageService:
    """The stage on the ports of a process."""
    stage = ExtractStage(process.runtime, process.blobs, process.children)
    runner = build_stage(process, stage, Extracting(), PREFETCH[StageName.EXTRACT])
    return StageService("extract", runner)


def main() -> None:
    """Start the stage as a process of its own."""
    main_of_stage(StageName.EXTRACT, build, children=True, warming=lambda _: warm)


if __name__ == "__main__":
    main()
