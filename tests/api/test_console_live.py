"""What browsers are told of documents as it happens, and of which not."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from services.ingest.tenants import KeyRights
from shared.config import Settings
from shared.models.tenancy import Scope
from tests.api.console_client import Browser
from tests.api.console_stream import listening
from tests.api.harness import Caller, Gateway, running


async def signed_in(gateway: Gateway, key: str) -> Browser:
    return await Browser(gateway).sign_in(key)


async def test_each_is_told_of_what_it_may_see(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    second = await alice.call("POST", "/api/v1/workspaces", 201, json={"name": "second"})
    rights = KeyRights("limited", (Scope.READ, Scope.WRITE), workspaces=(second["id"],))
    limited = await gateway.key(alice.organization, rights)
    async with (
        listening(await signed_in(gateway, alice.key)) as whole,
        listening(await signed_in(gateway, limited)) as part,
        listening(await signed_in(gateway, bob.key)) as other,
    ):
        (first,) = await alice.upload()
        (there,) = await alice.upload(workspace=second["id"])
        (his,) = await bob.upload()
        assert await whole.told() == (first["id"], "received")
        assert await whole.told() == (there["id"], "received")
        assert await part.told() == (there["id"], "received")
        assert await other.told() == (his["id"], "received")
        await gateway.finish(alice, first["id"], total="12.00")
        told = [await whole.told() for _ in range(3)]
        assert told[0] == (first["id"], "read")
        assert {it[0] for it in told} == {first["id"]}


async def test_a_stream_ends_with_its_session(gateway: Gateway, alice: Caller) -> None:
    browser = await signed_in(gateway, alice.key)
    async with listening(browser) as stream:
        await browser.post("/sign-out", {})
        with pytest.raises(EOFError):
            await stream.next()


async def test_streams_do_not_hold_up_the_end_of_the_process(settings: Settings) -> None:
    async with AsyncExitStack() as theirs, AsyncExitStack() as process:
        gateway = await process.enter_async_context(running(settings))
        alice = await gateway.caller("alice")
        browser = await signed_in(gateway, alice.key)
        gateway.clients.remove(browser.client)  # this one stays open whatever the server does
        await theirs.enter_async_context(browser.client)
        stream = await theirs.enter_async_context(listening(browser))
        async with asyncio.timeout(40):  # it would wait a minute for requests under way
            await process.aclose()
        with pytest.raises(EOFError):
            await stream.next()
