"""One look at a time into a mail account, however many of its folders are taken."""

import asyncio
from datetime import timedelta

import pytest

from services.ingest.mailboxes import visit
from shared.models.mailbox import Mailbox
from shared.models.time import utc_now
from shared.models.work import Lease
from shared.store.collections import MAILBOXES
from tests.api.harness import Caller
from tests.api.imap_door import MAILBOXES_PATH, Account, Post, ann, mail, post, server

__all__ = ["ann", "post", "server"]


async def two_folders(post: Post, ann: Account, caller: Caller) -> tuple[str, str]:
    """Rules for two folders of one account, two mails in each."""
    ann.ask("CREATE", "Bills")
    ann.put(mail("i1"), mail("i2"))
    ann.put(mail("b1"), mail("b2"), folder="Bills")
    inbox = await post.mailbox(caller, "ann", backlog=True)
    bills = await post.mailbox(caller, "ann", backlog=True, folder="Bills")
    return inbox, bills


async def record(post: Post, mailbox: str) -> Mailbox:
    found = await post.gateway.store.across(MAILBOXES).get(mailbox)
    assert found is not None
    return found


async def taken(post: Post, caller: Caller, *boxes: str) -> list[int]:
    return [(await post.shown(caller, box))["taken"] for box in boxes]


async def test_two_folders_of_an_account_are_not_looked_into_at_once(
    post: Post, ann: Account
) -> None:
    caller = await post.gateway.caller("acme")
    boxes = await two_folders(post, ann, caller)
    logins = ann.logins()

    slow = "imap.stored=sleep:0.3"
    await asyncio.gather(*(post.door(slow, pause=60).look(box) for box in boxes))

    assert ann.logins() == logins + 1
    assert sorted(await taken(post, caller, *boxes)) == [0, 2]
    for box in boxes:
        await post.door(pause=60).look(box)
    assert await taken(post, caller, *boxes) == [2, 2]
    assert len(await post.documents(caller)) == 4


async def test_a_full_folder_does_not_keep_the_account_from_the_other(
    post: Post, ann: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "MAX_MAILS", 1)
    caller = await post.gateway.caller("acme")
    ann.ask("CREATE", "Bills")
    ann.put(*(mail(f"i{number}") for number in range(5)))
    ann.put(mail("bill"), folder="Bills")
    inbox = await post.mailbox(caller, "ann", backlog=True)
    bills = await post.mailbox(caller, "ann", backlog=True, folder="Bills")
    door = post.door(pause=0.1)
    await door.start()
    try:
        async with asyncio.timeout(20):
            while await taken(post, caller, inbox, bills) != [5, 1]:
                await asyncio.sleep(0.05)
    finally:
        await door.stop(5)

    mails = [it.source_email for it in await post.documents(caller)]
    order = [it.message_id for it in mails if it is not None]
    assert order.index("<bill@example.com>") <= 2


async def test_accounts_of_others_and_other_accounts_are_not_waited_for(
    post: Post, ann: Account
) -> None:
    callers = [await post.gateway.caller(name) for name in ("acme", "umbrella")]
    ann.put(mail("one"))
    held = await post.mailbox(callers[0], "ann", backlog=True)
    other = await post.mailbox(callers[0], "bob", backlog=True)
    theirs = await post.mailbox(callers[1], "ann", backlog=True)
    slow = asyncio.create_task(post.door("imap.stored=sleep:0.8").look(held))
    while (await record(post, held)).lease is None:
        await asyncio.sleep(0.02)

    for box in (other, theirs):
        await post.door().look(box)
        assert (await record(post, box)).looked is not None
    assert (await record(post, held)).lease is not None
    await slow


async def test_a_process_that_died_holds_an_account_until_its_lease_ends(
    post: Post, ann: Account
) -> None:
    caller = await post.gateway.caller("acme")
    inbox, bills = await two_folders(post, ann, caller)
    lease = Lease(token="dead", worker="dead", until=utc_now() + timedelta(seconds=1))
    records = post.gateway.store.across(MAILBOXES)
    await records.change(inbox, lambda it: it.held_by(lease))
    await post.door().look(bills)
    assert await taken(post, caller, bills) == [0]

    door = post.door(pause=0.1)
    await door.start()
    try:
        async with asyncio.timeout(20):
            while await taken(post, caller, inbox, bills) != [2, 2]:
                await asyncio.sleep(0.05)
    finally:
        await door.stop(5)


async def test_a_rule_that_is_changed_or_removed_lets_go_of_its_account(
    post: Post, ann: Account
) -> None:
    caller = await post.gateway.caller("acme")
    inbox, bills = await two_folders(post, ann, caller)
    lease = Lease(token="dead", worker="dead", until=utc_now() + timedelta(hours=1))
    records = post.gateway.store.across(MAILBOXES)
    await records.change(inbox, lambda it: it.held_by(lease))

    await caller.call("PATCH", f"{MAILBOXES_PATH}/{inbox}", 200, json={"enabled": False})
    await post.door(pause=60).look(bills)

    assert await taken(post, caller, bills) == [2]
