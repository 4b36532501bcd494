"""One document's way: its steps, their tries, how long each waited and took, and who did it."""

from aiohttp import web

from services.ingest.console.operations.lines import time_text
from services.ingest.console.screens import Route
from services.ingest.console.visit import Visit
from services.ingest.parts import IngestParts, path_id
from services.ingest.queues import QueueView
from services.ingest.timeline import Outcome, Step
from services.ingest.timeline_reading import read_timeline
from shared.errors import Code, Permanent
from shared.models.tenancy import Scope

STEP_WORDS = {
    Step.EVENT: "Event",
    Step.FETCH: "Fetching",
    Step.UNPACK: "Unpacking",
    Step.READ: "Reading",
    Step.EXTRACT: "Finding data",
    Step.TELL: "Notifying",
}
OUTCOME_WORDS = {
    Outcome.HAPPENED: ("", "calm"),
    Outcome.WAITING: ("Waiting", "busy"),
    Outcome.RUNNING: ("At work", "busy"),
    Outcome.DONE: ("Done", "good"),
    Outcome.FAILED: ("Failed", "bad"),
    Outcome.LOST: ("Worker lost", "bad"),
    Outcome.CANCELLED: ("Called off", "calm"),
}


class Way:
    """The handler and what it works with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._queues = QueueView(parts.store, parts.broker)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The page, asked for again while there is more to come; others' documents are none."""
        documents = self._parts.documents(visit.principal)
        document = await documents.get(path_id(visit.request))
        if document is None:
            raise Permanent(Code.NOT_FOUND)
        read = await read_timeline(self._parts.store, document)
        place = await self._queues.place(document, read.extractions, visit.principal.tenant)
        context = {
            "document": document,
            "read": read,
            "place": place,
            "steps": STEP_WORDS,
            "outcomes": OUTCOME_WORDS,
            "time_text": time_text,
        }
        if visit.is_swap:
            return visit.fragments("operations/_way.html", **context)
        return await visit.page("operations/way.html", **context)


def way_routes(parts: IngestParts) -> list[Route]:
    """The page."""
    return [Route("GET", "/operations/timeline/{id}", Way(parts).show, Scope.READ)]
