"""The checker: which promises were not kept, from what is left after a fault has passed.

The invariants are named as in docs/reliability.md:

- V1 every accepted document exists, and its file is the one that was sent;
- V2 one visible result per document, stage and revision; events counted without a gap;
- V3 everything has come to an end;
- V4 nothing is left over: outbox entries, leases, messages, spooled files;
- V5 the events of a document are a legal path, and end where its state says;
- V6 every subscribed event reached its receiver, under one id, with a valid signature;
- V7 there is no document that nobody sent;
- V8 memory and open files are bounded.

The summary counts in the words of Jepsen's queue checkers (jepsen.checker/total-queue).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.models.delivery import DeliveryKind
from shared.models.document import Document, DocumentState
from shared.models.ids import derived_id
from shared.models.outbox import Aggregate, OutboxEntry
from shared.models.work import FINAL_WORK_STATES, Work, WorkState
from tests.faults import hooks, resources
from tests.faults.evidence import Evidence, Upload, Violation
from tests.faults.paths import illegal_steps

MAX_KEPT = 100
"""Events that a document keeps; of more the first are gone."""

_SETTLED = frozenset({DocumentState.READY, DocumentState.NEEDS_REVIEW})


@dataclass(frozen=True, slots=True)
class Summary:
    """How many uploads went which way.

    ``lost``: acknowledged, and not there. ``duplicated``: documents beyond the first of an
    upload. ``unexpected``: sent by nobody. ``recovered``: there, though no answer said so.
    """

    attempted: int
    acknowledged: int
    ok: int
    lost: int
    duplicated: int
    unexpected: int
    recovered: int


def check(evidence: Evidence) -> list[Violation]:
    """All promises that were not kept, sorted; none where all is well."""
    found = [
        *_accepted(evidence),
        *_single(evidence),
        *_ended(evidence),
        *_left_over(evidence),
        *illegal_steps(evidence.documents),
        *hooks.untold(evidence),
        *_unexpected(evidence),
        *resources.unbounded(evidence.samples),
    ]
    return sorted(found)


def summary(evidence: Evidence) -> Summary:
    """The counts of the same evidence."""
    uploads = _merged(evidence)
    there = {it.id for it in evidence.documents}
    bytes_there = {it.sha256 for it in evidence.documents}
    promised = [it for it in uploads if it.is_acknowledged]
    silent = [it for it in uploads if not it.is_acknowledged]
    return Summary(
        attempted=len(uploads),
        acknowledged=len(promised),
        ok=sum(it.document in there for it in promised),
        lost=sum(it.document not in there for it in promised),
        duplicated=sum(_too_many(evidence).values()),
        unexpected=len(list(_unexpected(evidence))),
        recovered=sum(it.sha256 in bytes_there for it in silent if it.sha256 is not None),
    )


def _merged(evidence: Evidence) -> list[Upload]:
    """Uploads with a key once each, by an acknowledged answer where there was one."""
    merged: dict[str, Upload] = {}
    for number, upload in enumerate(evidence.uploads):
        name = upload.key or f"\0{number}"
        if name not in merged or upload.is_acknowledged:
            merged[name] = upload
    return list(merged.values())


def _accepted(evidence: Evidence) -> Iterator[Violation]:
    there = {it.id: it for it in evidence.documents}
    for upload in evidence.uploads:
        if not upload.is_acknowledged:
            continue
        if upload.document is None or upload.document not in there:
            yield Violation("V1", upload.document or "", "lost: acknowledged, and not there")
            continue
        yield from _is_what_was_sent(there[upload.document], upload, evidence.blobs)


def _is_what_was_sent(
    document: Document, upload: Upload, blobs: Mapping[str, str]
) -> Iterator[Violation]:
    if not document.has_file or not document.blob:
        return
    sent = upload.sha256 or document.sha256
    if document.sha256 != sent:
        yield Violation("V1", document.id, "the record's hash is not that of the file sent")
    stored = blobs.get(document.blob)
    if stored is None:
        yield Violation("V1", document.id, "its file is missing")
    elif stored != sent:
        yield Violation("V1", document.id, "its file is not the one sent")


def _single(evidence: Evidence) -> Iterator[Violation]:
    for sha256, more in _too_many(evidence).items():
        twins = sorted(it.id for it in evidence.documents if it.sha256 == sha256)
        yield Violation("V2", twins[0], f"duplicated: {more} more of one upload")
    answers: dict[str, set[str]] = {}
    for upload in evidence.uploads:
        if upload.key is not None and upload.is_acknowledged and upload.document is not None:
            answers.setdefault(upload.key, set()).add(upload.document)
    for key, documents in answers.items():
        if len(documents) > 1:
            yield Violation("V2", min(documents), f"several answers to the key {key}")
    for document in evidence.documents:
        yield from _parts(document)
        yield from _counted(document)
    yield from _results(evidence)
    yield from _deliveries(evidence)


def _too_many(evidence: Evidence) -> Counter[str]:
    """How many documents there are beyond one for each upload, by hash."""
    sent = Counter(it.sha256 for it in _merged(evidence) if it.sha256 is not None)
    found = Counter(it.sha256 for it in _roots(evidence) if it.sha256 in sent)
    return found - sent


def _roots(evidence: Evidence) -> list[Document]:
    """Documents that came in by themselves, not out of a container."""
    return [it for it in evidence.documents if it.parent is None and it.source is None]


def _parts(document: Document) -> Iterator[Violation]:
    if [it.index for it in document.parts] != list(range(len(document.parts))):
        yield Violation("V2", document.id, "a page part is there twice, or missing")
    if document.state not in _SETTLED or document.container or not document.parts:
        return
    ends = [0, *(it.last for it in document.parts)]
    starts = [it.first for it in document.parts]
    if starts != ends[:-1] or ends[-1] != document.pages or document.pages_done != ends[-1]:
        yield Violation("V2", document.id, "its parts are not its pages, once each")


def _counted(document: Document) -> Iterator[Violation]:
    numbers = [it.sequence for it in document.events]
    first = max(1, document.sequence - MAX_KEPT + 1)
    if numbers != list(range(first, document.sequence + 1)):
        yield Violation("V2", document.id, "its events are not counted without a gap")
    if any(it.id != derived_id("event", document.id, it.sequence) for it in document.events):
        yield Violation("V2", document.id, "an event's id is not its own")


def _results(evidence: Evidence) -> Iterator[Violation]:
    plain = [it for it in evidence.extractions if it.order is None]
    by_id = {it.id: it for it in evidence.extractions}
    seen = Counter((it.document, it.revision, it.requested_type) for it in plain)
    for (document, revision, _), count in seen.items():
        if count > 1:
            yield Violation("V2", document, f"{count} extractions of revision {revision}")
    for document in evidence.documents:
        if document.extraction is None:
            continue
        shown = by_id.get(document.extraction)
        if shown is None:
            yield Violation("V2", document.id, "its extraction is not there")
        elif shown.revision != document.revision or shown.work.state is not WorkState.DONE:
            yield Violation("V2", document.id, "its extraction is not this revision's result")


def _deliveries(evidence: Evidence) -> Iterator[Violation]:
    told = Counter((it.event, it.subscription, it.document) for it in evidence.deliveries)
    for (event, _, document), count in told.items():
        if event and count > 1:
            yield Violation("V2", document, f"{count} deliveries of one event to one receiver")


def _ended(evidence: Evidence) -> Iterator[Violation]:
    for document in evidence.documents:
        if not document.is_final:
            yield Violation("V3", document.id, f"not at an end: {document.state.value}")
        elif document.announced < document.sequence:
            yield Violation("V3", document.id, "events that notify never took over")
    for extraction in evidence.extractions:
        if extraction.work.state not in FINAL_WORK_STATES:
            yield Violation("V3", extraction.document, "an extraction is not at an end")
    for delivery in evidence.deliveries:
        is_ours = delivery.kind is not DeliveryKind.PULL  # its reader comes for it
        if is_ours and delivery.work.state not in FINAL_WORK_STATES:
            yield Violation("V3", delivery.document, "a delivery is not at an end")


def _left_over(evidence: Evidence) -> Iterator[Violation]:
    records: list[Aggregate] = [
        *evidence.documents, *evidence.extractions, *evidence.deliveries
    ]  # fmt: skip
    for record in records:
        name = record.id if isinstance(record, Document) else getattr(record, "document", "")
        if record.outbox:
            left = "; ".join(sorted(map(_told, record.outbox)))
            of = type(record).__name__.lower()
            yield Violation("V4", name, f"outbox entries of the {of} are left: {left}")
        if any(work.lease is not None for work in works_of(record)):
            yield Violation("V4", name, "a lease is left")
    for queue, depth in evidence.queues.items():
        if depth:
            yield Violation("V4", queue, f"{depth} messages are left")
    for name in evidence.spool:
        yield Violation("V4", name, "a spooled file is left")
    yield from _dead_letters(evidence)


def _dead_letters(evidence: Evidence) -> Iterator[Violation]:
    """Each document that has failed has one open letter, and no other has any."""
    failed = {it.id for it in evidence.documents if it.state is DocumentState.FAILED}
    for dead in evidence.dead:
        if dead not in failed:
            yield Violation("V4", dead, "a dead letter of a document that has not failed")
    for missing in failed - set(evidence.dead):
        yield Violation("V4", missing, "it has failed, and there is no open dead letter")
    for twice in (it for it, count in Counter(evidence.dead).items() if count > 1):
        yield Violation("V2", twice, "one failure has several open dead letters")


def _told(entry: OutboxEntry) -> str:
    what = entry.stage.value if entry.stage else entry.event or ""
    return f"{entry.kind.value} {what} {entry.id[:8]}, due {entry.not_before:%H:%M:%S}"


def works_of(record: Aggregate) -> list[Work]:
    """All work on a record."""
    if not isinstance(record, Document):
        return [record.work] if isinstance(getattr(record, "work", None), Work) else []
    works = [it.work for it in record.parts]
    works += [record.source.work] if record.source else []
    return works + ([record.container.work] if record.container else [])


def _unexpected(evidence: Evidence) -> Iterator[Violation]:
    ids = {it.id for it in evidence.documents}
    sent = {it.sha256 for it in evidence.uploads}
    urls = {it.url for it in evidence.uploads}
    for document in evidence.documents:
        if document.parent is not None:
            known = document.parent in ids
        elif document.source is not None:
            known = document.source.url in urls
        else:
            known = document.sha256 in sent
        if not known:
            yield Violation("V7", document.id, "unexpected: sent by nobody")
