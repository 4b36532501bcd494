"""The checker sees each broken promise, and nothing where all is well."""

import base64
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.notify.webhooks import signed_headers
from shared.models.delivery import Delivery, Subscription
from shared.models.document import Document, DocumentState, EventName
from shared.models.extraction import Extraction, TypeGuess
from shared.models.outbox import OutboxEntry, OutboxKind
from shared.models.work import Lease, Problem, Work, WorkState
from shared.stages import lifecycle, planning
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant
from shared.store.sqlite import SqliteStore
from tests.faults import dump, resources
from tests.faults.checker import Summary, check, summary
from tests.faults.evidence import Evidence, Receipt, Sample, Upload, Violation

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
DONE = Work(state=WorkState.DONE, attempts=1, begun=1, finished=NOW)
SHA = hashlib.sha256(b"one").hexdigest()

Change = Callable[[Evidence], Evidence]


def finished(sha256: str = SHA, name: str = "doc-1") -> tuple[Document, Extraction]:
    """A document of two parts that went all the way, by the services' own functions."""
    new = Document(
        id=name, organization="o", workspace="w", name="a.pdf", sha256=sha256,
        blob=f"o/{name}/original", media_type="application/pdf", created=NOW,
    )  # fmt: skip
    document = planning.plan_parts(lifecycle.receive(new, NOW), 4, 2, NOW)
    document = document.copy_with(
        state=DocumentState.READING,
        parts=[it.copy_with(work=DONE, pages_done=2) for it in document.parts],
    )
    document = lifecycle.after_part(document, NOW)
    extraction = Extraction(
        id=lifecycle.extraction_id(document), organization="o", workspace="w", document=name,
        revision=1, work=DONE, type=TypeGuess(name="invoice", confidence=1.0),
    )  # fmt: skip
    document = lifecycle.settle(document, extraction, NOW)
    return lifecycle.mark_announced(document, document.sequence).copy_with(outbox=[]), extraction


def receipt_of(document: Document, at: int = -1) -> Receipt:
    event = document.events[at]
    body = json.dumps({"type": event.name.value, "data": {"event_id": event.id}}).encode()
    headers = signed_headers(SECRET, event.id, NOW, body)
    return Receipt(
        "/hook", event.id, headers["webhook-timestamp"], headers["webhook-signature"], body
    )


def well() -> Evidence:
    document, extraction = finished()
    hook = Subscription(
        id="hook", organization="o", workspace="w", url="http://127.0.0.1:1/hook", secret=SECRET,
        events=[EventName.READY, EventName.FAILED], created=NOW - timedelta(seconds=1),
    )  # fmt: skip
    delivery = Delivery(
        organization="o", workspace="w", document=document.id, event=document.events[-1].id,
        event_name=EventName.READY, sequence=5, subscription="hook", payload="{}", work=DONE,
    )  # fmt: skip
    return Evidence(
        uploads=[Upload("k1", SHA, 202, document.id), Upload("k2", "never-arrived", 503, None)],
        documents=[document],
        extractions=[extraction],
        deliveries=[delivery],
        subscriptions=[hook],
        blobs={document.blob: SHA},
        receipts=[receipt_of(document)],
        queues={"docstage.ocr.normal": 0},
        samples=[Sample("ocr", 0.0, 10**8, 30), Sample("ocr", 9.0, 10**8 + 10**7, 40)],
    )


def changed(**changes: object) -> Change:
    """The document with other fields."""
    return lambda it: replace(it, documents=[it.documents[0].copy_with(**changes)])


def with_events(*names: EventName, state: DocumentState) -> Change:
    def make(evidence: Evidence) -> Evidence:
        document = evidence.documents[0].copy_with(events=[], sequence=0, state=state)
        for name in names:
            document = lifecycle.announce(document, name, NOW)
        document = document.copy_with(outbox=[], announced=document.sequence)
        return replace(evidence, documents=[document], subscriptions=[])

    return make


def twin(evidence: Evidence) -> Evidence:
    second, extraction = finished(name="doc-2")
    return replace(
        evidence,
        documents=[*evidence.documents, second],
        extractions=[*evidence.extractions, extraction],
        blobs={**evidence.blobs, second.blob: SHA},
        receipts=[*evidence.receipts, receipt_of(second)],
    )


def first_part(**changes: object) -> Change:
    def make(evidence: Evidence) -> Evidence:
        first, *others = evidence.documents[0].parts
        return changed(parts=[first.copy_with(**changes), *others])(evidence)

    return make


