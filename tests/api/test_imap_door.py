"""Mail of a real IMAP server becomes documents, once each, and is put away after."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from aiohttp import ClientSession

from services.ingest.mailboxes import visit
from shared.models.mailbox import Mailbox
from shared.store.collections import MAILBOXES
from tests.api.harness import SECRET
from tests.api.imap_door import MAILBOXES_PATH, Account, Post, ann, mail, post, server

__all__ = ["ann", "post", "server"]


async def test_new_mail_becomes_documents_and_is_marked(post: Post, ann: Account) -> None:
    caller = await post.gateway.caller("acme")
    ann.put(mail("old"))
    box, door = await post.mailbox(caller, "ann"), post.door()

    await door.look(box)
    ann.put(mail("first"), mail("second"))
    await door.look(box)
    await door.look(box)

    first, second = await post.documents(caller)
    assert [first.source_email and first.source_email.message_id for first in (first, second)] == [
        "<first@example.com>",
        "<second@example.com>",
    ]
    assert first.media_type == "message/rfc822"
    assert first.container is not None
    assert first.source_email is not None
    assert (first.source_email.door, first.source_email.authenticated) == ("imap", None)
    assert await post.gateway.blobs.get(first.blob) == mail("first")
    assert ann.flags() == ["", "\\Seen", "\\Seen"]
    shown = await post.shown(caller, box)
    assert (shown["taken"], shown["problem"], shown["left_out"]) == (2, None, [])
    assert shown["looked"] is not None


async def test_the_backlog_is_taken_where_it_is_wanted_in_turns(
    post: Post, ann: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "MAX_MAILS", 5)
    caller = await post.gateway.caller("acme")
    ann.put(*(mail(f"n{number}") for number in range(8)))
    box, door = await post.mailbox(caller, "ann", backlog=True, after="nothing"), post.door()

    await door.look(box)
    assert len(await post.documents(caller)) == 5
    await door.look(box)

    assert len(await post.documents(caller)) == 8
    assert set(ann.flags()) == {""}


@pytest.mark.parametrize(
    ("after", "left", "moved"),
    [
        ({"after": "flag"}, ["", "\\Flagged"], None),
        ({"after": "delete"}, [""], None),
        ({"after": "move", "move_to": "Übernommen"}, [""], [""]),
    ],
    ids=lambda it: it["after"] if isinstance(it, dict) else "",
)
async def test_what_is_done_to_a_mail_after(
    post: Post, ann: Account, after: dict[str, str], left: list[str], moved: list[str] | None
) -> None:
    caller = await post.gateway.caller("acme")
    ann.put(mail("stays"))
    box, door = await post.mailbox(caller, "ann", **after), post.door()
    await door.look(box)
    ann.put(mail("goes"))

    await door.look(box)

    assert len(await post.documents(caller)) == 1
    assert ann.flags() == left
    if moved is not None:
        assert ann.flags("&ANw-bernommen") == moved


async def test_a_server_that_counts_anew_makes_no_second_documents(
    post: Post, ann: Account
) -> None:
    caller = await post.gateway.caller("acme")
    ann.ask("CREATE", "In")
    ann.put(mail("before"), folder="In")
    box, door = await post.mailbox(caller, "ann", folder="In"), post.door()
    await door.look(box)
    ann.put(mail("one"), mail("two"), folder="In")
    await door.look(box)
    before = await _record(post, box)

    ann.ask("DELETE", "In")
    await asyncio.sleep(1.1)  # a folder's UIDVALIDITY is the second in which it was made
    ann.ask("CREATE", "In")
    ann.put(mail("before"), folder="In", date='"22-Nov-2020 10:00:00 +0000"')
    ann.put(mail("two"), mail("three"), folder="In")
    await door.look(box)

    after = await _record(post, box)
    assert before.progress.uid_validity != after.progress.uid_validity
    assert (before.progress.last_uid, after.progress.last_uid) == (3, 3)
    names = [it.source_email.message_id for it in await post.documents(caller) if it.source_email]
    assert names == ["<one@example.com>", "<two@example.com>", "<three@example.com>"]
    assert ann.flags("In") == ["", "\\Seen", "\\Seen"]


_CRASHING = """
import asyncio, sys
from pathlib import Path
from tests.api.imap_door import post_at
class Server: port = 0
async def main(folder, box):
    async with post_at(Server(), Path(folder)) as post:
        await post.door("imap.stored=kill", lease=0.4).look(box)
asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_kill_after_storing_makes_no_second_document(
    post: Post, ann: Account, tmp_path: Path
) -> None:
    caller = await post.gateway.caller("acme")
    box, door = await post.mailbox(caller, "ann"), post.door()
    await door.look(box)
    ann.put(mail("only"))

    died = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _CRASHING, str(tmp_path), box],
        env={**os.environ, "PYTHONPATH": "."},
        timeout=60,
    )
    assert died.returncode == -signal.SIGKILL
    assert len(await post.documents(caller)) == 1
    assert ann.flags() == [""]
    await asyncio.sleep(0.5)  # its lease ends
    await door.look(box)

    assert len(await post.documents(caller)) == 1
    assert ann.flags() == ["\\Seen"]
    assert (await post.shown(caller, box))["taken"] == 1


