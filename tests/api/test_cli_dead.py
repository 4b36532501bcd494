"""``docstage dead``: what has failed for good is listed, shown, replayed and discarded."""

from pathlib import Path

import pytest

from shared.errors import Code
from shared.models.document import Document, DocumentState
from shared.models.time import utc_now
from shared.models.work import Problem
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS
from tests.api.command import Command
from tests.api.harness import API, Caller, Gateway


@pytest.fixture
def docstage(gateway: Gateway, alice: Caller, tmp_path: Path) -> Command:
    return Command(tmp_path, URL=gateway.url, KEY=alice.key)


async def dead(gateway: Gateway, caller: Caller, code: Code = Code.CRASHED) -> Document:
    (made,) = await caller.upload()
    await gateway._settled(caller, made["id"])
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    failed = await documents.change(
        made["id"], lambda it: lifecycle.fail(it, Problem(code=code), utc_now())
    )
    assert failed is not None
    await gateway.outbox.carry_out(DOCUMENTS, failed)
    return failed


async def states(gateway: Gateway, caller: Caller) -> list[DocumentState]:
    rows = await caller.call("GET", f"{API}/documents", 200)
    return [DocumentState(it["state"]) for it in rows["documents"]]


async def test_letters_are_listed_shown_and_replayed_one_by_one(
    gateway: Gateway, alice: Caller, docstage: Command
) -> None:
    first, second = await dead(gateway, alice), await dead(gateway, alice, Code.FILE_ENCRYPTED)
    listed = await docstage("dead", "list")
    rows = [line.split("\t") for line in listed.out.splitlines()]
    assert [(it[1], it[3], it[7]) for it in rows] == [
        ("open", "FILE_ENCRYPTED", second.id), ("open", "CRASHED", first.id),
    ]  # fmt: skip
    letter = rows[1][-1]
    assert letter == first.dead_letter
    shown = await docstage("dead", "show", letter)
    assert (shown.json["id"], shown.json["audit"]) == (letter, [])
    looked = await docstage("dead", "replay", letter, "--dry-run")
    assert (looked.code, looked.out.strip()) == (0, letter)
    assert await states(gateway, alice) == [DocumentState.FAILED] * 2
    done = await docstage("dead", "replay", letter, "--json")
    assert (done.code, done.json["letters"]) == (0, [letter])
    strange = await docstage("dead", "replay", "strange", letter)  # once more
    assert (strange.code, strange.out.strip()) == (1, letter)
    assert "strange: NOT_FOUND" in strange.err
    assert await states(gateway, alice) == [DocumentState.FAILED, DocumentState.RECEIVED]
    later = await docstage("dead", "list", "--state", "replayed", "--json")
    assert [len(it["audit"]) for it in later.json] == [1]


async def test_all_that_filters_leave_are_replayed_or_discarded(
    gateway: Gateway, alice: Caller, docstage: Command
) -> None:
    ids = [(await dead(gateway, alice)).id for _ in range(3)]
    await dead(gateway, alice, Code.FILE_ENCRYPTED)
    many = ("dead", "replay", "--all", "--code", "CRASHED", "--created-after", "1d")
    dry = await docstage(*many, "--dry-run")
    assert (len(dry.out.splitlines()), "3 would be replayed." in dry.err) == (3, True)
    asked = await docstage(*many)  # nobody is there to answer
    assert asked.code == 1
    assert await states(gateway, alice) == [DocumentState.FAILED] * 4
    done = await docstage(*many, "--yes", "--per-minute", "6000")
    assert (done.code, done.out) == (0, dry.out)
    assert (await states(gateway, alice)).count(DocumentState.RECEIVED) == len(ids)
    left = await docstage("dead", "discard", "--all", "--yes", "--json")
    assert len(left.json["letters"]) == 1
    assert (await docstage("dead", "replay", "x", "--code", "CRASHED")).code == 2


async def test_the_doctor_names_open_letters(
    gateway: Gateway, alice: Caller, docstage: Command
) -> None:
    await dead(gateway, alice)
    result = await docstage("doctor", "--only", "server", "--json")
    (finding,) = [it for it in result.json["findings"] if it["name"] == "dead"]
    assert (result.code, finding["status"]) == (0, "warning")
    assert "1 open dead letters: 1 ocr CRASHED" in finding["detail"]
