"""Ingest addresses: shown again, rotated, good for one workspace, and nowhere in the store."""

import sqlite3
import string
from datetime import timedelta
from pathlib import Path

from services.ingest.mail.addresses import Addresses
from shared.models.tenancy import Workspace
from shared.models.time import utc_now
from shared.store.collections import WORKSPACES
from tests.api.command import Command
from tests.api.harness import API, SECRET, Caller, Gateway

READS = Addresses(SECRET, "localhost")


def path_of(caller: Caller) -> str:
    return f"{API}/workspaces/{caller.workspace}/address"


async def found(gateway: Gateway, address: str, later: timedelta = timedelta()) -> str | None:
    workspace = await READS.find(gateway.store, address, utc_now() + later)
    return workspace.id if workspace else None


async def test_each_workspace_has_an_address_that_is_its_own(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    of_alice = await alice.call("GET", path_of(alice), 200)
    of_bob = await bob.call("GET", path_of(bob), 200)
    assert of_alice["address"] != of_bob["address"]
    assert of_alice["address"] == (await alice.call("GET", path_of(alice), 200))["address"]
    assert await found(gateway, of_alice["address"]) == alice.workspace
    assert await found(gateway, of_bob["address"]) == bob.workspace
    assert (of_alice["accepting"], of_alice["former"]) == (False, [])
    local, _, domain = of_alice["address"].partition("@")
    assert (len(local), domain) == (48, "localhost")
    assert set(local) <= set(string.ascii_lowercase + string.digits)
    made = await alice.call("POST", f"{API}/workspaces", 201, json={"name": "more"})
    more = await alice.call("GET", f"{API}/workspaces/{made['id']}/address", 200)
    assert await found(gateway, more["address"]) == made["id"]


async def test_letters_may_be_of_any_case_and_all_else_must_be_right(
    gateway: Gateway, alice: Caller
) -> None:
    address = (await alice.call("GET", path_of(alice), 200))["address"]
    assert await found(gateway, address.upper()) == alice.workspace
    local, _, _ = address.partition("@")
    for place in range(len(local)):
        other = "a" if local[place] != "a" else "b"
        assert await found(gateway, f"{local[:place]}{other}{local[place + 1 :]}@localhost") is None
    wrong = (f"{local}@example.com", local, f"{local}a@localhost", f"{local[:-1]}@localhost",
             f"{local}@", "@localhost", "", f"{'ß' * 48}@localhost", f"{'ü' * 48}@localhost",
             f"{'1' * 48}@localhost", f"x+{local}@localhost")  # fmt: skip
    for it in wrong:
        assert await found(gateway, it) is None, it
    others = Addresses(b"another secret of thirty-two bytes!!", "localhost")
    assert await others.find(gateway.store, address, utc_now()) is None


async def test_a_rotated_address_is_void_unless_they_overlap(
    gateway: Gateway, alice: Caller
) -> None:
    first = (await alice.call("GET", path_of(alice), 200))["address"]
    rotated = await alice.call("POST", f"{path_of(alice)}/rotate", 200)
    assert rotated["address"] != first
    assert await found(gateway, first) is None
    assert await found(gateway, rotated["address"]) == alice.workspace
    wish = {"overlap": 3600}
    third = await alice.call("POST", f"{path_of(alice)}/rotate", 200, json=wish)
    assert [it["address"] for it in third["former"]] == [rotated["address"]]
    for address in (third["address"], rotated["address"]):
        assert await found(gateway, address) == alice.workspace
    assert await found(gateway, rotated["address"], timedelta(hours=2)) is None
    assert await found(gateway, third["address"], timedelta(hours=2)) == alice.workspace
    fourth = await alice.call("POST", f"{path_of(alice)}/rotate", 200)
    assert [it["address"] for it in fourth["former"]] == [rotated["address"]]
    await alice.call("POST", f"{path_of(alice)}/rotate", 400, json={"overlap": -1})


async def test_who_may_not_write_is_not_shown_it(gateway: Gateway, alice: Caller) -> None:
    reader = await gateway.another(alice.organization, "documents:read")  # type: ignore[arg-type]
    body = await reader.call("GET", path_of(alice), 403)
    assert body["code"] == "NOT_ENOUGH_PERMISSIONS"
    elsewhere = await alice.call("POST", f"{API}/workspaces", 201, json={"name": "more"})
    limited = await gateway.another(alice.organization, workspaces=(elsewhere["id"],))
    await limited.call("GET", path_of(alice), 404)
    await limited.call("POST", f"{path_of(alice)}/rotate", 404)


async def test_the_database_tells_no_address(gateway: Gateway, alice: Caller) -> None:
    wish = {"overlap": 3600}
    shown = await alice.call("POST", f"{path_of(alice)}/rotate", 200, json=wish)
    addresses = [shown["address"], *(it["address"] for it in shown["former"])]
    with sqlite3.connect(gateway.settings.data_dir / "docstage.db") as database:
        stored = "\n".join(database.iterdump())
    assert alice.workspace in stored
    for address in addresses:
        assert address.partition("@")[0][26:] not in stored


async def test_workspaces_stored_before_there_were_addresses_have_one(
    gateway: Gateway, alice: Caller
) -> None:
    workspace = await gateway.store.of(alice.tenant, WORKSPACES).get(alice.workspace)
    assert workspace is not None
    old = workspace.model_dump(mode="json")
    del old["address"]
    assert READS.write(Workspace.model_validate(old)) == READS.write(workspace)


async def test_the_command_shows_and_rotates(
    gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    docstage = Command(tmp_path, URL=gateway.url, KEY=alice.key)
    shown = await docstage("address", "show")
    assert shown.out.strip() == (await alice.call("GET", path_of(alice), 200))["address"]
    assert "takes no mail" in shown.err
    rotated = await docstage("address", "rotate", "--overlap", "12h", "--json")
    assert rotated.json["former"][0]["address"] == shown.out.strip()
    refused = await docstage("address", "show", "--workspace", "none")
    assert (refused.code, "There is no workspace" in refused.err) == (2, True)
