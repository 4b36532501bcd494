"""The benchmarks' own parts: what they count, and what they say of it."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from benchmarks.chain_options import ChainOptions, chain_options
from benchmarks.driving import Driver, Task, Teller
from benchmarks.filling import fill, finished
from benchmarks.report import Floor, Report, median_ratio
from shared.models.document import DocumentState
from shared.store.collections import DOCUMENTS
from shared.store.connect import connect_store
from shared.store.port import Query, Tenant


async def test_a_driver_never_has_more_jobs_under_way_than_asked(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    teller, under_way, most = Teller(pipe), 0, 0

    async def publish(job: str) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        teller.finished(job)
        teller.finished(job)  # delivery is at least once

    outcome = await Driver(pipe, publish).run(Task(jobs=40, in_flight=7))
    assert len(outcome.latencies) == 40
    assert most == 7


def test_a_contender_understands_its_command_line() -> None:
    options = ChainOptions("amqp://h", "quorum", "r", Path("p"), Path("f"), (0, 2), "record")
    assert chain_options(options.arguments()) == options


@pytest.mark.parametrize(
    ("floor", "verdict"),
    [
        (Floor("a", 0.5, 0.5), "reached"),
        (Floor("a", 0.49, 0.5), "MISSED"),
        (Floor("a", 1.5, 1.5, at_most=True), "reached"),
        (Floor("a", 1.51, 1.5, at_most=True), "MISSED"),
    ],
)
def test_a_floor_says_whether_it_was_reached(tmp_path: Path, floor: Floor, verdict: str) -> None:
    Report("b", {"store": "none"}, [{"runner": "x", "jobs/s": 1.5}], [floor]).finish(
        tmp_path / "results" / "b.json"
    )
    (written,) = json.loads((tmp_path / "results" / "b.json").read_text())["floors"]
    assert written["reached"] is (verdict == "reached")
    assert str(floor).endswith(verdict)


def test_ratios_are_those_of_pairs() -> None:
    assert median_ratio([1.0, 10.0, 4.0], [2.0, 10.0, 5.0]) == 0.8


async def test_a_filled_store_is_one_that_the_product_reads(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    await asyncio.to_thread(fill, path, finished("acme", "main"), 30)
    store = connect_store(f"sqlite:///{path}")
    await store.open()
    documents = await store.of(Tenant("acme"), DOCUMENTS).page(Query(), None, 100)
    assert len({it.id for it in documents}) == 30
    assert {it.state for it in documents} == {DocumentState.READY}
    assert await store.backlog.due(documents[0].created, 10) == []
    await store.close()
