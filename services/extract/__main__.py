"""The extract service: ``python -m services.extract``."""

from services.extract.asking import ModelService
from services.extract.child import warm
from services.extract.consulting import LLM, VLM, Models
from services.extract.engines.model.rendering import TextBudget
from services.extract.sampling import Samples
from services.extract.stage import ExtractStage
from services.extract.training import Trainings
from shared.broker.topology import SCHEMAS_QUEUE, TRAININGS_QUEUE
from shared.config import PREFETCH, Settings
from shared.http.chat import ChatClient, llm_endpoint, vlm_endpoint
from shared.models.messages import SchemaMessage, TrainingMessage
from shared.models.work import StageName
from shared.process import Process
from shared.serve import main_of_stage
from shared.stage_runners import build_stage
from shared.stages.extracting import Extracting
from shared.stages.on_demand import OnDemand
from shared.stages.previews import Previews
from shared.stages.requests import Requests
from shared.stages.services import Beside, StageService
from shared.telemetry.model_metrics import ModelMetrics

PICTURE_SECONDS = 15.0
"""How long a page may take to be drawn for a model; its job waits for it."""


def build(process: Process) -> StageService:
    """The stage on the ports of a process."""
    clients = model_clients(process.settings)
    models = models_of(process, clients, ModelMetrics(process.registry))
    stage = ExtractStage(process.runtime, process.blobs, process.children, models)
    # While a model is thought for, a job needs nothing of ours.
    waiting = sum(client.endpoint.at_once for client in clients.values())
    slots = PREFETCH[StageName.EXTRACT] + waiting
    runner = build_stage(process, stage, Extracting(), slots)
    beneath = tuple(Beside(client.open, client.close) for client in clients.values())
    return StageService("extract", runner, _asked_for(process), beneath)


def _asked_for(process: Process) -> tuple[Beside, ...]:
    """The consumers of what is only made when somebody asks for it."""
    store, broker = process.runtime.store, process.runtime.broker
    trainings = Trainings(store, process.blobs, process.children)
    learning = Requests(broker, TRAININGS_QUEUE, TrainingMessage, trainings.learn)
    samples = Samples(store, process.blobs, process.children)
    inducing = Requests(broker, SCHEMAS_QUEUE, SchemaMessage, samples.make)
    return (
        Beside(learning.start, learning.stop, lambda: learning.alive),
        Beside(inducing.start, inducing.stop, lambda: inducing.alive),
    )


def model_clients(settings: Settings) -> dict[str, ChatClient]:
    """A client for each engine that has an endpoint."""
    endpoints = {LLM: llm_endpoint(settings), VLM: vlm_endpoint(settings)}
    return {engine: ChatClient(it) for engine, it in endpoints.items() if it is not None}


def models_of(process: Process, clients: dict[str, ChatClient], metrics: ModelMetrics) -> Models:
    """The models behind ``clients``, which are to be opened by then."""
    settings = process.settings
    budget = TextBudget(
        settings.llm_tokens_per_page, settings.llm_tokens, settings.llm_answer_tokens
    )
    services = [
        ModelService(engine, client, process.children, budget, metrics)
        for engine, client in clients.items()
    ]
    on_demand = OnDemand(process.blobs, process.broker, PICTURE_SECONDS)
    return Models(services, Previews(process.blobs, on_demand), settings.vlm_pages)


def main() -> None:
    """Start the stage as a process of its own."""
    main_of_stage(StageName.EXTRACT, build, children=True, warming=lambda _: warm)


if __name__ == "__main__":
    main()
