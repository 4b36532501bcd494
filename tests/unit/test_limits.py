"""The order of time limits: page < job < drain < grace < consumer timeout, for each stage."""

import pytest

from services.extract import asking
from services.extract.__main__ import PICTURE_SECONDS
from shared.config import (
    CONSUMER_TIMEOUT_SECONDS,
    GRACE_SECONDS,
    JOB_SECONDS,
    PREFETCH,
    Settings,
)
from shared.models.work import StageName
from shared.serve import SHUTDOWN_SECONDS

FLUSH_SECONDS = 30.0
"""What a pod needs, after its jobs have ended, to publish and to close its connections."""
PRE_STOP_SECONDS = 5.0


@pytest.fixture
def defaults() -> Settings:
    fields = {name: field.get_default() for name, field in Settings.model_fields.items()}
    return Settings.model_construct(**fields)


def test_every_stage_has_every_limit() -> None:
    for limit in (JOB_SECONDS, GRACE_SECONDS, CONSUMER_TIMEOUT_SECONDS, PREFETCH):
        assert set(limit) == set(StageName)


def test_a_page_is_given_up_before_its_job(defaults: Settings) -> None:
    assert defaults.page_timeout < JOB_SECONDS[StageName.OCR]


@pytest.mark.parametrize("stage", StageName)
def test_a_job_ends_before_its_pod_is_killed(stage: StageName) -> None:
    assert JOB_SECONDS[stage] < GRACE_SECONDS[stage] - FLUSH_SECONDS


@pytest.mark.parametrize("stage", StageName)
def test_the_broker_takes_a_message_back_only_when_its_pod_must_be_gone(stage: StageName) -> None:
    assert CONSUMER_TIMEOUT_SECONDS[stage] > JOB_SECONDS[stage] + GRACE_SECONDS[stage]


def test_uploads_and_then_fetches_end_before_the_gateway_is_killed() -> None:
    stage = StageName.FETCH  # the gateway's pods run the fetch stage
    needed = PRE_STOP_SECONDS + SHUTDOWN_SECONDS + JOB_SECONDS[stage]
    assert GRACE_SECONDS[stage] - FLUSH_SECONDS > needed


def test_a_fetch_is_given_up_before_its_job(defaults: Settings) -> None:
    assert defaults.fetch_idle_timeout < defaults.fetch_timeout < JOB_SECONDS[StageName.FETCH]


def test_a_model_is_given_up_before_its_job(defaults: Settings) -> None:
    assert defaults.llm_timeout < defaults.vlm_timeout < asking.SECONDS
    assert JOB_SECONDS[StageName.EXTRACT] > PICTURE_SECONDS + asking.SECONDS


def test_a_lease_outlives_several_missed_beats(defaults: Settings) -> None:
    assert defaults.beat_seconds <= defaults.lease_seconds / 4


def test_the_sweeper_waits_for_a_lease_to_end(defaults: Settings) -> None:
    assert defaults.sweep_grace >= defaults.lease_seconds
