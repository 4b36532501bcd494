"""The life of a document, as pure functions: each returns the changed document.

A change that others hear of adds an event with the next ``sequence``; what has to follow
is added to the outbox. Nothing here does input or output.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.errors import REGISTRY, Code, Permanent
from shared.models.container import CONTAINER_KINDS
from shared.models.document import (
    Document,
    DocumentState,
    Event,
    EventName,
    Review,
    Stamp,
)
from shared.models.extraction import Extraction, Reviewed, ReviewVerdict, TypeGuess
from shared.models.failure import Remedy
from shared.models.ids import derived_id
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.policies import DuplicatePolicy
from shared.models.work import Problem, StageName, Work, WorkState
from shared.stages import failing, findable, planning
from shared.stages import work as works

MAX_EVENTS = 100
"""Events kept in the document; older ones are history for the deliveries alone."""
_NO_TYPES = frozenset({"unknown", "generic"})
_TO_REVIEW = frozenset({DocumentState.READY, DocumentState.NEEDS_REVIEW})


def receive(document: Document, now: datetime) -> Document:
    """A new document: its first job and ``document.received``."""
    waiting = document.copy_with(state=DocumentState.RECEIVED, parts=[])
    if _is_to_link(waiting) or waiting.is_data:
        return plan_file(announce(waiting, EventName.RECEIVED, now), now)
    begun = plan_file(waiting, now) if document.has_file else planning.plan_fetch(waiting, now)
    return announce(begun, EventName.RECEIVED, now)


def plan_file(document: Document, now: datetime) -> Document:
    """The file is there: have it read, or unpacked if it is of a kind that holds others.

    A duplicate that is only to name its twin is ready; processing it anew gives it its own way.
    So is one that is only data, always.
    """
    if _is_to_link(document) or document.is_data:
        done = document.copy_with(state=DocumentState.READY)
        return announce(done, EventName.READY, now)
    kind = CONTAINER_KINDS.get(document.media_type)
    if kind is not None:
        return planning.plan_unpacking(document, kind, now)
    return planning.plan_reading(document.copy_with(container=None), now)


def _is_to_link(document: Document) -> bool:
    links = document.policies is not None and document.policies.duplicates is DuplicatePolicy.LINK
    return links and document.duplicate_of is not None and document.revision == 1


def announce(document: Document, name: EventName, now: datetime) -> Document:
    """Add an event, and the outbox entry that publishes it."""
    sequence = document.sequence + 1
    event = Event(
        id=derived_id("event", document.id, sequence), name=name, sequence=sequence, at=now
    )
    entry = OutboxEntry(kind=OutboxKind.EVENT, not_before=now, event=event.id, sequence=sequence)
    return document.copy_with(
        sequence=sequence,
        events=[*document.events, event][-MAX_EVENTS:],
        outbox=[*document.outbox, entry],
    )


def after_part(document: Document, now: datetime) -> Document:
    """Move the document on if its last part has just been done."""
    if document.state is not DocumentState.READING:
        return document
    if any(part.work.state is not WorkState.DONE for part in document.parts):
        return document
    failed = sum(len(part.failed_pages) for part in document.parts)
    if document.pages and failed >= document.pages:
        problem = Problem(code="NO_PAGE_READABLE", detail="Not one page could be read.")
        return fail(document, problem, now)
    if document.on_request:
        ready = announce(document.copy_with(state=DocumentState.READY), EventName.READ, now)
        return announce(ready, EventName.READY, now)
    extracting = document.copy_with(state=DocumentState.EXTRACTING)
    return planning.queue_extraction(announce(extracting, EventName.READ, now), now)


def fail(document: Document, problem: Problem, now: datetime, work: Work | None = None) -> Document:
    """End the document's way with a problem, and a dead letter; unfinished parts are called off.

    ``work`` is what failed, where that is not the document's own.
    """
    dead = failing.fail_document(document, problem, work or failing.failed_work(document), now)
    ended = end(dead, DocumentState.FAILED, now).copy_with(error=problem)
    return announce(ended, EventName.FAILED, now)


def reject(document: Document, problem: Problem, now: datetime) -> Document:
    """End the document's way, as its file is none that is taken."""
    ended = end(document, DocumentState.REJECTED, now).copy_with(error=problem)
    return announce(ended, EventName.REJECTED, now)


