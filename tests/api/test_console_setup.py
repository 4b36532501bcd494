"""Types, integrations and operations in the console, without scripts, by two organizations."""

import re
from datetime import timedelta

from services.ingest.tenants import KeyRights
from shared.errors import Code
from shared.models.document import DocumentState, PagePart
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.models.work import Lease, Problem, Work, WorkState
from shared.stages import lifecycle
from shared.store.collections import DEAD_LETTERS, DOCUMENTS
from shared.store.port import Query
from tests.api.console_client import Browser, Page
from tests.api.harness import API, Caller, Gateway

HOSTILE = "<b>hostile</b>"


async def signed_in(gateway: Gateway, caller: Caller) -> Browser:
    return await Browser(gateway).sign_in(caller.key)


def leads_to(page: Page) -> str:
    assert page.status == 303, page.text
    return page.headers["Location"].removeprefix("/console")


def shown_once(page: Page) -> str:
    assert page.status == 200, page.text
    found = re.search(r'class="secret"[^>]*>([^<]+)<', page.text)
    assert found, page.text
    return found[1]


NEW = {
    "title": HOSTILE,
    "name": "letters",
    "version": "0",
    "f0.name": "sender",
    "f0.type": "name",
    "f0.required": "on",
    "f0.threshold": "0.95",
}


