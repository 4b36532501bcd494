"""The lines of the stages over the API and on the command line."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from services.ingest import pace
from services.ingest.tenants import KeyRights
from shared.broker.memory import MemoryBroker
from shared.models.document import Document
from shared.models.tenancy import Scope
from shared.models.work import WorkState
from shared.stages import work as works
from shared.store.collections import DOCUMENTS
from tests.api.command import Command
from tests.api.harness import API, Caller, Gateway, Json
from tests.api.terminal import Terminal

QUEUES = f"{API}/queues"
LANES = [(stage, lane) for stage in ("fetch", "unpack", "ocr", "extract", "notify")
         for lane in ("normal", "low")]  # fmt: skip


def line(body: Json, stage: str, lane: str = "normal") -> Json:
    (found,) = [it for it in body["queues"] if (it["stage"], it["lane"]) == (stage, lane)]
    return dict(found)


async def moved(gateway: Gateway, caller: Caller, identity: str, seconds: float) -> Document:
    """The document as if it had come to the line so many seconds ago."""

    def step(it: Document) -> Document:
        (part,) = it.parts
        past = part.work.enqueued - timedelta(seconds=seconds)
        return it.copy_with(parts=[part.copy_with(work=part.work.copy_with(enqueued=past))])

    await gateway.outbox.drain(10.0)
    changed = await gateway.store.of(caller.tenant, DOCUMENTS).change(identity, step)
    assert changed is not None
    return changed


async def read_in(
    gateway: Gateway, caller: Caller, identity: str, seconds: float, ago: float = 0.0
) -> None:
    """Have the stage be done with the document, as if it took so long, so many seconds ago."""
    ended = await gateway.store.now() - timedelta(seconds=ago)

    def step(it: Document) -> Document:
        (part,) = it.parts
        begun = part.work.copy_with(started=ended - timedelta(seconds=seconds))
        return it.copy_with(parts=[part.copy_with(work=works.finish(begun, ended))])

    await gateway.store.of(caller.tenant, DOCUMENTS).change(identity, step)


async def test_each_sees_its_own_line_and_operators_all(
    gateway: Gateway, alice: Caller, bob: Caller, tmp_path: Path
) -> None:
    nothing = await alice.call("GET", QUEUES, 200)
    assert [(it["stage"], it["lane"]) for it in nothing["queues"]] == LANES
    assert all(it["depth"] == 0 and it["eta"] is None for it in nothing["queues"])
    hers = [it["id"] for _ in range(3) for it in await alice.upload()]
    (low,) = await alice.upload(b"%PDF-1.7 low", priority="low")
    his = [it["id"] for it in await bob.upload()]
    for number, identity in enumerate(hers):
        await moved(gateway, alice, identity, 90 - 10 * number)
    await moved(gateway, bob, his[0], 200)
    await moved(gateway, alice, low["id"], 5)

    mine = await alice.call("GET", QUEUES, 200)
    assert mine["all"] is False
    assert (line(mine, "ocr")["waiting"], line(mine, "ocr", "low")["waiting"]) == (3, 1)
    assert 90 <= line(mine, "ocr")["oldest"] < 150
    assert line(mine, "ocr")["messages"] is None, "what others send is theirs"
    assert line(mine, "ocr")["eta"] is None, "nothing moves"
    assert line(await bob.call("GET", QUEUES, 200), "ocr")["waiting"] == 1

    key = await gateway.key(alice.organization, KeyRights("watch", (Scope.READ, Scope.OPERATE)))
    everyone = await Caller(alice.organization, key, gateway.client(key)).call("GET", QUEUES, 200)
    assert everyone["all"] is True
    ocr = line(everyone, "ocr")
    assert (ocr["waiting"], ocr["depth"], ocr["messages"]) == (4, 4, 4)
    assert ocr["oldest"] >= 200

    docstage = Command(tmp_path, URL=gateway.url, KEY=alice.key)
    shown = await docstage("queues")
    assert shown.code == 0, shown.err
    rows = [it.split("\t") for it in shown.out.splitlines()]
    assert [(it[0], it[1]) for it in rows] == LANES
    assert rows[4][2] == "3"
    assert [it["depth"] for it in (await docstage("queues", "--json")).json["queues"]] == [
        it["depth"] for it in mine["queues"]
    ]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, a line is not taken to stand still meanwhile."""
    monkeypatch.setattr(pace, "_PATIENCE", 3600.0)


