"""The events of this dialect, in our words.

``parse`` is over when fields were found or a document has failed; ``completed`` is both. A
document is ``validated`` when a person has accepted it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.models.document import EventName
from shared.models.resthook import Outcome

_FOUND, _FAILED = EventName.EXTRACTED, EventName.FAILED
_RESUMES, _INVOICES = ("resume",), ("invoice", "credit_note")


@dataclass(frozen=True, slots=True)
class Topic:
    """Which of our events one is; see ``Resthook``."""

    events: tuple[EventName, ...]
    types: tuple[str, ...] = ()
    outcome: Outcome | None = None


def _parsing(prefix: str, types: tuple[str, ...] = ()) -> dict[str, Topic]:
    return {
        f"{prefix}.parse.succeeded": Topic((_FOUND,), types),
        f"{prefix}.parse.failed": Topic((_FAILED,), types),
        f"{prefix}.parse.completed": Topic((_FOUND, _FAILED), types),
    }


def _validating(prefix: str, types: tuple[str, ...] = ()) -> dict[str, Topic]:
    accepted = Topic((EventName.REVIEWED,), types, Outcome.SUCCEEDED)
    return {f"{prefix}.validate.completed": accepted}


TOPICS: Mapping[str, Topic] = {
    **_parsing("document"),
    "document.classify.succeeded": Topic((EventName.CLASSIFIED,), (), Outcome.SUCCEEDED),
    "document.classify.failed": Topic((EventName.CLASSIFIED,), (), Outcome.FAILED),
    "document.classify.completed": Topic((EventName.CLASSIFIED,)),
    **_validating("document"),
    "document.rejected": Topic((EventName.REJECTED,)),
    **_parsing("resume", _RESUMES),
    **_parsing("invoice", _INVOICES),
    **_validating("invoice", _INVOICES),
    "annotation.validated": Topic((EventName.CORRECTED,)),
}
"""By the names that receivers know."""
