"""The way of a document, from its records: tries, waits, who did it, what went wrong."""

from datetime import datetime, timedelta

from services.ingest.timeline import Outcome, Row, Step, timeline
from shared.errors import Code, RetryClass
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.document import Document, EventName, PagePart
from shared.models.extraction import Extraction
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.time import utc_now
from shared.models.work import Lease, Problem, Work, WorkState
from shared.stages import lifecycle
from shared.stages import work as works

NOW = utc_now()


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def claimed(work: Work, worker: str, second: float) -> Work:
    lease = Lease(token=worker, worker=worker, until=at(second + 1))
    found = works.claim(work, lease, at(second), 9)
    assert isinstance(found, Work)
    return found


def document(work: Work) -> Document:
    received = lifecycle.receive(
        Document(
            organization="o", workspace="w", name="a.pdf", media_type="application/pdf", size=1,
            sha256="", blob="b",
        ),
        NOW,
    )  # fmt: skip
    return received.copy_with(parts=[PagePart(index=0, first=0, last=1, work=work)], pages=1)


def read_rows(work: Work) -> list[Row]:
    return [it for it in timeline(document(work), [], []) if it.step is Step.READ]


def test_each_try_has_its_wait_its_time_its_worker_and_its_problem() -> None:
    work = claimed(Work(enqueued=NOW), "w1", 2)
    problem = Problem(code=Code.TIMED_OUT, detail="slow")
    work = works.tried(work, problem, RetryClass.ATTEMPT, at(5))
    work = works.try_again(work, problem, at(8))
    waiting = read_rows(work)
    assert [(it.outcome, it.attempt) for it in waiting] == [
        (Outcome.FAILED, 1), (Outcome.WAITING, 2),
    ]  # fmt: skip
    assert waiting[1].waited(at(10)) == 2.0
    work = claimed(work, "w2", 9)  # and dies
    assert [it.outcome for it in read_rows(work)] == [Outcome.FAILED, Outcome.RUNNING]
    work = works.finish(claimed(work, "w3", 20), at(21))
    first, second, third = read_rows(work)
    assert (first.attempt, first.waited(NOW), first.took(NOW)) == (1, 2.0, 3.0)
    assert (first.worker, first.problem) == ("w1", problem)
    assert (second.outcome, second.attempt, second.worker) == (Outcome.LOST, 2, "w2")
    assert (third.outcome, third.attempt, third.worker) == (Outcome.DONE, 3, "w3")
    assert third.took(NOW) == 1.0
    assert third.about == "page 1"


def test_work_that_is_given_up_ends_with_its_last_try() -> None:
    work = claimed(Work(enqueued=NOW), "w1", 1)
    problem = Problem(code=Code.FILE_CORRUPT, detail="torn")
    work = works.give_up(works.tried(work, problem, RetryClass.PERMANENT, at(2)), problem, at(2))
    (row,) = read_rows(work)
    assert (row.outcome, row.attempt, row.problem) == (Outcome.FAILED, 1, problem)


def test_what_was_called_off_before_it_began_has_no_try() -> None:
    assert read_rows(works.cancel(Work(enqueued=NOW), at(1))) == []


def test_all_is_in_the_order_of_its_time() -> None:
    done = works.finish(claimed(Work(enqueued=at(1)), "w1", 2), at(3))
    found = works.finish(claimed(Work(enqueued=at(4)), "w2", 5), at(6))
    extraction = Extraction(
        id="x", organization="o", workspace="w", document="d", revision=1, work=found
    )
    due = OutboxEntry(kind=OutboxKind.JOB, not_before=at(13))
    delivery = Delivery(
        organization="o", workspace="w", document="d", event="e", event_name=EventName.READY,
        sequence=5, subscription="s", payload="", created=at(7), attempts_made=1,
        log=[DeliveryAttempt(at=at(8), status=503, milliseconds=500,
                             problem=Problem(code=Code.TARGET_REFUSED))],
        work=Work(state=WorkState.WAITING), outbox=[due],
    )  # fmt: skip
    rows = timeline(document(done), [extraction], [delivery])
    assert [(it.step, it.outcome) for it in rows] == [
        (Step.EVENT, Outcome.HAPPENED), (Step.READ, Outcome.DONE), (Step.EXTRACT, Outcome.DONE),
        (Step.TELL, Outcome.FAILED), (Step.TELL, Outcome.WAITING),
    ]  # fmt: skip
    refused, waiting = rows[-2:]
    assert (refused.waited(NOW), refused.took(NOW), refused.status) == (1.0, 0.5, 503)
    assert (waiting.attempt, waiting.enqueued) == (2, at(13))
    assert rows[2].subject == "x"
