"""What fails for good leaves a dead letter: pure functions over all three aggregates.

The letter is an entry in the record's own outbox, added by the very write that ends the work, so
there is no failure without one, whoever dies when. What is done about a letter goes the same way:
the write that begins anew says so in the outbox.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from shared.errors import REGISTRY, Code, RetryClass
from shared.models.dead_letter import DeadLetter, LetterState, Subject, letter_id
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.failure import Closing, Failure, FailureKind, Remedy
from shared.models.ids import derived_id
from shared.models.outbox import Aggregate, OutboxEntry, OutboxKind
from shared.models.work import Problem, StageName, Try, Work, WorkState
from shared.stages.work import MAX_TRIES

R = TypeVar("R", bound=Aggregate)

KEPT = frozenset({OutboxKind.EVENT, OutboxKind.LETTER})
"""Entries that stay when all work on a record is called off: they tell of what was."""
_NOBODYS_FAULT = frozenset({RetryClass.TRANSIENT, RetryClass.QUOTA})


def die(record: R, failure: Failure, now: datetime) -> R:
    """The record with the entry that writes the letter of its failure."""
    number = record.letters + 1
    entry = OutboxEntry(kind=OutboxKind.LETTER, not_before=now, number=number, failure=failure)
    return record.copy_with(letters=number, outbox=[*record.outbox, entry])


def failure_of(stage: StageName, problem: Problem, work: Work) -> Failure:
    """What the letter of work that was given up is to say."""
    last = work.tries[-1] if work.tries else None
    retry = last.retry if last is not None else _registered(problem.code)
    return Failure(
        code=problem.code,
        detail=problem.detail,
        kind=_kind(retry),
        stage=stage,
        attempts=work.attempts,
        tries=work.tries,
        worker=last.worker if last is not None else "",
    )


def fail_document(document: Document, problem: Problem, work: Work, now: datetime) -> Document:
    """The letter of a document whose way ends; ``work`` is what failed."""
    return die(document, failure_of(stage_of(document), problem, work), now)


def fail_delivery(delivery: Delivery, problem: Problem, now: datetime) -> Delivery:
    """The letter of a delivery that is given up.

    One whose receiver was removed here has none: that is what somebody wanted.
    """
    last = delivery.log[-1] if delivery.log else None
    is_told = last is not None and last.problem == problem
    if is_told and last is not None and problem.code == Code.TARGET_GONE and last.status is None:
        return delivery
    failure = failure_of(StageName.NOTIFY, problem, delivery.work)
    if not is_told:
        return die(delivery, failure, now)
    tries = sorted([*delivery.work.tries, *_tries_of(delivery.log)], key=lambda it: it.at)
    is_final = _registered(problem.code) is RetryClass.PERMANENT and delivery.attempts_made == 1
    told = failure.copy_with(
        kind=FailureKind.PERMANENT
        if is_final or problem.code == Code.TARGET_GONE
        else FailureKind.ATTEMPTS_SPENT,
        attempts=delivery.attempts_made,
        tries=tries[-MAX_TRIES:],
    )
    return die(delivery, told, now)


def stage_of(document: Document) -> StageName:
    """The stage that an unfinished document is in."""
    if document.state is DocumentState.EXTRACTING:
        return StageName.EXTRACT
    source, container = document.source, document.container
    if source is not None and source.work.state is not WorkState.DONE:
        return StageName.FETCH
    return StageName.UNPACK if container is not None else StageName.OCR


def failed_work(document: Document) -> Work:
    """The work of an unfinished document that was given up; none has failed: a new one."""
    holders = (document.source, document.container, *document.parts)
    works = [it.work for it in holders if it is not None]
    return next((it for it in works if it.state is WorkState.FAILED), Work())


def has_failed(record: Aggregate) -> bool:
    """Whether the record stands where its newest letter was written."""
    if record.letters == 0:
        return False
    if isinstance(record, Document):
        return record.state is DocumentState.FAILED
    if isinstance(record, Extraction | Delivery):
        return record.work.state is WorkState.FAILED
    return False


def close(
    record: R, what: Remedy, now: datetime, by: str | None = None, due: datetime | None = None
) -> R:
    """The record with word of what is being done about its newest letter; none, no word."""
    if not has_failed(record):
        return record
    number = record.letters
    closing = Closing(
        id=derived_id("closing", record.id, number), what=what, by=by, at=now, due=due
    )
    waiting = [it for it in record.outbox if it.kind is OutboxKind.LETTER and it.number == number]
    # It may be on its way to be written: then it is to be written as closed, and if it was, closed.
    failure = next((it.failure for it in waiting if it.failure is not None), None)
    entry = OutboxEntry(
        kind=OutboxKind.LETTER, not_before=now, number=number, failure=failure, closing=closing
    )
    others = [it for it in record.outbox if it not in waiting]
    return record.copy_with(outbox=[*others, entry])


def letter_of(record: Aggregate, number: int, failure: Failure, at: datetime) -> DeadLetter:
    """The letter of a record's failure."""
    subject, document = _subject(record)
    return DeadLetter(
        id=letter_id(record.id, number),
        organization=record.organization,
        workspace=record.workspace,
        created=at,
        updated=at,
        subject=subject,
        target=record.id,
        document=document,
        revision=getattr(record, "revision", 0),
        code=failure.code,
        detail=failure.detail,
        kind=failure.kind,
        stage=failure.stage,
        attempts=failure.attempts,
        tries=failure.tries,
        worker=failure.worker,
        trace=record.trace,
        earlier=letter_id(record.id, number - 1) if number > 1 else None,
    )


def closed(letter: DeadLetter, closing: Closing) -> DeadLetter:
    """The letter with what was done about it; the same thing twice is done once."""
    if any(it.id == closing.id for it in letter.audit):
        return letter
    is_left = closing.what is Remedy.DISCARDED
    state = LetterState.DISCARDED if is_left else LetterState.REPLAYED
    return letter.copy_with(state=state, audit=[*letter.audit, closing])


def _subject(record: Aggregate) -> tuple[Subject, str]:
    if isinstance(record, Extraction):
        return Subject.EXTRACTION, record.document
    if isinstance(record, Delivery):
        return Subject.DELIVERY, record.document
    return Subject.DOCUMENT, record.id


def _tries_of(log: Iterable[DeliveryAttempt]) -> list[Try]:
    return [
        Try(
            at=it.at,
            code=it.problem.code,
            detail=it.problem.detail,
            retry=_registered(it.problem.code),
        )
        for it in log
        if it.problem is not None
    ]


def _registered(code: str) -> RetryClass:
    return REGISTRY[Code(code)].retry if code in set(Code) else RetryClass.PERMANENT


def _kind(retry: RetryClass) -> FailureKind:
    if retry in _NOBODYS_FAULT:
        return FailureKind.TRANSIENT_EXHAUSTED
    return FailureKind.ATTEMPTS_SPENT if retry is RetryClass.ATTEMPT else FailureKind.PERMANENT