def cancel(document: Document, now: datetime) -> Document:
    """Call the document off, at any stage; a final one stays as it is."""
    if document.is_final:
        return document
    return announce(end(document, DocumentState.CANCELLED, now), EventName.CANCELLED, now)


def end(document: Document, state: DocumentState, now: datetime) -> Document:
    """The document in a final state, with all work on it called off."""
    parts = [it.copy_with(work=works.cancel(it.work, now)) for it in document.parts]
    source = document.source
    if source is not None:
        source = source.copy_with(work=works.cancel(source.work, now))
    container = document.container
    if container is not None:
        container = container.copy_with(work=works.cancel(container.work, now))
    told = [entry for entry in document.outbox if entry.kind in failing.KEPT]
    return document.copy_with(
        state=state, parts=parts, source=source, container=container, outbox=told
    )


def reprocess(document: Document, now: datetime, requested_type: str | None = None) -> Document:
    """Process the document anew, as its next revision; ``requested_type`` if given."""
    return begin_again(failing.close(document, Remedy.REPROCESSED, now), now, requested_type)


def begin_again(document: Document, now: datetime, requested_type: str | None = None) -> Document:
    """``reprocess``, for whoever has said what becomes of its dead letter."""
    fresh = next_revision(document).copy_with(
        requested_type=requested_type or document.requested_type,
        pages=None,
        type=document.type if document.is_data else None,
        carries=None if document.extraction else document.carries,
    )
    return receive(fresh, now)


def next_revision(document: Document) -> Document:
    """Nothing is found on it yet, and nothing to be done."""
    return document.copy_with(
        revision=document.revision + 1,
        type=None,
        extraction=None,
        extracted=None,
        corrected=None,
        confidence=None,
        found="",
        error=None,
        warnings=[],
        review=Review(),
        archived=None,
        outbox=[entry for entry in document.outbox if entry.kind in failing.KEPT],
    )


def extraction_id(document: Document) -> str:
    """The id of the extraction that belongs to the document's present revision."""
    return derived_id("extraction", document.id, document.revision, document.requested_type)


def settle(document: Document, extraction: Extraction, now: datetime) -> Document:
    """Take over the outcome of an extraction, and later its review.

    Twice, or a stale one, changes nothing; nor does one with an order that has failed, or that
    was asked for before the present one.
    """
    return findable.noted(_settled(document, extraction, now), extraction)


def _settled(document: Document, extraction: Extraction, now: datetime) -> Document:
    stale = extraction.revision != document.revision
    if extraction.order is not None and not stale and _is_to_adopt(document, extraction):
        document = _settle_done(document, extraction, now)
    if document.extraction == extraction.id and not stale:
        document = _settle_corrections(document, extraction, now)
    if extraction.reviewed is not None and document.extraction == extraction.id and not stale:
        return _settle_review(document, extraction.reviewed, now)
    if stale or extraction.order or document.state is not DocumentState.EXTRACTING:
        return document
    if extraction.work.state is WorkState.FAILED:
        problem = extraction.work.problem or Problem(code=Code.UNEXPECTED_ERROR)
        return fail(document, problem, now, extraction.work)
    return _settle_done(document, extraction, now)


def _settle_corrections(document: Document, extraction: Extraction, now: datetime) -> Document:
    at = extraction.corrected
    if at is None or (document.corrected is not None and at <= document.corrected):
        return document
    return announce(document.copy_with(corrected=at), EventName.CORRECTED, now)


def _is_to_adopt(document: Document, extraction: Extraction) -> bool:
    present = (document.extracted or document.created, document.extraction or "")
    is_newer = present < (extraction.created, extraction.id)
    is_trial = extraction.order is not None and extraction.order.trial
    is_done = extraction.work.state is WorkState.DONE and not is_trial
    return is_done and is_newer and document.state in _TO_REVIEW


