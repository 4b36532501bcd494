"""Document types of one's own: made, listed, changed, asked for, removed."""

from typing import Any

import pytest

from shared.models.tenancy import Scope
from tests.api.harness import API, DOCUMENTS_PATH, PDF, Caller, Gateway, form

TYPES = f"{API}/types"
MIXED = {"kind": "range", "minimum": "1", "maximum": "2026-01-01"}
DELIVERY: dict[str, Any] = {
    "name": "goods_note",
    "title": "Delivery note",
    "fields": [
        {
            "name": "note_number",
            "type": "identifier",
            "required": True,
            "synonyms": ["Lieferschein"],
        },
        {"name": "total", "type": "amount", "rules": [{"kind": "sum", "of": ["goods.price"]}]},
        {
            "name": "goods",
            "type": "rows",
            "fields": [
                {"name": "item"},
                {"name": "price", "type": "amount", "rules": [{"kind": "range", "minimum": "0"}]},
            ],
        },
    ],
}


async def test_a_type_is_made_changed_and_removed(alice: Caller) -> None:
    made = await alice.call("POST", TYPES, 201, json=DELIVERY)
    assert (made["name"], made["version"], made["built_in"]) == ("goods_note", 1, False)
    assert made["workspace"] is None
    assert made["fields"][1]["rules"] == [
        {"kind": "sum", "message": "", "of": ["goods.price"], "tolerance": "0.01"}
    ]
    path = made["links"]["self"]
    assert made["engine"] is None
    assert await alice.call("GET", path, 200) == made
    change = {"engine": "layout/1", "fields": [{"name": "only"}]}
    changed = await alice.call("PUT", path, 200, json=change)
    assert changed["engine"] == "layout/1"
    assert (changed["version"], changed["title"]) == (2, "")
    assert [it["name"] for it in changed["fields"]] == ["only"]
    await alice.call("DELETE", path, 204)
    for method in ("GET", "DELETE"):
        await alice.call(method, path, 404)
    await alice.call("PUT", path, 404, json={"fields": [{"name": "only"}]})


async def test_own_types_stand_among_the_built_in_ones(alice: Caller, bob: Caller) -> None:
    before = await bob.call("GET", TYPES, 200)
    await alice.call("POST", TYPES, 201, json=DELIVERY)
    own_receipt = {"name": "receipt", "fields": [{"name": "till"}]}
    await alice.call("POST", TYPES, 201, json=own_receipt)
    listed = (await alice.call("GET", TYPES, 200))["types"]
    names = [it["name"] for it in listed]
    assert names == sorted(names)
    assert len(names) == len(before["types"]) + 1
    assert {it["name"] for it in listed if not it["built_in"]} == {"goods_note", "receipt"}
    assert (await bob.call("GET", TYPES, 200)) == before
    await bob.call("GET", f"{TYPES}/goods_note", 404)
    assert (await bob.call("GET", f"{TYPES}/receipt", 200))["built_in"] is True
    await alice.call("DELETE", f"{TYPES}/receipt", 204)
    assert (await alice.call("GET", f"{TYPES}/receipt", 200))["built_in"] is True
    await alice.call("DELETE", f"{TYPES}/receipt", 404)


async def test_documents_can_be_asked_for_as_an_own_type(alice: Caller, bob: Caller) -> None:
    await alice.call("POST", TYPES, 201, json=DELIVERY)
    (document,) = await alice.upload(type="goods_note")
    again = f"{document['links']['self']}/reprocess"
    await alice.call("POST", again, 202, json={"type": "goods_note"})
    data = form(("a.pdf", PDF), type="goods_note")
    assert (await bob.call("POST", DOCUMENTS_PATH, 422, data=data))["code"] == "UNKNOWN_TYPE"


async def test_a_workspace_keeps_its_types_to_itself(gateway: Gateway, alice: Caller) -> None:
    other = await alice.call("POST", f"{API}/workspaces", 201, json={"name": "other"})
    wish = {"name": "limited", "workspaces": [other["id"]], "scopes": list(Scope)[:3]}
    key = (await alice.call("POST", f"{API}/keys", 201, json=wish))["key"]
    limited = Caller(alice.organization, key, gateway.client(key))
    refused = await limited.call("POST", TYPES, 403, json=DELIVERY)
    assert refused["code"] == "NOT_ENOUGH_PERMISSIONS"
    made = await limited.call("POST", TYPES, 201, json={**DELIVERY, "workspace": other["id"]})
    assert made["workspace"] == other["id"]
    data = form(("a.pdf", PDF), type="goods_note")
    assert (await alice.call("POST", DOCUMENTS_PATH, 422, data=data))["code"] == "UNKNOWN_TYPE"
    await alice.upload(type="goods_note", workspace="other")
    whole = await alice.call("POST", TYPES, 201, json={**DELIVERY, "name": "everywhere"})
    change = {"fields": [{"name": "x"}]}
    await limited.call("PUT", whole["links"]["self"], 403, json=change)
    await limited.call("DELETE", whole["links"]["self"], 403)
    await limited.call("PUT", made["links"]["self"], 200, json=change)


async def test_names_are_unique_and_readers_change_nothing(gateway: Gateway, alice: Caller) -> None:
    await alice.call("POST", TYPES, 201, json=DELIVERY)
    assert (await alice.call("POST", TYPES, 409, json=DELIVERY))["code"] == "CONFLICT"
    reader = await gateway.another(alice.organization, Scope.READ, Scope.WRITE)
    for method, path in (("POST", TYPES), ("PUT", f"{TYPES}/goods_note")):
        await reader.call(method, path, 403, json=DELIVERY)
    await reader.call("DELETE", f"{TYPES}/goods_note", 403)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"name": "Not A Name"}, "name"),
        ({"engine": "layout/77"}, "engine: there is no engine 'layout/77', but layout/1"),
        ({"fields": []}, "fields"),
        ({"fields": [{"name": "a"}, {"name": "a"}]}, "same name"),
        ({"fields": [{"name": "a", "type": "colour"}]}, "type"),
        ({"fields": [{"name": "a", "type": "rows"}]}, "rows"),
        ({"fields": [{"name": "a", "fields": [{"name": "b"}]}]}, "rows"),
        ({"fields": [{"name": "a", "colour": "red"}]}, "colour"),
        ({"fields": [{"name": "a", "rules": [{"kind": "pattern", "pattern": "("}]}]}, "regular"),
        ({"fields": [{"name": "a", "rules": [{"kind": "range"}]}]}, "minimum"),
        ({"fields": [{"name": "a", "rules": [MIXED]}]}, "two"),
        ({"fields": [{"name": "a", "rules": [{"kind": "sum", "of": ["b"]}]}]}, "no field"),
        ({"fields": [{"name": "a", "rules": [{"kind": "lookup", "entries": []}]}]}, "entries"),
        ({"fields": [{"name": "a", "rules": [{"kind": "spell"}]}]}, "kind"),
        ({"fields": [{"name": "a", "rules": [{"kind": "format", "upper": True}]}]}, "not upper"),
    ],
)
async def test_what_is_wrong_with_a_type_is_said(
    alice: Caller, fault: dict[str, Any], named: str
) -> None:
    answer = await alice.call("POST", TYPES, 400, json={**DELIVERY, **fault})
    assert answer["code"] == "BAD_REQUEST"
    assert named in answer["detail"]


async def test_a_type_of_an_unknown_workspace_is_refused(alice: Caller) -> None:
    answer = await alice.call("POST", TYPES, 422, json={**DELIVERY, "workspace": "no such"})
    assert answer["code"] == "UNKNOWN_WORKSPACE"
