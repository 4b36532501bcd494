"""V5: whether the events of a document can have happened in that order.

Written down by hand from the documentation of events, not taken from the code that makes them.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from shared.models.document import Document, DocumentState, EventName
from tests.faults.evidence import Violation

_E = EventName
_AGAIN = {_E.RECEIVED, _E.EXPIRED}
_WAYS_OUT = {_E.FAILED, _E.REJECTED, _E.CANCELLED}
_FINISHED = {_E.CLASSIFIED, _E.CORRECTED, _E.REVIEWED, _E.NEEDS_REVIEW, *_AGAIN}
_NEXT: dict[EventName, set[EventName]] = {
    _E.RECEIVED: {_E.READ, _E.READY, *_WAYS_OUT},
    _E.READ: {_E.CLASSIFIED, _E.READY, *_WAYS_OUT},
    _E.CLASSIFIED: {_E.EXTRACTED, _E.REJECTED},
    _E.EXTRACTED: {_E.READY, _E.NEEDS_REVIEW},
    _E.READY: _FINISHED,
    _E.NEEDS_REVIEW: {_E.READY, *_FINISHED},
    _E.CORRECTED: {_E.READY, *_FINISHED},
    _E.REVIEWED: {_E.READY, _E.REJECTED, *_FINISHED},
    _E.FAILED: _AGAIN,
    _E.REJECTED: {_E.REVIEWED, _E.READY, _E.NEEDS_REVIEW, *_AGAIN},
    _E.CANCELLED: _AGAIN,
    _E.EXPIRED: set(),
}
_OF_BUNDLES = {_E.READY, *_WAYS_OUT}
"""A finished file that is taken apart later, by hand, is finished once more."""

_STATES = {
    _E.RECEIVED: {DocumentState.RECEIVED, DocumentState.READING},
    _E.READ: {DocumentState.EXTRACTING, DocumentState.READING},
    _E.READY: {DocumentState.READY, DocumentState.READING},
    _E.NEEDS_REVIEW: {DocumentState.NEEDS_REVIEW, DocumentState.READING},
    _E.FAILED: {DocumentState.FAILED},
    _E.REJECTED: {DocumentState.REJECTED},
    _E.CANCELLED: {DocumentState.CANCELLED},
    _E.EXPIRED: {DocumentState.EXPIRED},
}
"""Where an event leaves the document; others leave it where it is."""


def illegal_steps(documents: Sequence[Document]) -> Iterator[Violation]:
    """What cannot have happened."""
    for document in documents:
        names = [it.name for it in document.events]
        if not names:
            yield Violation("V5", document.id, "it has no events")
            continue
        is_whole = document.events[0].sequence == 1
        if is_whole and names[0] is not _E.RECEIVED:
            yield Violation("V5", document.id, f"begins with {names[0].value}")
        for before, after in pairwise(names):
            if after not in _NEXT[before] and not (document.container and after in _OF_BUNDLES):
                yield Violation("V5", document.id, f"{before.value} then {after.value}")
        last = next((it for it in reversed(names) if it in _STATES), None)
        if last is not None and document.state not in _STATES[last]:
            yield Violation("V5", document.id, f"{document.state.value} after {last.value}")
