"""What waits for whom: the lines of the stages, and a document's place in them."""

from aiohttp import web
from pydantic import Field

from services.ingest.parts import IngestParts
from services.ingest.queues import DocumentPlace, Line, QueueView
from services.ingest.resources.document_views import PREFIX
from shared.http.context import principal_of
from shared.http.json import json_answer
from shared.http.operations import Answer, Operation
from shared.models.base import Model
from shared.models.tenancy import Scope
from shared.models.time import Timestamp
from shared.models.work import Lane, StageName
from shared.store.standings import Status


class QueueLine(Model):
    """One lane of a stage."""

    stage: StageName
    lane: Lane
    waiting: int = Field(description="documents (of notify: deliveries) that nobody has begun")
    running: int = Field(description="those being worked on")
    postponed: int = Field(description="those to be tried again at a later time")
    depth: int = Field(description="waiting and running")
    capped: bool = Field(description="there are more; counts end at 100,000")
    oldest: float | None = Field(description="seconds that the first one has waited")
    per_minute: float | None = Field(
        description="how many a minute it was done with in the last five; null: with none"
    )
    eta: float | None = Field(
        description="seconds until the last one is through; null: not known, or nothing moves"
    )
    messages: int | None = Field(description="that wait at the broker; told to operators only")


class QueueLines(Model):
    """Every lane of every stage, in the order that documents pass them.

    ``all``: of all organizations, as the key is an operator's; else what the key sees.
    """

    now: Timestamp
    all: bool
    queues: list[QueueLine]
    links: dict[str, str]


class PlaceView(Model):
    """Where a document stands in a stage's line.

    ``position`` counts from 1 among those the key sees, and is 0 once it is begun; ``since`` is
    when it came to stand there, and for what is postponed when it is due. ``eta`` is in seconds,
    until the stage is through with it; ``null`` where nothing moves, where nothing is known of
    the pace, or once it is begun.
    """

    stage: StageName
    lane: Lane
    status: Status
    since: Timestamp
    position: int
    eta: float | None


class QueueCalls:
    """The handler and what it works with."""

    def __init__(self, parts: IngestParts) -> None:
        self._store = parts.store
        self._view = QueueView(parts.store, parts.broker)

    async def list(self, request: web.Request) -> web.Response:
        """The lines as they are now."""
        principal = principal_of(request)
        is_operator = Scope.OPERATE in principal.scopes
        lines = await self._view.lines(None if is_operator else principal.tenant)
        told = QueueLines(
            now=await self._store.now(),
            all=is_operator,
            queues=[_line(it) for it in lines],
            links={"self": f"{PREFIX}/queues"},
        )
        return json_answer(told)


def queue_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    return [
        Operation(
            method="GET",
            path="/queues",
            handle=QueueCalls(parts).list,
            name="listQueues",
            summary="What waits in each stage: how much, how long, how fast it moves",
            tag="documents",
            scope=Scope.READ,
            answers={200: Answer("every lane of every stage", QueueLines)},
        ),
    ]


def place_view(place: DocumentPlace) -> PlaceView:
    """As it is told."""
    return PlaceView(
        stage=place.stage,
        lane=place.lane,
        status=place.status,
        since=place.since,
        position=place.position,
        eta=_tenths(place.eta),
    )


def _line(line: Line) -> QueueLine:
    return QueueLine(
        stage=line.stage,
        lane=line.lane,
        waiting=line.waiting,
        running=line.running,
        postponed=line.postponed,
        depth=line.depth,
        capped=line.capped,
        oldest=_tenths(line.oldest),
        per_minute=None if line.per_minute is None else round(line.per_minute, 2),
        eta=_tenths(line.eta),
        messages=line.messages,
    )


def _tenths(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