def _settle_done(document: Document, extraction: Extraction, now: datetime) -> Document:
    if extraction.order is None and extraction.pieces:
        return planning.plan_splitting(document, extraction.pieces, now)
    if extraction.order is None and _is_invalid(document, extraction.type):
        known = document.copy_with(type=extraction.type, extraction=extraction.id)
        classified = announce(known, EventName.CLASSIFIED, now)
        problem = Problem(
            code=Code.TYPE_NOT_ACCEPTED, detail=REGISTRY[Code.TYPE_NOT_ACCEPTED].summary
        )
        return reject(classified, problem, now)
    needs_review = bool(extraction.reasons)
    asked = [it for it in document.outbox if it.stage is not StageName.EXTRACT]
    state = DocumentState.NEEDS_REVIEW if needs_review else DocumentState.READY
    settled = document.copy_with(
        outbox=asked,
        state=state,
        type=extraction.type,
        extraction=extraction.id,
        # The type's own fields were asked for with the document, before any order.
        extracted=extraction.created if extraction.order else document.created,
        warnings=list(dict.fromkeys([*document.warnings, *extraction.warnings])),
        review=Review(needed=needs_review, reasons=extraction.reasons),
    )
    names: Sequence[EventName] = (
        EventName.CLASSIFIED,
        EventName.EXTRACTED,
        EventName.NEEDS_REVIEW if needs_review else EventName.READY,
    )
    for name in names:
        settled = announce(settled, name, now)
    return settled


def _is_invalid(document: Document, guess: TypeGuess | None) -> bool:
    policies = document.policies
    if policies is None or not policies.reject_invalid:
        return False
    if guess is None or guess.name in _NO_TYPES:
        return True
    return bool(policies.types) and guess.name not in policies.types


def is_reviewable(document: Document) -> bool:
    """Whether a person can look the document over, or take back that it was rejected."""
    if document.extraction is None:
        return False
    rejected = document.state is DocumentState.REJECTED and document.review.done
    return rejected or document.state in _TO_REVIEW


def _settle_review(document: Document, reviewed: Reviewed, now: datetime) -> Document:
    if not is_reviewable(document) or document.review.at == reviewed.at:
        return document
    if reviewed.told is not None and reviewed.told > now:
        return document  # it may still be taken back, unheard
    review = document.review.copy_with(
        needed=False,
        done=True,
        verdict=reviewed.verdict,
        note=reviewed.note,
        by=reviewed.by,
        at=reviewed.at,
    )
    seen = announce(document.copy_with(review=review), EventName.REVIEWED, now)
    if reviewed.verdict is ReviewVerdict.REJECT:
        detail = reviewed.note or REGISTRY[Code.REVIEW_REJECTED].summary
        problem = Problem(code=Code.REVIEW_REJECTED, detail=detail)
        rejected = seen.copy_with(state=DocumentState.REJECTED, error=problem)
        return announce(rejected, EventName.REJECTED, now)
    name = reviewed.type or (document.type.name if document.type else None)
    kind = TypeGuess(name=name, confidence=1.0) if name else None
    accepted = seen.copy_with(state=DocumentState.READY, error=None, type=kind)
    waited = document.state is not DocumentState.READY
    return announce(accepted, EventName.READY, now) if waited else accepted


def reopen(document: Document, extraction: Extraction, now: datetime) -> Document:
    """As before a person looked it over; what the review of ``extraction`` was is taken back."""
    if not document.review.done or document.extraction != extraction.id:
        return document
    needed = bool(extraction.reasons)
    state = DocumentState.NEEDS_REVIEW if needed else DocumentState.READY
    opened = document.copy_with(
        state=state,
        error=None,
        type=extraction.type,
        review=Review(needed=needed, reasons=extraction.reasons),
    )
    told = announce(opened, EventName.NEEDS_REVIEW if needed else EventName.READY, now)
    return findable.noted(told, extraction)


def archive(document: Document, by: str | None, now: datetime) -> Document:
    """Put a finished document out of sight; raises ``Permanent(CONFLICT)`` for others."""
    if not document.is_final:
        raise Permanent(Code.CONFLICT, "The document is still being processed.")
    return document if document.archived else document.copy_with(archived=Stamp(by=by, at=now))


def mark_announced(document: Document, sequence: int) -> Document:
    """Note that notify has made the deliveries for the events up to ``sequence``."""
    pending = [
        entry
        for entry in document.outbox
        if entry.kind is not OutboxKind.EVENT or entry.sequence > sequence
    ]
    return document.copy_with(announced=max(document.announced, sequence), outbox=pending)


def announce_again(document: Document, now: datetime) -> Document:
    """Publish once more the events that notify has not taken over."""
    entries = [
        OutboxEntry(kind=OutboxKind.EVENT, not_before=now, event=it.id, sequence=it.sequence)
        for it in document.events
        if it.sequence > document.announced
    ]
    return document.copy_with(outbox=[*document.outbox, *entries])
