"""What the pages of integrations and operations show, computed without a browser."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.ingest.console.integrations.delivery_log import readable, sent_headers
from services.ingest.console.operations.advice import advice
from services.ingest.console.operations.lines import time_text
from services.ingest.console.operations.trouble import failed, still
from services.ingest.console.types.trying import found_values
from services.ingest.usage_by_day import Use, counted
from shared.errors import Code
from shared.models.delivery import Delivery, DeliveryAttempt, DeliveryKind
from shared.models.document import Document, DocumentState, EventName, PagePart
from shared.models.extraction import Extraction, Field, ReviewReason
from shared.models.failure import FailureKind
from shared.models.page import Box
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.models.work import Lease, Problem, StageName, Work, WorkState
from shared.store.standings import Status

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def document(day: int, pages: int | None, workspace: str = "a") -> Document:
    created = datetime(2026, 3, day, 1, tzinfo=UTC)
    return Document(organization="o", workspace=workspace, name="d", pages=pages, created=created)


def test_usage_is_by_day_and_workspace() -> None:
    found = [document(2, 3), document(2, None), document(2, 5, "b"), document(1, 7)]
    used = counted(found, NOW, 3, complete=True)
    assert list(used.days) == [date(2026, 3, 2), date(2026, 3, 1), date(2026, 2, 28)]
    assert used.of_day(date(2026, 3, 2)) == Use(3, 8)
    assert used.of_day(date(2026, 2, 28)) == Use()
    assert (used.of_workspace("a"), used.of_workspace("b")) == (Use(3, 10), Use(1, 5))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0.004, "4 ms"),
        (1, "1 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7_200, "2 h"),
        (172_800, "2 d"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float | None, text: str) -> None:
    assert time_text(seconds) == text


def test_what_to_do_goes_by_the_code_and_else_by_the_kind() -> None:
    assert "password" in advice(Code.FILE_ENCRYPTED, FailureKind.PERMANENT)
    assert advice("NEW_CODE", FailureKind.TRANSIENT_EXHAUSTED) != advice("NEW_CODE")
    told = failed(document(1, None).copy_with(error=Problem(code=Code.TIMED_OUT, detail="slow")))
    assert (told.why, told.advice) == ("slow", advice(Code.TIMED_OUT))


def part(**work: object) -> PagePart:
    return PagePart(index=0, first=0, work=Work.model_validate(work))


def test_what_stands_still_says_where_and_since_when_and_whose_it_is() -> None:
    lease = Lease(token="t", worker="host/7", until=NOW + timedelta(hours=1))
    held = part(state=WorkState.RUNNING, started=NOW, lease=lease)
    seen = still(document(1, None).copy_with(state=DocumentState.READING, parts=[held]), None)
    assert (seen.stage, seen.status, seen.since) == (StageName.OCR, Status.RUNNING, NOW)
    assert (seen.lease, seen.why) == (lease, "")
    away = Problem(code=Code.DEPENDENCY_DOWN, detail="The store is away.")
    off = part(enqueued=NOW + timedelta(hours=2), problem=away)
    seen = still(document(1, None).copy_with(updated=NOW, parts=[off]), None)
    assert (seen.status, seen.why) == (Status.POSTPONED, "The store is away.")
    assert seen.advice.startswith(advice(Code.DEPENDENCY_DOWN))
    waits = document(1, 1).copy_with(state=DocumentState.EXTRACTING)
    assert still(waits, None).status is Status.WAITING
    made = Extraction(organization="o", workspace="w", document="d", revision=1)
    taken = still(waits, made.copy_with(work=held.work))
    assert (taken.stage, taken.status, taken.lease) == (StageName.EXTRACT, Status.RUNNING, lease)
    nowhere = still(document(1, None).copy_with(state=DocumentState.READING), None)
    assert (nowhere.stage, "between two stages" in nowhere.advice) == (None, True)


def test_a_try_shows_each_field_and_cell_in_the_order_of_the_schema() -> None:
    box = Box(page=1, x0=1, y0=2, x1=3, y1=4)
    schema = Schema(
        name="t",
        fields=[
            FieldSpec(name="b", required=True),
            FieldSpec(name="rows", type=FieldType.ROWS, fields=[FieldSpec(name="x")]),
            FieldSpec(name="a"),
        ],
    )
    extraction = Extraction(
        organization="o",
        workspace="w",
        document="d",
        revision=1,
        fields={
            "a": Field(value="1", raw="one", confidence=0.5, boxes=[box]),
            "rows": [{"x": Field(value="p", confidence=1)}, {"x": Field(value="q")}],
        },
        reasons=[ReviewReason(code="missing_required", field="b", detail="no value was found")],
    )
    values = found_values(schema, extraction)
    assert [(it.name, it.text) for it in values] == [
        ("b", ""),
        ("rows 1 · x", "p"),
        ("rows 2 · x", "q"),
        ("a", "1"),
    ]
    assert values[0].reason == "no value was found"
    assert (values[3].raw, values[3].boxes) == ("one", (box,))


def test_a_delivery_shows_its_headers_but_no_secret() -> None:
    delivery = Delivery(
        organization="o",
        workspace="w",
        document="d",
        event="e-1",
        event_name=EventName.READY,
        sequence=1,
        subscription="s",
        payload='{"a":{"b":1}}',
        log=[DeliveryAttempt(at=NOW, status=200)],
    )
    assert ("webhook-id", "e-1") in sent_headers(delivery)
    assert ("webhook-timestamp", str(int(NOW.timestamp()))) in sent_headers(delivery)
    assert readable(delivery) == '{\n  "a": {\n    "b": 1\n  }\n}'
    mail = delivery.copy_with(kind=DeliveryKind.MAIL)
    assert (sent_headers(mail), readable(mail)) == ([], "")
    assert readable(delivery.copy_with(payload="not json")) == "not json"
