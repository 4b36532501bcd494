"""Signing in to the console, and attacks on its sessions and forms."""

import re

from services.ingest.tenants import KeyRights
from shared.config import Settings
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.store.collections import API_KEYS, SESSIONS
from shared.store.port import Query
from tests.api.console_client import Browser
from tests.api.harness import PDF, Caller, Gateway, application, form

OPEN = {"/console/sign-in", "/console/static/{hash}/{name}"}


async def signed_in(gateway: Gateway, caller: Caller) -> Browser:
    return await Browser(gateway).sign_in(caller.key)


async def test_pages_are_for_who_has_signed_in(gateway: Gateway, alice: Caller) -> None:
    browser = Browser(gateway)
    page = await browser.get("/upload?type=invoice")
    assert (page.status, page.headers["Location"]) == (
        303,
        "/console/sign-in?next=%2Fconsole%2Fupload%3Ftype%3Dinvoice",
    )
    wrong = await browser.post("/sign-in", {"key": "x" * 40})
    assert wrong.status == 401
    assert "not known" in wrong.text
    assert "x" * 40 not in wrong.text
    right = await browser.post(
        "/sign-in", {"key": alice.key, "next": "/console/upload?type=invoice"}
    )
    assert (right.status, right.headers["Location"]) == (303, "/console/upload?type=invoice")
    cookie = right.headers["Set-Cookie"]
    assert all(it in cookie for it in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"))
    assert alice.key not in cookie
    assert (await browser.get("/upload")).status == 200


async def test_no_page_is_without_a_session(gateway: Gateway, settings: Settings) -> None:
    """Each route of each screen, as a browser that has not signed in asks for it."""
    browser = Browser(gateway)
    tried = 0
    for route in application(settings).router.routes():
        path = route.resource.canonical if route.resource else ""
        if not f"{path}/".startswith("/console/") or path in OPEN:
            continue
        path = re.sub(r"\{[^}]*\}", "x", path.removeprefix("/console"))
        page = await browser.send(route.method, path, None, {})
        assert page.status == 303, (route.method, path, page.status)
        assert page.headers["Location"].startswith("/console/sign-in"), path
        script = await browser.send(route.method, path, None, {"X-Swap": "1"})
        assert script.status == 401, path
        tried += 1
    assert tried > 3


async def test_a_session_is_kept_without_its_key_and_cookie(
    gateway: Gateway, alice: Caller
) -> None:
    browser = await signed_in(gateway, alice)
    (session,) = await gateway.store.across(SESSIONS).page(Query(), None, 10)
    stored = session.model_dump_json()
    assert browser.cookie() not in stored
    assert alice.key not in stored
    before = browser.cookie()
    await browser.post("/sign-in", {"key": alice.key})
    assert browser.cookie() != before
    assert [it.id for it in await gateway.store.across(SESSIONS).page(Query(), None, 10)] != [
        session.id
    ]


async def test_only_our_own_pages_may_send_forms(gateway: Gateway, alice: Caller) -> None:
    browser, other = await signed_in(gateway, alice), await signed_in(gateway, alice)
    wish = {"workspace": alice.workspace}
    refused = [
        await browser.post("/workspace", {**wish, "csrf": ""}),
        await browser.post("/workspace", {**wish, "csrf": "x" * 88}),
        await browser.post("/workspace", {**wish, "csrf": other.token}),
        await browser.post("/workspace", wish, **{"Sec-Fetch-Site": "cross-site"}),
        await browser.post("/workspace", wish, **{"Sec-Fetch-Site": "same-site"}),
        await browser.post("/workspace", wish, Origin="https://elsewhere.example"),
        await browser.post("/workspace", wish, Origin="null"),
        await browser.post("/upload", form(("a.pdf", PDF))),
        await browser.post("/upload", form(("a.pdf", PDF), csrf=other.token)),
        await browser.post("/upload", form(("a.pdf", PDF)), **{"X-CSRF-Token": other.token}),
    ]
    assert [it.status for it in refused] == [403] * len(refused)
    assert (await browser.post("/workspace", wish)).status == 303
    assert (await browser.post("/upload", form(("a.pdf", PDF), csrf=browser.token))).status == 200
    listing = await alice.call("GET", "/api/v1/documents", 200)
    assert len(listing["documents"]) == 1


async def test_each_form_is_refused_without_its_token(
    gateway: Gateway, alice: Caller, settings: Settings
) -> None:
    """Whatever changes something, on every screen: without a token, with another's, from afar."""
    every = await gateway.key(alice.organization, KeyRights("every", tuple(Scope)))
    browser, other = Browser(gateway), await signed_in(gateway, alice)
    assert (await browser.post("/sign-in", {"key": every})).status == 303
    token, path_of = (await browser.page()).token, re.compile(r"\{[^}]*\}")
    paths = {
        path_of.sub("x", route.resource.canonical.removeprefix("/console"))
        for route in application(settings).router.routes()
        if route.resource and route.resource.canonical.startswith("/console/")
        if route.method not in {"GET", "HEAD"}
    } - {"/sign-in"}
    assert {"/sign-out", "/upload", "/types/edit", "/operations/dead-letters"} <= paths
    for path in sorted(paths):
        refused = [
            await browser.post(path, form(("a.pdf", PDF))),
            await browser.post(path, form(("a.pdf", PDF), csrf=other.token)),
            await browser.post(path, {"csrf": token}, **{"Sec-Fetch-Site": "cross-site"}),
            await browser.post(path, {"csrf": token}, Origin="https://elsewhere.example"),
        ]
        assert [it.status for it in refused] == [403] * len(refused), path
        plain = await browser.post(path, {"csrf": ""})
        assert plain.status in {400, 403}, path  # a form with files is asked for in its own way
    assert (await browser.get("/upload")).status == 200, "not even the session was ended"


async def test_a_session_ends_with_signing_out(gateway: Gateway, alice: Caller) -> None:
    browser = await signed_in(gateway, alice)
    stolen = {"Cookie": f"docstage-console={browser.cookie()}"}
    thief = Browser(gateway)
    assert (await thief.get("/upload", **stolen)).status == 200
    assert (await browser.post("/sign-out", {})).status == 303
    assert (await thief.get("/upload", **stolen)).status == 303
    assert (await browser.get("/upload")).status == 303


async def test_a_session_ends_with_its_key_and_its_time(gateway: Gateway, alice: Caller) -> None:
    caller = await gateway.another(alice.organization)
    browser = await signed_in(gateway, caller)
    keys = gateway.store.across(API_KEYS)
    (session,) = await gateway.store.across(SESSIONS).page(Query(), None, 10)
    await alice.call("DELETE", f"/api/v1/keys/{session.key}", 204)
    assert (await keys.get(session.key)).revoked is not None
    assert (await browser.get("/upload")).status == 303
    assert await gateway.store.across(SESSIONS).get(session.id) is None

    browser = await signed_in(gateway, alice)
    (session,) = await gateway.store.across(SESSIONS).page(Query(), None, 10)
    await gateway.store.across(SESSIONS).change(
        session.id, lambda it: it.copy_with(expires=utc_now())
    )
    assert (await browser.get("/upload")).status == 303


async def test_who_tries_keys_is_slowed_down(gateway: Gateway) -> None:
    browser = Browser(gateway)
    answers = [await browser.post("/sign-in", {"key": "x" * 40}) for _ in range(25)]
    assert 429 in {it.status for it in answers}
    assert answers[-1].headers["Retry-After"]


async def test_keys_see_what_is_theirs(gateway: Gateway, alice: Caller) -> None:
    reader = await gateway.key(alice.organization, KeyRights("reader", (Scope.READ,)))
    browser = Browser(gateway)
    assert (await browser.post("/sign-in", {"key": reader})).status == 303
    first = (await browser.get("")).headers["Location"]
    assert (await browser.get(first.removeprefix("/console"))).status == 200
    page = await browser.get("/upload")
    assert page.status == 403
    assert "Sign out" in page.text
    made = await alice.call("POST", "/api/v1/workspaces", 201, json={"name": "Second"})
    browser = await signed_in(gateway, alice)
    page = await browser.get("/upload")
    assert "Second" in page.text
    assert (await browser.post("/workspace", {"workspace": made["id"]})).status == 303
    assert f'value="{made["id"]}" selected' in (await browser.get("/upload")).text
    stranger = await gateway.caller("stranger")
    assert (await browser.post("/workspace", {"workspace": stranger.workspace})).status == 422


async def test_answers_carry_the_policy_and_are_not_kept(gateway: Gateway, alice: Caller) -> None:
    browser = await signed_in(gateway, alice)
    for page in (
        await browser.get("/upload"),
        await browser.get("/sign-in"),
        await browser.get("/nowhere"),
        await browser.post("/workspace", {"csrf": ""}),
    ):
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
    (document,) = await alice.upload()
    file = await browser.get(f"/documents/{document['id']}/original")
    assert file.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert file.headers["Content-Disposition"].startswith("attachment")
    missing = await browser.get("/nowhere")
    assert missing.status == 404
    assert "<h1>Not found</h1>" in missing.text
    assert missing.headers["X-Request-ID"] in missing.text


async def test_a_stranger_host_over_plain_http_is_asked_for_https(gateway: Gateway) -> None:
    page = await Browser(gateway).get("/sign-in", Host="docs.example.com")
    assert page.status == 400
    assert "HTTPS" in page.text


async def test_the_root_leads_browsers_to_the_console(gateway: Gateway) -> None:
    client = gateway.client()
    wants = {"Accept": "text/html"}
    async with client.get("/", headers=wants, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/console")
    async with client.get("/") as answer:
        assert answer.status == 404


async def test_assets_are_kept_for_ever_under_their_hash(gateway: Gateway, alice: Caller) -> None:
    page = await (await signed_in(gateway, alice)).page()
    client = gateway.client()
    start = page.text.index("/console/static/")
    url = page.text[start : page.text.index('"', start)]
    async with client.get(url) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "immutable" in answer.headers["Cache-Control"]
    async with client.get("/console/static/0/app.css") as answer:
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    async with client.get("/console/static/0/..%2Fgate.py") as answer:
        assert answer.status == 404