async def test_a_type_is_made_changed_and_not_overwritten(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    browser, other = await signed_in(gateway, alice), await signed_in(gateway, bob)
    drawn = await browser.post("/types/edit", {**NEW, "do": "add"})
    assert 'name="f1.name"' in drawn.text
    assert HOSTILE not in drawn.text
    wrong = await browser.post("/types/edit", {**NEW, "f0.name": "no name", "do": "save"})
    assert (wrong.status, "f0.name-problem" in wrong.text) == (422, True)
    saved = await browser.post("/types/edit", {**NEW, "do": "save"})
    assert leads_to(saved) == "/types/letters?saved=1"
    made = await alice.call("GET", f"{API}/types/letters", 200)
    assert (made["version"], made["fields"][0]["threshold"]) == (1, 0.95)
    twice = await browser.post("/types/edit", {**NEW, "do": "save"})
    assert (twice.status, "name-problem" in twice.text) == (409, True)

    assert (await other.get("/types/letters")).status == 404
    assert "letters" not in (await other.get("/types")).text
    assert (await other.post("/types/letters/remove", {})).status == 404

    changes = {**NEW, "version": "1", "do": "save"}
    assert leads_to(await browser.post("/types/edit", {**changes, "f0.name": "from"}))
    late = await browser.post("/types/edit", {**changes, "f0.name": "late"})
    assert late.status == 409
    assert "saved version 2 meanwhile" in late.text
    assert 'value="late"' in late.text, "what was typed is still there"
    as_json = {
        "do": "json",
        "version": "2",
        "name": "letters",
        "json": '{"fields": [{"name": "x"}]}',
    }
    assert 'value="x"' in (await browser.post("/types/edit", as_json)).text
    assert leads_to(await browser.post("/types/letters/remove", {})) == "/types?done=removed"


async def test_who_may_only_read_is_refused_and_shown_no_links(
    gateway: Gateway, alice: Caller
) -> None:
    rights = KeyRights("reader", (Scope.READ,))
    reader = Browser(gateway)
    key = await gateway.key(alice.tenant.organization, rights)
    assert (await reader.post("/sign-in", {"key": key})).status == 303
    page = await reader.page("/types")
    assert "/console/integrations" not in page.text
    assert "/console/operations" in page.text
    for path in ("/integrations/keys", "/integrations/webhooks", "/types/new"):
        assert (await reader.get(path)).status == 403, path
    for path in ("/types/edit", "/integrations/keys", "/operations/dead-letters"):
        assert (await reader.post(path, {})).status == 403, path
    lines = await reader.get("/operations")
    assert "/console/operations/server" not in lines.text
    assert (await reader.get("/operations/server")).status == 403
    admin = await signed_in(gateway, alice)
    assert (await admin.get("/operations/server")).status == 403, "for operators alone"


async def test_a_key_is_shown_once_works_and_is_revoked(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    browser, other = await signed_in(gateway, alice), await signed_in(gateway, bob)
    wish = {"name": HOSTILE, "scope": "documents:read", "expires": "30"}
    made = await browser.post("/integrations/keys", wish)
    key = shown_once(made)
    assert HOSTILE not in made.text
    client = gateway.client(key)
    assert (await client.get(f"{API}/documents")).status == 200
    assert (await client.post(f"{API}/types", json={})).status == 403
    listed = await browser.get("/integrations/keys")
    assert key not in listed.text
    (identity,) = {it["id"] for it in await _keys(alice) if it["name"] == HOSTILE}
    assert (await other.post(f"/integrations/keys/{identity}/revoke", {})).status == 404
    leads_to(await browser.post(f"/integrations/keys/{identity}/revoke", {}))
    assert (await client.get(f"{API}/documents")).status == 401
    too_much = await browser.post("/integrations/keys", {"name": "x", "scope": "operate"})
    assert too_much.status == 403


async def _keys(caller: Caller) -> list[dict[str, str]]:
    found = await caller.call("GET", f"{API}/keys", 200)
    keys: list[dict[str, str]] = found["keys"]
    return keys


async def test_webhooks_and_queues_are_ones_own(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    browser, other = await signed_in(gateway, alice), await signed_in(gateway, bob)
    blocked = await browser.post("/integrations/webhooks", {"url": "http://10.0.0.1/"})
    assert blocked.status in {400, 403, 422}
    made = await browser.post(
        "/integrations/webhooks", {"url": "https://example.com/?<b>", "event": "document.ready"}
    )
    secret = shown_once(made)
    (hook,) = (await alice.call("GET", f"{API}/subscriptions", 200))["subscriptions"]
    page = await browser.get(f"/integrations/webhooks/{hook['id']}")
    assert page.status == 200
    assert secret not in page.text
    rotated = await browser.post(f"/integrations/webhooks/{hook['id']}/rotate", {"overlap": "0"})
    assert shown_once(rotated) != secret
    for path in ("", "/test", "/rotate", "/remove", "/enable", "/replay"):
        answer = await other.post(f"/integrations/webhooks/{hook['id']}{path}", {})
        assert answer.status == 404, path
    queue = {"name": "results", "max_length": "10"}
    made = await browser.post("/integrations/queues", queue)
    assert leads_to(made) == "/integrations/queues/results?made=1"
    assert "results" in (await browser.get("/integrations/queues")).text
    assert "results" not in (await other.get("/integrations/queues")).text
    assert (await other.get("/integrations/queues/results")).status == 404
    assert "messages wait." in (await browser.get("/integrations/queues/results/count")).text
    assert (await other.get("/integrations/queues/results/count")).status == 404
    for path in ("acknowledge", "replay", "rotate", "remove"):
        answer = await other.post(f"/integrations/queues/results/{path}", {"event": "x"})
        assert answer.status == 404, path
    (own,) = (await alice.call("GET", f"{API}/result-queues", 200))["result_queues"]
    assert own["max_length"] == 10
    for path in ("deliveries", "mail", "usage"):
        assert (await browser.get(f"/integrations/{path}")).status == 200
    address = await alice.call("GET", f"{API}/workspaces/{alice.workspace}/address", 200)
    assert address["address"] in (await browser.get("/integrations/mail")).text
    assert address["address"] not in (await other.get("/integrations/mail")).text


async def test_what_became_of_deliveries_is_told_to_their_own_organization(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    browser, other = await signed_in(gateway, alice), await signed_in(gateway, bob)
    wish = {"url": "https://example.com/"}
    hook = await alice.call("POST", f"{API}/subscriptions", 201, json=wish)
    test = await alice.call("POST", f"{API}/subscriptions/{hook['id']}/test", 201)
    place = f"/integrations/webhooks/{hook['id']}"
    empty = await browser.get("/integrations/deliveries?state=cancelled")
    assert "Nothing was sent yet." not in empty.text, "but for this filter"
    assert "There is none of that kind." in empty.text
    asked = f"?id={test['id']}&id=removed&newest={test['id']}"
    told = await browser.get(f"{place}/rows{asked}")
    assert f'id="delivery-{test["id"]}"' in told.text
    assert 'id="delivery-removed" data-remove' in told.text
    assert 'id="webhook-state"' in told.text
    listed = await browser.get(f"/integrations/deliveries/rows{asked}")
    assert "https://example.com/" in listed.text
    assert (await other.get(f"{place}/rows{asked}")).status == 404
    theirs = await other.get(f"/integrations/deliveries/rows{asked}")
    assert f'id="delivery-{test["id"]}" data-remove' in theirs.text
    assert "example.com" not in theirs.text


async def test_mailboxes_are_administered_and_notices_need_a_mail_server(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    browser, other = await signed_in(gateway, alice), await signed_in(gateway, bob)
    wish = {"host": "imap.example.com", "user": HOSTILE, "password": "secret", "after": "seen"}
    leads_to(await browser.post("/integrations/mail/mailboxes", wish))
    (made,) = (await alice.call("GET", f"{API}/mailboxes", 200))["mailboxes"]
    page = await browser.get("/integrations/mail")
    assert "imap.example.com" in page.text
    assert HOSTILE not in page.text
    place = f"/integrations/mail/mailboxes/{made['id']}"
    state = await browser.get(place, **{"X-Swap": "1"})
    assert "To be looked into" in state.text
    assert leads_to(await browser.get(place)) == "/integrations/mail"
    assert (await other.get(place, **{"X-Swap": "1"})).status == 404
    for what in ("look", "pause", "remove"):
        assert (await other.post(place, {"do": what})).status == 404, what
    leads_to(await browser.post(place, {"do": "pause"}))
    assert not (await alice.call("GET", f"{API}/mailboxes/{made['id']}", 200))["enabled"]
    assert (await browser.post(place, {"do": "nonsense"})).status == 400
    leads_to(await browser.post(place, {"do": "remove"}))
    notice = {"recipients": "ann@example.com", "event": "document.failed"}
    assert (await browser.post("/integrations/mail/notices", notice)).status == 409
    before = await alice.call("GET", f"{API}/workspaces/{alice.workspace}/address", 200)
    rotate = f"/integrations/mail/addresses/{alice.workspace}/rotate"
    assert (await other.post(rotate, {"overlap": "0"})).status == 404
    leads_to(await browser.post(rotate, {"overlap": "86400"}))
    after = await alice.call("GET", f"{API}/workspaces/{alice.workspace}/address", 200)
    assert after["former"][0]["address"] == before["address"] != after["address"]


async def failed(gateway: Gateway, caller: Caller) -> str:
    """A document whose reading has failed for good; its letter is written."""
    (made,) = await caller.upload()
    problem = Problem(code=Code.CRASHED, detail="The worker died on this document.")
    await gateway._settled(caller, made["id"])
    stored = await gateway.store.of(caller.tenant, DOCUMENTS).change(
        made["id"], lambda it: lifecycle.fail(it, problem, utc_now())
    )
    assert stored is not None
    await gateway.outbox.carry_out(DOCUMENTS, stored)
    return str(made["id"])


async def test_what_stands_still_is_shown_to_its_own_organization(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    """As a worker leaves it that has died in the midst of it, with a lease that is long."""
    (made,) = await alice.upload()
    document = await gateway._settled(alice, made["id"])
    old = utc_now() - timedelta(minutes=11)
    lease = Lease(token="t", worker="host/<7>", until=utc_now() + timedelta(hours=1))
    work = Work(state=WorkState.RUNNING, started=old, lease=lease, attempts=1)
    stands = document.copy_with(
        id="stands",
        created=old,
        updated=old,
        name=HOSTILE,
        parts=[PagePart(index=0, first=0, work=work)],
        state=DocumentState.READING,
    )
    await gateway.store.of(alice.tenant, DOCUMENTS).insert(stands)
    browser, other = await signed_in(gateway, alice), await signed_in(gateway, bob)
    page = await browser.get("/operations")
    assert "/operations/timeline/stands" in page.text
    assert "host/&lt;7&gt;" in page.text
    assert HOSTILE not in page.text
    assert "stands" not in (await browser.get("/operations?still=60")).text
    assert (await browser.get("/operations?still=7")).status == 400
    assert "/operations/timeline/stands" not in (await other.get("/operations?still=0")).text


async def test_dead_letters_are_replayed_and_discarded_with_a_reason(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    browser, other = await signed_in(gateway, alice), await signed_in(gateway, bob)
    ids = [await failed(gateway, alice) for _ in range(3)]
    letters = gateway.store.of(alice.tenant, DEAD_LETTERS)
    first, second, third = await letters.page(Query(oldest_first=True), None, 10)
    listed = await browser.get("/operations/dead-letters?code=CRASHED")
    assert listed.text.count("/operations/dead-letters/") >= 3
    assert (await browser.get("/operations/dead-letters?stage=nonsense")).status == 400
    assert "CRASHED" not in (await other.get("/operations/dead-letters")).text
    assert "The worker died" in (await browser.get("/operations")).text
    assert "The worker died" not in (await other.get("/operations")).text

    place = f"/operations/dead-letters/{first.id}"
    assert (await browser.get(place)).status == 200
    for path in ("", "/replay", "/discard"):
        send = other.get(place) if not path else other.post(f"{place}{path}", {"note": "x"})
        assert (await send).status == 404, path
    leads_to(await browser.post(f"{place}/replay", {"from": ""}))
    document = await alice.call("GET", f"{API}/documents/{first.document}", 200)
    assert document["state"] != "failed"

    place = f"/operations/dead-letters/{second.id}"
    assert (await browser.post(f"{place}/discard", {"note": ""})).status == 400
    leads_to(await browser.post(f"{place}/discard", {"note": HOSTILE}))
    page = await browser.get(place)
    assert HOSTILE not in page.text
    told = await alice.call("GET", f"{API}/dead-letters/{second.id}", 200)
    assert told["audit"][0]["note"] == HOSTILE

    wish = {"code": "CRASHED", "do": "count"}
    assert "1 would be tried again" in (await browser.post("/operations/dead-letters", wish)).text
    wish |= {"do": "replay", "per_minute": "1"}
    assert "1 are tried again" in (await browser.post("/operations/dead-letters", wish)).text
    replayed = await letters.get(third.id)
    assert replayed is not None
    assert replayed.state.value == "replayed"

    way = await browser.get(f"/operations/timeline/{ids[0]}")
    assert way.status == 200
    assert "document.failed" in way.text
    assert (await other.get(f"/operations/timeline/{ids[0]}")).status == 404
    moving = await browser.get("/operations/lines", **{"X-Swap": "1"})
    assert 'id="lines"' in moving.text