@pytest.mark.usefixtures("patient")
async def test_a_document_has_its_position_and_the_time_left_at_the_present_pace(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    ids = [it["id"] for _ in range(3) for it in await alice.upload()]
    (his,) = await bob.upload()
    for number, identity in enumerate(ids):
        await moved(gateway, alice, identity, 30 - number)
    await moved(gateway, bob, his["id"], 60)

    async def place(caller: Caller, identity: str) -> Json | None:
        body = await caller.call("GET", f"{API}/documents/{identity}/timeline", 200)
        queue: Json | None = body["queue"]
        return queue

    second = await place(alice, ids[1])
    assert second is not None
    assert (second["stage"], second["lane"], second["status"]) == ("ocr", "normal", "waiting")
    assert (second["position"], second["eta"]) == (2, None), "his does not show, nothing moves"

    await read_in(gateway, alice, (await alice.upload())[0]["id"], 4.0)
    waiting = await place(alice, ids[1])
    assert waiting is not None
    assert waiting["eta"] == 3 * 4, "with his three stand there, and one takes four seconds"

    now = await gateway.store.now()
    lost = await gateway.store.of(alice.tenant, DOCUMENTS).change(
        ids[0],
        lambda it: it.copy_with(
            parts=[
                part.copy_with(work=part.work.copy_with(state=WorkState.RUNNING, started=now))
                for part in it.parts
            ]
        ),
    )
    assert lost is not None
    begun = await place(alice, ids[0])
    assert begun is not None
    assert (begun["status"], begun["position"], begun["eta"]) == ("running", 0, None)
    waiting = await place(alice, ids[1])
    assert waiting is not None
    assert waiting["position"] == 1


@pytest.mark.usefixtures("patient")
async def test_the_time_left_is_known_at_once_after_hours_without_work(
    gateway: Gateway, alice: Caller, bob: Caller, tmp_path: Path
) -> None:
    docstage = Command(tmp_path, URL=gateway.url, KEY=alice.key)
    (first,) = await alice.upload()
    (row,) = [it for it in (await docstage("queues")).out.splitlines() if "ocr\tnormal" in it]
    assert row.split("\t")[6:8] == ["-", "unknown"], "nothing is known yet"
    await read_in(gateway, alice, first["id"], 2.0, ago=5 * 3600)
    await read_in(gateway, bob, (await bob.upload())[0]["id"], 2.0, ago=3 * 3600)
    idle = line(await alice.call("GET", QUEUES, 200), "ocr")
    assert (idle["per_minute"], idle["eta"]) == (None, None), "at work no more"
    hers = [(await alice.upload())[0]["id"] for _ in range(10)]
    body = await alice.call("GET", f"{API}/documents/{hers[-1]}/timeline", 200)
    assert (body["queue"]["position"], body["queue"]["eta"]) == (10, 20)
    assert line(await alice.call("GET", QUEUES, 200), "ocr")["eta"] == 20
    assert line(await bob.call("GET", QUEUES, 200), "ocr")["eta"] is None, "he waits for nothing"


async def test_what_a_burst_did_is_told_by_the_minute_of_five(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    """Ten documents in a tenth of a second each are two a minute, not six hundred."""
    for _ in range(10):
        (made,) = await alice.upload()
        await read_in(gateway, alice, made["id"], 0.1, ago=30.0)
    await read_in(gateway, alice, (await alice.upload())[0]["id"], 0.1, ago=600.0)
    assert line(await alice.call("GET", QUEUES, 200), "ocr")["per_minute"] == 2
    assert line(await bob.call("GET", QUEUES, 200), "ocr")["per_minute"] is None


async def test_a_document_that_is_finished_stands_nowhere(gateway: Gateway, alice: Caller) -> None:
    (made,) = await alice.upload()
    read = await gateway.read(alice, made["id"])
    timeline = f"{API}/documents/{made['id']}/timeline"
    assert (await alice.call("GET", timeline, 200))["queue"]["stage"] == "extract"
    assert line(await alice.call("GET", QUEUES, 200), "extract")["waiting"] == 1
    await gateway.finish(alice, (await alice.upload(b"%PDF-1.7 other"))[0]["id"])
    await alice.call("POST", f"{API}/documents/{read.id}/cancel", 200)
    assert (await alice.call("GET", timeline, 200))["queue"] is None
    assert line(await alice.call("GET", QUEUES, 200), "extract")["depth"] == 0


async def test_lines_are_told_while_the_broker_is_away(
    gateway: Gateway, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.upload()
    await gateway.parts.broker.close()
    assert isinstance(gateway.parts.broker, MemoryBroker)
    key = await gateway.key(alice.organization, KeyRights("watch", (Scope.READ, Scope.OPERATE)))
    body = await Caller(alice.organization, key, gateway.client(key)).call("GET", QUEUES, 200)
    assert (line(body, "ocr")["waiting"], line(body, "ocr")["messages"]) == (1, None)
    await gateway.parts.broker.open()


async def test_a_person_watches_the_lines_move(
    gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    docstage = Command(tmp_path, URL=gateway.url, KEY=alice.key)
    assert (await docstage("queues", "--watch")).code == 2, "only on a terminal"
    terminal = Terminal()
    process = await docstage.start(
        "queues", "--watch", "--every", "0.5", out=terminal.side, err=terminal.side
    )
    reading = asyncio.create_task(asyncio.to_thread(terminal.read))
    await terminal.shows(r"ocr +normal +0 +0")
    await alice.upload()
    await terminal.shows(r"ocr +normal +1 +0 +0 +\d+ s")
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 130
    assert "A minute" in await reading
