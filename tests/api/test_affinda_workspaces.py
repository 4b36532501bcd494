"""Organizations, workspaces and document types of the Affinda dialect, by its official client."""

import asyncio
import importlib.util
import io
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from affinda.models import DocumentTypeCreate, DocumentTypeUpdate, WorkspaceCreate, WorkspaceUpdate
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from services.ingest.mail.addresses import Addresses
from services.ingest.modelling.values import plain_fields
from shared.http.signing_keys import SigningKeys
from shared.models.policies import DuplicatePolicy, SplitPolicy
from shared.models.senders import SenderPolicy
from shared.models.tenancy import Scope, Workspace
from shared.models.time import utc_now
from shared.schemas import built_in
from shared.store.collections import ORGANIZATIONS, WORKSPACES
from tests.api.affinda_client import Client, multipart
from tests.api.harness import API, PDF, PNG, SECRET, Caller, Gateway
from tests.unit.test_models_of_types import filled

SIGNING_KEY = "465c6598bd34c0558f0ce256c43209d49fa85b0ff3e4c18b24e408b7563143ad"


async def made(client: Client, name: str = "Recruitment", **wish: Any) -> Any:
    body = WorkspaceCreate(organization=client.caller.organization, name=name, **wish)
    return await client.call("create_workspace", body)


async def record(client: Client, identity: str) -> Workspace:
    found = await client.gateway.store.of(client.caller.tenant, WORKSPACES).get(identity)
    assert found is not None
    return found


async def test_a_key_sees_its_organization_and_sets_its_signing_key(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    client = Client(gateway, alice)
    (own,) = await client.call("get_all_organizations")
    assert (own.identifier, own.name, own.user_role) == (alice.organization, "alice", "admin")
    assert (own.is_trial, own.avatar, own.resthook_signature_key) == (False, None, None)
    tool = json.dumps({"hideActions": True, "theme": {"borderRadius": 3}})
    changed = await client.call(
        "update_organization",
        own.identifier,
        name="Grove Street King",
        avatar=io.BytesIO(PNG),
        resthook_signature_key=SIGNING_KEY,
        validation_tool_config=tool,
    )
    assert changed.name == "Grove Street King"
    assert changed.resthook_signature_key == SIGNING_KEY
    assert changed.validation_tool_config.hide_actions is True
    stored = await gateway.store.of(alice.tenant, ORGANIZATIONS).get(alice.organization)
    assert stored is not None
    assert stored.signing_key is not None
    assert SIGNING_KEY not in stored.model_dump_json()
    assert SigningKeys(SECRET).open(stored.id, stored.signing_key) == SIGNING_KEY
    async with gateway.client().get(changed.avatar) as answer:  # without a key
        assert (answer.status, await answer.read()) == (200, PNG)
        assert answer.content_type == "image/png"
    async with gateway.client().get(changed.avatar.replace("signature=", "signature=0")) as answer:
        assert answer.status == 404
    kept = await client.call("update_organization", own.identifier, name="Again")
    assert (kept.resthook_signature_key, kept.name) == (SIGNING_KEY, "Again")
    reader = Client(gateway, await gateway.another(alice.organization, Scope.READ))
    (seen,) = await reader.call("get_all_organizations")
    assert (seen.user_role, seen.resthook_signature_key) == ("member", None)
    with pytest.raises(ResourceNotFoundError):
        await client.call("get_organization", bob.organization)
    with pytest.raises(ResourceNotFoundError):
        await client.call("update_organization", bob.organization, name="mine")
    path = f"/v3/organizations/{alice.organization}"
    for wrong in (
        {"name": ""},
        {"avatar": PDF},
        {"validationToolConfig": "[1]"},
        {"resthookSignatureKey": "x"},
    ):
        body = await client.json("PATCH", path, 400, data=multipart(**wrong))
        assert body["errors"][0]["attr"] == next(iter(wrong)), body
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"--x\r\n--x--\r\n", b"--x\r\n[]--x--\r\n", b"--x", b""):
        await client.refused("PATCH", path, 400, data=body, headers=broken)
    cleared = await client.json(
        "PATCH", path, 200, json={"resthookSignatureKey": "", "avatar": None}
    )
    assert (cleared["resthookSignatureKey"], cleared["avatar"]) == (None, None)


