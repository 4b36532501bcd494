"""What fails for good leaves a letter; the pure functions, and the outbox that writes it."""

import re
from datetime import timedelta
from pathlib import Path

from stage_bench import ACME, Bench

from services.ingest.replaying import _sent_again
from shared.errors import Code, Permanent, RetryClass
from shared.models.dead_letter import DeadLetter, LetterState, Subject, letter_id
from shared.models.delivery import Delivery, DeliveryAttempt, DeliveryKind, QueueMode, ResultQueue
from shared.models.document import Document, DocumentState, EventName
from shared.models.extraction import Extraction
from shared.models.failure import FailureKind, Remedy
from shared.models.outbox import OutboxKind
from shared.models.time import utc_now
from shared.models.work import Lease, Problem, StageName, Work
from shared.stages import failing, lifecycle
from shared.stages import work as works
from shared.stages.expiring import expire
from shared.stages.relay import Relay
from shared.store.collections import DEAD_LETTERS, DOCUMENTS
from shared.store.port import Query

NOW = utc_now()


def document(**changes: object) -> Document:
    fresh = Document(
        organization="acme", workspace="main", name="secret.pdf", media_type="application/pdf",
        size=3, sha256="00", blob="x/y/original",
    )  # fmt: skip
    return lifecycle.receive(fresh.copy_with(**changes), NOW)


def letters_in(record: Document | Extraction | Delivery) -> list[int]:
    return [it.number for it in record.outbox if it.kind is OutboxKind.LETTER]


async def written(bench: Bench) -> list[DeadLetter]:
    return await bench.runtime.store.of(ACME, DEAD_LETTERS).page(Query(), None, 100)


def test_a_document_that_fails_has_its_letter_in_the_same_outbox() -> None:
    failed = lifecycle.fail(document(), Problem(code=Code.FILE_ENCRYPTED), NOW)
    assert (failed.state, letters_in(failed)) == (DocumentState.FAILED, [1])
    assert failed.dead_letter == letter_id(failed.id, 1)
    rejected = lifecycle.reject(document(), Problem(code=Code.FILE_EMPTY), NOW)
    assert letters_in(rejected) == letters_in(lifecycle.cancel(document(), NOW)) == []


def test_tries_are_remembered_with_who_made_them_and_why() -> None:
    work = Work()
    for number in range(3):
        lease = Lease(token=str(number), worker=f"w{number}", until=NOW + timedelta(seconds=1))
        claimed = works.claim(work, lease, NOW + timedelta(seconds=2 * number), 3)
        assert isinstance(claimed, Work)
        work = claimed
    problem = Problem(code=Code.TIMED_OUT, detail="slow")
    work = works.tried(work, problem, RetryClass.ATTEMPT, NOW)
    assert [(it.worker, it.code) for it in work.tries] == [
        ("w0", "CRASHED"), ("w1", "CRASHED"), ("w2", "TIMED_OUT"),
    ]  # fmt: skip
    failure = failing.failure_of(StageName.OCR, problem, work)
    assert (failure.kind, failure.attempts, failure.worker) == (
        FailureKind.ATTEMPTS_SPENT, 3, "w2",
    )  # fmt: skip
    assert works.finish(work, NOW).tries == work.tries
    for _ in range(20):
        work = works.tried(work, problem, RetryClass.TRANSIENT, NOW)
    assert len(work.tries) == works.MAX_TRIES
    held_out = failing.failure_of(StageName.OCR, problem, work)
    assert held_out.kind is FailureKind.TRANSIENT_EXHAUSTED


def test_processing_anew_closes_the_letter_and_the_next_one_points_at_it() -> None:
    failed = lifecycle.fail(document(), Problem(code=Code.CRASHED), NOW)
    anew = lifecycle.reprocess(failed, NOW)
    (entry,) = [it for it in anew.outbox if it.kind is OutboxKind.LETTER]
    assert entry.failure is not None, "it was not written yet, so it is to be written closed"
    assert entry.closing is not None
    assert entry.closing.what is Remedy.REPROCESSED
    letter = failing.letter_of(anew, 1, entry.failure, NOW)
    closed = failing.closed(letter, entry.closing)
    assert (closed.state, len(closed.audit)) == (LetterState.REPLAYED, 1)
    assert failing.closed(closed, entry.closing) is closed
    second = lifecycle.fail(anew, Problem(code=Code.CRASHED), NOW)
    assert letters_in(second) == [1, 2]
    latest = failing.letter_of(second, 2, entry.failure, NOW)
    assert latest.earlier == letter.id
    assert lifecycle.reprocess(document(), NOW).letters == 0, "nothing has failed"


def test_a_letter_says_nothing_of_the_document_and_goes_with_it() -> None:
    failed = lifecycle.fail(document(expires=NOW), Problem(code=Code.CRASHED), NOW)
    (entry,) = [it for it in failed.outbox if it.kind is OutboxKind.LETTER]
    assert entry.failure is not None
    letter = failing.letter_of(failed, 1, entry.failure, NOW)
    assert "secret" not in letter.model_dump_json()
    assert letters_in(expire(failed, NOW + timedelta(seconds=1))) == []


