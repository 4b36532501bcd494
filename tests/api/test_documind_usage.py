"""The Documind dialect: use, credits, keys."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.ingest.usage import UNLIMITED, Ledger, Used
from shared.config import Settings
from shared.errors import Code, Quota
from shared.models.time import utc_now
from shared.models.usage import Usage, usage_id
from shared.store.collections import USAGE
from tests.api.documind_client import SCHEMA, Client, client_of, read
from tests.api.harness import PDF, Caller, Gateway, running


@pytest.fixture
async def ada(gateway: Gateway, alice: Caller) -> Client:
    return client_of(gateway, alice)


@pytest.fixture
async def ben(gateway: Gateway, bob: Caller) -> Client:
    return client_of(gateway, bob)


async def test_what_was_used_is_counted_for_each_organization(
    gateway: Gateway, ada: Client, ben: Client
) -> None:
    await ada.upload(PDF, PDF + b"%")
    await Ledger(gateway.store, 0).add(
        ada.caller.organization, Used(extractions=2, pages=3, credits=45)
    )
    current = await ada.call("GET", "/usage/current")
    assert current["current_usage"] == {
        "api_calls_count": 1,
        "extractions_count": 2,
        "tokens_used": 0,
        "storage_bytes": 2 * len(PDF) + 1,
        "pages_count": 3,
        "credits_used": 45,
    }
    assert current["quota_exceeded"] is False
    assert current["subscription"]["is_active"] is True
    assert 0 <= current["period"]["days_remaining"] <= 31
    assert (await ben.call("GET", "/usage/current"))["current_usage"]["credits_used"] == 0
    told = await ada.call("GET", "/usage/credits")
    assert told["used_today"] == 45
    assert told["available_credits"] == UNLIMITED


async def test_history_goes_back_month_by_month(gateway: Gateway, ada: Client) -> None:
    organization = ada.caller.organization
    last_month = utc_now().date().replace(day=1) - timedelta(days=1)
    day = last_month.isoformat()
    await gateway.store.of(ada.caller.tenant, USAGE).insert(
        Usage(id=usage_id(organization, day), organization=organization, day=day, extractions=7)
    )
    months = await ada.call("GET", "/usage/history?months=3")
    assert [it["usage"]["extractions_count"] for it in months] == [0, 7, 0]
    assert months[1]["period_end"] == months[0]["period_start"]
    assert len(await ada.call("GET", "/usage/history")) == 1
    assert len(await ada.call("GET", "/usage/history?months=12")) == 12
    for bad in ("0", "13", "x", "-1", ""):
        await ada.refused("GET", f"/usage/history?months={bad}", 400)


async def test_a_day_without_credits_refuses_extractions(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, daily_credits=29)
    async with running(settings) as gateway:
        ada = client_of(gateway, await gateway.caller("alice"))
        (identity,) = await ada.upload()
        await read(gateway, ada, identity)  # two pages: 30 credits
        detail = await ada.refused("POST", f"/extract/{identity}", 402, json={"schema": SCHEMA})
        assert detail.startswith("Insufficient credits.")
        assert (await ada.call("GET", "/data/extractions"))["total"] == 0
        told = await ada.call("GET", "/usage/credits")
        assert (told["available_credits"], told["daily_credits"]) == (29, 29)


async def test_credits_are_never_taken_twice(gateway: Gateway, alice: Caller) -> None:
    ledger = Ledger(gateway.store, 100)
    for _ in range(3):
        await ledger.reserve(alice.organization, Used(credits=30))
    with pytest.raises(Quota) as refused:
        await ledger.reserve(alice.organization, Used(credits=30))
    assert refused.value.code is Code.NO_CREDITS
    assert (await ledger.today(alice.organization)).credits == 90
    await ledger.reserve(alice.organization, Used(credits=10))
    await ledger.add(alice.organization, Used(credits=-50))
    assert (await ledger.today(alice.organization)).credits == 50


async def test_a_key_is_shown_once_and_works(gateway: Gateway, ada: Client) -> None:
    wish = {
        "name": "reader",
        "description": "for the dashboard",
        "scopes": ["extractions:read"],
        "expires_in_days": 3,
    }
    made = await ada.call("POST", "/auth/api-keys", 201, json=wish)
    key = made.pop("key")
    assert key.startswith(made["prefix"])
    assert made["prefix"] != key
    assert made["scopes"] == ["extractions:read"]
    assert (made["is_active"], made["is_revoked"], made["description"]) == (
        True,
        False,
        "for the dashboard",
    )
    told = await ada.call("GET", f"/auth/api-keys/{made['id']}")
    assert told == made
    assert "key" not in told
    reader = Client(ada.caller, gateway.client(None, **{"X-API-Key": key}))
    await reader.call("GET", "/data/extractions")
    await reader.refused("POST", "/upload", 403)
    await reader.refused("GET", "/auth/api-keys", 403)
    listed = await ada.call("GET", "/auth/api-keys")
    assert {it["name"] for it in listed} == {"reader", "test"}


async def test_a_key_is_renamed_and_revoked(gateway: Gateway, ada: Client) -> None:
    made = await ada.call("POST", "/auth/api-keys", 201, json={"name": "old"})
    path = f"/auth/api-keys/{made['id']}"
    assert made["scopes"] == ["extractions:read", "extractions:write"]
    renamed = await ada.call("PUT", path, json={"name": "new", "description": "d"})
    assert (renamed["name"], renamed["description"], renamed["is_active"]) == ("new", "d", True)
    client = Client(ada.caller, gateway.client(None, **{"X-API-Key": made["key"]}))
    await client.call("GET", "/usage/credits")
    off = await ada.call("PUT", path, json={"is_active": False})
    assert (off["is_active"], off["is_revoked"]) == (False, True)
    await client.refused("GET", "/usage/credits", 401)
    await ada.refused("PUT", path, 400, json={"is_active": True})


async def test_keys_that_cannot_be_are_refused(ada: Client) -> None:
    for wish in (
        {},
        {"name": ""},
        {"name": "k", "scopes": ["everything"]},
        {"name": "k", "scopes": []},
        {"name": "k", "expires_in_days": 0},
        {"name": "k", "project_name": "unheard of"},
    ):
        await ada.refused("POST", "/auth/api-keys", 400, json=wish)


async def test_a_key_of_a_project_hands_out_no_keys(
    gateway: Gateway, alice: Caller, ada: Client
) -> None:
    await alice.call("POST", "/api/v1/workspaces", 201, json={"name": "claims"})
    wish = {"name": "k", "project_name": "claims", "scopes": ["admin"]}
    made = await ada.call("POST", "/auth/api-keys", 201, json=wish)
    client = Client(alice, gateway.client(None, **{"X-API-Key": made["key"]}))
    await client.refused("POST", "/auth/api-keys", 403, json={"name": "more"})
    (identity,) = await ada.upload()
    await client.refused("GET", f"/documents/{identity}", 404)