async def test_the_life_of_a_workspace(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    client = Client(gateway, alice)
    space = await made(
        client,
        visibility="private",
        reject_invalid_documents=True,
        reject_duplicates=True,
        document_types=["dt_invoice", "dt_resume"],
        whitelist_ingest_addresses=["*@eyefind.info"],
        document_splitter="automatic",
    )
    stored = await record(client, space.identifier)
    assert stored.policies.types == ["invoice", "resume"]
    assert stored.policies.duplicates is DuplicatePolicy.REJECT
    assert (stored.policies.reject_invalid, stored.policies.split) == (True, SplitPolicy.AUTO)
    assert stored.senders.policy is SenderPolicy.ENFORCE
    assert space.organization.identifier == alice.organization
    assert space.document_types == ["dt_invoice", "dt_resume"]
    assert [it.identifier for it in space.collections] == ["dt_invoice", "dt_resume"]
    assert space.document_splitter.identifier == "automatic"
    assert space.whitelist_ingest_addresses == ["*@eyefind.info"]
    assert (space.reject_duplicates, space.reject_invalid_documents) == (True, True)
    addresses = Addresses(SECRET, gateway.settings.mail_domain)
    good_for = await addresses.find(gateway.store, space.ingest_email, utc_now())
    assert good_for is not None
    assert good_for.id == space.identifier

    twice = {"organization": alice.organization, "name": "once"}
    again = {"x-ms-client-request-id": "6e3b"}  # the client sends it with each try of a call
    for _ in range(2):
        once = await client.json("POST", "/v3/workspaces", 201, json=twice, headers=again)
    await client.call("delete_workspace", once["identifier"])
    got = await client.call("get_workspace", space.identifier)
    assert got.as_dict() == space.as_dict()
    listed = await client.call("get_all_workspaces", alice.organization)
    assert [it.name for it in listed] == ["default", "Recruitment"]
    named = await client.call("get_all_workspaces", alice.organization, name="Recruitment")
    assert [it.identifier for it in named] == [space.identifier]
    assert len(await client.json("GET", "/v3/workspaces")) == 2  # lenient

    update = WorkspaceUpdate(name="Hiring", visibility="organization", document_types=[])
    changed = await client.call("update_workspace", space.identifier, update)
    assert (changed.name, changed.visibility, changed.document_types) == (
        "Hiring",
        "organization",
        [],
    )
    assert changed.reject_duplicates is True
    path = f"/v3/workspaces/{space.identifier}"
    nulls = {"whitelistIngestAddresses": None, "documentSplitter": None, "rejectDuplicates": None}
    bare = await client.json("PATCH", path, 200, json=nulls)
    assert {bare[it] for it in nulls} == {None, False}
    assert (await record(client, space.identifier)).senders.policy is SenderPolicy.OFF

    for other in (Client(gateway, bob),):
        for name in ("get_workspace", "delete_workspace"):
            with pytest.raises(ResourceNotFoundError):
                await other.call(name, space.identifier)
        with pytest.raises(ResourceNotFoundError):
            await other.call("get_all_workspaces", alice.organization)
    assert await client.call("delete_workspace", space.identifier) is None
    with pytest.raises(ResourceNotFoundError):
        await client.call("get_workspace", space.identifier)
    with pytest.raises(ResourceExistsError):
        await client.call("delete_workspace", alice.workspace)


async def test_what_a_workspace_cannot_be(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    client = Client(gateway, alice)
    await made(client)
    base = {"organization": alice.organization, "name": "x"}
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"name": "x"}, 400, "organization"),
        (base | {"organization": bob.organization}, 404, "organization"),
        (base | {"name": ""}, 400, "name"),
        (base | {"name": "Recruitment"}, 409, "name"),
        (base | {"visibility": "secret"}, 400, "visibility"),
        (base | {"documentTypes": ["dt_nonsense"]}, 404, "documentTypes"),
        (base | {"whitelistIngestAddresses": ["eyefind"]}, 400, "whitelistIngestAddresses.0"),
        (base | {"documentSplitter": "NqIvMvZl"}, 404, "documentSplitter"),
    ]
    for body, status, field in wrong:
        answer = await client.json("POST", "/v3/workspaces", status, json=body)
        assert answer["errors"][0]["attr"] == field, answer
    reader = Client(gateway, await gateway.another(alice.organization, Scope.READ))
    with pytest.raises(HttpResponseError) as refused:
        await made(reader, "y")
    assert refused.value.status_code == 403
    limited = await gateway.another(alice.organization, workspaces=(alice.workspace,))
    seen = await Client(gateway, limited).call("get_all_workspaces", alice.organization)
    assert [it.identifier for it in seen] == [alice.workspace]


