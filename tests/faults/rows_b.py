"""Rows B: processes that die, hang, stop and come back in the midst of work."""

import asyncio
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from shared.models.extraction import Extraction
from tests.faults.driver import File, invoices
from tests.faults.launch import Launch
from tests.faults.matrix import Row
from tests.faults.scene import Scene
from tests.samples import hostile
from tests.servers.process import Unavailable

_HELD = "outbox.publishing=hold"
"""Until a document's id is known, and rules for it are armed."""


async def _uploaded(scene: Scene, rules: str, service: str) -> str:
    """A document for which rules are armed before its work begins; ``#`` is followed by its id."""
    world = scene.world
    world.arm("ingest", _HELD)
    (identity,) = await scene.upload(1)
    assert identity is not None, "nothing was accepted"
    world.arm(service, rules.replace("#", f"#{identity}"))
    if world.home(service) != world.home("ingest"):
        world.disarm("ingest")
    return identity


async def _killed_at(scene: Scene, service: str, step: str) -> str:
    """A document whose worker died on it; the worker is back."""
    identity = await _uploaded(scene, f"{service}.{step}=kill#", service)
    await scene.world.died(service)
    await scene.world.start(service)
    return identity


def _part_attempts(scene: Scene, identity: str) -> int:
    document = next(it for it in scene.evidence.documents if it.id == identity)
    return sum(it.work.attempts for it in document.parts)


def _extraction(scene: Scene, identity: str) -> Extraction | None:
    found = (it for it in scene.evidence.extractions if it.document == identity)
    return next(found, None)


async def reader_killed_at_each_step(scene: Scene) -> None:
    """B1: kill -9 of the reader at S1 to S5; at S1 there is no attempt yet."""
    spent = {"delivered": 1, "claimed": 2, "computed": 2, "stored": 2}
    if scene.world.engine == "embedded":  # where all that is in memory is lost at any of them
        spent = {"claimed": 2, "stored": 2}
    killed = {step: await _killed_at(scene, "ocr", step) for step in spent}
    await scene.finished()
    for step, identity in killed.items():
        count = _part_attempts(scene, identity)
        scene.require(count == spent[step], f"{count} attempts when killed at {step}", identity)


async def extractor_killed_at_each_step(scene: Scene) -> None:
    """B1: the same for the extract stage."""
    spent = {"delivered": 1, "claimed": 2, "fetched": 2, "worked": 2}
    if scene.world.engine == "embedded":
        spent = {"claimed": 2, "worked": 2}
    killed = {step: await _killed_at(scene, "extract", step) for step in spent}
    await scene.finished()
    for step, identity in killed.items():
        found = _extraction(scene, identity)
        count = found.work.attempts if found else 0
        scene.require(count == spent[step], f"{count} attempts when killed at {step}", identity)


async def killed_beside_another(scene: Scene) -> None:
    """B1: the broker hands a dead worker's message to a living one, while the lease is live."""
    world = scene.world
    await world.start("ocr-2")
    files = invoices(2)
    world.arm("ocr", "ocr.claimed=kill@1")
    world.arm("ocr-2", "ocr.claimed=sleep:0.3")
    await scene.driver.upload_all(files)
    await world.died("ocr")
    await scene.finished()


async def killed_after_commit(scene: Scene) -> None:
    """B2: the work is committed, its message was not acknowledged and comes again."""
    for service in ("ocr", "extract"):
        await _killed_at(scene, service, "committed")


async def children_that_die_and_hang(scene: Scene) -> None:
    """B3: a child dies by a signal, one by the hand of a memory killer, one hangs."""
    world = scene.world
    endless = [
        File(f"{n}.pdf", hostile.endless_page_pdf() + b"%" + bytes([65 + n])) for n in (0, 1)
    ]
    good = invoices(4)
    sending = asyncio.gather(*(scene.driver.upload(it) for it in (*endless, *good)))
    for number in (signal.SIGSEGV, signal.SIGKILL):
        await asyncio.sleep(1.0)
        _kill_busiest_child(world.pid("ocr"), number)
    accepted = await sending
    await scene.finished()
    scene.require(world.running("ocr"), "the worker died of its child")
    states = {it.id: it for it in scene.evidence.documents}
    for identity in accepted[:2]:
        document = states.get(identity or "")
        code = document.error.code if document and document.error else None
        scene.require(code == "NO_PAGE_READABLE", f"hung, and ended with {code}", identity or "")
    for identity in accepted[2:]:
        document = states.get(identity or "")
        state = document.state.value if document else "lost"
        scene.require(state in {"ready", "needs_review"}, f"a good one is {state}")


def _kill_busiest_child(parent: int, number: signal.Signals) -> None:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for child in sorted(children, key=_cpu_ticks)[-1:]:
        with suppress(ProcessLookupError):
            os.kill(int(child), number)


def _cpu_ticks(pid: str) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


async def poison(scene: Scene) -> None:
    """B4: a document that kills its worker each time is given up after three attempts."""
    world, limit = scene.world, 3
    rule = "ocr.claimed=kill#"
    identity = await _uploaded(scene, rule, "ocr")
    deaths = 0
    while deaths <= limit and await _died_on(scene, identity):
        deaths += 1
        world.arm("ocr", f"{rule}{identity}")
        with suppress(Unavailable):  # it may die of it before it is ready
            await world.start("ocr")
    scene.require(deaths == limit, f"{deaths} workers died of one document", identity)
    found = next(it for it in scene.evidence.documents if it.id == identity)
    code = found.error.code if found.error else None
    scene.require(code == "CRASHED", f"given up with {code}", identity)


