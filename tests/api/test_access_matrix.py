"""Every operation of every dialect, and every place where it may name a thing of somebody else.

What belongs to another organization, or to a workspace that the key does not reach, is told of as
what never was. That the call is right otherwise is seen by naming a thing of one's own.
"""

import re
from pathlib import Path
from typing import Any

import aiohttp

from services.ingest.dialects.affinda.numbers import Kind, Numbers
from shared.config import Settings
from shared.http.operations import Operation
from shared.models.check import Check
from shared.models.extraction import Extraction, ExtractionOrder, TypeGuess
from shared.models.schema import Schema
from shared.models.tenancy import Scope
from shared.models.work import Work, WorkState
from shared.store.collections import CHECKS, DOCUMENTS, EXTRACTIONS
from tests.api.access_references import Reference, Things, call_of, references, unheard_of
from tests.api.access_world import keys_of, things_of
from tests.api.harness import API, PDF, Caller, Gateway, of_dialects, operations, running

TESTED = [(prefix, it) for prefix, it in (*operations(), *of_dialects())
          if it.scope not in {None, Scope.OPERATE}]  # fmt: skip
_KINDS = {
    "documents": "document", "users": "user", "workspaces": "workspace", "keys": "key",
    "subscriptions": "subscription", "mailboxes": "mailbox", "result-queues": "queue",
    "deliveries": "delivery", "trainings": "training", "organizations": "organization",
    "mail-notices": "notice", "dead-letters": "letter",
}  # fmt: skip
_LATE = (
    *("cancel", "changeDocuments", "delete", "reprocess", "split", "edit"),
    *("batchDelete", "batchRemove"),
)
"""After these calls, those that come first would find other things than before."""
_ALIKE = frozenset(
    {
        ("createSubscription", "types"), ("changeSubscription", "types"),
        ("createMailNotice", "types"), ("changeMailNotice", "types"),
        ("createResultQueue", "types"),  # names of types that there may be one day
        ("listResultQueues", "workspace"),  # hers is of all workspaces
        ("listDocuments", "parent"),  # hers has no children
        ("nextReview", "type"), ("nextReview", "workspace"),  # none waits
        ("countDocuments", "parent"), ("exportDocuments", "parent"),
        ("changeDocuments", "ids"),  # an outcome each
        ("replayDeadLetters", "workspace"), ("replayDeadLetters", "document"),  # none is told of
        ("discardDeadLetters", "workspace"), ("discardDeadLetters", "document"),
        ("reprocessDocument", "type"), ("createTraining", "type"),  # too much follows
        ("updateValidationResult", "document"),  # it stays with the one it has
    }
)  # fmt: skip
"""Where a thing of one's own is told of as what never was."""
_OF_ALL_WORKSPACES = frozenset(
    {"organization", "user", "key", "type", "queue", "mailbox", "notice"}
)
"""What keys of some workspaces see as well, or are refused whatever they name."""
_CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27,}|[0-9A-Z]{7}(?=\")|new-\d+|\d+\.\d+")


async def everything(gateway: Gateway, caller: Caller, *, main: bool) -> dict[str, str]:
    """One thing of each kind; with ``main`` all in the main workspace."""
    native = await things_of(gateway, caller)
    things = {_KINDS[name]: it for name, it in native.items()}
    if main:
        things["workspace"] = caller.workspace
    document = things["document"]
    name = f"kind_of_{caller.organization[-6:]}"
    await caller.call(
        "POST", f"{API}/types", 201, json={"name": name, "fields": [{"name": "total"}]}
    )
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    guess = TypeGuess(name=name, confidence=1.0)
    await documents.change(document, lambda it: it.copy_with(type=guess))
    numbers = Numbers(gateway.store)
    order = ExtractionOrder(
        fields_schema=Schema(name="s"), review_threshold=0.5, channel="documind"
    )
    owner = {"organization": caller.organization, "workspace": caller.workspace}
    extraction = Extraction(
        **owner, document=document, revision=1, order=order, work=Work(state=WorkState.DONE)
    )
    await gateway.store.of(caller.tenant, EXTRACTIONS).insert(extraction)
    check = Check(**owner, document=document, rule="r", message="m")
    await gateway.store.of(caller.tenant, CHECKS).insert(check)
    tag = await made(caller, "/v3/tags", name="T", workspace=caller.workspace)
    hook = await made(
        caller,
        "/v3/resthook_subscriptions",
        targetUrl="https://example.com/",
        event="document.parse.completed",
        workspace=caller.workspace,
    )
    await made(caller, "/v3/documents/batch_add_tag", 204, identifiers=[document], tag=tag["id"])
    annotations = await numbers.of_parts(caller.organization, Kind.DOCUMENT, document, ["total"])
    return things | {
        "type": f"dt_{name}",
        "extraction": extraction.id,
        "check": str(await numbers.of(caller.organization, Kind.VALIDATION, check.id)),
        "tag": str(tag["id"]),
        "resthook": str(hook["id"]),
        "annotation": str(annotations["total"]),
    }


