"""Guards taken out, one at a time: the model has to see each."""
# ruff: noqa: ARG005 - what stands in for a function takes what that took

from collections.abc import Callable
from typing import Any

import pytest

from shared.models.work import FINAL_WORK_STATES, WorkState
from shared.stages import claims, extracting, lifecycle, planning, reading, sweeper
from shared.stages import work as works

Mutate = Callable[[pytest.MonkeyPatch], None]


def _anybody_holds(patch: pytest.MonkeyPatch) -> None:
    def holds(work: Any, token: str) -> bool:
        return work.state is WorkState.RUNNING

    patch.setattr(works, "holds", holds)


def _live_leases_are_taken(patch: pytest.MonkeyPatch) -> None:
    claim = works.claim

    def take(work: Any, lease: Any, now: Any, most: int) -> Any:
        free = work if work.state in FINAL_WORK_STATES else work.copy_with(lease=None)
        return claim(free, lease, now, most)

    patch.setattr(works, "claim", take)


def _attempts_count_afterwards(patch: pytest.MonkeyPatch) -> None:
    claim, retry = works.claim, works.try_again

    def uncounted(work: Any, lease: Any, now: Any, most: int) -> Any:
        taken = claim(work, lease, now, most)
        return (
            taken if isinstance(taken, works.Refusal) else taken.copy_with(attempts=work.attempts)
        )

    def counted(work: Any, problem: Any, due: Any) -> Any:
        return retry(work, problem, due).copy_with(attempts=work.attempts + 1)

    patch.setattr(works, "claim", uncounted)
    patch.setattr(works, "try_again", counted)


def _parked_jobs_leave_no_entry(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claims.Attempt, "_park", lambda self, record, lease: None)


def parked_jobs_are_named_by_lease_alone(patch: pytest.MonkeyPatch) -> None:
    """As they once were: a lease that was renewed has the same name as before."""
    park = claims.Attempt._park

    def named(self: Any, record: Any, lease: Any) -> Any:
        name = f"same-park-{self._message.part}-{lease.token}"
        if any(it.id == name for it in record.outbox):
            return None
        parked = park(self, record, lease)
        if parked is None:
            return None
        outbox = [*parked.outbox[:-1], parked.outbox[-1].copy_with(id=name)]
        return parked.copy_with(outbox=outbox)

    patch.setattr(claims.Attempt, "_park", named)


def _extraction_is_not_asked_for(patch: pytest.MonkeyPatch) -> None:
    def forget(document: Any, now: Any) -> Any:
        return document.copy_with(enqueued=now)

    patch.setattr(planning, "queue_extraction", forget)


def _nothing_is_swept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sweeper, "requeued", lambda record, now, stands_still: record)


def _nothing_waits_for_its_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claims.Attempt, "_is_to_come", lambda self, record: False)


def _old_revisions_are_read(patch: pytest.MonkeyPatch) -> None:
    def part(document: Any, message: Any) -> Any:
        return next((it for it in document.parts if it.index == message.part), None)

    patch.setattr(reading, "_part", part)


def _documents_are_settled_again(patch: pytest.MonkeyPatch) -> None:
    def settle(document: Any, extraction: Any, now: Any) -> Any:
        return lifecycle._settle_done(document, extraction, now)

    patch.setattr(lifecycle, "settle", settle)


def _failed_extractions_tell_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        extracting.Extracting,
        "failed",
        lambda self, record, message, problem, now: record.copy_with(
            work=works.give_up(record.work, problem, now)
        ),
    )


MUTANTS: dict[str, tuple[Mutate, int]] = {
    "anybody holds a lease": (_anybody_holds, 2),
    "live leases are taken over": (_live_leases_are_taken, 1),
    "attempts are counted after the work": (_attempts_count_afterwards, 2),
    "parked jobs leave no entry": (_parked_jobs_leave_no_entry, 1),
    "an extraction is not asked for": (_extraction_is_not_asked_for, 0),
    "nothing is swept": (_nothing_is_swept, 1),
    "a message that came twice brings a try forward": (_nothing_waits_for_its_time, 2),
    "jobs of earlier revisions are done": (_old_revisions_are_read, 2),
    "documents are settled again and again": (_documents_are_settled_again, 2),
    "a failed extraction tells nobody": (_failed_extractions_tell_nobody, 1),
}
"""How each guard is taken out, and after how many faults that shows."""