@pytest.mark.parametrize(("point", "stored"), [("imap.fetched", 0), ("imap.put_away", 1)])
async def test_a_look_that_breaks_off_at_another_step_is_made_up_for(
    post: Post, ann: Account, point: str, stored: int
) -> None:
    caller = await post.gateway.caller("acme")
    ann.put(mail("only"))
    box = await post.mailbox(caller, "ann", backlog=True)

    await post.door(f"{point}=raise").look(box)
    (trouble,) = (await post.shown(caller, box))["troubled"]
    assert trouble["problem"]["code"] == "UNEXPECTED_ERROR"
    assert len(await post.documents(caller)) == stored
    assert ann.flags() == (["\\Seen"] if stored else [""])
    await caller.call("POST", f"{MAILBOXES_PATH}/{box}/look", 202)
    await post.door().look(box)

    assert len(await post.documents(caller)) == 1
    assert ann.flags() == ["\\Seen"]
    assert (await post.shown(caller, box))["taken"] == 1


async def test_two_processes_do_not_look_at_the_same_time(post: Post, ann: Account) -> None:
    caller = await post.gateway.caller("acme")
    ann.put(*(mail(f"n{number}") for number in range(3)))
    box = await post.mailbox(caller, "ann", backlog=True)
    logins = ann.logins()

    slow = "imap.stored=sleep:0.3"
    await asyncio.gather(*(post.door(slow, pause=60).look(box) for _ in range(4)))

    assert ann.logins() == logins + 1
    assert len(await post.documents(caller)) == 3


async def test_who_has_lost_the_lease_writes_nothing_more(post: Post, ann: Account) -> None:
    caller = await post.gateway.caller("acme")
    ann.put(mail("one"), mail("two"))
    box = await post.mailbox(caller, "ann", backlog=True)
    zombie = asyncio.create_task(post.door("imap.fetched=sleep:0.8@2", lease=30).look(box))
    while not await post.documents(caller):
        await asyncio.sleep(0.02)

    await caller.call("PATCH", f"{MAILBOXES_PATH}/{box}", 200, json={"after": "nothing"})
    await post.door().look(box)
    now = await _record(post, box)
    await zombie

    assert (await _record(post, box)).model_dump() == now.model_dump()
    assert now.taken == 2
    assert len(await post.documents(caller)) == 2


async def test_the_service_looks_by_itself_and_a_broken_mailbox_holds_up_no_other(
    post: Post, ann: Account
) -> None:
    other = await post.gateway.caller("other")
    caller = await post.gateway.caller("acme")
    broken = await post.mailbox(caller, "bob", password="wrong")
    silent = await asyncio.start_server(lambda _, __: asyncio.sleep(60), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    for number in range(20):
        await post.mailbox(other, f"user{number}", port=port)
    ann.put(mail("one"))
    box = await post.mailbox(caller, "ann", backlog=True)
    door = post.door(pause=0.05, seconds=30.0)

    await door.start()
    try:
        async with asyncio.timeout(20):  # the silent ones are silent for longer
            while (await post.shown(caller, box))["taken"] == 0:
                await asyncio.sleep(0.05)
            while (await post.shown(caller, broken))["failures"] < 2:
                await asyncio.sleep(0.05)
    finally:
        await door.stop(0.1)
        silent.close()

    assert not door.alive
    left = [it for it in threading.enumerate() if it.name.startswith("imap")]
    await asyncio.to_thread(lambda: [it.join(5) for it in left])
    assert not any(it.is_alive() for it in left)
    problem = (await post.shown(caller, broken))["problem"]
    assert problem["code"] == "MAILBOX_LOGIN_REFUSED"
    assert "wrong" not in str(problem)


async def test_a_password_is_told_to_nobody_and_sealed_anew_with_a_new_key(
    post: Post, ann: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    caller = await post.gateway.caller("acme")
    box = await post.mailbox(caller, "ann")
    first = (await _record(post, box)).password

    await post.door(keys=f"new:{'k' * 32}").look(box)

    second = (await _record(post, box)).password
    assert (first.partition(":")[0], second.partition(":")[0]) == ("secret", "new")
    assert "password" not in await post.shown(caller, box)
    told = caplog.text + (await _text(caller.client))
    assert '"password" with' not in told
    assert SECRET.decode() not in told
    await post.door().look(box)  # whose keys do not open it
    assert (await post.shown(caller, box))["problem"]["code"] == "MAILBOX_LOGIN_REFUSED"


async def _text(client: ClientSession) -> str:
    async with client.get(MAILBOXES_PATH) as answer:
        return await answer.text()


async def _record(post: Post, box: str) -> Mailbox:
    found = await post.gateway.store.across(MAILBOXES).get(box)
    assert found is not None
    return found
