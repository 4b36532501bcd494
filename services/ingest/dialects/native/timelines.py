"""Where a document is, and how it got there."""

from aiohttp import web
from pydantic import Field

from services.ingest.dialects.native.queues import PlaceView, place_view
from services.ingest.parts import IngestParts, document_of
from services.ingest.queues import QueueView
from services.ingest.resources.document_views import PREFIX
from services.ingest.timeline import Outcome, Row, Step
from services.ingest.timeline_reading import read_timeline
from shared.errors import Code
from shared.http.context import principal_of
from shared.http.json import json_answer
from shared.http.operations import Answer, Operation
from shared.models.base import Model
from shared.models.document import DocumentState
from shared.models.tenancy import Scope
from shared.models.time import Timestamp
from shared.models.work import Problem


class TimelineRow(Model):
    """One thing that happened, is happening or is waited for.

    ``about`` is the event, the pages, or who is told; ``subject`` the id of an extraction or
    delivery. ``waited`` and ``took`` are seconds: from being due to being begun, and of work; for
    what is waiting or running, so far. ``status`` is what a receiver answered.
    """

    step: Step
    outcome: Outcome
    at: Timestamp
    about: str
    subject: str | None
    attempt: int = Field(description="counts from 1; 0 for events")
    enqueued: Timestamp | None
    started: Timestamp | None
    ended: Timestamp | None
    waited: float | None
    took: float | None
    worker: str | None
    problem: Problem | None
    status: int | None


class Timeline(Model):
    """A document's way, oldest first; with ``more`` the oldest rows are left out.

    ``queue`` is where it stands in a stage's line, ``null`` once no stage has it any more.
    """

    document: str
    state: DocumentState
    now: Timestamp
    queue: PlaceView | None
    rows: list[TimelineRow]
    more: bool
    links: dict[str, str]


class Timelines:
    """The handler and what it works with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._queues = QueueView(parts.store, parts.broker)

    async def get(self, request: web.Request) -> web.Response:
        """The document's timeline, as the records have it now."""
        document = await document_of(self._parts, request)
        read = await read_timeline(self._parts.store, document)
        tenant = principal_of(request).tenant
        place = await self._queues.place(document, read.extractions, tenant)
        path = f"{PREFIX}/documents/{document.id}"
        told = Timeline(
            document=document.id,
            state=document.state,
            now=read.now,
            queue=place_view(place) if place else None,
            rows=[_view(it, read.now) for it in read.rows],
            more=read.more,
            links={"self": f"{path}/timeline", "document": path},
        )
        return json_answer(told)


def timeline_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    return [
        Operation(
            method="GET",
            path="/documents/{id}/timeline",
            handle=Timelines(parts).get,
            name="getTimeline",
            summary="Each step and try of a document: when, how long, by whom, what went wrong",
            tag="documents",
            scope=Scope.READ,
            answers={200: Answer("the timeline", Timeline)},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _view(row: Row, now: Timestamp) -> TimelineRow:
    return TimelineRow(
        step=row.step,
        outcome=row.outcome,
        at=row.at,
        about=row.about,
        subject=row.subject,
        attempt=row.attempt,
        enqueued=row.enqueued,
        started=row.started,
        ended=row.ended,
        waited=row.waited(now),
        took=row.took(now),
        worker=row.worker or None,
        problem=row.problem,
        status=row.status,
    )