def test_a_delivery_is_dead_unless_its_receiver_was_removed_here() -> None:
    problem = Problem(code=Code.TARGET_REFUSED, detail="The receiver answered 500.")
    delivery = Delivery(
        organization="acme", workspace="main", document="d", event="e", sequence=1,
        event_name=EventName.READY, subscription="s", payload="{}", attempts_made=2,
        log=[DeliveryAttempt(at=NOW, status=500, problem=problem)] * 2,
    )  # fmt: skip
    (entry,) = failing.fail_delivery(delivery, problem, NOW).outbox
    assert entry.failure is not None
    failure = entry.failure
    assert (failure.kind, failure.attempts) == (FailureKind.ATTEMPTS_SPENT, 2)
    assert [it.code for it in failure.tries] == ["TARGET_REFUSED"] * 2
    gone = Problem(code=Code.TARGET_GONE)
    removed = delivery.copy_with(log=[DeliveryAttempt(at=NOW, problem=gone)])
    assert failing.fail_delivery(removed, gone, NOW).outbox == []
    refused = delivery.copy_with(log=[DeliveryAttempt(at=NOW, status=410, problem=gone)])
    (entry,) = failing.fail_delivery(refused, gone, NOW).outbox
    assert entry.failure is not None
    assert entry.failure.kind is FailureKind.PERMANENT


async def test_each_way_of_failing_writes_one_letter(bench: Bench) -> None:
    async def lost(record: Document, context: object) -> None:
        raise Permanent(Code.FILE_ENCRYPTED)

    bench.read.script = [lost]  # type: ignore[list-item]  # never returns
    await bench.start()
    one = await bench.finished(await bench.accept())
    await bench.outbox.drain()
    (letter,) = await written(bench)
    assert (letter.id, letter.subject, letter.document) == (
        one.dead_letter, Subject.DOCUMENT, one.id,
    )  # fmt: skip
    assert (letter.stage, letter.code, letter.kind, letter.attempts) == (
        StageName.OCR, "FILE_ENCRYPTED", FailureKind.PERMANENT, 1,
    )  # fmt: skip
    assert letter.worker == bench.runtime.worker
    bench.read.script = []
    bench.extract.error = Permanent(Code.LLM_REFUSED)
    other = await bench.finished(await bench.accept())
    await bench.outbox.drain()
    (told,) = [it for it in await written(bench) if it.document == other.id]
    assert (told.stage, told.attempts, told.subject) == (StageName.EXTRACT, 1, Subject.DOCUMENT)


async def test_the_relay_writes_a_letter_that_its_process_did_not_live_to_write(
    bench: Bench,
) -> None:
    early = await bench.runtime.store.now() - timedelta(seconds=10)
    failed = lifecycle.fail(document(), Problem(code=Code.CRASHED), early)
    documents = bench.runtime.store.of(ACME, DOCUMENTS)
    await documents.insert(failed)
    assert await written(bench) == []
    for _ in range(2):  # twice does it once
        await Relay(bench.runtime, bench.outbox).step()
    assert [it.id for it in await written(bench)] == [failed.dead_letter]


async def test_no_letter_outlives_its_document(bench: Bench) -> None:
    failed = lifecycle.fail(document(), Problem(code=Code.CRASHED), NOW - timedelta(seconds=9))
    await bench.outbox.carry_out(DOCUMENTS, failed)  # by somebody who still has it in hand
    assert await written(bench) == []


def test_nothing_is_given_up_where_nobody_thought_of_its_letter() -> None:
    """Whoever gives work up, or ends a document as failed, is listed here once it leaves one."""
    root = Path(__file__).parents[2]
    sources = {
        str(path.relative_to(root)): path.read_text()
        for folder in ("shared", "services")
        for path in (root / folder).rglob("*.py")
    }
    assert {name for name, text in sources.items() if "works.give_up(" in text} == {
        "shared/stages/extracting.py",  # the document's letter, or the order's own
        "shared/stages/fetching.py",  # lifecycle.fail; rejected ones have none
        "shared/stages/notifying.py",
        "shared/stages/reading.py",
        "shared/stages/unpacking.py",
        "services/ingest/ordered.py",  # called off by who asked for it, and was told
    }
    ends = re.compile(r"(state=|end\(\w+, )DocumentState\.FAILED")
    assert {name for name, text in sources.items() if ends.search(text)} == {
        "shared/stages/lifecycle.py"
    }


def test_a_result_queue_that_is_replayed_closes_the_letters_of_what_it_sends() -> None:
    problem = Problem(code=Code.DEPENDENCY_DOWN)
    delivery = Delivery(
        organization="acme", workspace="main", document="d", event="e", sequence=1,
        event_name=EventName.READY, subscription="q", payload="{}", kind=DeliveryKind.PUSH,
        work=works.give_up(Work(), problem, NOW),
    )  # fmt: skip
    dead = failing.fail_delivery(delivery, problem, NOW)
    queue = ResultQueue(organization="acme", name="q", mode=QueueMode.PUSH, max_length=9, max_age=9)
    (entry,) = _sent_again(queue, dead, NOW).outbox
    assert entry.closing is not None
    assert entry.closing.what is Remedy.REPLAYED
    assert _sent_again(queue, delivery.copy_with(letters=0), NOW).outbox == []