async def made(caller: Caller, path: str, status: int = 201, **wish: Any) -> Any:
    async with caller.client.post(path, json=wish) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json() if status == 201 else None


def sender(gateway: Gateway, caller: Caller) -> aiohttp.ClientSession:
    """A client whose key every dialect finds."""
    headers = {"X-API-Key": caller.key}
    if caller.key:
        headers["Authentication"] = f"API_KEY {caller.key}"
    return gateway.client(caller.key, **headers)


async def told(
    client: aiohttp.ClientSession, where: tuple[str, Operation], own: Things,
    reference: Reference, value: str,
) -> tuple[int, str]:  # fmt: skip
    """Status and body of a call, without what is another each time."""
    prefix, operation = where
    path, request = call_of(prefix, operation, own, reference, value)
    async with client.request(operation.method, path, **request) as answer:
        text = await answer.text()
        if operation.method != "GET" and answer.status < 300:
            return answer.status, ""  # what was made is another each time
    for it in (value, value.removeprefix("dt_")):
        text = text.replace(it, "IT")
    return answer.status, _CHANGING.sub("~", text)


def every_reference() -> list[tuple[tuple[str, Operation], Reference]]:
    ordered = sorted(TESTED, key=lambda it: it[1].name.startswith(_LATE))
    return [(it, reference) for it in ordered for reference in references(*it)]


async def indistinguishable(client: aiohttp.ClientSession, own: Things, theirs: Things) -> None:
    for where, reference in every_reference():
        if reference.kind not in theirs:
            continue
        name = (where[0], where[1].name, reference)
        foreign = await told(client, where, own, reference, theirs[reference.kind])
        nothing = await told(client, where, own, reference, unheard_of(reference.kind))
        assert foreign == nothing, name
        assert foreign[0] < 500, name
        if reference.place == "path":
            assert foreign[0] in {403, 404}, (name, foreign)


async def test_what_another_organization_has_is_as_what_never_was(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, affinda_wait_limit=0.1)
    async with running(settings) as gateway:
        alice, bob = await gateway.caller("alice"), await gateway.caller("bob")
        own = await everything(gateway, alice, main=True)
        for number in range(40):  # numbers are counted by organization; his are others than hers
            await Numbers(gateway.store).of(bob.organization, Kind.TAG, f"nothing-{number}")
        theirs = await everything(gateway, bob, main=True)
        await indistinguishable(sender(gateway, alice), own, theirs)


async def test_what_another_workspace_has_is_as_what_never_was(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, affinda_wait_limit=0.1)
    async with running(settings) as gateway:
        alice = await gateway.caller("alice")
        theirs = await everything(gateway, alice, main=True)
        room = await alice.call("POST", f"{API}/workspaces", 201, json={"name": "room"})
        limited = await gateway.another(alice.organization, workspaces=(room["id"],))
        (document,) = await limited.upload(PDF)
        own = theirs | {"workspace": room["id"], "document": document["id"]}
        for kind in _OF_ALL_WORKSPACES:
            own[kind] = theirs[kind]
        hidden = {it: theirs[it] for it in theirs if it not in _OF_ALL_WORKSPACES}
        await indistinguishable(sender(gateway, limited), own, hidden)


async def test_a_thing_of_one_s_own_is_told_of_otherwise(tmp_path: Path) -> None:
    """Without this the calls above could all be wrong in another way."""
    settings = Settings(_env_file=None, data_dir=tmp_path, affinda_wait_limit=0.1)
    async with running(settings) as gateway:
        alice = await gateway.caller("alice")
        own = await everything(gateway, alice, main=True)
        client, alike = sender(gateway, alice), []
        for where, reference in every_reference():
            if reference.place == "path" or (where[1].name, reference.name) in _ALIKE:
                continue
            nothing = await told(client, where, own, reference, unheard_of(reference.kind))
            mine = await told(client, where, own, reference, own[reference.kind])
            if mine == nothing:
                alike.append((where[0], where[1].name, reference.place, reference.name, mine))
        assert alike == []


async def test_keys_that_are_good_for_nothing_or_for_little(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, affinda_wait_limit=0.1)
    async with running(settings) as gateway:
        alice = await gateway.caller("alice")
        own = await everything(gateway, alice, main=True)
        keys = await keys_of(gateway, alice)
        bad = ("", "garbage", keys["expired"], keys["revoked"])
        for key in (*bad, *(keys[it.value] for it in Scope)):
            client = sender(gateway, Caller(alice.organization, key, alice.client))
            for prefix, operation in TESTED:
                scope = operation.scope
                if key not in bad and key in {keys[it.value] for it in (scope, Scope.ADMIN) if it}:
                    continue
                one = next(references(prefix, operation), Reference("query", "x", "document"))
                path, _ = call_of(prefix, operation, own, one, own[one.kind])
                async with client.request(operation.method, path) as answer:
                    assert answer.status == (401 if key in bad else 403), (operation.name, key)
                    assert alice.organization not in await answer.text()


def test_every_name_in_every_operation_is_known() -> None:
    places = [it.place for _, it in every_reference()]
    assert {"path", "query", "body"} == set(places)
    assert len(places) > 200
