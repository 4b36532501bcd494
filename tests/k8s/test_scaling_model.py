"""Scaling as our manifests ask for it: nothing is cut off, and every backlog ends."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.config import JOB_SECONDS
from shared.models.work import StageName
from tests.k8s.manifests import Manifests, pod_spec
from tests.k8s.scaling_model import Rules, simulate

STAGES = (StageName.OCR, StageName.EXTRACT, StageName.NOTIFY)
HOURS = 3600.0


def rules_of(stage: StageName) -> Rules:
    manifests = Manifests.of("production")
    name = f"docstage-{stage.value}"
    grace = pod_spec(manifests.get("Deployment", name))["terminationGracePeriodSeconds"]
    return Rules.of(manifests.get("ScaledObject", name), grace)


def jobs_of(stage: StageName) -> st.SearchStrategy[list[tuple[float, float]]]:
    job = st.tuples(st.floats(0, 2 * HOURS), st.floats(1, JOB_SECONDS[stage]))
    return st.lists(job, min_size=1, max_size=60)


@pytest.mark.parametrize("stage", STAGES)
def test_no_job_is_cut_off_and_every_backlog_ends(stage: StageName) -> None:
    rules = rules_of(stage)

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(jobs_of(stage))
    def holds(jobs: list[tuple[float, float]]) -> None:
        outcome = simulate(rules, jobs, until=2 * HOURS + 61 * JOB_SECONDS[stage] + HOURS)
        assert outcome.killed == 0
        assert outcome.done == len(jobs)
        assert outcome.pods[-1] == rules.least

    holds()


def test_a_stage_that_sleeps_wakes_for_the_first_job() -> None:
    rules = rules_of(StageName.OCR)
    assert rules.least == 0
    outcome = simulate(rules, [(600.0, 60.0)], until=2 * HOURS)
    assert outcome.done == 1
    assert outcome.drained_at is not None
    assert outcome.drained_at <= 600 + 60 + 3 * 15


LONG = [(0.0, 590.0)] * 6 + [(500.0, 590.0)] * 3


def test_counting_what_waits_alone_asks_busy_pods_to_go() -> None:
    rules = rules_of(StageName.OCR)
    assert simulate(rules, LONG, 4 * HOURS).busy_asked == 0
    hasty = replace(rules, window=60.0)
    assert simulate(hasty, LONG, 4 * HOURS).killed == 0
    assert simulate(replace(hasty, protocol="amqp"), LONG, 4 * HOURS).busy_asked > 0


def test_a_grace_shorter_than_a_job_cuts_it_off() -> None:
    hasty = replace(rules_of(StageName.OCR), window=60.0, protocol="amqp", grace=30.0)
    assert simulate(hasty, LONG, 4 * HOURS).killed > 0