async def test_members_of_a_private_workspace_are_told_and_others_do_not_see_it(
    gateway: Gateway, alice: Caller
) -> None:
    user = {"name": "Carl Johnson", "email": "carl@grove.street"}
    carl = (await alice.call("POST", f"{API}/users", 201, json=user))["id"]
    ryder = (await alice.call("POST", f"{API}/users", 201, json={"name": "R", "email": "r@x.y"}))[
        "id"
    ]
    carls = Client(gateway, await gateway.another(alice.organization, user=carl))
    ryders = Client(gateway, await gateway.another(alice.organization, user=ryder))
    space = await made(carls, "secret", visibility="private")
    (member,) = space.members
    assert (member.name, member.email, member.username) == (
        user["name"],
        user["email"],
        user["email"],
    )
    assert member.id >= 1
    with pytest.raises(ResourceNotFoundError):
        await ryders.call("get_workspace", space.identifier)
    assert len(await ryders.call("get_all_workspaces", alice.organization)) == 1
    await ryders.refused("GET", f"/v3/document_types?workspace={space.identifier}", 404)


async def test_documents_of_a_workspace_are_counted(gateway: Gateway, alice: Caller) -> None:
    client = Client(gateway, alice)
    for number in range(3):
        (document,) = await alice.upload(PDF + str(number).encode())
        await gateway.finish(alice, document["id"], total="1.00")
    await alice.call("POST", f"{document['links']['self']}/review", 200, json={})
    space = await client.call("get_workspace", alice.workspace)
    assert (space.unvalidated_docs_count, space.confirmed_docs_count) == (2, 1)


