"""Mail that is not taken, servers that do not work or mean no good: seen, bounded, on their own."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.http.load import Load
from tests.api.harness import Caller
from tests.api.imap_door import MAILBOXES_PATH, MAX_BYTES, Account, Post, ann, mail, post, server

__all__ = ["ann", "post", "server"]

RESULTS = "mx.example.net; dmarc=pass header.from=example.com"


async def problem_of(post: Post, caller: Caller, box: str) -> str:
    found: str = (await post.shown(caller, box))["problem"]["code"]
    return found


async def test_a_huge_mail_is_left_out_before_it_is_fetched(post: Post, ann: Account) -> None:
    caller = await post.gateway.caller("acme")
    ann.put(mail("huge", ("x" * 76 + "\n") * 30_000), mail("small"))
    box = await post.mailbox(caller, "ann", backlog=True)
    before = len(re.findall(r"imap\(ann\).* out=(\d+)", ann.server.log()))

    await post.door().look(box)

    shown = await post.shown(caller, box)
    assert [(it["uid"], it["problem"]["code"]) for it in shown["left_out"]] == [
        (shown["left_out"][0]["uid"], "FILE_TOO_LARGE")
    ]
    assert (shown["taken"], shown["refused"], shown["problem"]) == (1, 1, None)
    assert len(await post.documents(caller)) == 1
    assert ann.flags() == ["", "\\Seen"]
    sent = [int(it) for it in re.findall(r"imap\(ann\).* out=(\d+)", ann.server.log())[before:]]
    assert sent
    assert max(sent) < 100_000 < MAX_BYTES


async def test_a_mail_that_cannot_be_put_away_is_tried_five_times(post: Post, ann: Account) -> None:
    """Its document exists from the first time on; others are taken meanwhile."""
    caller = await post.gateway.caller("acme")
    ann.put(mail("poison"))
    box = await post.mailbox(caller, "ann", backlog=True, after="move", move_to="a//b")
    door = post.door()
    for number in range(5):
        await door.look(box)
        shown = await post.shown(caller, box)
        if number < 4:
            assert [it["attempts"] for it in shown["troubled"]] == [number + 1]
            await caller.call("POST", f"{MAILBOXES_PATH}/{box}/look", 202)

    assert (shown["troubled"], shown["problem"]) == ([], None)
    assert [it["problem"]["code"] for it in shown["left_out"]] == ["MAILBOX_FAILED"]
    ann.put(mail("next"))
    await caller.call("PATCH", f"{MAILBOXES_PATH}/{box}", 200, json={"move_to": "Taken"})
    await door.look(box)
    assert len(await post.documents(caller)) == 2

    await caller.call("POST", f"{MAILBOXES_PATH}/{box}/look", 202)
    await door.look(box)

    assert (await post.shown(caller, box))["left_out"] == []
    assert (len(await post.documents(caller)), len(ann.flags("Taken"))) == (2, 2)


async def test_only_senders_that_are_known_where_that_is_enforced(post: Post, ann: Account) -> None:
    caller = await post.gateway.caller("acme")
    rules = {"senders": {"policy": "enforce", "allowed": ["*@example.com"]}}
    await caller.call("PATCH", f"/api/v1/workspaces/{caller.workspace}", 200, json=rules)
    forged = mail("forged", Authentication_Results=RESULTS.replace("net;", "org;"))
    other = mail("other", Authentication_Results=RESULTS.replace("example.com", "else.example"))
    ann.put(forged, mail("known", Authentication_Results=RESULTS), mail("unknown"), other)
    box = await post.mailbox(caller, "ann", backlog=True, authserv_id="mx.example.net")

    await post.door().look(box)

    (document,) = await post.documents(caller)
    assert document.source_email is not None
    assert document.source_email.message_id == "<known@example.com>"
    assert document.source_email.authentication == "authentication-results"
    codes = {it["problem"]["code"] for it in (await post.shown(caller, box))["left_out"]}
    assert codes == {"SENDER_NOT_AUTHENTICATED"}

    warn = {"senders": {"policy": "warn", "allowed": []}}
    await caller.call("PATCH", f"{MAILBOXES_PATH}/{box}", 200, json=warn)
    await caller.call("POST", f"{MAILBOXES_PATH}/{box}/look", 202)
    await post.door().look(box)

    documents = await post.documents(caller)
    assert len(documents) == 4
    assert [it.warnings for it in documents].count(["SENDER_NOT_AUTHENTICATED"]) == 3


async def test_tls_is_checked(post: Post, ann: Account) -> None:
    caller = await post.gateway.caller("acme")
    ann.put(mail("one"))
    own = ssl.create_default_context(cafile=str(post.server.certificate))
    tls = {"host": "localhost", "port": post.server.tls_port, "security": "tls"}
    box = await post.mailbox(caller, "ann", backlog=True, **tls)

    await post.door().look(box)
    assert await problem_of(post, caller, box) == "MAILBOX_INSECURE"
    await caller.call("POST", f"{MAILBOXES_PATH}/{box}/look", 202)
    await post.door(tls=own).look(box)
    assert (await post.shown(caller, box))["taken"] == 1

    starttls = {"port": post.server.port, "security": "starttls"}
    await caller.call("PATCH", f"{MAILBOXES_PATH}/{box}", 200, json=starttls)
    await post.door().look(box)
    assert await problem_of(post, caller, box) == "MAILBOX_INSECURE"
    await caller.call("POST", f"{MAILBOXES_PATH}/{box}/look", 202)
    await post.door(tls=own).look(box)
    assert (await post.shown(caller, box))["problem"] is None


@pytest.mark.parametrize(
    ("allowed", "security"), [("", "tls"), ("10.0.0.0/8", "tls"), ("10.0.0.0/8", "none")]
)
async def test_no_socket_is_opened_into_networks_that_are_not_named(
    post: Post, ann: Account, allowed: str, security: str
) -> None:
    caller = await post.gateway.caller("acme")
    canary = _Canary()
    async with canary.listening() as port:
        box = await post.mailbox(caller, "ann", host="localhost", port=port, security=security)
        await post.door(allowed=allowed).look(box)

    assert await problem_of(post, caller, box) == "TARGET_BLOCKED"
    assert canary.calls == 0


async def test_a_folder_that_is_missing_is_said_and_waited_for(post: Post, ann: Account) -> None:
    caller = await post.gateway.caller("acme")
    box = await post.mailbox(caller, "ann", folder="Later", backlog=True)

    await post.door().look(box)
    assert await problem_of(post, caller, box) == "MAILBOX_FOLDER_MISSING"
    ann.ask("CREATE", "Later")
    ann.put(mail("one"), folder="Later")
    await post.door().look(box)

    assert (await post.shown(caller, box))["taken"] == 1


async def test_nobody_looks_while_too_much_waits(post: Post, ann: Account) -> None:
    caller = await post.gateway.caller("acme")
    ann.put(mail("one"))
    box = await post.mailbox(caller, "ann", backlog=True)
    load = Load({"backlog": 10.0}, full={"backlog"})
    door = post.door(load=load)

    await door.start()
    try:
        await door.step()
        assert (await post.shown(caller, box))["looked"] is None
        load.full.clear()
        while (await post.shown(caller, box))["taken"] == 0:
            await asyncio.sleep(0.05)
    finally:
        await door.stop(5)


HUGE = b"* 1 FETCH (UID 1 BODY[]<0> {4000000000}\r\n" + b"x" * 100_000
LIES = b'* 1 FETCH (UID 1 RFC822.SIZE 10 INTERNALDATE "22-Nov-2026 10:00:00 +0000")\r\n'


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({b"FETCH": LIES}, "MAILBOX_FAILED"),
        ({b"BODY": HUGE, b"FETCH": LIES}, "MAILBOX_UNREACHABLE"),
        ({b"SEARCH": b"* SEARCH " + b"1 " * 900_000 + b"\r\n"}, "MAILBOX_FAILED"),
        ({b"SEARCH": (b"* OK " + b"x" * 1_000 + b"\r\n") * 5_000}, "MAILBOX_UNREACHABLE"),
        ({b"SEARCH": b"* SEARCH 1 (((\r\n"}, "MAILBOX_FAILED"),
        ({b"SELECT": b"* OK [UIDVALIDITY x]\r\n"}, "MAILBOX_FAILED"),
        ({b"LOGIN": b"* BYE go\r\n"}, "MAILBOX_LOGIN_REFUSED"),
    ],
    ids=["size only", "huge literal", "long line", "noise", "junk", "no uids", "bye"],
)
async def test_a_server_that_lies_fills_no_memory_and_is_said_to_fail(
    post: Post, answers: dict[bytes, bytes], code: str
) -> None:
    caller = await post.gateway.caller("acme")
    async with lying(answers) as port:
        box = await post.mailbox(caller, "ann", port=port, backlog=True, password="secret")
        await asyncio.wait_for(post.door(seconds=2.0).look(box), 60)
        shown = await post.shown(caller, box)

    problems = [shown["problem"], *(it["problem"] for it in shown["troubled"])]
    assert code in {it["code"] for it in problems if it}
    assert await post.documents(caller) == []


class _Canary:
    def __init__(self) -> None:
        self.calls = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        async def called(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.calls += 1
            writer.close()

        server = await asyncio.start_server(called, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def lying(answers: dict[bytes, bytes]) -> AsyncIterator[int]:
    """Speaks just enough of the protocol to be trusted, then says what a test wants."""
    usual = {
        b"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n",
        b"SEARCH": b"* SEARCH 1\r\n",
        b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n",
    }
    said = {**answers, **{name: it for name, it in usual.items() if name not in answers}}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK hello\r\n")
        try:
            while line := await reader.readline():
                tag, _, rest = line.partition(b" ")
                name = next((it for it in said if it in rest.upper()), None)
                writer.write((said[name] if name else b"") + tag + b" OK done\r\n")
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
