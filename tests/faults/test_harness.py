"""The harness itself: journals, verdicts, the table, and processes without a guard."""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.evidence import Upload, Violation
from tests.faults.journal import Journal
from tests.faults.launch import at_port
from tests.faults.matrix import Row
from tests.faults.running import PATIENCE, Result, Verdict
from tests.faults.scene import Scene
from tests.faults.table import BEGIN, END, line, markdown, table_in, write_into
from tests.faults.tasks import Sides, Task, Work, heard, told
from tests.faults.world import REPOSITORY


async def _nothing(scene: Scene) -> None:
    pass


ROW = Row("A1", "a fault", _nothing, "fencing", frozenset({"V2"}))
FOUND = Violation("V2", "D1", "twice")


def test_a_journal_tells_of_each_upload_what_its_sender_knows(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    first, second, third = (Upload(key=name, sha256=name * 2) for name in "abc")
    for upload in (first, second, third):
        journal.attempted(upload)
    journal.silent(first, "ClientError")
    journal.attempted(first)
    journal.answered(Upload(key="a", sha256="aa", status=202, document="D1"))
    journal.answered(Upload(key="b", sha256="bb", status=503))
    journal.noted(killed="ocr")
    assert journal.accepted() == ["D1"]
    assert {it.key: it.status for it in journal.uploads()} == {"a": 202, "b": 503, "c": None}
    assert len(journal.lines()) == 8


@pytest.mark.parametrize(
    ("guarded", "found", "error", "verdict", "is_right"),
    [
        (True, [], "", Verdict.GREEN, True),
        (True, [FOUND], "", Verdict.RED, False),
        (False, [FOUND], "", Verdict.RED, True),
        (False, [], "", Verdict.GREEN, False),
        (False, [Violation("V7", "D1", "something else")], "", Verdict.RED, False),
        (False, [FOUND], "it could not be run", Verdict.ERROR, False),
        (True, [], "it could not be run", Verdict.ERROR, False),
    ],
)
def test_verdicts(
    *, guarded: bool, found: list[Violation], error: str, verdict: Verdict, is_right: bool
) -> None:
    result = Result(ROW, "rabbitmq", guarded=guarded, violations=found, error=error)
    assert (result.verdict, result.is_as_it_should_be) == (verdict, is_right)
    assert line(result).startswith("ok" if is_right else "BAD")


def test_the_table_is_put_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n")
    results = [
        Result(ROW, "rabbitmq", guarded=True, seconds=2.4),
        Result(ROW, "rabbitmq", guarded=False, violations=[FOUND]),
    ]
    write_into(page, markdown(results, "heading"))
    text = page.read_text()
    assert "| A1 | a fault | rabbitmq | green | 2 | `fencing` | red (V2) | 0 |" in text
    assert text.startswith("above\n")
    assert text.endswith(f"{END}\nbelow\n")
    assert "old" not in text
    other = Result(replace(ROW, id="A2"), "rabbitmq", guarded=True)
    write_into(page, markdown([other], "later", table_in(page)))
    text = page.read_text()
    assert text.count("| A1 | a fault |") == 1
    assert text.index("| A1 |") < text.index("| A2 | a fault | rabbitmq | green | 0 |")
    assert "heading" not in text
    page.write_text("no markers")
    with pytest.raises(ValueError, match="no place"):
        write_into(page, "table")


def test_each_side_of_a_line_is_of_the_run_that_saw_it() -> None:
    guarded = Result(ROW, "rabbitmq", guarded=True, seconds=2.4)
    without = Result(ROW, "rabbitmq", guarded=False, violations=[FOUND])
    first = markdown([guarded], "first")
    assert "| A1 | a fault | rabbitmq | green | 2 | `fencing` | not run |  |" in first
    both = "| A1 | a fault | rabbitmq | green | 2 | `fencing` | red (V2) | 0 |"
    second = markdown([without], "second", first)
    assert both in second
    assert both in markdown([guarded], "third", second)


def test_a_proxy_takes_the_place_of_a_server() -> None:
    assert at_port("amqp://u:p@127.0.0.1:5672/v", 7) == "amqp://u:p@127.0.0.1:7/v"
    proxied = "mongodb://127.0.0.1:7/d?retryWrites=false&directConnection=true"
    assert at_port("mongodb://127.0.0.1:27017/d?retryWrites=false", 7) == proxied


def test_guards_are_taken_out_of_that_process_alone() -> None:
    code = "from shared.models.work import Work; from shared.stages import work\n"
    code += "from shared.models.time import utc_now\n"
    code += "assert work.release(Work(attempts=1), utc_now()).attempts == {}\n"
    guarded = [sys.executable, "-c", code.format("0")]
    assert subprocess.run(guarded, cwd=REPOSITORY, check=False).returncode == 0  # noqa: S603
    module = "import runpy, sys; from tests.faults.guards.registry import take_out; "
    module += "take_out(['release'])\n"
    without = [sys.executable, "-c", module + code.format("1")]
    assert subprocess.run(without, cwd=REPOSITORY, check=False).returncode == 0  # noqa: S603


def test_an_unknown_guard_is_an_error() -> None:
    command = [sys.executable, "-m", "tests.faults.unguarded", "no such", "--", "this"]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)  # noqa: S603
    assert ended.returncode != 0
    assert b"no such" in ended.stderr


def test_rows_are_handed_out_guarded_ones_first_and_guards_together() -> None:
    other = replace(ROW, id="A2", guard="release", engines=("rabbitmq",))
    third = replace(ROW, id="A3")
    work = Work.of([ROW, other, third], ["rabbitmq", "embedded"], Sides())
    assert (work.left("rabbitmq"), work.left("embedded")) == (6, 4)
    taken, last = list[tuple[str, bool]](), None
    while last := work.take("rabbitmq", last):
        taken.append((last.row.id, last.guarded))
    guarded, without = taken[:3], taken[3:]
    assert guarded == [("A1", True), ("A2", True), ("A3", True)]
    assert without == [("A1", False), ("A3", False), ("A2", False)]
    assert work.left("embedded") == 4


def test_patience_without_a_guard_is_twice_what_the_end_took_with_it() -> None:
    work = Work.of([ROW], ["embedded"], Sides())
    guarded, without = work.tasks
    work.note(Result(ROW, "embedded", guarded=True, settling=21.0))
    assert (work.patience(guarded), work.patience(without)) == (PATIENCE, 42.0)


def test_a_result_goes_from_one_process_to_another_as_it_is() -> None:
    task = Task(ROW, "rabbitmq", guarded=False)
    result = Result(ROW, "rabbitmq", guarded=False, violations=[FOUND], seconds=1.5, error="e\nf")
    assert heard(told(result), task) == result


def test_a_crew_that_is_interrupted_leaves_no_process_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults", "--rows", "A8", "--keep", str(tmp_path)]
    command += ["--engine", "embedded", "--jobs", "1", "--guarded-only"]
    with subprocess.Popen(command, cwd=REPOSITORY, start_new_session=True) as crew:  # noqa: S603
        deadline = time.monotonic() + 120
        while not (family := _running_in(tmp_path)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert family, "nothing was started"
        crew.send_signal(signal.SIGINT)
        assert crew.wait(90) != 0
    assert not _running_in(tmp_path)


def _running_in(folder: Path) -> list[str]:
    """The processes whose working folder, or that of what they serve, is below a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and str(folder) in (entry / "cwd").readlink().as_posix():
                found.append((entry / "cmdline").read_text())
    return found
