"""Collections of the Affinda dialect, which are document types, by its official client."""

import pytest
from affinda.models import (
    CollectionCreate,
    CollectionUpdate,
    DataFieldCreate,
    DataFieldCreateDataPoint,
    DataFieldCreateField,
    WorkspaceUpdate,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.api.affinda_client import Client
from tests.api.harness import API, Caller, Gateway


def wished(label: str, kind: str = "text", **point: object) -> DataFieldCreate:
    return DataFieldCreate(
        category_label="Anything",
        field=DataFieldCreateField(label=label, field_type=kind, mandatory=label == "Fee"),
        data_point=DataFieldCreateDataPoint(name=label, slug=label.lower(), type=kind, **point),
    )


async def test_the_life_of_a_collection_and_of_its_fields(gateway: Gateway, alice: Caller) -> None:
    client = Client(gateway, alice)
    all_types = await client.call("get_all_collections", alice.workspace)
    assert "dt_invoice" in {it.identifier for it in all_types}
    wish = CollectionCreate(name="Harbour dues", workspace=alice.workspace, extractor="resume")
    made = await client.call("create_collection", wish)
    assert (made.identifier, made.name) == ("dt_harbour_dues", "Harbour dues")
    assert made.workspace.identifier == alice.workspace
    assert made.extractor.is_custom
    labels = [it.label for it in made.fields_layout.default_category.enabled_fields]
    assert "First name" in labels  # the fields of its extractor
    bare = CollectionCreate(name="Harbour dues", workspace=alice.workspace)
    own = (await client.call("create_collection", bare)).identifier
    assert own == "dt_harbour_dues_2"

    for wish in (wished("Fee", "decimal"), wished("Berth"), wished("Ships", "group")):
        field = await client.call("create_data_field_for_collection", own, wish)
        assert field.field.label == wish.field.label
    parent = field.data_point.identifier
    assert parent == f"{own}.ships"
    part = wished("Tonnage", "integer", parent=parent)
    tonnage = await client.call("create_data_field_for_collection", own, part)
    assert tonnage.data_point.identifier == f"{parent}.tonnage"
    await client.call("create_data_field_for_collection", own, wished("Flags", multiple=True))
    kind = await alice.call("GET", f"{API}/types/harbour_dues_2", 200)
    assert [(it["name"], it["type"], it["required"]) for it in kind["fields"]] == [
        ("fee", "amount", True),
        ("berth", "text", False),
        ("ships", "rows", False),
        ("flags", "rows", False),
    ]
    assert [it["name"] for it in kind["fields"][2]["fields"]] == ["tonnage"]
    schema = await client.json("GET", f"/v3/document_types/{own}/json_schema")
    assert schema["properties"]["flags"]["items"] == {"type": "string"}

    path = f"/v3/collections/{own}/fields/{own}.fee"
    assert (await client.json("GET", path))["mandatory"] is True
    change = {"label": "Charge", "mandatory": False}
    assert await client.json("PATCH", path, json=change) == {"fieldType": "decimal", **change}
    got = await client.call("get_collection", own)
    labels = [it.label for it in got.fields_layout.default_category.enabled_fields]
    assert labels == ["Charge", "Berth", "Ships", "Flags"]
    for nothing in (f"{own}.nothing", "fee.cents", "."):
        await client.refused("GET", f"/v3/collections/{own}/fields/{nothing}", 404)
    path = f"/v3/collections/{own}/create_data_field"
    await client.refused("POST", path, 400, json={"field": {}})
    under = {"field": {"label": "x"}, "dataPoint": {"parent": f"{own}.fee"}}
    await client.refused("POST", path, 400, json=under)

    update = CollectionUpdate(name="Port dues")
    assert (await client.call("update_collection", own, update)).name == "Port dues"
    await client.call("delete_collection", own)
    with pytest.raises(ResourceNotFoundError):
        await client.call("get_collection", own)
    with pytest.raises(HttpResponseError) as refused:
        await client.call("delete_collection", "dt_invoice")
    assert refused.value.status_code == 403


async def test_a_collection_is_among_the_types_of_its_workspace(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    client, other = Client(gateway, alice), Client(gateway, bob)
    limited = WorkspaceUpdate(document_types=["dt_invoice"])
    await client.call("update_workspace", alice.workspace, limited)
    wish = CollectionCreate(name="Tickets", workspace=alice.workspace)
    made = await client.call("create_collection", wish)
    space = await client.call("get_workspace", alice.workspace)
    assert space.document_types == ["dt_invoice", made.identifier]
    listed = await client.call("get_all_collections", alice.workspace)
    assert [it.identifier for it in listed] == space.document_types
    with pytest.raises(ResourceNotFoundError):
        await other.call("get_collection", made.identifier)
    for path in (f"{made.identifier}/usage", "dt_nothing/usage"):
        await other.refused("GET", f"/v3/collections/{path}", 404)
    (document,) = await alice.upload()
    await gateway.finish(alice, document["id"], total="1.00")  # a receipt
    for kind, count in (("dt_receipt", 1), (made.identifier, 0)):
        months = await client.call("get_usage_by_collection", kind)
        assert [it.count for it in months] == [0] * 11 + [count]
    with pytest.raises(ResourceNotFoundError):
        await other.call("get_all_collections", alice.workspace)
    await other.refused(
        "POST", "/v3/collections", 404, json={"name": "x", "workspace": alice.workspace}
    )