async def _died_on(scene: Scene, identity: str) -> bool:
    """Whether the reader dies before the document comes to an end."""
    deadline = time.monotonic() + scene.patience
    while time.monotonic() < deadline:
        if not scene.world.running("ocr"):
            await scene.world.died("ocr")
            return True
        documents = (await scene.look()).documents
        if any(it.id == identity and it.is_final for it in documents):
            return False
        await asyncio.sleep(0.2)
    return False


async def stopped_past_its_lease(scene: Scene) -> None:
    """B5: a worker stands still until another has done its work, and then wants to commit."""
    world = scene.world
    identity = await _uploaded(scene, "extract.computed=sleep:0.5#", "extract")
    await world.until_reached("extract", "extract.computed")
    world.pause("extract")
    await world.start("extract-2")
    await scene.finished()
    before = _extraction(scene, identity)
    await asyncio.sleep(1.5)  # what was to be published is, and entries are removed
    await scene.look()
    before = _extraction(scene, identity)
    world.resume("extract")
    await asyncio.sleep(3.0)
    await scene.look()
    scene.require(_extraction(scene, identity) == before, "a zombie has written", identity)


async def told_to_stop(scene: Scene) -> None:
    """B6: SIGTERM in a job that is shorter than the time to drain, and in one that is longer."""
    world = scene.world
    identities = []
    for seconds in ("1", "60"):
        identities.append(await _uploaded(scene, f"ocr.fetched=sleep:{seconds}#", "ocr"))
        await world.until_reached("ocr", "ocr.fetched")
        status = await world.stop("ocr", 30)
        scene.require(status == 0, f"exit status {status} in a job of {seconds} s")
        world.forget()
        await world.start("ocr")
    await scene.finished()
    for identity in identities:
        count = _part_attempts(scene, identity)
        scene.require(count == 1, f"{count} attempts, though nothing failed", identity)


async def killed_after_sending(scene: Scene) -> None:
    """B7: the receiver has the webhook, nobody wrote that down: it is sent again."""
    await _killed_at(scene, "notify", "sent")


async def rescuer_killed(scene: Scene) -> None:
    """B8: the gateway that would have published is dead; another one's relay does it."""
    world = scene.world
    await world.start("ingest-2")
    world.arm("ingest", "outbox.publishing=kill@1")
    await scene.upload(1, persist=False)
    await world.died("ingest")
    await scene.finished()
    scene.require(
        all(it.is_final for it in scene.evidence.documents) and scene.evidence.documents,
        "nobody took over",
    )
    await world.start("ingest")
    await scene.upload(6)


async def random_kills(scene: Scene) -> None:
    """B9: any service, every few seconds, while documents come in."""
    world, services = scene.world, ("ingest", "ocr", "extract", "notify")
    uploads = asyncio.create_task(scene.upload(30))
    for _ in range(5 if world.engine == "rabbitmq" else 3):  # of all at once, embedded
        await asyncio.sleep(scene.random.uniform(1.0, 3.0))
        victim = scene.random.choice(services)
        scene.journal.noted(killed=victim)
        world.kill(victim)
        await world.start(victim)
    await uploads


_SHORT_PAGES = Launch(settings={"DOCSTAGE_PAGE_TIMEOUT": "4"})
_SHORT_DRAIN = Launch(settings={"DOCSTAGE_DRAIN_SECONDS": "3"})

ROWS = (
    Row("B1a", "reader killed at S1, S2, S4, S5",
        reader_killed_at_each_step, "late acknowledgement", frozenset({"V3"})),
    Row("B1b", "extractor killed at S1, S2, S3, S5",
        extractor_killed_at_each_step, "late acknowledgement", frozenset({"V3"})),
    Row("B1c", "reader killed at S2 beside another",
        killed_beside_another, "parking", frozenset({"V3"}), engines=("rabbitmq",)),
    Row("B2", "reader, extractor killed after the commit, before the acknowledgement",
        killed_after_commit, "state checks", frozenset({"V2", "V5"}),
        engines=("rabbitmq",), is_fast=True),
    Row("B2b", "the same, with the broker in the process that dies",
        killed_after_commit, "relay and sweeper", frozenset({"V3"}), engines=("embedded",)),
    Row("B3", "child process killed, crashed, hanging",
        children_that_die_and_hang, "child timeouts", frozenset({"V3", "row"}),
        launches={"ocr": _SHORT_PAGES}),
    Row("B4", "a document that kills its worker each time",
        poison, "attempts before work", frozenset({"row"}), is_fast=True),
    Row("B5", "worker stopped past its lease, work taken over, worker goes on",
        stopped_past_its_lease, "fencing", frozenset({"row", "V2"}), engines=("rabbitmq",)),
    Row("B6", "SIGTERM in a job, shorter and longer than the time to drain",
        told_to_stop, "release", frozenset({"row"}), launches={"ocr": _SHORT_DRAIN}),
    Row("B7", "notify killed after the call, before it is written down",
        killed_after_sending, "webhook ids", frozenset({"V6"})),
    Row("B8", "one of two gateways killed before publishing",
        rescuer_killed, "relay and sweeper", frozenset({"V3", "row"}), engines=("rabbitmq",)),
    Row("B9", "any service killed every few seconds under load",
        random_kills, "late acknowledgement", frozenset({"V3"})),
)  # fmt: skip
