"""Rules for mailboxes over the API and the command line: what they take, and never tell."""

import asyncio
import json
from typing import Any

from typer.testing import CliRunner

from services.cli.__main__ import build
from shared.models.mailbox import LeftOutMail, Progress
from shared.models.time import utc_now
from shared.models.work import Problem
from shared.store.collections import MAILBOXES
from tests.api.harness import API, Caller, Gateway

PATH = f"{API}/mailboxes"
WISH: dict[str, Any] = {"host": "IMAP.Example.com", "user": "ann", "password": "s3cret-word"}


async def made(caller: Caller, **more: Any) -> dict[str, Any]:
    return await caller.call("POST", PATH, 201, json={**WISH, **more})


async def test_a_mailbox_is_made_shown_and_removed(alice: Caller, bob: Caller) -> None:
    one = await made(alice)
    senders = {"policy": "warn", "allowed": ["*@example.com"]}
    two = await made(alice, folder="In", after="move", move_to="Out", senders=senders)

    assert (one["host"], one["port"], one["security"]) == ("imap.example.com", 993, "tls")
    assert (one["after"], one["senders"], one["enabled"]) == ("seen", None, True)
    assert two["senders"] == senders
    listed = await alice.call("GET", PATH, 200)
    assert [it["id"] for it in listed["mailboxes"]] == [two["id"], one["id"]]
    assert (await bob.call("GET", PATH, 200))["mailboxes"] == []
    await bob.call("GET", f"{PATH}/{one['id']}", 404)
    assert "s3cret" not in str(listed)

    await alice.call("DELETE", f"{PATH}/{one['id']}", 204)
    await alice.call("GET", f"{PATH}/{one['id']}", 404)


async def test_what_is_stored_does_not_hold_the_password(alice: Caller, gateway: Gateway) -> None:
    box = await made(alice)

    stored = await gateway.store.of(alice.tenant, MAILBOXES).get(box["id"])

    assert stored is not None
    assert "s3cret" not in stored.model_dump_json()


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"host": "http://example.com"}, 400, "BAD_REQUEST"),
    ({"host": "ex ample"}, 400, "BAD_REQUEST"),
    ({"host": "127.0.0.1"}, 422, "TARGET_BLOCKED"),
    ({"host": "::ffff:10.0.0.1"}, 422, "TARGET_BLOCKED"),
    ({"host": "198.51.100.1"}, 422, "TARGET_BLOCKED"),
    ({"host": "8.8.8.8", "port": 25}, 422, "TARGET_BLOCKED"),
    ({"host": "8.8.8.8", "security": "none"}, 422, "TARGET_BLOCKED"),
    ({"user": "ann\r\nA1 LOGOUT"}, 400, "BAD_REQUEST"),
    ({"password": "x\ny"}, 400, "BAD_REQUEST"),
    ({"password": ""}, 400, "BAD_REQUEST"),
    ({"folder": "a\x00b"}, 400, "BAD_REQUEST"),
    ({"after": "move"}, 422, "INCOHERENT_DATA"),
    ({"move_to": "Out"}, 422, "INCOHERENT_DATA"),
    ({"after": "burn"}, 400, "BAD_REQUEST"),
    ({"senders": {"allowed": ["*"]}}, 400, "BAD_REQUEST"),
    ({"workspace": "nowhere"}, 422, "UNKNOWN_WORKSPACE"),
    ({"taken": 7}, 400, "BAD_REQUEST"),
]


async def test_what_is_refused(alice: Caller) -> None:
    for more, status, code in REFUSED:
        refusal = await alice.call("POST", PATH, status, json={**WISH, **more})
        assert refusal["code"] == code, more
        assert "s3cret" not in str(refusal)


async def test_one_folder_is_looked_into_by_one_rule(alice: Caller, bob: Caller) -> None:
    first = await made(alice, host="imap.example.com", folder="INBOX")
    await alice.call("POST", PATH, 409, json={**WISH, "folder": "inbox"})
    other = await made(alice, folder="Else")
    await alice.call("PATCH", f"{PATH}/{other['id']}", 409, json={"folder": "INBOX"})
    await made(bob)

    assert (await alice.call("GET", f"{PATH}/{first['id']}", 200))["folder"] == "INBOX"


async def test_another_place_begins_anew_and_other_changes_do_not(
    alice: Caller, gateway: Gateway
) -> None:
    box = await made(alice)
    records = gateway.store.of(alice.tenant, MAILBOXES)
    left = LeftOutMail(uid=7, at=utc_now(), problem=Problem(code="FILE_TOO_LARGE"))
    progress = Progress(uid_validity=3, last_uid=9)
    await records.change(box["id"], lambda it: it.copy_with(progress=progress, left_out=[left]))

    path = f"{PATH}/{box['id']}"
    kept = await alice.call("PATCH", path, 200, json={"password": "new", "after": "flag"})
    stored = await records.get(box["id"])
    assert stored is not None
    assert (kept["after"], stored.progress) == ("flag", progress)

    again = await alice.call("POST", f"{path}/look", 202)
    assert (again["left_out"], [it["uid"] for it in again["troubled"]]) == ([], [7])
    await alice.call("PATCH", path, 200, json={"host": "mail.example.com"})
    moved = await records.get(box["id"])
    assert moved is not None
    assert (moved.progress, moved.troubled) == (Progress(), [])


async def test_a_workspace_says_whose_mail_it_takes(alice: Caller) -> None:
    path = f"{API}/workspaces/{alice.workspace}"
    nobody = {"policy": "off", "allowed": []}
    assert (await alice.call("GET", path, 200))["senders"] == nobody

    rules = {"policy": "enforce", "allowed": ["*@example.com", "*@*.example.com"]}
    await alice.call("PATCH", path, 200, json={"senders": rules})
    assert (await alice.call("PATCH", path, 200, json={"name": "New"}))["senders"] == rules

    for wrong in ("*", "example.com", "*@*", "a@b@c.example", "*@ex ample.com"):
        await alice.call("PATCH", path, 400, json={"senders": {"allowed": [wrong]}})
    born = await alice.call("POST", f"{API}/workspaces", 201, json={"name": "W", "senders": rules})
    assert born["senders"] == rules


async def test_the_command_line(alice: Caller, gateway: Gateway) -> None:
    def run(*words: str, text: str | None = None) -> str:
        done = CliRunner().invoke(
            build(words), [*words, "--url", gateway.url, "--key", alice.key], input=text
        )
        assert done.exit_code == 0, done.output
        # Of the gateway in this process, which has not been told where to write.
        own = [it for it in done.stdout.splitlines() if "request_id=" not in it]
        return "".join(f"{it}\n" for it in own)

    async def docstage(*words: str, text: str | None = None) -> str:
        return await asyncio.to_thread(lambda: run(*words, text=text))

    box = (await docstage("mailboxes", "add", "imap.example.com", "ann", text="s3cret\n")).strip()
    await docstage("mailboxes", "pause", box)
    listed = (await docstage("mailboxes", "list")).strip().split("\t")
    assert (listed[0], listed[-2:]) == ("ann", ["paused", box])
    await docstage("mailboxes", "password", box, text="other\n")
    shown = json.loads(await docstage("mailboxes", "show", box))
    assert (shown["enabled"], shown["folder"]) == (False, "INBOX")
    await docstage("mailboxes", "remove", box)
    assert await docstage("mailboxes", "list") == ""

    told = await docstage("senders", "--policy", "warn", "--allow", "*@example.com")
    assert told.split() == ["policy", "warn", "allow", "*@example.com"]
    assert await docstage("senders") == told