LEASE = Lease(token="t", worker="w", until=NOW)
ENTRY = OutboxEntry(kind=OutboxKind.EVENT)

BROKEN: dict[str, tuple[str, Change]] = {
    "lost": ("V1", lambda it: replace(it, uploads=[*it.uploads, Upload("k3", "x", 202, "gone")])),
    "promised without an id": ("V1", lambda it: replace(it, uploads=[Upload("k", SHA, 202)])),
    "another file": ("V1", lambda it: replace(it, blobs={it.documents[0].blob: "other"})),
    "no file": ("V1", lambda it: replace(it, blobs={})),
    "twice": ("V2", twin),
    "two answers to one key": (
        "V2",
        lambda it: replace(it, uploads=[*it.uploads, Upload("k1", SHA, 202, "doc-9")]),
    ),
    "two extractions": (
        "V2",
        lambda it: replace(
            it, extractions=[*it.extractions, it.extractions[0].copy_with(id="other")]
        ),
    ),
    "a result that is not there": ("V2", lambda it: replace(it, extractions=[])),
    "the result of before": ("V2", changed(revision=2)),
    "pages twice": ("V2", first_part(last=3)),
    "a page too few": ("V2", first_part(pages_done=1)),
    "events with a gap": ("V2", changed(sequence=9, announced=9)),
    "two deliveries": (
        "V2",
        lambda it: replace(it, deliveries=[*it.deliveries, it.deliveries[0].copy_with(id="x")]),
    ),
    "unfinished": ("V3", changed(state=DocumentState.READING)),
    "unannounced": ("V3", changed(announced=1)),
    "an extraction at work": (
        "V3",
        lambda it: replace(it, extractions=[it.extractions[0].copy_with(work=Work())]),
    ),
    "a delivery at work": (
        "V3",
        lambda it: replace(it, deliveries=[it.deliveries[0].copy_with(work=Work())]),
    ),
    "an outbox entry": ("V4", changed(outbox=[ENTRY])),
    "a lease": ("V4", first_part(work=DONE.copy_with(lease=LEASE))),
    "a message": ("V4", lambda it: replace(it, queues={"docstage.ocr.low": 1})),
    "a spooled file": ("V4", lambda it: replace(it, spool=["1.part"])),
    "a dead letter of one that is well": ("V4", lambda it: replace(it, dead=["doc-1"])),
    "two letters of one failure": (
        "V2",
        lambda it: replace(LEGAL["failed"](it), dead=["doc-1", "doc-1"]),
    ),
    "failed without a letter": ("V4", lambda it: replace(LEGAL["failed"](it), dead=[])),
    "done before it was read": (
        "V5",
        with_events(EventName.RECEIVED, EventName.EXTRACTED, state=DocumentState.READY),
    ),
    "ready twice": (
        "V5",
        with_events(
            EventName.RECEIVED, EventName.READY, EventName.READY, state=DocumentState.READY
        ),
    ),
    "failed after it was ready": (
        "V5",
        with_events(
            EventName.RECEIVED, EventName.READY, EventName.FAILED, state=DocumentState.FAILED
        ),
    ),
    "a state that no event led to": ("V5", changed(state=DocumentState.FAILED)),
    "never told": ("V6", lambda it: replace(it, receipts=[])),
    "told, and refused": (
        "V6",
        lambda it: replace(it, receipts=[replace(it.receipts[0], status=500)]),
    ),
    "two ids": (
        "V6",
        lambda it: replace(it, receipts=[*it.receipts, replace(it.receipts[0], webhook_id="x")]),
    ),
    "a wrong signature": (
        "V6",
        lambda it: replace(it, receipts=[replace(it.receipts[0], body=b"{}")]),
    ),
    "sent by nobody": ("V7", lambda it: replace(it, uploads=[])),
    "a child of nobody": ("V7", changed(parent="gone")),
    "memory": ("V8", lambda it: replace(it, samples=[*it.samples, Sample("ocr", 10, 10**9, 40)])),
    "files": ("V8", lambda it: replace(it, samples=[*it.samples, Sample("ocr", 10, 10**8, 200)])),
}


def test_nothing_is_found_where_all_is_well() -> None:
    assert check(well()) == []
    assert summary(well()) == Summary(
        attempted=2, acknowledged=1, ok=1, lost=0, duplicated=0, unexpected=0, recovered=0
    )


