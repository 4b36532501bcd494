"""A log that nobody reads holds nobody up, and says what was lost."""

import os
import threading
from collections.abc import Iterator

import pytest

from shared.telemetry.outlet import WAITING, Outlet


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        try:
            os.close(end)
        except OSError:
            continue


def drained(reading: int) -> bytes:
    os.set_blocking(reading, False)
    found = b""
    try:
        while piece := os.read(reading, 65536):
            found += piece
    except BlockingIOError:
        return found
    return found


def test_lines_come_out_at_once_and_whole(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    outlet = Outlet(writing)
    outlet.write("first\n")
    outlet.write("x" * 20_000 + " end\n")
    assert drained(reading) == b"first\n" + b"x" * 20_000 + b" end\n"
    assert outlet.dropped == 0


def test_a_pipe_that_nobody_reads_holds_nobody_up(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    outlet = Outlet(writing)
    lines = 3 * WAITING
    done = threading.Event()

    def log() -> None:
        for number in range(lines):
            outlet.write(f"{number:06d} {'x' * 100}\n")
        done.set()

    thread = threading.Thread(target=log, daemon=True)
    thread.start()
    assert done.wait(20), "writing waited for a reader"
    dropped = outlet.dropped
    assert 0 < dropped < lines - WAITING, "the pipe's own room, and the lines that wait"
    told = drained(reading)
    while piece := (outlet.flush(), drained(reading))[1]:
        told += piece
    outlet.write("after\n")
    told += drained(reading)
    numbers = [int(it[:6]) for it in told.splitlines() if it[:6].isdigit() and b"x" in it]
    assert numbers == list(range(lines - dropped)), "in order, none torn"
    assert f"{dropped} log lines were dropped".encode() in told
    assert told.endswith(b"after\n")


def test_a_reader_that_is_gone_is_no_error(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    outlet = Outlet(writing)
    os.close(reading)
    outlet.write("to nobody\n")
    assert outlet.dropped == 1
