"""How far a document has come, in the steps that people are shown."""

from dataclasses import dataclass

from shared.models.document import Document, DocumentState, EventName

_DONE, _NOW, _TODO, _STOPPED = "done", "now", "todo", "stopped"


@dataclass(frozen=True, slots=True)
class Step:
    """A stage on the way, and how it stands: done, now, todo or stopped."""

    label: str
    standing: str


def steps(document: Document) -> list[Step]:
    """The way of a document; the last step that is not done is where it is, or ended."""
    labels = _labels(document)
    reached = _reached(document)
    if document.state in {DocumentState.READY, DocumentState.NEEDS_REVIEW}:
        return [Step(it, _DONE) for it in labels]
    here = _STOPPED if document.is_final else _NOW
    standings = [_DONE] * reached + [here] + [_TODO] * (len(labels) - reached - 1)
    return [Step(*it) for it in zip(labels, standings, strict=False)]


def where(document: Document) -> str:
    """What is being done in this moment, in a few words; empty when nothing is."""
    if document.is_final:
        return ""
    if not document.has_file:
        return "Fetching the file"
    if document.container is not None:
        return "Taking out what is in it"
    if document.state is DocumentState.EXTRACTING:
        return "Finding the data"
    if document.pages_done and document.pages:
        return f"Reading page {min(document.pages_done + 1, document.pages)} of {document.pages}"
    return "Reading" if document.state is DocumentState.READING else "Waiting to be read"


def _labels(document: Document) -> list[str]:
    first = ["Fetched"] if document.source is not None else ["Received"]
    if document.container is not None:
        return [*first, "Taken apart"]
    return [*first, "Read", "Data found"]


def _reached(document: Document) -> int:
    if not document.has_file and document.state is not DocumentState.EXPIRED:
        return 0
    if document.container is not None:
        return 1
    is_read = document.state is DocumentState.EXTRACTING or any(
        it.name is EventName.READ for it in document.events
    )
    return 2 if is_read else 1