@pytest.mark.parametrize(("invariant", "change"), BROKEN.values(), ids=BROKEN)
def test_each_broken_promise_is_found(invariant: str, change: Change) -> None:
    assert invariant in {it.invariant for it in check(change(well()))}


LEGAL: dict[str, Change] = {
    "no answer, but it is there": lambda it: replace(it, uploads=[Upload("k1", SHA)]),
    "answered twice alike": lambda it: replace(it, uploads=[*it.uploads, it.uploads[0]]),
    "two files of the same bytes": lambda it: replace(
        twin(it), uploads=[*it.uploads, Upload("k3", SHA, 202, "doc-2")]
    ),
    "told twice": lambda it: replace(it, receipts=[*it.receipts, *it.receipts]),
    "an order beside": lambda it: replace(it, queues={}),
    "failed": lambda it: replace(
        it, documents=[lifecycle.fail(_open(it.documents[0]), Problem(code="CRASHED"), NOW)
                       .copy_with(outbox=[], announced=2)], subscriptions=[], dead=["doc-1"],
    ),
    "processed anew": with_events(
        EventName.RECEIVED, EventName.READ, EventName.CLASSIFIED, EventName.EXTRACTED,
        EventName.READY, EventName.RECEIVED, EventName.CANCELLED, state=DocumentState.CANCELLED,
    ),
}  # fmt: skip


def _open(document: Document) -> Document:
    return document.copy_with(
        state=DocumentState.READING, events=document.events[:1], sequence=1, extraction=None
    )


@pytest.mark.parametrize("change", LEGAL.values(), ids=LEGAL)
def test_what_is_legal_is_not_found(change: Change) -> None:
    assert check(change(well())) == []


def test_uploads_are_counted_in_jepsens_words() -> None:
    evidence = twin(well())
    lost = Upload("k3", "x", 202, "gone")
    silent = Upload("k4", "y")
    recovered, extraction = finished("y", "doc-3")
    nobodys, other = finished("z", "doc-4")
    found = summary(
        replace(
            evidence,
            uploads=[*evidence.uploads, lost, silent],
            documents=[*evidence.documents, recovered, nobodys],
            extractions=[*evidence.extractions, extraction, other],
        )
    )
    assert found == Summary(
        attempted=4, acknowledged=2, ok=1, lost=1, duplicated=1, unexpected=1, recovered=1
    )


def test_slope_is_that_of_the_line_through_the_samples() -> None:
    line = [Sample("a", float(at), 100 + 3 * at, 1) for at in range(5)]
    assert resources.slope(line) == pytest.approx(3.0)
    assert resources.slope([]) == resources.slope(line[:1]) == 0.0


def test_a_sample_is_of_the_process_and_its_children(tmp_path: Path) -> None:
    before = resources.sample("self", os.getpid(), 0.0)
    with (tmp_path / "open").open("w"):
        during = resources.sample("self", os.getpid(), 1.0)
    assert before.rss > 10**6
    assert during.fds == before.fds + 1
    assert resources.sample("gone", 2**22 + 1, 0.0) == Sample("gone", 0.0, 0, 0)


async def test_the_store_is_read_from_its_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    document, _ = finished()
    await store.of(Tenant("o"), DOCUMENTS).insert(document)
    assert [it.id for it in dump.dump_store(url).documents] == [document.id]
    with closing(sqlite3.connect(tmp_path / "store.db")) as file, file:
        file.execute("DELETE FROM documents")
    assert dump.dump_store(url).documents == []
    await store.close()


def test_blobs_are_hashed_in_their_folder(tmp_path: Path) -> None:
    url = tmp_path.as_uri()
    (tmp_path / "files" / "o" / "d").mkdir(parents=True)
    (tmp_path / "files" / "o" / "d" / "original").write_bytes(b"one")
    assert dump.hash_blobs(url, ["o/d/original", "o/d/none"]) == {"o/d/original": SHA}
    assert dump.list_blobs(url) == ["o/d/original"]
    dump.remove_blob(url, "o/d/original")
    assert dump.list_blobs(url) == []


def test_violations_are_told_in_order() -> None:
    found = check(replace(well(), blobs={}, spool=["1.part"], receipts=[]))
    assert found == sorted(found)
    assert [it.invariant for it in found] == ["V1", "V4", "V6"]
    assert all(isinstance(it, Violation) for it in found)