async def test_the_life_of_a_document_type(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    client, other = Client(gateway, alice), Client(gateway, bob)
    own = alice.organization
    before = await client.call("get_document_types")
    assert {"dt_invoice", "dt_resume"} <= {it.identifier for it in before}
    wish = DocumentTypeCreate(name="Bill of goods", organization=own, description="Of the harbour")
    kind = await client.call("create_document_type", wish)
    assert (kind.name, kind.description, kind.organization) == (wish.name, wish.description, own)
    assert kind.identifier == "dt_bill_of_goods"
    twin = await client.call("create_document_type", wish)
    assert twin.identifier == "dt_bill_of_goods_2"
    assert (await client.call("get_document_type", kind.identifier)).name == wish.name
    update = DocumentTypeUpdate(name="Freight bill")
    changed = await client.call("update_document_type", kind.identifier, update)
    assert (changed.name, changed.description) == ("Freight bill", "Of the harbour")
    assert len(await client.call("get_document_types", organization=own)) == len(before) + 2
    assert await other.call("get_document_type", kind.identifier) is None
    assert len(await other.call("get_document_types")) == len(before)
    await other.refused("DELETE", f"/v3/document_types/{kind.identifier}", 404)
    await client.call("delete_document_type", twin.identifier)
    await client.refused("GET", f"/v3/document_types/{twin.identifier}", 404)
    for method in ("PATCH", "DELETE"):
        await client.refused(method, "/v3/document_types/dt_invoice", 403, json={"name": "x"})
    body = {"name": "x", "organization": bob.organization}
    await client.refused("POST", "/v3/document_types", 404, json=body)
    space = await made(client, document_types=[kind.identifier])
    listed = await client.call("get_document_types", workspace=space.identifier)
    assert [it.identifier for it in listed] == [kind.identifier]
    raw = await client.json("GET", f"/v3/document_types/{kind.identifier}")
    assert "ingest_email" in raw


async def test_a_schema_of_a_types_data(gateway: Gateway, alice: Caller) -> None:
    client = Client(gateway, alice)
    fields = [{"name": "vat_id", "required": True}, {"name": "raw_text"}]
    await alice.call("POST", f"{API}/types", 201, json={"name": "mine", "fields": fields})
    path = "/v3/document_types/dt_mine/json_schema"
    schema = await client.json("GET", path)
    assert schema["title"] == "Mine"
    assert set(schema["properties"]) == {"vatId", "rawText"}
    assert "required" not in schema
    assert schema["additionalProperties"] is False
    assert (await client.json("GET", f"{path}?title=MyVATModel"))["title"] == "MyVATModel"
    for wrong in ("../../etc", "a b", "class"):
        await client.refused("GET", f"{path}?title={wrong}", 400)
    described = await client.call("json_schema_from_document_type", "dt_invoice")
    assert described["title"] == "Invoice"
    titles = [
        (await client.json("GET", f"/v3/document_types/{it.identifier}/json_schema"))["title"]
        for it in await client.call("get_document_types")
    ]
    assert len({it.lower() for it in titles}) == len(titles)


async def test_generate_models_makes_modules_that_take_the_data(
    gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    client = Client(gateway, alice)
    code, out = await generate(gateway, alice, tmp_path, "--organization-id", alice.organization)
    assert code == 0, out
    types = await client.call("get_document_types")
    files = sorted(it.stem for it in (tmp_path / "affinda_models").glob("*.py"))
    assert len(files) == len(types)
    assert {"resume", "invoice"} <= set(files)
    for kind in types:
        schema = built_in()[kind.identifier.removeprefix("dt_")]
        described = await client.json("GET", f"/v3/document_types/{kind.identifier}/json_schema")
        module = loaded(tmp_path / "affinda_models", described["title"])
        data = {"rawText": "text", **plain_fields(schema, filled(schema))}
        parsed = getattr(module, described["title"]).model_validate(data)
        assert parsed.model_dump(mode="json", by_alias=True) == data

    named = ("--document-type-id", "dt_resume", "--model-name", "ResumeParser")
    code, out = await generate(gateway, alice, tmp_path, *named)
    assert code == 0, out
    module = loaded(tmp_path / "affinda_models", "ResumeParser")
    assert module.ResumeParser.model_validate({"jobTitle": "Clerk"}).job_title == "Clerk"
    space = await made(client, document_types=["dt_receipt"])
    code, out = await generate(gateway, alice, tmp_path / "w", "--workspace-id", space.identifier)
    assert (code, [it.name for it in (tmp_path / "w").rglob("*.py")]) == (0, ["receipt.py"]), out


async def generate(gateway: Gateway, caller: Caller, folder: Path, *words: str) -> tuple[int, str]:
    """``python -m affinda generate_models``, as its users call it."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "affinda", "generate_models", "--base-url", gateway.url, *words),
        cwd=folder,
        env={**os.environ, "AFFINDA_API_KEY": caller.key},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


def loaded(folder: Path, class_name: str) -> ModuleType:
    """The module of a class, whatever its file is called."""
    (path,) = (it for it in folder.glob("*.py") if f"\nclass {class_name}(" in it.read_text())
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
