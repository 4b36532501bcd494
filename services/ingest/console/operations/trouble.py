"""Documents that have failed or stand still: where, why, and what can be done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.ingest.console.operations.advice import advice
from shared.models.document import Document
from shared.models.extraction import Extraction
from shared.models.work import FINAL_WORK_STATES, Lease, Problem, StageName, Work
from shared.store.standings import Status, document_standing

_BY_STATUS = {
    Status.RUNNING: "If its worker has died, another one takes it over when the lease ends.",
    Status.TAKEN: "If its worker has died, another one takes it over when the lease ends.",
    Status.WAITING: "Does this stage move? See the table above. If not: does its service run?",
    Status.POSTPONED: "It is tried again by itself. Until then mend what is in its way.",
}
_NOWHERE = "It is between two stages: the sweeper puts it back in line by itself."


@dataclass(frozen=True, slots=True)
class Troubled:
    """A document, why it is where it is, and what can be done.

    ``stage`` is where it stands and ``status`` how, ``None`` for one that stands nowhere;
    ``since`` when, or when it is due; ``lease`` is whose it is.
    """

    document: Document
    why: str
    advice: str
    stage: StageName | None = None
    status: Status | None = None
    since: datetime | None = None
    lease: Lease | None = None


def failed(document: Document) -> Troubled:
    """Why a document has failed, as its record has it."""
    problem = document.error or _problem(document, None)
    if problem is None:
        return Troubled(document, "", "Look at its timeline.")
    return Troubled(document, _said(problem), advice(problem.code))


def still(document: Document, extraction: Extraction | None) -> Troubled:
    """Where a document stands that is not done; ``extraction`` is the one that it waits for."""
    problem, standing = _problem(document, extraction), document_standing(document)
    why, place = _said(problem) if problem else "", standing.place
    if place is None:
        return Troubled(document, why, advice(problem.code) if problem else _NOWHERE)
    lease = next((it.lease for it in _works(document, extraction) if it.lease), None)
    status, since = place.status, standing.since
    if extraction is not None and extraction.work.lease is not None:
        status, since = Status.RUNNING, extraction.work.started or since
    mend = f"{advice(problem.code)} " if problem else ""
    return Troubled(document, why, f"{mend}{_BY_STATUS[status]}", place.stage, status, since, lease)


def _problem(document: Document, extraction: Extraction | None) -> Problem | None:
    return next((it.problem for it in _works(document, extraction) if it.problem), None)


def _works(document: Document, extraction: Extraction | None) -> Iterator[Work]:
    """The pieces of work that are not over first, then those that are."""
    works = [it.work for it in (extraction, document.source, document.container) if it is not None]
    works += [it.work for it in document.parts]
    yield from sorted(works, key=lambda it: it.state in FINAL_WORK_STATES)


def _said(problem: Problem) -> str:
    return problem.detail or problem.code
