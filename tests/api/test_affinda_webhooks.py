"""Affinda's webhooks through their official Python client, with a receiver on a real socket."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from affinda import AffindaAPI
from affinda.models import ResthookSubscriptionCreate
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from services.notify.__main__ import build as build_notify
from services.notify.resthook_messages import render_resthook
from shared.config import Settings
from shared.errors import Code
from shared.http.signing_keys import SigningKeys
from shared.models.delivery import Delivery
from shared.models.document import Document, DocumentState
from shared.models.time import utc_now
from shared.models.work import Problem, WorkState
from shared.stages import lifecycle
from shared.stages.notifying import RESTHOOK_SCHEDULE
from shared.store.collections import DELIVERIES, DOCUMENTS, ORGANIZATIONS, WORKSPACES
from shared.store.port import Query
from tests.api.affinda_client import api_of, calls, hooks_of
from tests.api.harness import PDF, SECRET, Caller, Gateway, running
from tests.api.hook_receiver import Receiver, is_signed, receiving
from tests.api.stage_beside import stage_beside

KEY = "5e" * 32


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    settings = Settings(
        _env_file=None, data_dir=tmp_path, allow_private_targets="127.0.0.0/8", sweep_seconds=0.1
    )
    async with running(settings) as gateway:
        yield gateway


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def alice(gateway: Gateway) -> Caller:
    return await gateway.caller("alice")


@asynccontextmanager
async def notifying(gateway: Gateway) -> AsyncIterator[None]:
    async with stage_beside(gateway, lambda process, _: build_notify(process), 3):
        yield


async def subscribed(
    api: AffindaAPI, receiver: Receiver, event: str = "document.parse.completed", **place: str
) -> Any:
    """A subscription that its receiver has activated."""
    receiver.activate = calls(api, "activate_resthook_subscription")
    done = len(receiver.activated)
    wish = ResthookSubscriptionCreate(target_url=receiver.url, event=event, **place)
    made = await calls(api, "create_resthook_subscription")(wish)
    await receiver.until(activated=done + 1)
    return made


async def failed(gateway: Gateway, caller: Caller, identity: str) -> Document:
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    document = await gateway._settled(caller, identity)
    problem = Problem(code="FILE_CORRUPT", detail="The file is damaged.")
    stored = await documents.replace(lifecycle.fail(document, problem, utc_now()))
    assert stored is not None
    await gateway.outbox.carry_out(DOCUMENTS, stored)
    return stored


async def test_a_receiver_activates_within_the_handshake_and_is_told_signed(
    gateway: Gateway, alice: Caller, receiver: Receiver
) -> None:
    sealed = SigningKeys(SECRET).close(alice.organization, KEY)
    organizations = gateway.store.of(alice.tenant, ORGANIZATIONS)
    await organizations.change(alice.organization, lambda it: it.copy_with(signing_key=sealed))
    async with notifying(gateway):
        with api_of(gateway, alice) as api:
            made = await subscribed(api, receiver, organization=alice.organization)
            assert (made.active, made.auto_deactivated, made.auto_deactivate_reason) == (
                False, False, "",
            )  # fmt: skip
            assert (made.version, made.workspace) == ("v3", None)
            assert made.organization.identifier == alice.organization
            (active,) = receiver.activated
            assert (active.id, active.active) == (made.id, True)
            with pytest.raises(HttpResponseError) as used:
                await calls(api, "activate_resthook_subscription")(receiver.secrets[0])
            assert used.value.status_code == 400
            (document,) = await alice.upload(PDF, reference="po-1")
            await gateway.finish(alice, document["id"])
            await receiver.until(messages=1)
            headers, body = receiver.messages[0]
            assert headers["content-type"] == "application/json"
            assert is_signed(headers, body, KEY)
            told = receiver.bodies[0]
            assert (set(told), told["event"]) == (
                {"id", "event", "timestamp", "payload"}, "document.parse.completed",
            )  # fmt: skip
            payload = told["payload"]
            assert payload["identifier"] == document["id"]
            assert payload["customIdentifier"] == "po-1"
            assert (payload["ready"], payload["failed"]) == (True, False)
            assert payload["workspace"] == {"identifier": alice.workspace, "name": "default"}
            assert "data" not in payload


async def test_without_a_key_of_the_organization_nothing_is_signed(
    gateway: Gateway, alice: Caller, receiver: Receiver
) -> None:
    async with notifying(gateway):
        with api_of(gateway, alice) as api:
            await subscribed(api, receiver)
        (document,) = await alice.upload(PDF)
        await gateway.finish(alice, document["id"])
        await receiver.until(messages=1)
        assert "x-hook-signature" not in receiver.messages[0][0]


async def test_each_event_is_told_when_it_happens_and_to_nobody_else(
    gateway: Gateway, alice: Caller, receiver: Receiver
) -> None:
    """One subscription of each: what they hear of, in all."""
    async with notifying(gateway):
        with api_of(gateway, alice) as api:
            for name in (
                "document.parse.succeeded", "document.parse.failed", "document.parse.completed",
                "document.classify.succeeded", "document.classify.failed",
                "document.classify.completed", "document.validate.completed",
                "document.rejected", "resume.parse.completed", "annotation.validated",
            ):  # fmt: skip
                await subscribed(api, receiver, name)
        good, bad, turned_down = await alice.upload(PDF, PDF + b" ", PDF + b"  ")
        await gateway.finish(alice, good["id"], total="12.00")
        await failed(gateway, alice, bad["id"])
        await gateway.finish(alice, turned_down["id"])
        listed = await alice.call("GET", f"/v3/annotations?document={good['id']}", 200)
        (total,) = [it["id"] for it in listed["results"] if it["field"] == "total"]
        await alice.call("PATCH", f"/v3/annotations/{total}", 200, json={"parsed": 12.5})
        for identity, verdict in ((good["id"], "accept"), (turned_down["id"], "reject")):
            path = f"/api/v1/documents/{identity}/review"
            await alice.call("POST", path, 200, json={"verdict": verdict})
        expected = {
            good["id"]: {
                "document.parse.succeeded", "document.parse.completed",
                "document.classify.succeeded", "document.classify.completed",
                "document.validate.completed", "annotation.validated",
            },
            bad["id"]: {"document.parse.failed", "document.parse.completed"},
            turned_down["id"]: {
                "document.parse.succeeded", "document.parse.completed",
                "document.classify.succeeded", "document.classify.completed",
                "document.rejected",
            },
        }  # fmt: skip
        await receiver.until(messages=sum(len(it) for it in expected.values()))
        await settled(gateway, alice)
        heard: dict[str, list[str]] = {}
        for body in receiver.bodies:
            heard.setdefault(body["payload"]["identifier"], []).append(body["event"])
        assert {it: sorted(names) for it, names in heard.items()} == {
            it: sorted(names) for it, names in expected.items()
        }
        assert len({it["id"] for it in receiver.bodies}) == len(receiver.bodies)
        last = {"document.validate.completed", "document.parse.failed", "document.rejected"}
        ends = [it["payload"] for it in receiver.bodies if it["event"] in last]
        assert len(ends) == len(expected)
        for payload in ends:
            await is_as_told(alice, payload)


async def is_as_told(caller: Caller, payload: dict[str, Any]) -> None:
    """What a receiver is told is what it sees when it looks."""
    seen = await caller.call("GET", f"/v3/documents/{payload['identifier']}", 200)
    assert {name: seen["meta"][name] for name in payload} == payload


async def settled(gateway: Gateway, caller: Caller) -> None:
    """Until nothing is left to be sent, so that what was not sent is known."""
    deliveries = gateway.store.of(caller.tenant, DELIVERIES)
    async with asyncio.timeout(30):
        while any(
            it.work.state in {WorkState.WAITING, WorkState.RUNNING}
            for it in await deliveries.page(Query(), None, 100)
        ):
            await asyncio.sleep(0.05)


async def test_a_workspace_s_subscription_hears_of_no_other(
    gateway: Gateway, alice: Caller, receiver: Receiver
) -> None:
    other = await alice.call("POST", "/api/v1/workspaces", 201, json={"name": "other"})
    async with notifying(gateway):
        with api_of(gateway, alice) as api:
            made = await subscribed(api, receiver, workspace=other["id"])
            assert (made.organization, made.workspace.name) == (None, "other")
        (elsewhere,) = await alice.upload(PDF)
        await gateway.finish(alice, elsewhere["id"])
        (document,) = await alice.upload(PDF, workspace="other")
        await gateway.finish(alice, document["id"])
        await receiver.until(messages=1)
        await settled(gateway, alice)
        assert [it["payload"]["identifier"] for it in receiver.bodies] == [document["id"]]


async def test_what_is_private_to_others_is_not_told(
    gateway: Gateway, alice: Caller, receiver: Receiver
) -> None:
    """Neither now nor when a workspace becomes private later: its documents are not seen."""
    people = [
        (
            await alice.call(
                "POST", "/api/v1/users", 201, json={"name": it, "email": f"{it}@x.test"}
            )
        )["id"]
        for it in ("member", "other")
    ]
    private = {"name": "private", "visibility": "private", "members": people[:1]}
    async with notifying(gateway):
        for person in people:
            caller = await gateway.another(alice.organization, user=person)
            with api_of(gateway, caller) as api:
                await subscribed(api, receiver)
        await alice.call("POST", "/api/v1/workspaces", 201, json=private)
        (document,) = await alice.upload(PDF, workspace="private")
        await gateway.finish(alice, document["id"])
        await receiver.until(messages=1)
        await settled(gateway, alice)
        assert len(receiver.messages) == 1
        hooks = {it.id: it.person for it in await hooks_of(gateway, alice)}
        deliveries = await gateway.store.of(alice.tenant, DELIVERIES).page(Query(), None, 9)
        told = [hooks[it.subscription] for it in deliveries if it.event_name]
        assert told == [people[0]]


async def test_a_handshake_survives_a_restart(
    gateway: Gateway, alice: Caller, receiver: Receiver
) -> None:
    """Nobody sends anything when it is made; whoever starts later does."""
    with api_of(gateway, alice) as api:
        wish = ResthookSubscriptionCreate(target_url=receiver.url, event="document.parse.completed")
        await calls(api, "create_resthook_subscription")(wish)
        assert receiver.secrets == []
        async with notifying(gateway):
            await receiver.until(secrets=1)
            assert len(receiver.secrets[0]) == 64
            await calls(api, "activate_resthook_subscription")(receiver.secrets[0])


async def test_a_receiver_that_is_gone_loses_its_subscription(
    gateway: Gateway, alice: Caller, receiver: Receiver
) -> None:
    async with notifying(gateway):
        with api_of(gateway, alice) as api:
            made = await subscribed(api, receiver)
            receiver.status = 410
            (document,) = await alice.upload(PDF)
            await gateway.finish(alice, document["id"])
            await receiver.until(messages=1)
            await settled(gateway, alice)
            with pytest.raises(ResourceNotFoundError):
                await calls(api, "get_resthook_subscription")(made.id)


async def test_a_receiver_that_refuses_for_a_day_is_deactivated_with_the_last_error(
    gateway: Gateway, alice: Caller, receiver: Receiver
) -> None:
    async with notifying(gateway):
        with api_of(gateway, alice) as api:
            made = await subscribed(api, receiver)
            receiver.status = 503
            (document,) = await alice.upload(PDF)
            await gateway.finish(alice, document["id"])
            for tries, made_before in ((1, 1), (2, len(RESTHOOK_SCHEDULE))):
                await receiver.until(messages=tries)
                assert (await calls(api, "get_resthook_subscription")(made.id)).active
                await tried(gateway, alice, made_before)
            await receiver.until(messages=3)
            await settled(gateway, alice)
            now = await calls(api, "get_resthook_subscription")(made.id)
            assert (now.active, now.auto_deactivated) == (False, True)
            assert now.auto_deactivate_reason == "The receiver answered 503."
            stamps = [it["timestamp"] for it in receiver.bodies]
            assert stamps == sorted(stamps)
            with pytest.raises(HttpResponseError):
                await calls(api, "activate_resthook_subscription")(receiver.secrets[0])


async def tried(gateway: Gateway, caller: Caller, tries: int) -> None:
    """Have the next try of the one message made now, as if there had been so many before."""
    deliveries = gateway.store.of(caller.tenant, DELIVERIES)
    long_ago = utc_now() - timedelta(minutes=1)

    def now(delivery: Delivery) -> Delivery | None:
        if delivery.work.state is not WorkState.WAITING or not delivery.outbox:
            return None
        due = [it.copy_with(not_before=long_ago) for it in delivery.outbox]
        return delivery.copy_with(outbox=due, attempts_made=tries)

    (kept,) = [it for it in await deliveries.page(Query(), None, 9) if it.event_name]
    async with asyncio.timeout(30):
        while await deliveries.change(kept.id, now) is None:
            await asyncio.sleep(0.02)


async def test_errors_have_the_names_that_documents_tell_them_by(
    gateway: Gateway, alice: Caller
) -> None:
    """Of every code that there is, and of documents that are duplicates or part of others."""
    (document,) = await alice.upload(PDF, reference="r-1")
    stored = await failed(gateway, alice, document["id"])
    place = await gateway.store.of(alice.tenant, WORKSPACES).get(alice.workspace)
    assert place is not None
    for state, code in itertools.product((DocumentState.FAILED, DocumentState.REJECTED), Code):
        documents = gateway.store.of(alice.tenant, DOCUMENTS)
        changed = await documents.change(
            stored.id,
            lambda it, state=state, code=code: it.copy_with(
                state=state, error=Problem(code=code, detail="It is so.")
            ),
        )
        assert changed is not None
        told = json.loads(render_resthook(changed.events[-1], "t", changed, place))
        await is_as_told(alice, told["payload"])


def test_a_document_state_is_never_left_out_of_what_receivers_are_told() -> None:
    """``ready`` is what the lifecycle calls final; a new state must be thought of here."""
    open_states = {it for it in DocumentState if not Document.model_construct(state=it).is_final}
    assert open_states == {
        DocumentState.RECEIVED, DocumentState.READING, DocumentState.EXTRACTING,
    }  # fmt: skip
