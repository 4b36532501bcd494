"""``docstage watch`` as a process of its own, against the gateway on a real socket."""

import asyncio
import json
import re
import signal
from pathlib import Path

import pytest

from shared.models.time import utc_now
from shared.models.work import Problem
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS
from tests.api.command import Command, ended
from tests.api.harness import API, DOCUMENTS_PATH, PDF, Caller, Gateway
from tests.api.terminal import Terminal


@pytest.fixture
def docstage(gateway: Gateway, alice: Caller, tmp_path: Path) -> Command:
    return Command(tmp_path, URL=gateway.url, KEY=alice.key)


async def fail(gateway: Gateway, caller: Caller, identity: str) -> None:
    record = await gateway.read(caller, identity)
    problem = Problem(code="NO_PAGE_READABLE", detail="Not one page could be read.")
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    assert await documents.replace(lifecycle.fail(record, problem, utc_now())) is not None


async def line_of(process: asyncio.subprocess.Process) -> list[str]:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 60)).decode()[:-1].split("\t")


async def test_named_documents_are_followed_to_their_end(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    first, second, other = await alice.upload(PDF, PDF + b"2", PDF + b"3")
    process = await docstage.start("watch", first["id"], second["id"], first["id"])
    assert await line_of(process) == [first["id"], "received", "-", "-", "0.pdf"]
    assert await line_of(process) == [second["id"], "received", "-", "-", "1.pdf"]
    await gateway.read(alice, first["id"], pages=3)
    assert await line_of(process) == [first["id"], "extracting", "3/3", "-", "0.pdf"]
    await gateway.finish(alice, other["id"])
    await fail(gateway, alice, second["id"])
    path = f"{first['links']['self']}/cancel"
    await alice.call("POST", path, 200)
    result = await ended(process)
    lines = sorted(it.split("\t")[:2] for it in result.out.splitlines())
    assert [it for it in lines if it[1] != "extracting"] == sorted(
        [[first["id"], "cancelled"], [second["id"], "failed"]]
    )
    assert "NO_PAGE_READABLE: Not one page could be read." in result.out
    assert (result.code, result.err) == (1, "")
    assert "\x1b" not in result.out


async def test_what_is_final_already_ends_at_once(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    (made,) = await alice.upload()
    await gateway.finish(alice, made["id"], total="12.50")
    result = await docstage("watch", made["id"], "--json")
    assert (result.code, result.err) == (0, "")
    shown = await alice.call("GET", made["links"]["self"], 200)
    (line,) = [json.loads(it) for it in result.out.splitlines()]
    # What was published is cleared from the outbox a moment later, which updates the record.
    assert {**line, "updated": ""} == {**shown, "updated": ""}


async def test_without_ids_all_that_comes_is_shown_until_ctrl_c(
    docstage: Command, gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    old, waiting = await alice.upload(PDF, PDF + b"2")
    await gateway.finish(alice, old["id"])
    process = await docstage.start("watch", "--json")
    assert process.stdout is not None
    first = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
    assert (first["id"], first["state"]) == (waiting["id"], "received")
    await bob.upload()
    (new,) = await alice.upload(PDF + b"3")
    await gateway.finish(alice, new["id"])
    seen = []
    while not seen or seen[-1]["state"] != "ready":
        seen.append(json.loads(await asyncio.wait_for(process.stdout.readline(), 60)))
    assert {it["id"] for it in seen} == {new["id"]}
    process.send_signal(signal.SIGINT)
    result = await ended(process)
    assert (result.code, result.out, result.err) == (130, "", "")


async def test_until_done_ends_with_the_last_document_on_its_way(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    nothing = await docstage("watch", "--until-done")
    assert (nothing.code, nothing.out) == (0, "")
    (mine,) = await alice.upload(PDF, reference="batch 7")
    await alice.upload(PDF + b"2", reference="batch 8")
    process = await docstage.start("watch", "--until-done", "--reference", "batch 7")
    assert (await line_of(process))[:2] == [mine["id"], "received"]
    await gateway.finish(alice, mine["id"])
    result = await ended(process)
    assert result.code == 0, result.err
    assert [it.split("\t")[0] for it in result.out.splitlines()] == [mine["id"]] * len(
        result.out.splitlines()
    )


async def test_states_and_workspaces_are_filters(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    await alice.call("POST", f"{API}/workspaces", 201, json={"name": "bills"})
    (bill,) = await alice.upload(PDF, workspace="bills")
    await alice.upload(PDF + b"2")
    words = ("--workspace", "bills", "--until-done", "--state", "ready", "--state", "received")
    process = await docstage.start("watch", *words)
    assert (await line_of(process))[:2] == [bill["id"], "received"]
    await gateway.finish(alice, bill["id"])
    result = await ended(process)
    assert result.code == 0, result.err
    assert [bill["id"], "ready"] == result.out.splitlines()[-1].split("\t")[:2]
    assert {it.split("\t")[0] for it in result.out.splitlines()} == {bill["id"]}
    others = await docstage("watch", bill["id"], "--state", "failed", "--state", "received")
    assert (others.code, others.out) == (0, "")
    wrong = await docstage("watch", "--workspace", "nowhere")
    assert (wrong.code, wrong.err) == (2, "docstage: There is no workspace 'nowhere'.\n")
    wrong = await docstage("watch", "--state", "redy")
    assert wrong.code == 2
    assert "state must be one of received" in wrong.err


async def test_a_document_that_is_removed_is_told(
    docstage: Command, gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    (made,) = await alice.upload()
    process = await docstage.start("watch", made["id"])
    await line_of(process)
    await alice.call("DELETE", f"{DOCUMENTS_PATH}/{made['id']}", 204)
    result = await ended(process)
    assert (result.code, result.out.split("\t")[:2]) == (1, [made["id"], "removed"])
    (theirs,) = await bob.upload()
    for identity in (made["id"], theirs["id"], "../keys"):
        missing = await docstage("watch", identity)
        assert missing.code == 2
        assert missing.err == f"docstage: There is no document {identity!r}.\n"


async def test_the_time_can_be_limited(docstage: Command, alice: Caller) -> None:
    (made,) = await alice.upload()
    result = await docstage("watch", made["id"], "--timeout", "0.2")
    assert result.code == 1
    assert result.out.split("\t")[:2] == [made["id"], "received"]


async def test_a_server_that_goes_away_is_one_line(docstage: Command, alice: Caller) -> None:
    result = await docstage("watch", "--url", "http://127.0.0.1:9")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("docstage: No server answers at http://127.0.0.1:9. ")
    both = await docstage("watch", "an-id", "--reference", "x")
    assert (both.code, both.err) == (2, "docstage: Name documents or filters, not both.\n")


async def test_on_a_terminal_it_is_a_table_that_lives(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    first, second = await alice.upload(PDF, PDF + b"2")
    terminal = Terminal()
    process = await docstage.start("watch", "--until-done", out=terminal.side, err=terminal.side)
    reading = asyncio.create_task(asyncio.to_thread(terminal.read))
    await terminal.shows(second["id"])
    await gateway.finish(alice, first["id"])
    await fail(gateway, alice, second["id"])
    assert await asyncio.wait_for(process.wait(), 60) == 1
    seen = await reading
    assert "2 received · 0 reading · 0 extracting" in seen
    last = seen[seen.rindex("Document") :]
    head = seen[: seen.rindex("Document")].rstrip().splitlines()[-1]
    assert head.startswith("0 received · 0 reading · 0 extracting · 1 ")
    assert re.search(rf"0\.pdf +ready +receipt +{first['id']}", last)
    assert re.search(rf"1\.pdf +failed NO_.* +{second['id']}", last)


async def test_ctrl_c_leaves_a_terminal_as_it_was(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    (document,) = await alice.upload()
    terminal = Terminal()
    process = await docstage.start("watch", out=terminal.side, err=terminal.side)
    reading = asyncio.create_task(asyncio.to_thread(terminal.read_raw))
    await terminal.shows(document["id"])
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 60) == 130
    seen = await reading
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")  # the cursor is back
    assert "Traceback" not in seen
