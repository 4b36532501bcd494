"""The ocr service: ``python -m services.ocr``."""

from collections.abc import Callable
from functools import partial

from services.ocr.artifacts import Artifacts
from services.ocr.reader import each_page, warm
from services.ocr.results import ReadOptions
from services.ocr.stage import OcrStage, PartLimits
from shared.compute.limits import Limits
from shared.compute.pool import ComputePool
from shared.config import Settings
from shared.models.languages import language_codes
from shared.models.work import StageName
from shared.process import Process, worker_count
from shared.serve import main_of_stage
from shared.stage_runners import build_stage
from shared.stages.reading import Reading
from shared.stages.services import Beside, StageService


def build(process: Process) -> StageService:
    """The stage on the ports of a process, one job at a time per child process.

    Beside it artifacts are made, in a child of their own: who wants to see a page does not
    wait for others to be read.
    """
    settings = process.settings
    stage = OcrStage(
        process.blobs,
        process.children,
        each_page,
        read_options(settings),
        PartLimits(settings.pages_per_part, settings.page_timeout),
    )
    making = ComputePool(1, limits=Limits(memory=settings.child_memory))
    artifacts = Artifacts(process.runtime, process.blobs, making)
    runner = build_stage(process, stage, Reading(), worker_count(settings))
    beside = Beside(artifacts.start, artifacts.stop, lambda: artifacts.alive)
    return StageService("ocr", runner, [beside])


def read_options(settings: Settings) -> ReadOptions:
    """How documents are to be read."""
    return ReadOptions(
        engine=settings.ocr_engine,
        languages=language_codes(settings.ocr_langs),
        model_dir=settings.ocr_model_dir,
        max_pages=settings.max_pages,
    )


def warming(settings: Settings) -> Callable[[], object]:
    """What a child process loads before it gets pages."""
    return partial(warm, read_options(settings))


def main() -> None:
    """Start the stage as a process of its own."""
    main_of_stage(StageName.OCR, build, children=True, warming=warming)


if __name__ == "__main__":
    main()
