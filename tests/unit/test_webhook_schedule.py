"""When a delivery is tried again: the schedule, what receivers ask for, and its end."""

from datetime import timedelta

import pytest

from shared.config import Settings
from shared.errors import Code
from shared.models.delivery import Delivery, DeliveryAttempt, DeliveryKind, NoticeName
from shared.models.document import EventName
from shared.models.messages import JobMessage
from shared.models.outbox import OutboxKind
from shared.models.time import utc_now
from shared.models.work import Lane, Lease, Problem, StageName, Work, WorkState
from shared.stages import work as works
from shared.stages.notifying import SCHEDULE, Delivering, Postponed, Schedules, again, pause_after

NOW = utc_now()
REFUSED = Problem(code=Code.TARGET_REFUSED)
JOB = JobMessage(
    id="m", stage=StageName.NOTIFY, lane=Lane.NORMAL, organization="o", document="d", revision=0
)


def delivery(**changes: object) -> Delivery:
    values: dict[str, object] = {
        "organization": "o", "workspace": "w", "document": "d", "event": "e", "sequence": 1,
        "event_name": EventName.READY, "subscription": "s", "payload": "", **changes,
    }  # fmt: skip
    return Delivery(**values)  # type: ignore[arg-type]


def refusal(**changes: object) -> DeliveryAttempt:
    return DeliveryAttempt(at=NOW, status=500, problem=REFUSED).copy_with(**changes)


def test_the_schedule_is_that_of_standard_webhooks() -> None:
    hours = sum(SCHEDULE, timedelta()) / timedelta(hours=1)
    assert [it.total_seconds() for it in SCHEDULE[:4]] == [5, 300, 1800, 7200]
    assert [it / timedelta(hours=1) for it in SCHEDULE[4:]] == [5, 10, 14, 20, 24]
    assert hours == pytest.approx(75.585, abs=0.01)
    defaults = Schedules.listed(Settings.model_fields["webhook_schedule"].default)
    assert tuple(defaults.webhook) == SCHEDULE


@pytest.mark.parametrize("listed", ["", "5,", "5;6", "-1", "1.5", "99999999", "x"])
def test_a_schedule_that_is_none_is_refused(listed: str) -> None:
    with pytest.raises(ValueError, match="seconds"):
        Settings(_env_file=None, webhook_schedule=listed)


@pytest.mark.parametrize(
    ("slot", "change", "least", "most"),
    [
        (5, {}, 5, 6),
        (5, {"retry_after": 8.0}, 8, 8),
        (5, {"retry_after": 1.0}, 5, 6),
        (5, {"retry_after": 9999.0}, 10, 10),
        (5, {"status": 429}, 60, 72),
        (5, {"status": 502}, 60, 72),
        (5, {"status": 429, "retry_after": 100.0}, 100, 100),
        (5, {"status": 429, "retry_after": 9999.0}, 120, 120),
        (300, {"status": 429}, 300, 360),
        (5, {"status": None, "problem": Problem(code=Code.TARGET_TIMED_OUT)}, 60, 72),
        (5, {"status": None, "problem": Problem(code=Code.TARGET_UNREACHABLE)}, 5, 6),
    ],
)
def test_pauses(slot: int, change: dict[str, object], least: int, most: int) -> None:
    pauses = {
        pause_after(timedelta(seconds=slot), refusal(**change)).total_seconds() for _ in range(50)
    }
    assert least <= min(pauses)
    assert max(pauses) <= most
    assert len(pauses) > 1 or least == most, "there is jitter"


@pytest.mark.parametrize("code", [Code.TARGET_GONE, Code.TARGET_DISABLED])
def test_what_cannot_be_mended_ends_at_once(code: Code) -> None:
    ended = Delivering().done(delivery(), JOB, refusal(problem=Problem(code=code)), NOW)
    assert (ended.work.state, len(ended.log)) == (WorkState.FAILED, 1)


def test_what_has_to_wait_spends_no_try_but_its_time_runs() -> None:
    bench, due = Delivering(), NOW + timedelta(minutes=3)
    waiting = bench.done(delivery(), JOB, Postponed(due), NOW)
    assert (waiting.work.state, waiting.attempts_made, waiting.log) == (WorkState.WAITING, 0, [])
    assert [it.not_before for it in waiting.outbox] == [due]
    schedules, late = Schedules(), NOW + timedelta(hours=91)
    assert waiting.since == NOW
    soon = bench.done(waiting, JOB, Postponed(late - timedelta(hours=1)), due)
    assert not schedules.is_last_try(soon, late - timedelta(hours=1))
    rested = bench.done(soon, JOB, Postponed(late), late - timedelta(hours=1))
    assert schedules.is_last_try(rested, late)
    ended = bench.done(rested, JOB, refusal(), late)
    assert (ended.work.state, ended.attempts_made) == (WorkState.FAILED, 1)
    held = bench.done(delivery(), JOB, Postponed(due, counts=False), NOW)
    assert held.since is None


def test_time_in_which_nobody_was_there_to_try_does_not_run() -> None:
    bench, schedules, away = Delivering(), Schedules(), timedelta(days=9)
    waiting = bench.done(delivery(), JOB, refusal(), NOW)
    assert waiting.due is not None
    back = waiting.due + away
    assert not schedules.is_last_try(waiting, back)
    tried = bench.done(waiting, JOB, refusal(), back)
    assert (tried.work.state, tried.attempts_made) == (WorkState.WAITING, 2)
    assert tried.missed == away.total_seconds()
    held = bench.done(waiting, JOB, Postponed(back + timedelta(minutes=1), counts=False), back)
    assert held.missed == tried.missed, "another event goes first, now that somebody is there"
    planned = NOW + away + timedelta(hours=91)
    rested = bench.done(tried, JOB, Postponed(planned), tried.due or back)
    assert schedules.is_last_try(rested, planned), "waiting for who is at rest does"
    assert (again(rested, NOW).due, again(rested, NOW).missed) == (None, 0.0)


def test_workers_that_died_are_forgotten_once_a_try_ended() -> None:
    lease = Lease(token="t", worker="w", until=NOW)
    claimed = works.claim(Work(attempts=2), lease, NOW, 3)
    assert isinstance(claimed, Work)
    failed = Delivering().done(delivery(work=claimed), JOB, refusal(), NOW)
    assert failed.work.attempts == 0


def test_a_test_is_tried_once() -> None:
    sent = delivery(event_name=NoticeName.TEST, document="")
    assert Delivering().done(sent, JOB, refusal(), NOW).work.state is WorkState.FAILED


def test_a_delivery_again_has_a_new_schedule_and_its_old_log() -> None:
    ended = Delivering(Schedules(())).done(delivery(), JOB, refusal(), NOW)
    due = NOW + timedelta(hours=1)
    begun = again(ended, due)
    assert (begun.work.state, begun.attempts_made, begun.since) == (WorkState.WAITING, 0, None)
    assert len(begun.log) == 1
    assert [it.not_before for it in begun.outbox if it.kind is OutboxKind.JOB] == [due]
    assert begun.event == ended.event, "receivers know it by this"


def test_schedules_of_others_are_theirs() -> None:
    schedules = Schedules.listed("1,2")
    assert len(schedules.of(delivery())) == 2
    for kind, tries in ((DeliveryKind.CALLBACK, 4), (DeliveryKind.RESTHOOK, 10)):
        assert len(schedules.of(delivery(kind=kind))) == tries
