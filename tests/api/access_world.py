"""Two organizations that own one of everything, and every kind of key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from services.ingest.tenants import KeyRights
from shared.config import Settings
from shared.http.operations import Operation
from shared.models.dead_letter import DeadLetter, Subject
from shared.models.delivery import Delivery
from shared.models.document import EventName
from shared.models.failure import FailureKind
from shared.models.ids import new_id
from shared.models.mail_notice import MailEvent, MailNotice
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.models.training import Progress, Training
from shared.models.work import StageName
from shared.store.collections import API_KEYS, DEAD_LETTERS, DELIVERIES, MAIL_NOTICES, TRAININGS
from shared.store.port import Query
from tests.api.harness import (
    API,
    PDF,
    Caller,
    Gateway,
    running,
)


@dataclass(frozen=True)
class World:
    """Two organizations that own one of everything, and every kind of key."""

    gateway: Gateway
    alice: Caller
    bob: Caller
    things: dict[str, dict[str, str]]
    keys: dict[str, str]

    def path(self, prefix: str, operation: Operation, owner: str) -> str:
        """The operation's path with the ids of ``owner``'s things."""
        path = f"{prefix}{operation.pattern}"
        for name in operation.path_parameters:
            collection = path.removeprefix(f"{API}/").split("/")[0]
            own = self.things[owner].get(collection)
            values = {"id": own, "number": "0", "place": "total", "name": own or "receipt"}
            values |= {"training": self.things[owner]["trainings"], "link": "0"}
            value = values.get(name)
            assert value is not None, f"say how to fill {{{name}}} of {path}"
            path = path.replace(f"{{{name}}}", value)
        return path


async def things_of(gateway: Gateway, caller: Caller) -> dict[str, str]:
    """One of everything, by the name in the path; as deletable as can be."""
    (document,) = await caller.upload(PDF)
    await gateway.finish(caller, document["id"], total="1.00")
    user = await caller.call(
        "POST", f"{API}/users", 201, json={"name": "U", "email": "u@x.example"}
    )
    made = await caller.call("POST", f"{API}/workspaces", 201, json={"name": "W"})
    key = await caller.call("POST", f"{API}/keys", 201, json={"name": "K"})
    hook = await caller.call(
        "POST", f"{API}/subscriptions", 201, json={"url": "https://example.com/hook"}
    )
    mailbox = await caller.call(
        "POST",
        f"{API}/mailboxes",
        201,
        json={"host": "imap.example.com", "user": "ann", "password": "secret", "enabled": False},
    )
    queue = {"name": f"queue-of-{caller.organization}"}
    await caller.call("POST", f"{API}/result-queues", 201, json=queue)
    delivery = Delivery(
        organization=caller.organization,
        workspace=caller.workspace,
        document=document["id"],
        event="e",
        event_name=EventName.READY,
        sequence=1,
        subscription=hook["id"],
        payload="{}",
    )
    await gateway.store.of(caller.tenant, DELIVERIES).insert(delivery)
    training = Training(
        organization=caller.organization,
        workspace=made["id"],
        type="receipt",
        version=1,
        progress=Progress(reviewed=3, documents=3, layouts=1),
    )
    await gateway.store.of(caller.tenant, TRAININGS).insert(training)
    notice = MailNotice(
        organization=caller.organization,
        workspace=caller.workspace,
        recipients=["ann@example.com"],
        events=list(MailEvent),
    )
    await gateway.store.of(caller.tenant, MAIL_NOTICES).insert(notice)
    letter = DeadLetter(
        organization=caller.organization,
        workspace=caller.workspace,
        subject=Subject.DOCUMENT,
        target=document["id"],
        document=document["id"],
        code="CRASHED",
        kind=FailureKind.ATTEMPTS_SPENT,
        stage=StageName.OCR,
    )
    await gateway.store.of(caller.tenant, DEAD_LETTERS).insert(letter)
    return {
        "dead-letters": letter.id,
        "documents": document["id"],
        "users": user["id"],
        "workspaces": made["id"],
        "keys": key["id"],
        "subscriptions": hook["id"],
        "mailboxes": mailbox["id"],
        "result-queues": queue["name"],
        "mail-notices": notice.id,
        "deliveries": delivery.id,
        "trainings": training.id,
        "organizations": caller.organization,
    }


async def keys_of(gateway: Gateway, alice: Caller) -> dict[str, str]:
    """Keys of alice's organization that are good for nothing, or for little."""
    keys: dict[str, str] = {}
    past = utc_now() - timedelta(seconds=1)
    keys["expired"] = await gateway.key(
        alice.organization, KeyRights("expired", tuple(Scope), expires=past)
    )
    keys["revoked"] = await gateway.key(alice.organization, KeyRights("revoked", tuple(Scope)))
    records = gateway.store.across(API_KEYS)
    for record in await records.page(Query(), None, 100):
        if record.name == "revoked":
            await records.replace(record.copy_with(revoked=utc_now()))
    keys["of an organization that is gone"] = await gateway.key(
        new_id(), KeyRights("orphan", tuple(Scope))
    )
    for scope in Scope:
        keys[scope.value] = await gateway.key(alice.organization, KeyRights("one", (scope,)))
    return keys


@asynccontextmanager
async def world_in(folder: Path, settings: Settings | None = None) -> AsyncIterator[World]:
    settings = settings or Settings(_env_file=None, data_dir=folder)
    async with running(settings) as gateway:
        alice, bob = await gateway.caller("alice"), await gateway.caller("bob")
        things = {
            "alice": await things_of(gateway, alice),
            "bob": await things_of(gateway, bob),
        }
        yield World(gateway, alice, bob, things, await keys_of(gateway, alice))
