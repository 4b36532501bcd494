"""A clock that is set back goes on; one that is set forward is followed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.store.sqlite.clock import STEP, SteadyClock

START = datetime(2026, 11, 22, tzinfo=UTC)


class Machine:
    def __init__(self) -> None:
        self.wall, self.uptime = START, 0.0
        self.clock = SteadyClock(lambda: self.wall, lambda: self.uptime)

    def passes(self, seconds: float, step: float = 0.0) -> datetime:
        self.uptime += seconds
        self.wall += timedelta(seconds=seconds + step)
        return self.clock.now()


def test_time_goes_on_when_the_clock_is_set_back() -> None:
    machine = Machine()
    assert machine.passes(5) == START + timedelta(seconds=5)
    assert machine.passes(1, step=-600) == START + timedelta(seconds=6)
    assert machine.passes(100) == START + timedelta(seconds=106)
    assert machine.clock.skew == -600


def test_a_clock_that_is_set_forward_is_followed() -> None:
    machine = Machine()
    machine.passes(1, step=-600)
    assert machine.passes(1, step=1200) == machine.wall


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1000, 1000)), max_size=20))
def test_no_moment_is_before_one_that_was_told(steps: list[tuple[float, float]]) -> None:
    machine, last = Machine(), START
    for seconds, step in steps:
        moment = machine.passes(seconds, step)
        assert moment >= last
        assert moment >= machine.wall - timedelta(milliseconds=1)
        assert moment - last >= timedelta(seconds=seconds) - STEP - timedelta(milliseconds=2)
        last = moment
