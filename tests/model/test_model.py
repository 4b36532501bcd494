"""The state machine, explored: crash and double delivery at every step, and guards taken out."""

import os

import pytest

from tests.model.exploring import Explorer, PromiseBrokenAfter
from tests.model.mutants import MUTANTS, parked_jobs_are_named_by_lease_alone

FAULTS = int(os.environ.get("DOCSTAGE_MODEL_FAULTS", "0"))
"""More faults than are explored otherwise: each multiplies the states by ten or so."""


@pytest.mark.parametrize(("documents", "pages", "faults"), [(3, 1, 1), (1, 2, 1)])
def test_no_way_breaks_a_promise_or_loses_a_job(documents: int, pages: int, faults: int) -> None:
    found = Explorer(documents, 2, faults + FAULTS, pages).run()
    assert found.states > 300, "it has seen something"
    assert found.wholes >= found.states // 2


@pytest.mark.parametrize("name", MUTANTS)
def test_a_guard_that_is_taken_out_shows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    take_out, faults = MUTANTS[name]
    take_out(monkeypatch)
    with pytest.raises(PromiseBrokenAfter):
        Explorer(1, 2, faults).run()


PARKED_TWICE = (
    "carry out document",
    "take ocr 1.0",
    "redeliver ocr 1.0",
    "take ocr 1.0",  # it is parked until the lease ends, which is renewed
    "later",
    "beat at ocr 1.0",
    "carry out document, clear later",
    "take ocr 1.0",  # it is parked until the new end
    "clear",
    "die at ocr 1.0",
)
"""Deeper than all ways are explored: four faults."""


def test_a_job_that_is_parked_twice_under_one_lease_is_not_lost() -> None:
    Explorer().walk(PARKED_TWICE)


def test_that_it_was_lost_before_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    parked_jobs_are_named_by_lease_alone(monkeypatch)
    with pytest.raises(PromiseBrokenAfter, match="a job is lost"):
        Explorer().walk(PARKED_TWICE)
